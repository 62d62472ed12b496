package linux

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// WriteLock is a struct flock that asks for a write lock on a whole file, as
// an argument of fcntl(F_SETLK) in a script.
func WriteLock() string {
	l := unix.Flock_t{Type: unix.F_WRLCK}
	return string(unsafe.Slice((*byte)(unsafe.Pointer(&l)), unsafe.Sizeof(l)))
}

// Entries are the names in what getdents64(2) returned, the two for the
// directory itself and its parent left out.
func Entries(b []byte) []string {
	_, _, names := unix.ParseDirent(b, -1, nil)
	return names
}

// Duration is a struct timespec, as an argument of a call that waits.
func Duration(d time.Duration) string {
	t := unix.NsecToTimespec(d.Nanoseconds())
	return string(unsafe.Slice((*byte)(unsafe.Pointer(&t)), unsafe.Sizeof(t)))
}
