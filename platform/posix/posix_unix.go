//go:build unix

package posix

import (
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Signals, numbered as on this system.
const (
	SIGHUP  = int(unix.SIGHUP)
	SIGINT  = int(unix.SIGINT)
	SIGQUIT = int(unix.SIGQUIT)
	SIGABRT = int(unix.SIGABRT)
	SIGFPE  = int(unix.SIGFPE)
	SIGILL  = int(unix.SIGILL)
	SIGSEGV = int(unix.SIGSEGV)
	SIGKILL = int(unix.SIGKILL)
	SIGUSR1 = int(unix.SIGUSR1)
	SIGUSR2 = int(unix.SIGUSR2)
	SIGPIPE = int(unix.SIGPIPE)
	SIGALRM = int(unix.SIGALRM)
	SIGTERM = int(unix.SIGTERM)
	SIGCHLD = int(unix.SIGCHLD)
	SIGCONT = int(unix.SIGCONT)
	SIGSTOP = int(unix.SIGSTOP)
	SIGTSTP = int(unix.SIGTSTP)
)

// Options of Wait4.
const (
	WNOHANG    = unix.WNOHANG
	WUNTRACED  = unix.WUNTRACED
	WCONTINUED = wcontinued
)

// Resources of Getrlimit.
const (
	RLIMIT_CORE   = unix.RLIMIT_CORE
	RLIMIT_NOFILE = unix.RLIMIT_NOFILE
	RLIMIT_STACK  = unix.RLIMIT_STACK
)

// Kill sends a signal: pid > 0 to a process, pid < -1 to a process group.
// It refuses 0 and -1, which would reach the caller's own group or everyone.
func Kill(pid, signal int) error {
	if pid == 0 || pid == -1 {
		return syscall.EINVAL
	}
	return unix.Kill(pid, syscall.Signal(signal))
}

// Getpgid returns the process group of a process, 0 being the caller.
func Getpgid(pid int) (int, error) { return unix.Getpgid(pid) }

// Setpgid moves a process to a group; 0 stands for the caller and for its own id.
func Setpgid(pid, group int) error { return unix.Setpgid(pid, group) }

// Getsid returns the session of a process, 0 being the caller.
func Getsid(pid int) (int, error) { return unix.Getsid(pid) }

// Setsid makes the caller the leader of a new session.
func Setsid() (int, error) { return unix.Setsid() }

// Umask sets the file mode creation mask of the whole process and returns the old one.
func Umask(mask int) (int, error) { return unix.Umask(mask), nil }

// Mkfifo makes a FIFO.
func Mkfifo(path string, mode uint32) error { return unix.Mkfifo(path, mode) }

// Getrlimit reads a limit of the calling process.
func Getrlimit(resource int) (Limits, error) {
	var l unix.Rlimit
	err := unix.Getrlimit(resource, &l)
	return Limits{uint64(l.Cur), uint64(l.Max)}, err
}

// Wait4 waits for a child and returns its raw status word, undecoded.
func Wait4(pid, options int) (child int, raw uint32, err error) {
	var status unix.WaitStatus
	for {
		child, err = unix.Wait4(pid, &status, options, nil)
		if err != unix.EINTR {
			return child, uint32(status), err
		}
	}
}

// GetFd returns the descriptor flags (FD_CLOEXEC) of a descriptor.
func GetFd(fd int) (int, error) { return unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0) }

// GetFl returns the status flags and access mode of an open file description.
func GetFl(fd int) (int, error) { return unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0) }

// Raise sends a signal to the calling process and, as such a signal may be
// delivered to any of its threads, does not expect to have received it on return.
func Raise(signal int) error { return unix.Kill(unix.Getpid(), syscall.Signal(signal)) }

// ErrnoName returns the symbolic name of an error number, for example ENOENT.
func ErrnoName(e syscall.Errno) string {
	if e == unix.EAGAIN { // EWOULDBLOCK has the same value
		return "EAGAIN"
	}
	if e == unix.EOPNOTSUPP && runtime.GOOS == "linux" { // ENOTSUP has the same value
		return "EOPNOTSUPP"
	}
	return unix.ErrnoName(e)
}

// SignalName returns the symbolic name of a signal, for example SIGTERM.
func SignalName(signal int) string {
	return unix.SignalName(syscall.Signal(signal))
}
