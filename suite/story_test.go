package suite_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/report"
)

// The hint that the owner of the test in the story could not find: what moved,
// what stopped working because of it, and what helps, in the first lines.
func TestTheHint(t *testing.T) {
	before, after := recording(t, "cpython-3.13.json"), recording(t, "cpython-3.14.json")
	c, err := compare.Compare(before, after)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := report.Compared(&out, c, report.Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	first := strings.Join(lines[:min(len(lines), 30)], "\n")
	for _, hint := range []string{"The default start method of cpython moved: fork → forkserver", "bnd.story.testcase", "bnd.remedy.name-the-method", "bnd.remedy.separate-class", "bnd.remedy.getstate"} {
		if !strings.Contains(first, hint) {
			t.Errorf("the first lines do not name %s:\n%s", hint, first)
		}
	}
}

// Both sides of the story, as recorded: with the child started first there are
// two errors, with the value serialized first one and no child, with fork none.
func TestTheStory(t *testing.T) {
	r := recording(t, "cpython-3.13.json")
	for launcher, want := range map[string]map[string]any{
		"cpython/child-first": {"works": false, "the child": "failed", "the child's error": "EOFError: Ran out of input"},
		"cpython/spawn":       {"works": false, "the child": "none"},
		"cpython/forkserver":  {"works": false, "the child": "none"},
		"cpython/fork":        {"works": true, "the parent's error": "none", "the child": "ran"},
	} {
		seen := map[string]any{}
		for _, trial := range r.Trials {
			if trial.ID == "bnd.story.testcase" && trial.Launcher == launcher {
				for _, o := range trial.Observations {
					seen[o.Name] = o.Value
				}
			}
		}
		for name, value := range want {
			if seen[name] != value {
				t.Errorf("%s: %s is %v, not %v", launcher, name, seen[name], value)
			}
		}
		if text, _ := seen["the parent's error"].(string); want["works"] == false && !strings.Contains(text, "TextIOWrapper") {
			t.Errorf("%s: the parent's error is %q", launcher, text)
		}
	}
}

func recording(t *testing.T, name string) *record.Recording {
	t.Helper()
	r, err := record.ReadFile(filepath.Join(recordings, name))
	if err != nil {
		t.Fatal(err)
	}
	return r
}
