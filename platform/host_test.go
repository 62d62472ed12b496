package platform_test

import (
	"os"
	"path/filepath"
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

// Recordings are published. Everything that could lead to a person or a private
// place carries a made-up name here, so that the test can fail on any machine.
func TestHostNamesNoOne(t *testing.T) {
	const name = "zebedee"
	dir := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, variable := range []string{"HOME", "USERPROFILE", "TMPDIR", "TMP", "TEMP", "PWD", "SHELL"} {
		t.Setenv(variable, dir)
	}
	for _, variable := range []string{"USER", "LOGNAME", "USERNAME", "HOSTNAME", "COMPUTERNAME"} {
		t.Setenv(variable, name)
	}
	platform.ProbeDir = dir
	defer func() { platform.ProbeDir = "" }()
	private := []string{name}
	if host, err := os.Hostname(); err == nil && len(host) > 3 { // a shorter one is part of many words
		private = append(private, host)
	}
	texts := map[string]string{}
	for _, f := range platform.Host() {
		if !strings.HasPrefix(f.Name, "kernel.") && f.Name != "os" { // a machine may be called as its system is
			texts[f.Name] = f.Value
		}
	}
	for _, f := range platform.Features() {
		_, texts["feature "+f.Name] = f.Probe()
	}
	for of, text := range texts {
		for _, p := range private {
			if strings.Contains(text, p) {
				t.Errorf("%s is %q, which names %q", of, text, p)
			}
		}
	}
}
