package platform

import (
	"errors"
	"syscall"
	"time"

	"github.com/spawnspec/spawnspec/platform/win32"
)

// Reap waits for a killed child whose launcher does not, and reports whether
// it is gone within a time.
func Reap(pid int, within time.Duration) bool {
	h, err := win32.OpenProcess(win32.ProcessSynchronize, uint32(pid))
	if err != nil {
		return errors.Is(err, syscall.Errno(87)) // ERROR_INVALID_PARAMETER: no such process
	}
	defer win32.Close(h)
	return win32.Wait(h, uint32(within.Milliseconds())) == nil
}
