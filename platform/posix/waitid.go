//go:build linux || darwin || freebsd || netbsd

package posix

import (
	"errors"
	"strconv"

	"golang.org/x/sys/unix"
)

// siginfo is a siginfo_t, which is no larger anywhere. What waitid fills in is ints
// and ids of the size of an int: signal, error and code come first, then, from
// siginfoPID on, the process id, the user id and the status.
type siginfo [32]int32

var childCodes = map[int32]string{1: "CLD_EXITED", 2: "CLD_KILLED", 3: "CLD_DUMPED",
	4: "CLD_TRAPPED", 5: "CLD_STOPPED", 6: "CLD_CONTINUED"}

func (si *siginfo) decode() State {
	if si[siginfoPID] == 0 {
		return State{}
	}
	s := State{PID: int(si[siginfoPID]), Status: int(si[siginfoPID+2]), Code: childCodes[si[siginfoCode]]}
	if s.Code == "" {
		s.Code = strconv.Itoa(int(si[siginfoCode]))
	}
	return s
}

// Waitid waits for a change of state and reports it; see waitid(2). P_ALL,
// P_PID and P_PIDFD say what id means.
func Waitid(kind, id, options int) (State, error) {
	var si siginfo
	for {
		err := waitid(kind, id, &si, options)
		if err == nil {
			return si.decode(), nil
		}
		if !errors.Is(err, unix.EINTR) {
			return State{}, err
		}
	}
}

// WaitExited blocks until the child pid is a zombie and leaves it one
// (waitid with WNOWAIT). It is the event to wait for before anything is
// asserted of a zombie. OpenBSD lets only its libc call waitid, which x/sys
// does not reach.
func WaitExited(pid int) error {
	_, err := Waitid(P_PID, pid, WEXITED|WNOWAIT)
	return err
}
