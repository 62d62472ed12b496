package posix

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

const wcontinued = unix.WCONTINUED

// Options of Waitid beyond those of Wait4.
const (
	WEXITED  = unix.WEXITED
	WSTOPPED = unix.WSTOPPED
	WNOWAIT  = unix.WNOWAIT
	P_ALL    = unix.P_ALL
	P_PID    = unix.P_PID
	P_PIDFD  = unix.P_PIDFD
)

// The process id is aligned to a pointer.
const (
	siginfoCode = 2
	siginfoPID  = 2 + unsafe.Sizeof(uintptr(0))/4
)

func waitid(kind, id int, si *siginfo, options int) error {
	return unix.Waitid(kind, id, (*unix.Siginfo)(unsafe.Pointer(si)), options, nil)
}
