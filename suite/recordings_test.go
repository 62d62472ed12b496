package suite_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/behaviour"
	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

const recordings = "../fixtures/recordings"

// The committed recordings are whole, nothing in them is red, their page says
// how to make each of them again, and every id in them is still known.
func TestCommittedRecordings(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(recordings, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	paths, _ := filepath.Glob(filepath.Join(recordings, "*.json"))
	if len(paths) < 3 {
		t.Fatalf("only %d recordings", len(paths))
	}
	known := map[string]bool{}
	for _, d := range behaviour.All() {
		known[d.ID] = true
	}
	for _, path := range paths {
		r, err := record.ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if !r.Complete || len(r.Config.Only) > 0 {
			t.Errorf("%s is not a whole run", path)
		}
		if !strings.Contains(string(page), "`"+filepath.Base(path)+"`") {
			t.Errorf("README.md does not say how %s was made", filepath.Base(path))
		}
		for _, trial := range r.Trials {
			if trial.Status.Red() {
				t.Errorf("%s: %s is %s: %q", path, trial.Key(), trial.Status, trial.Reasons)
			}
			if !known[trial.ID] {
				t.Errorf("%s: %s is not declared any more; record it anew", path, trial.ID)
			}
		}
	}
}

// What is known to differ between Linux and gVisor is found by comparing their
// recordings, and each finding says who promises what and why it matters.
func TestLinuxAndGVisorDiffer(t *testing.T) {
	linux, err := record.ReadFile(filepath.Join(recordings, "linux.json"))
	if err != nil {
		t.Fatal(err)
	}
	gvisor, err := record.ReadFile(filepath.Join(recordings, "gvisor.json"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := compare.Compare(linux, gvisor)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"exec.argv.empty", "exec.err.etxtbsy", "shebang.length-limit", "exec.limit.single-string"} {
		i := slices.IndexFunc(c.Findings, func(f compare.Finding) bool { return f.ID == id })
		if i < 0 {
			t.Errorf("%s is not found to differ", id)
			continue
		}
		if f := c.Findings[i]; len(f.Differences) == 0 || f.Matters == "" || len(f.Cites) == 0 {
			t.Errorf("%s does not say what was seen, why it matters and who says so: %+v", id, f)
		}
	}
}
