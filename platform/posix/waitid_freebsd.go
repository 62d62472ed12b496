package posix

import "golang.org/x/sys/unix"

// Options of Waitid beyond those of Wait4; the kinds are those of <sys/wait.h>.
const (
	WEXITED  = unix.WEXITED
	WSTOPPED = unix.WSTOPPED
	WNOWAIT  = unix.WNOWAIT
	P_ALL    = 7
	P_PID    = 0
)

const (
	siginfoCode = 2
	siginfoPID  = 3
	sysWait6    = unix.SYS_WAIT6
)
