//go:build unix

package platform

import (
	"errors"
	"syscall"
	"time"

	"github.com/spawnspec/spawnspec/platform/posix"
)

// Reap waits for a killed child whose launcher does not, and reports whether
// it is gone within a time.
func Reap(pid int, within time.Duration) bool {
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(time.Millisecond) { //nolint:forbidigo // wait4 has no deadline
		child, _, err := posix.Wait4(pid, posix.WNOHANG)
		if child == pid || errors.Is(err, syscall.ECHILD) {
			return true
		}
	}
	return false
}
