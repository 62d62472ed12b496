//go:build unix && !linux

package posix

import "errors"

// Options of Waitid; x/sys reaches waitid on Linux only.
const (
	WEXITED, WSTOPPED, WNOWAIT    = 0, 0, 0
	P_ALL, P_PID, P_PGID, P_PIDFD = 0, 0, 0, 0
)

// Waitid waits for a change of state; here it is not reached.
func Waitid(kind, id, options int) (State, error) { return State{}, errors.ErrUnsupported }

func waitExited(pid int) error { return errors.ErrUnsupported }
