package platform_test

import (
	"os"
	"runtime"
	"syscall"
	"testing"

	"github.com/spawnspec/spawnspec/platform"
)

// One event has one name, whichever of its numbers the system gives.
func TestBrokenPipe(t *testing.T) {
	errs, want := []error{syscall.EPIPE}, "EPIPE"
	if runtime.GOOS == "windows" {
		errs, want = []error{syscall.Errno(109), syscall.Errno(232)}, "ERROR_NO_DATA (232) or ERROR_BROKEN_PIPE (109)"
	}
	for _, err := range errs {
		if name, ok := platform.BrokenPipe(&os.PathError{Op: "write", Err: err}); name != want || !ok {
			t.Errorf("%v: %q, %v", err, name, ok)
		}
	}
	if name, ok := platform.BrokenPipe(nil); name != "none" || ok {
		t.Errorf("no error: %q, %v", name, ok)
	}
}
