//go:build unix

package platform

import (
	"errors"

	"golang.org/x/sys/unix"
)

func (fd FD) read(b []byte) (int, error) {
	return uninterrupted(func() (int, error) { return unix.Read(int(fd), b) })
}

func (fd FD) write(b []byte) (int, error) {
	return uninterrupted(func() (int, error) { return unix.Write(int(fd), b) })
}

// Close closes the descriptor; on Windows, the handle.
func (fd FD) Close() error { return unix.Close(int(fd)) }

// system is what the system knows the descriptor by.
func (fd FD) system() uintptr { return uintptr(fd) }

// uninterrupted repeats a call that a signal of the runtime's own has interrupted.
func uninterrupted(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
