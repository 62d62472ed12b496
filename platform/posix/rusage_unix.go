//go:build unix

package posix

import (
	"time"

	"golang.org/x/sys/unix"
)

// Whose time CPUTime tells.
const (
	RUSAGE_SELF     = unix.RUSAGE_SELF
	RUSAGE_CHILDREN = unix.RUSAGE_CHILDREN
)

// CPUTime is the processor time, user and system, of the calling process or of
// its children that have been waited for; see getrusage.
func CPUTime(who int) (time.Duration, error) {
	var u unix.Rusage
	err := unix.Getrusage(who, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), err
}
