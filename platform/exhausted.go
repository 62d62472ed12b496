package platform

import (
	"errors"
	"strconv"
	"strings"
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

// ExhaustedCrash is the error that made Go's runtime crash, if the first line that
// it printed says that the host has run out of something; else it is nil. The lines
// come from runtime/os_linux.go, os_windows.go, malloc.go, netpoll_epoll.go and
// runtime/cgo/gcc_libinit.c.
func ExhaustedCrash(line string) error {
	switch kind, what, _ := strings.Cut(line, ": "); {
	case kind == "runtime" && strings.HasPrefix(what, "failed to create new OS thread"),
		kind == "runtime/cgo" && strings.HasPrefix(what, "pthread_create failed"):
		return syscall.EAGAIN
	case kind != "runtime" && kind != "fatal error":
	case strings.Contains(what, "out of memory"), strings.Contains(what, "cannot allocate memory"):
		return syscall.ENOMEM
	default:
		call, number, _ := strings.Cut(what, " failed with ")
		n, err := strconv.Atoi(number)
		if (call == "epollcreate" || call == "eventfd") && err == nil && Exhausted(syscall.Errno(n)) {
			return syscall.Errno(n)
		}
	}
	return nil
}
