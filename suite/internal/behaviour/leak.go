package behaviour

import (
	"maps"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/platform"
)

// descriptors is what this process has open.
type descriptors map[int]string

func openDescriptors() (descriptors, error) { return platform.OpenDescriptors() }

// beyond names what is open now and was not then.
func (now descriptors) beyond(then descriptors) string {
	var extra []string
	for _, fd := range slices.Sorted(maps.Keys(now)) {
		if _, known := then[fd]; !known {
			extra = append(extra, now[fd])
		}
	}
	return strings.Join(extra, ", ")
}
