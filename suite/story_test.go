package suite_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/render"
)

// The hint that the owner of the test in the story could not find: what moved,
// what stopped working because of it, and what helps, in the first lines. Once
// it was the system that changed, once the version.
func TestTheHint(t *testing.T) {
	for _, upgrade := range []struct {
		before, after string
		hints         []string
	}{
		{"cpython-3.13", "wine-cpython-3.13", []string{"fork → spawn", "There is no cpython/fork on the after side"}},
		{"cpython-3.13", "cpython-3.14", []string{"fork → forkserver", "boundary.remedy.name-the-method"}},
	} {
		t.Run(upgrade.after, func(t *testing.T) {
			c, err := compare.Compare(recording(t, upgrade.before+".json"), recording(t, upgrade.after+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			if err := render.Text(&out, page.Comparison(c), render.Options{Width: 100}); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(out.String(), "\n")
			first := strings.Join(lines[:min(len(lines), 30)], "\n")
			for _, hint := range append(upgrade.hints, "The default start method of cpython moved: ", "boundary.story.testcase",
				"boundary.remedy.separate-class", "boundary.remedy.getstate") {
				if !strings.Contains(first, hint) {
					t.Errorf("the first lines do not name %s:\n%s", hint, first)
				}
			}
		})
	}
}

// Both sides of the story, as recorded: with the child started first, which is
// what Windows does, there are two errors, with the value serialized first one and
// no child, with fork none.
func TestTheStory(t *testing.T) {
	twoErrors := map[string]any{"works": false, "the child": "failed", "the child's error": "EOFError: Ran out of input"}
	oneError := map[string]any{"works": false, "the child": "none"}
	for _, c := range []struct {
		recording, launcher string
		want                map[string]any
	}{
		{"wine-cpython-3.13", "cpython/spawn", twoErrors},
		{"wine-cpython-3.13", "cpython/default", twoErrors},
		{"cpython-3.13", "cpython/child-first", twoErrors},
		{"cpython-3.13", "cpython/spawn", oneError},
		{"cpython-3.13", "cpython/forkserver", oneError},
		{"cpython-3.13", "cpython/fork", map[string]any{"works": true, "the parent's error": "none", "the child": "ran"}},
	} {
		seen := map[string]any{}
		for _, trial := range recording(t, c.recording+".json").Trials {
			if trial.ID == "boundary.story.testcase" && trial.Launcher == c.launcher {
				for _, o := range trial.Observations {
					seen[o.Name] = o.Value
				}
			}
		}
		for name, value := range c.want {
			if seen[name] != value {
				t.Errorf("%s, %s: %s is %v, not %v", c.recording, c.launcher, name, seen[name], value)
			}
		}
		text, _ := seen["the parent's error"].(string)
		if c.want["works"] == false && !strings.Contains(text, "TextIOWrapper") {
			t.Errorf("%s, %s: the parent's error is %q", c.recording, c.launcher, text)
		}
	}
}

// read are the recordings that have been read: none is changed.
var read = map[string]*record.Recording{}

func recording(t *testing.T, name string) *record.Recording {
	t.Helper()
	if read[name] == nil {
		r, err := record.ReadFile(filepath.Join(recordings, name))
		if err != nil {
			t.Fatal(err)
		}
		read[name] = r
	}
	return read[name]
}
