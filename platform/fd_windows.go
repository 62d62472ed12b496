package platform

import (
	"errors"

	"golang.org/x/sys/windows"
)

// system is the handle that a descriptor stands for.
func (fd FD) system() uintptr {
	ids := []uint32{windows.STD_INPUT_HANDLE, windows.STD_OUTPUT_HANDLE, windows.STD_ERROR_HANDLE}
	if fd >= 0 && int(fd) < len(ids) {
		h, _ := windows.GetStdHandle(ids[fd])
		return uintptr(h)
	}
	return uintptr(fd)
}

func (fd FD) write(b []byte) (int, error) {
	var n uint32
	err := windows.WriteFile(windows.Handle(fd.system()), b, &n, nil)
	return int(n), err
}

func (fd FD) read(b []byte) (int, error) {
	var n uint32
	err := windows.ReadFile(windows.Handle(fd.system()), b, &n, nil)
	if errors.Is(err, windows.ERROR_BROKEN_PIPE) {
		err = nil
	}
	return int(n), err
}

// Close closes the descriptor; on Windows, the handle.
func (fd FD) Close() error { return windows.CloseHandle(windows.Handle(fd.system())) }
