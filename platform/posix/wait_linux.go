package posix

import (
	"errors"
	"strconv"
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
	P_PGID   = unix.P_PGID
	P_PIDFD  = unix.P_PIDFD
)

var childCodes = map[int32]string{1: "CLD_EXITED", 2: "CLD_KILLED", 3: "CLD_DUMPED", 4: "CLD_TRAPPED", 5: "CLD_STOPPED", 6: "CLD_CONTINUED"}

func decode(si *unix.Siginfo) State {
	// si_pid, si_uid and si_status follow si_code, aligned to a pointer.
	const header = 3 * 4
	const align = unsafe.Sizeof(uintptr(0))
	fields := (*[3]int32)(unsafe.Add(unsafe.Pointer(si), (header+align-1)/align*align))
	if fields[0] == 0 {
		return State{}
	}
	s := State{PID: int(fields[0]), Status: int(fields[2]), Code: childCodes[si.Code]}
	if s.Code == "" {
		s.Code = strconv.Itoa(int(si.Code))
	}
	return s
}

// Waitid waits for a change of state and reports it; see waitid(2). P_ALL,
// P_PID, P_PGID and P_PIDFD say what id means.
func Waitid(kind, id, options int) (State, error) {
	var si unix.Siginfo
	for {
		err := unix.Waitid(kind, id, &si, options, nil)
		if err == nil {
			return decode(&si), nil
		}
		if !errors.Is(err, unix.EINTR) {
			return State{}, err
		}
	}
}

// WaitExited blocks until the child pid is a zombie and leaves it one
// (waitid with WNOWAIT). It is the event to wait for before anything is
// asserted of a zombie. x/sys reaches waitid on Linux only.
func WaitExited(pid int) error {
	_, err := Waitid(P_PID, pid, WEXITED|WNOWAIT)
	return err
}
