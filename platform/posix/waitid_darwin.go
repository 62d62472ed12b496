package posix

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Options of Waitid beyond those of Wait4; the kinds are those of <sys/wait.h>.
const (
	WEXITED  = unix.WEXITED
	WSTOPPED = unix.WSTOPPED
	WNOWAIT  = unix.WNOWAIT
	P_ALL    = 0
	P_PID    = 1
)

const (
	siginfoCode = 2
	siginfoPID  = 3
)

// waitid also returns for a child that has stopped when only WEXITED was asked for
// (golang/go#19314).
func waitid(kind, id int, si *siginfo, options int) error {
	_, _, errno := unix.Syscall6(unix.SYS_WAITID, uintptr(kind), uintptr(id), uintptr(unsafe.Pointer(si)),
		uintptr(options), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
