package suite_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

const recordings = "../fixtures/recordings"

// The committed recordings are whole, each of a platform or of one runtime,
// nothing in them is red, their page says how to make each of them again, and
// every id in them is still known.
func TestCommittedRecordings(t *testing.T) {
	if testing.Short() {
		t.Skip("reads all recordings")
	}
	page, err := os.ReadFile(filepath.Join(recordings, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	paths, _ := filepath.Glob(filepath.Join(recordings, "*.json"))
	for _, name := range append([]string{"linux", "gvisor", "wine"}, recordedRuntimes...) {
		if !slices.Contains(paths, filepath.Join(recordings, name+".json")) {
			t.Errorf("there is no recording %s.json", name)
		}
	}
	known := map[string]bool{}
	for _, d := range spec.All() {
		known[d.ID] = true
		for _, old := range d.Was {
			known[old] = true
		}
	}
	for _, path := range paths {
		r := recording(t, filepath.Base(path))
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		for _, platform := range []string{"gvisor-", "wine-"} {
			name = strings.TrimPrefix(name, platform)
		}
		runtime, version, _ := strings.Cut(name, "-")
		var want []string
		if version != "" {
			want = []string{runtime}
		}
		if name == "wrappers" { // the commands that were installed
			want = slices.DeleteFunc(slices.Clone(r.Config.Only), func(l string) bool {
				return !strings.HasPrefix(l, spec.Wrap+"/")
			})
		}
		if name == "starts" { // ways to start programs of several runtimes
			want = slices.DeleteFunc(slices.Clone(r.Config.Only), func(l string) bool {
				return !slices.Contains(spec.ProgramLaunchers(), l)
			})
		}
		if !r.Complete || !slices.Equal(r.Config.Only, want) {
			t.Errorf("%s is not a whole run of %s: it is of %v", path, runtime, r.Config.Only)
		}
		if !strings.HasPrefix(strings.ReplaceAll(r.Launchers[0].Version, " ", "-"), version) && name != "wrappers" {
			t.Errorf("%s is of version %s", path, r.Launchers[0].Version)
		}
		if version == "" && !strings.Contains(string(page), "`"+filepath.Base(path)+"`") {
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

// recordedRuntimes are the versions between which something moved, and one or
// two of each runtime on other platforms.
var recordedRuntimes = []string{
	"cpython-2.7", "cpython-3.6", "cpython-3.8", "cpython-3.9", "cpython-3.10", "cpython-3.12", "cpython-3.13",
	"cpython-3.14", "cpython-3.15",
	"node-12", "node-16", "node-18", "node-20", "node-22", "node-24", "node-26",
	"gvisor-cpython-3.14", "gvisor-node-22", "wine-cpython-3.13", "wine-cpython-3.14", "wine-node-22",
	"libc-glibc-2.36", "libc-musl-1.2",
	"shell-bash", "shell-busybox", "shell-dash", "shell-ksh", "shell-mksh", "shell-yash", "shell-zsh",
	"bun-1.4", "deno-2.9", "go-1.18", "go-1.19", "go-1.22", "go-1.23", "go-1.24", "go-1.26", "guile-3.0", "lua-5.4",
	"perl-5.36", "perl-5.40", "php-8.2", "php-8.4", "ruby-3.1", "ruby-3.3", "rust-1.95", "tcl-8.6", "java-17", "java-21",
	"java-25",
	"libc-glibc-2.41", "libc-glibc-2.43", "wine", "wine-starts",
}

// A pin of a runtime says what some versions do. One that no recording has
// seen is a guess.
func TestPinsOfRuntimesWereSeen(t *testing.T) {
	if testing.Short() {
		t.Skip("reads all recordings")
	}
	if runtime.GOOS != "linux" {
		t.Skip("some are pinned on one system only, and the recordings are of Linux")
	}
	seen := map[string]bool{}
	// Behaviours that are about the same code share what is known of it.
	of := func(d record.Divergence) string {
		return d.Implementation + " shows " + d.Observation + " as " + record.Text(d.Value)
	}
	recorded := map[string]bool{}
	for _, name := range recordedRuntimes {
		runtime, _, _ := strings.Cut(name, "-")
		recorded[runtime] = true
		for _, trial := range recording(t, name+".json").Trials {
			for _, d := range trial.Divergences {
				seen[of(d)] = true
			}
		}
	}
	for _, d := range spec.All() {
		for _, pin := range d.Pins {
			runtime, _, _ := strings.Cut(pin.Implementation, "/")
			for name, r := range spec.Manifests {
				if r.Title == runtime {
					runtime = name
				}
			}
			if normal, err := record.Normalise(pin.Value); err == nil {
				pin.Value = normal
			}
			if recorded[runtime] && !seen[of(pin)] {
				t.Errorf("%s: no recording shows that %s", d.ID, of(pin))
			}
		}
	}
}

// What is known to differ between Linux and gVisor is found by comparing their
// recordings, and each finding says who promises what and why it matters.
func TestLinuxAndGVisorDiffer(t *testing.T) {
	if testing.Short() {
		t.Skip("reads recordings")
	}
	c, err := compare.Compare(recording(t, "linux.json"), recording(t, "gvisor.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"argument.vector.empty", "exec.error.etxtbsy", "exec.shebang.length-limit",
		"argument.limit.single-string"} {
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
