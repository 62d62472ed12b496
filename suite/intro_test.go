package suite

import (
	"slices"
	"strings"
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// A chapter begins with the comment of its area's package, which lists the subjects
// that there are: none is missing, and none is one that there is not.
func TestEveryAreaHasAChapter(t *testing.T) {
	of := map[string][]string{}
	for _, d := range spec.All() {
		subject := strings.Split(d.ID, ".")[1]
		if !slices.Contains(of[d.Area], subject) {
			of[d.Area] = append(of[d.Area], subject)
		}
	}
	for area, subjects := range of {
		c := ChapterOf(area)
		if c.Intro == "" || strings.HasPrefix(c.Intro, "Package") {
			t.Errorf("%s: its package comment has to begin with %q, in a file that intro.go embeds; it is %q", area,
				"Package "+area+" is the area of ", c.Intro)
		}
		if listed := slices.Sorted(slices.Values(c.Subjects)); !slices.Equal(listed, subjects) {
			t.Errorf("%s: after its first paragraph the package comment has to say %q and name %v; it names %v",
				area, order, subjects, listed)
		}
	}
}
