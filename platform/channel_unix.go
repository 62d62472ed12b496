//go:build unix

package platform

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
)

// Listener is where children report: a way for a process to reach this one
// that is not inherited, so that it disturbs nothing of what is observed.
// Here it is a Unix-domain socket; on Windows a named pipe.
type Listener struct {
	address string
	file    *os.File
	closed  atomic.Bool
}

// Listen opens a listener whose address lies in the directory dir.
func Listen(dir string) (*Listener, error) {
	// Package net would do, but for its initialisation in every child.
	address := filepath.Join(dir, "s")
	fd, err := socket()
	if err != nil {
		return nil, err
	}
	err = syscall.Bind(fd, &syscall.SockaddrUnix{Name: address})
	if err == nil {
		err = syscall.Listen(fd, 128)
	}
	if err == nil {
		err = syscall.SetNonblock(fd, true)
	}
	if err != nil {
		_ = syscall.Close(fd)
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return &Listener{address: address, file: os.NewFile(uintptr(fd), address)}, nil
}

func socket() (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	return fd, err
}

// Address is what Dial takes.
func (l *Listener) Address() string { return l.address }

// Accept waits for the next process that dials. Once the listener is closed its error
// is os.ErrClosed.
func (l *Listener) Accept() (*os.File, error) {
	raw, err := l.file.SyscallConn()
	if err != nil || l.closed.Load() {
		return nil, os.ErrClosed
	}
	var fd int
	var failed error
	err = raw.Read(func(listener uintptr) bool {
		for {
			syscall.ForkLock.RLock()
			fd, _, failed = syscall.Accept(int(listener))
			if failed == nil {
				syscall.CloseOnExec(fd)
			}
			syscall.ForkLock.RUnlock()
			switch failed {
			case syscall.EINTR, syscall.ECONNABORTED:
				continue
			}
			return failed != syscall.EAGAIN
		}
	})
	if err == nil {
		err = failed
	}
	if l.closed.Load() { // which a raw connection says with an error of its own
		if err == nil {
			_ = syscall.Close(fd)
		}
		return nil, os.ErrClosed
	}
	if err != nil {
		return nil, err
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		_ = syscall.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), "channel"), nil
}

// Close stops listening and removes the address.
func (l *Listener) Close() error {
	l.closed.Store(true)
	err := l.file.Close()
	_ = os.Remove(l.address)
	return err
}

// Dial reaches a listener of another process.
func Dial(address string) (*os.File, error) {
	fd, err := socket()
	if err != nil {
		return nil, err
	}
	// Out of the way of the numbers that a child under test is given. A number
	// beyond 63 would make the kernel grow the descriptor table, which takes a
	// process of several threads milliseconds.
	if high, err := dupAbove(fd, 40); err == nil {
		_ = syscall.Close(fd)
		fd = high
	}
	for {
		err = syscall.Connect(fd, &syscall.SockaddrUnix{Name: address})
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err == nil {
		err = syscall.SetNonblock(fd, true)
	}
	if err != nil {
		_ = syscall.Close(fd)
		return nil, fmt.Errorf("dial %s: %w", address, err)
	}
	return os.NewFile(uintptr(fd), "channel"), nil
}
