//go:build unix

package platform

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTempDir(t *testing.T) {
	base, err := os.MkdirTemp("/tmp", "t") // t.TempDir has the test's name in it, which is too long
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(base)
	if base, err = filepath.EvalSymlinks(base); err != nil {
		t.Fatal(err)
	}
	tmp, err := filepath.EvalSymlinks("/tmp")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(base)
	long := strings.Repeat("l", 100)
	for _, name := range []string{"plain", "a b", "c\nd", long, "\xff"} {
		if err := os.Mkdir(name, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(name, "to "+name); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("file", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ tmpdir, dir, said string }{
		{base, base, ""},
		{".", base, ""},
		{"to plain", base + "/plain", ""}, // what counts is where the link leads
		{base + "/a b", tmp, "a blank"},
		{base + "/to a b", tmp, "a blank"},
		{base + "/to c\nd", tmp, "a line end"},
		{base + "/to " + long, tmp, "has room for 64"},
		{base + "/\xff", tmp, `xff", whose path is not UTF-8`},
		{base + "/missing", "", "does not exist"},
		{base + "/file", "", "is no directory"},
		{base + "/missing\x1b[31m", "", `missing\x1b[31m`},
		{"/" + strings.Repeat("0", 70000), "", "(70001 bytes), which cannot be used (ENAMETOOLONG)"},
	} {
		t.Setenv("TMPDIR", c.tmpdir)
		dir, said, err := TempDir()
		if err != nil {
			said = err.Error()
		}
		if dir != c.dir || (err != nil) != (c.dir == "") || !strings.Contains(said, c.said) || (said == "") != (c.said == "") {
			t.Errorf("%.40q: %q, %q, %v", c.tmpdir, dir, said, err)
		}
		if len(said) > 300 || strings.ContainsAny(said, "\n\x1b") {
			t.Errorf("%.40q: not one clear line: %q", c.tmpdir, said)
		}
	}
}
