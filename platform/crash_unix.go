//go:build unix

package platform

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// DivertCrash lets descriptor 2 of this process be a new file, which gets what Go's
// runtime prints as it crashes, and os.Stderr what descriptor 2 was.
func DivertCrash(path string) error {
	stderr, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return errors.Join(err, unix.Close(stderr))
	}
	if err := unix.Dup2(int(f.Fd()), 2); err != nil {
		return errors.Join(os.NewSyscallError("dup2", err), f.Close(), unix.Close(stderr))
	}
	os.Stderr = os.NewFile(uintptr(stderr), os.Stderr.Name())
	return f.Close()
}
