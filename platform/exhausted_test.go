package platform_test

import (
	"runtime"
	"testing"

	"github.com/spawnspec/spawnspec/platform"
)

// The first lines are those of real crashes: under a limit of processes, of memory
// and of descriptors.
func TestExhaustedCrash(t *testing.T) {
	for line, want := range map[string]string{
		"runtime: failed to create new OS thread (have 12 already; errno=11)":         "EAGAIN",
		"runtime/cgo: pthread_create failed: Resource temporarily unavailable":        "EAGAIN",
		"fatal error: runtime: cannot allocate memory":                                "ENOMEM",
		"fatal error: runtime: out of memory":                                         "ENOMEM",
		"runtime: out of memory: cannot allocate 4194304-byte block (7864320 in use)": "ENOMEM",
		"panic: out of memory": "none",
		"panic: runtime error: invalid memory address or nil pointer dereference": "none",
		"fatal error: all goroutines are asleep - deadlock!":                      "none",
		"runtime: goroutine stack exceeds 1000000000-byte limit":                  "none",
		"": "none",
	} {
		if got := platform.ErrorName(platform.ExhaustedCrash(line)); got != want {
			t.Errorf("%q: %s, not %s", line, got, want)
		}
	}
	if runtime.GOOS == "linux" {
		if got := platform.ErrorName(platform.ExhaustedCrash("runtime: epollcreate failed with 24")); got != "EMFILE" {
			t.Errorf("a poller without a descriptor: %s", got)
		}
	}
}
