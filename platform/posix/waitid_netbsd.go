package posix

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Options of Waitid beyond those of Wait4. x/sys leaves WEXITED out and gives WSTOPPED
// the value of another WSTOPPED; the kinds are those of <sys/idtype.h>.
const (
	WEXITED  = syscall.WEXITED
	WSTOPPED = unix.WUNTRACED
	WNOWAIT  = unix.WNOWAIT
	P_ALL    = 0
	P_PID    = 1
)

// The process id is aligned to a pointer, and the code comes before the error.
const (
	siginfoCode = 1
	siginfoPID  = 2 + unsafe.Sizeof(uintptr(0))/4
	sysWait6    = syscall.SYS_WAIT6
)
