//go:build !unix

package posix

import (
	"errors"
	"syscall"
)

// Signals; all zero where there is no POSIX.
const (
	SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGKILL, SIGUSR1, SIGUSR2   = 0, 0, 0, 0, 0, 0, 0
	SIGPIPE, SIGALRM, SIGTERM, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP = 0, 0, 0, 0, 0, 0, 0
	WNOHANG, WUNTRACED, WCONTINUED                                = 0, 0, 0
	WEXITED, WSTOPPED, WNOWAIT                                    = 0, 0, 0
	P_ALL, P_PID, P_PGID, P_PIDFD                                 = 0, 0, 0, 0
	RLIMIT_CORE, RLIMIT_NOFILE, RLIMIT_STACK                      = 0, 0, 0
)

var errNone = errors.ErrUnsupported

func Kill(pid, signal int) error                  { return errNone }
func Getpgid(pid int) (int, error)                { return 0, errNone }
func Setpgid(pid, group int) error                { return errNone }
func Getsid(pid int) (int, error)                 { return 0, errNone }
func Setsid() (int, error)                        { return 0, errNone }
func Umask(mask int) (int, error)                 { return 0, errNone }
func Mkfifo(path string, mode uint32) error       { return errNone }
func Getrlimit(resource int) (Limits, error)      { return Limits{}, errNone }
func Wait4(pid, options int) (int, uint32, error) { return 0, 0, errNone }
func GetFd(fd int) (int, error)                   { return 0, errNone }
func GetFl(fd int) (int, error)                   { return 0, errNone }
func Raise(signal int) error                      { return errNone }
func WaitExited(pid int) error                    { return errNone }
func ErrnoName(e syscall.Errno) string            { return "" }
func SignalName(signal int) string                { return "" }
func Waitid(kind, id, options int) (State, error) { return State{}, errNone }
