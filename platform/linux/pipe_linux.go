package linux

import "golang.org/x/sys/unix"

// PipeSize is the capacity of a pipe in bytes (F_GETPIPE_SZ).
func PipeSize(fd int) (int, error) { return unix.FcntlInt(uintptr(fd), unix.F_GETPIPE_SZ, 0) }

// SetPipeSize asks for a capacity and returns the one that was given (F_SETPIPE_SZ).
func SetPipeSize(fd, size int) (int, error) {
	return unix.FcntlInt(uintptr(fd), unix.F_SETPIPE_SZ, size)
}
