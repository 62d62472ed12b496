package platform

import (
	"errors"
	"syscall"
)

// Refused reports whether an error is what a system call filter or a missing
// capability answers: EPERM or ENOSYS.
func Refused(err error) bool {
	return errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSYS)
}

// Exhausted reports whether an error says that the host has run out of something:
// processes, descriptors, memory or room on a disk. It says nothing of the call
// that it came from.
func Exhausted(err error) bool {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return false
	}
	switch errno {
	case syscall.EAGAIN, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.ENOSPC, syscall.EDQUOT:
		return true
	}
	return exhausted(errno)
}
