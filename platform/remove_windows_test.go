package platform

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A directory with an image that has just run can be removed a little later.
func TestRemovalWaitsForWhatIsStillInUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "held")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "file"))
	if err != nil {
		t.Fatal(err)
	}
	if err := removeAll(dir, 20*time.Millisecond); err == nil {
		t.Error("a directory with an open file could be removed")
	}
	time.AfterFunc(50*time.Millisecond, func() { _ = f.Close() })
	if err := removeAll(dir, time.Minute); err != nil {
		t.Errorf("after the file was closed: %v", err)
	}
}
