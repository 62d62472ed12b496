package stubs

import (
	"os"
	"path/filepath"
	"testing"
)

// The stubs that are there are those that the packages need.
func TestStubsAreUpToDate(t *testing.T) {
	for _, dir := range []string{"../../posix", "../../linux", "../../win32"} {
		files, err := Generate(dir)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range files {
			if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != string(want) {
				t.Errorf("%s/%s is not up to date (%v): go generate ./platform", filepath.Base(dir), name, err)
			}
		}
		present, _ := filepath.Glob(filepath.Join(dir, "zz_*.go"))
		if len(present) != len(files) {
			t.Errorf("%s has %d files of stubs and needs %d: go generate ./platform", filepath.Base(dir), len(present), len(files))
		}
	}
}
