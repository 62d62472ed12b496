package platform_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spawnspec/spawnspec/platform"
)

func TestFeaturesAnswer(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TMP", os.Getenv("TMPDIR"))
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
	notRoot, _ := platform.LookupFeature("not-root")
	a, _ := root.Probe()
	b, _ := notRoot.Probe()
	if a == b {
		t.Errorf("root: %s, not-root: %s", a, b)
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) != 0 {
		t.Errorf("left in the temporary directory: %v, %v", left, err)
	}
	if after := descriptors(t); after != before {
		t.Errorf("descriptors before:\n%s\nafter:\n%s", before, after)
	}
}

// descriptors lists what this process has open, where the system tells. What
// Go's poller opens once and keeps is left out.
func descriptors(t *testing.T) string {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Logf("leaks of descriptors go unseen: %v", err)
	}
	var all []string
	for _, e := range entries {
		target, err := os.Readlink(filepath.Join("/proc/self/fd", e.Name()))
		if err != nil || strings.HasPrefix(target, "anon_inode:[event") || strings.HasPrefix(target, "/proc/") {
			continue
		}
		all = append(all, e.Name()+" "+target)
	}
	return strings.Join(all, "\n")
}

func TestUnknownFeatureIsNotFound(t *testing.T) {
	if f, ok := platform.LookupFeature("teleport"); ok || f.Name != "" {
		t.Error(f)
	}
}
