// Package posix wraps the calls of POSIX that behaviours, launchers and
// children need, over golang.org/x/sys/unix. It compiles everywhere: on a
// system without POSIX every call returns errors.ErrUnsupported and every
// constant is zero, so that code above it carries no build tags.
package posix

// Limits returned by Getrlimit and taken by Setrlimit.
type Limits struct {
	Soft uint64 `json:"soft"`
	Hard uint64 `json:"hard"`
}

// State is what waitid reports of a child: siginfo_t of a SIGCHLD, decoded.
// See POSIX.1-2024 waitid and <signal.h>.
type State struct {
	PID    int    `json:"pid"`    // 0: no child is in such a state (WNOHANG)
	Code   string `json:"code"`   // CLD_EXITED, CLD_KILLED, CLD_DUMPED, CLD_STOPPED, CLD_CONTINUED or a number
	Status int    `json:"status"` // exit value or signal number
}
