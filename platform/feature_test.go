package platform_test

import (
	"maps"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spawnspec/spawnspec/platform"
)

func TestFeaturesAnswer(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TMP", os.Getenv("TMPDIR"))
	// Go's poller opens its own descriptors once, at the first pipe, and keeps them.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	before := descriptors(t)
	name := regexp.MustCompile(`^[a-z][a-z0-9]*([_-][a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, f := range platform.Features() {
		if seen[f.Name] {
			t.Errorf("%s is there twice", f.Name)
		}
		seen[f.Name] = true
		if !name.MatchString(f.Name) {
			t.Errorf("%q is no name of a feature", f.Name)
		}
		if !strings.HasSuffix(f.Question, "?") {
			t.Errorf("%s asks nothing: %q", f.Name, f.Question)
		}
		start := time.Now()
		answer, detail := f.Probe()
		t.Logf("%-22s %-5s %s (%v)", f.Name, answer, detail, time.Since(start).Round(10*time.Microsecond))
		switch answer {
		case platform.Yes:
		case platform.No, platform.Broke:
			if detail == "" {
				t.Errorf("%s: %s without a reason", f.Name, answer)
			}
		default:
			t.Errorf("%s: %q is no answer", f.Name, answer)
		}
		if answer == platform.Broke {
			t.Errorf("%s: the probe broke: %s", f.Name, detail)
		}
		again, _ := platform.LookupFeature(f.Name)
		if a, d := again.Probe(); a != answer || d != detail {
			t.Errorf("%s: asked again it says %s %s", f.Name, a, d)
		}
	}
	root, _ := platform.LookupFeature("root")
	if answer, _ := root.Probe(); (answer == platform.Yes) != (os.Geteuid() == 0) && runtime.GOOS != "windows" {
		t.Errorf("root: %s, with the effective user id %d", answer, os.Geteuid())
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) != 0 {
		t.Errorf("left in the temporary directory: %v, %v", left, err)
	}
	if after := descriptors(t); after != before {
		t.Errorf("descriptors before:\n%s\nafter:\n%s", before, after)
	}
}

// descriptors lists what this process has open. Windows cannot list it.
func descriptors(t *testing.T) string {
	open, err := platform.OpenDescriptors()
	if err != nil {
		t.Fatal(err)
	}
	if len(open) == 0 && runtime.GOOS != "windows" {
		t.Fatal("no descriptor is open, not even a standard stream: a leak would go unseen")
	}
	var all []string
	for _, fd := range slices.Sorted(maps.Keys(open)) {
		all = append(all, open[fd])
	}
	return strings.Join(all, "\n")
}

func TestUnknownFeatureIsNotFound(t *testing.T) {
	if f, ok := platform.LookupFeature("teleport"); ok || f.Name != "" {
		t.Error(f)
	}
}
