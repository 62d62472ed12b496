package platform

import (
	"os"
	"syscall"

	"github.com/spawnspec/spawnspec/platform/posix"
)

// Errno is an error number of the system; 0 is none.
type Errno = syscall.Errno

// ErrnoNamed is the error number of a symbolic name, such as ENOENT. Windows has none.
func ErrnoNamed(name string) (Errno, bool) {
	for e := Errno(1); e < 256 && name != ""; e++ {
		if posix.ErrnoName(e) == name {
			return e, true
		}
	}
	return 0, false
}

// SysProcAttr are the attributes of an exec.Cmd that differ from system to system.
type SysProcAttr = syscall.SysProcAttr

// Terminate is the signal that asks a process to end: SIGTERM, or a console that
// is closed on Windows.
var Terminate os.Signal = syscall.SIGTERM

// Signal is a signal by its number.
func Signal(number int) os.Signal { return syscall.Signal(number) }

// SignalNumber is the number of a signal.
func SignalNumber(s os.Signal) int {
	n, _ := s.(syscall.Signal)
	return int(n)
}

// Exec replaces this process by the image of a launch, whose path, arguments
// and environment alone count. It returns only with an error.
func Exec(l *Launch) error { return syscall.Exec(l.Path, l.Args, l.environment()) }

// WriteExecutable writes a file that is going to be executed. A child forked
// meanwhile by another thread would hold it open for writing until its own
// exec, and an exec of the file would fail with ETXTBSY; so there is no fork meanwhile.
func WriteExecutable(path string, content []byte) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, content, 0o755); err != nil {
		return err
	}
	return os.Chmod(path, 0o755) // whatever the umask is
}
