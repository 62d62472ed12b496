package trial

import (
	"maps"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/platform"
)

// Descriptors is what a process has open.
type Descriptors map[int]string

// OpenDescriptors is what this process has open now.
func OpenDescriptors() (Descriptors, error) { return platform.OpenDescriptors() }

// Beyond names what is open now and was not then.
func (now Descriptors) Beyond(then Descriptors) string {
	var extra []string
	for _, fd := range slices.Sorted(maps.Keys(now)) {
		if _, known := then[fd]; !known {
			extra = append(extra, now[fd])
		}
	}
	return strings.Join(extra, ", ")
}
