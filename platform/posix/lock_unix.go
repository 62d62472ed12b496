//go:build unix

package posix

import "golang.org/x/sys/unix"

// LockRecord takes a write lock on a whole file for this process, and fails
// with EAGAIN or EACCES rather than wait: fcntl(F_SETLK).
func LockRecord(fd int) error {
	return unix.FcntlFlock(uintptr(fd), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK})
}

// Flock is flock(2), which is not in POSIX but on every Unix of today.
func Flock(fd, operation int) error { return unix.Flock(fd, operation) }
