package platform_test

import (
	"os"
	"os/user"
	"regexp"
	"strings"
	"testing"

	"github.com/spawnspec/spawnspec/platform"
)

func TestHostFactsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	name := regexp.MustCompile(`^[a-z][a-z0-9]*([._-][a-z0-9]+)*$`)
	for _, f := range platform.Host() {
		t.Logf("%-24s %s", f.Name, f.Value)
		if seen[f.Name] {
			t.Errorf("%s is there twice", f.Name)
		}
		seen[f.Name] = true
		if !name.MatchString(f.Name) {
			t.Errorf("%q is no name of a fact", f.Name)
		}
		if f.Value == "" || f.Value != strings.TrimSpace(f.Value) || strings.ContainsAny(f.Value, "\n\x00") {
			t.Errorf("%s is %q", f.Name, f.Value)
		}
		if strings.Contains(f.Value, "panic") {
			t.Errorf("%s: %s", f.Name, f.Value)
		}
	}
	for _, must := range []string{"os", "implementation", "kernel.release", "arch", "page.size", "go.version", "user", "temp.filesystem"} {
		if !seen[must] {
			t.Errorf("%s is missing", must)
		}
	}
}

func TestHostIsTheSameTwice(t *testing.T) {
	first, second := platform.Host(), platform.Host()
	if len(first) != len(second) {
		t.Fatalf("%d facts, then %d", len(first), len(second))
	}
	for i, f := range first {
		if f != second[i] && !f.Volatile {
			t.Errorf("%v, then %v", f, second[i])
		}
	}
}

// Recordings are published.
func TestHostNamesNoOne(t *testing.T) {
	var private []string
	if name, err := os.Hostname(); err == nil && len(name) > 3 {
		private = append(private, name)
	}
	if home, err := os.UserHomeDir(); err == nil && len(home) > 1 {
		private = append(private, home)
	}
	if u, err := user.Current(); err == nil && u.Username != "root" && len(u.Username) > 3 {
		private = append(private, u.Username)
	}
	for _, f := range platform.Host() {
		for _, p := range private {
			if strings.Contains(f.Value, p) && !strings.HasPrefix(f.Name, "kernel.") && f.Name != "os" {
				t.Errorf("%s tells %q", f.Name, p)
			}
		}
	}
}
