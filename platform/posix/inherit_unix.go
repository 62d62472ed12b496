//go:build unix

package posix

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// RLIMIT_CPU limits processor time, in seconds.
const RLIMIT_CPU = unix.RLIMIT_CPU

// Setrlimit sets a limit of the calling process.
func Setrlimit(resource int, l Limits) error {
	var r unix.Rlimit
	set(&r.Cur, l.Soft)
	set(&r.Max, l.Hard)
	return unix.Setrlimit(resource, &r)
}

// set is there because FreeBSD counts limits in signed numbers.
func set[T int64 | uint64](field *T, value uint64) { *field = T(value) }

// Nice is the nice value of the calling thread on Linux, of the process elsewhere.
func Nice() (int, error) {
	n, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if runtime.GOOS == "linux" { // the call itself returns 20-n, above 0 for any n
		n = 20 - n
	}
	return n, err
}

// SetNice sets the nice value of the calling thread on Linux, of the process
// elsewhere. Only root can lower it again.
func SetNice(n int) error { return unix.Setpriority(unix.PRIO_PROCESS, 0, n) }

// FD_CLOEXEC is the descriptor flag for close-on-exec.
const FD_CLOEXEC = unix.FD_CLOEXEC

// SetFd sets the descriptor flags, 0 or FD_CLOEXEC.
func SetFd(fd, flags int) error {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, flags)
	return err
}

// SetFl sets the status flags of an open file description.
func SetFl(fd, flags int) error {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETFL, flags)
	return err
}

// Status flags of GetFl and SetFl.
const (
	O_APPEND   = unix.O_APPEND
	O_NONBLOCK = unix.O_NONBLOCK
)

// Inheritable lists the descriptors above 2 that every program gets that this process
// starts. Many closed ones in a row end the search.
func Inheritable() []int {
	const many = 1024
	all := []int{}
	for fd, closed := 3, 0; closed < many; fd++ {
		flags, err := GetFd(fd)
		if err != nil {
			closed++
			continue
		}
		closed = 0
		if flags&FD_CLOEXEC == 0 {
			all = append(all, fd)
		}
	}
	return all
}
