//go:build unix

package posix

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// Flags of Open, and ends of Shutdown.
const (
	O_RDONLY = unix.O_RDONLY
	O_WRONLY = unix.O_WRONLY
	O_RDWR   = unix.O_RDWR
	SHUT_RD  = unix.SHUT_RD
	SHUT_WR  = unix.SHUT_WR
)

// Pipe makes a pipe, close-on-exec, with none of what package os adds: both
// ends block.
func Pipe() (r, w int, err error) { return pair(unix.Pipe) }

// Socketpair makes a connected pair of stream sockets of the Unix domain,
// close-on-exec.
func Socketpair() (a, b int, err error) {
	return pair(func(p []int) error {
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		copy(p, fds[:])
		return err
	})
}

// pair makes two descriptors that no child can inherit meanwhile.
func pair(make func([]int) error) (a, b int, err error) {
	var p [2]int
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := make(p[:]); err != nil {
		return 0, 0, err
	}
	unix.CloseOnExec(p[0])
	unix.CloseOnExec(p[1])
	return p[0], p[1], nil
}

// Open opens a file close-on-exec.
func Open(path string, flags int) (int, error) { return unix.Open(path, flags|unix.O_CLOEXEC, 0) }

// Close closes a descriptor.
func Close(fd int) error { return unix.Close(fd) }

// Read is one read; a signal of the runtime's own does not end it.
func Read(fd int, b []byte) (int, error) {
	return again(func() (int, error) { return unix.Read(fd, b) })
}

// Write is one write; a signal of the runtime's own does not end it before the
// first byte.
func Write(fd int, b []byte) (int, error) {
	return again(func() (int, error) { return unix.Write(fd, b) })
}

func again(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, unix.EINTR) {
			return max(n, 0), err
		}
	}
}

// SetNonblock sets or clears O_NONBLOCK of an open file description.
func SetNonblock(fd int, nonblock bool) error { return unix.SetNonblock(fd, nonblock) }

// Poll tells, without waiting, what is ready of a descriptor: a set of POLLIN,
// POLLOUT, POLLERR and POLLHUP, in this order.
func Poll(fd int) ([]string, error) {
	p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN | unix.POLLOUT}}
	if _, err := again(func() (int, error) { return unix.Poll(p, 0) }); err != nil {
		return nil, err
	}
	ready := []string{}
	for _, e := range []struct {
		bit  int16
		name string
	}{{unix.POLLIN, "POLLIN"}, {unix.POLLOUT, "POLLOUT"}, {unix.POLLERR, "POLLERR"}, {unix.POLLHUP, "POLLHUP"}} {
		if p[0].Revents&e.bit != 0 {
			ready = append(ready, e.name)
		}
	}
	return ready, nil
}

// Shutdown ends one direction of a socket; see SHUT_RD and SHUT_WR.
func Shutdown(fd, how int) error { return unix.Shutdown(fd, how) }

// SendFD sends one byte and a descriptor over a Unix-domain socket (SCM_RIGHTS).
func SendFD(socket, fd int) error {
	return unix.Sendmsg(socket, []byte{0}, unix.UnixRights(fd), nil, 0)
}

// ReceiveFD receives what SendFD has sent: a new descriptor.
func ReceiveFD(socket int) (int, error) {
	control := make([]byte, unix.CmsgSpace(4))
	var n int
	for {
		var err error
		if _, n, _, _, err = unix.Recvmsg(socket, make([]byte, 1), control, 0); err == nil {
			break
		} else if err != unix.EINTR {
			return 0, err
		}
	}
	messages, err := unix.ParseSocketControlMessage(control[:n])
	if err != nil || len(messages) == 0 {
		return 0, unix.EBADMSG
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return 0, err
	}
	return fds[0], nil
}
