package win32

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	kernel32             = windows.NewLazySystemDLL("kernel32.dll")
	getHandleInformation = kernel32.NewProc("GetHandleInformation")
)

// succeed calls a function that answers with a BOOL.
func succeed(f *windows.LazyProc, args ...uintptr) error {
	if ok, _, err := f.Call(args...); ok == 0 {
		return err
	}
	return nil
}

// DuplicateBetween duplicates a handle of one process into another, with the
// same access; the value is the target's. See "DuplicateHandle".
func DuplicateBetween(source, h, target Handle, inherit bool) (Handle, error) {
	var d windows.Handle
	err := windows.DuplicateHandle(windows.Handle(source), windows.Handle(h), windows.Handle(target), &d, 0,
		inherit, windows.DUPLICATE_SAME_ACCESS)
	return Handle(d), err
}

// Inheritable reports whether HANDLE_FLAG_INHERIT is set.
func Inheritable(h Handle) (bool, error) {
	var flags uint32
	err := succeed(getHandleInformation, h, uintptr(unsafe.Pointer(&flags)))
	return flags&windows.HANDLE_FLAG_INHERIT != 0, err
}

// FileType is what GetFileType says, by name.
func FileType(h Handle) (string, error) {
	kind, err := windows.GetFileType(windows.Handle(h))
	if err != nil {
		return "", err
	}
	switch kind {
	case windows.FILE_TYPE_DISK:
		return "FILE_TYPE_DISK", nil
	case windows.FILE_TYPE_CHAR:
		return "FILE_TYPE_CHAR", nil
	case windows.FILE_TYPE_PIPE:
		return "FILE_TYPE_PIPE", nil
	}
	return "FILE_TYPE_UNKNOWN", nil
}

var stdID = [3]uint32{windows.STD_INPUT_HANDLE, windows.STD_OUTPUT_HANDLE, windows.STD_ERROR_HANDLE}

// Std is the value of a standard handle of this process; it need not be a handle.
func Std(i int) (Handle, error) {
	h, err := windows.GetStdHandle(stdID[i])
	return Handle(h), err
}

// Read reads once from a file or pipe.
func Read(h Handle, b []byte) (int, error) {
	var n uint32
	err := windows.ReadFile(windows.Handle(h), b, &n, nil)
	return int(n), err
}

// Write writes once to a file or pipe.
func Write(h Handle, b []byte) (int, error) {
	var n uint32
	err := windows.WriteFile(windows.Handle(h), b, &n, nil)
	return int(n), err
}

// Flush calls FlushFileBuffers.
func Flush(h Handle) error { return windows.FlushFileBuffers(windows.Handle(h)) }

// CancelIoEx cancels everything that this process has pending on a handle, from
// any thread; ERROR_NOT_FOUND says that there was nothing. See "CancelIoEx".
func CancelIoEx(h Handle) error { return windows.CancelIoEx(windows.Handle(h), nil) }

// ReadOnThread reads once on a thread of its own, which it opens for
// CancelSynchronous and sends first.
func ReadOnThread(h Handle, thread chan<- Handle) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	self, err := windows.OpenThread(windows.THREAD_TERMINATE, false, windows.GetCurrentThreadId())
	thread <- Handle(self)
	if err != nil {
		return err
	}
	_, err = Read(h, make([]byte, 1))
	return err
}

var cancelSynchronousIo = kernel32.NewProc("CancelSynchronousIo")

// CancelSynchronous cancels the synchronous read or write that a thread is in.
func CancelSynchronous(thread Handle) error { return succeed(cancelSynchronousIo, thread) }

// OpenFile opens an existing file, pipe or device for reading and writing, not
// shared; overlapped handles take ReadAsync only.
func OpenFile(name string, overlapped bool) (Handle, error) {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0, err
	}
	var attributes uint32
	if overlapped {
		attributes = windows.FILE_FLAG_OVERLAPPED
	}
	h, err := windows.CreateFile(path, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil,
		windows.OPEN_EXISTING, attributes, 0)
	return Handle(h), err
}
