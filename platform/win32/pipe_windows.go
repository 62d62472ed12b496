package win32

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

var peekNamedPipe = kernel32.NewProc("PeekNamedPipe")

// CreatePipe makes an anonymous pipe; size 0 leaves it to the system. Neither
// handle is inheritable.
func CreatePipe(size uint32) (r, w Handle, err error) {
	var rh, wh windows.Handle
	err = windows.CreatePipe(&rh, &wh, nil, size)
	return Handle(rh), Handle(wh), err
}

// Peek reports how many bytes there are to read without reading them.
func Peek(h Handle) (available int, err error) {
	var n uint32
	err = succeed(peekNamedPipe, h, 0, 0, 0, uintptr(unsafe.Pointer(&n)), 0)
	return int(n), err
}

// NamedPipeInfo calls GetNamedPipeInfo.
func NamedPipeInfo(h Handle) (PipeInfo, error) {
	var flags uint32
	var i PipeInfo
	err := windows.GetNamedPipeInfo(windows.Handle(h), &flags, &i.Out, &i.In, &i.Instances)
	i.Server, i.Message = flags&windows.PIPE_SERVER_END != 0, flags&windows.PIPE_TYPE_MESSAGE != 0
	return i, err
}

// CreateNamedPipe makes an instance of a named pipe, which listens at once.
func CreateNamedPipe(name string, o PipeOptions) (Handle, error) {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0, err
	}
	open, mode := uint32(windows.PIPE_ACCESS_DUPLEX), uint32(windows.PIPE_REJECT_REMOTE_CLIENTS)
	if o.Overlapped {
		open |= windows.FILE_FLAG_OVERLAPPED
	}
	if o.First {
		open |= windows.FILE_FLAG_FIRST_PIPE_INSTANCE
	}
	if o.Message {
		mode |= windows.PIPE_TYPE_MESSAGE | windows.PIPE_READMODE_MESSAGE
	}
	const quota = 4096
	h, err := windows.CreateNamedPipe(path, open, mode, max(o.Instances, 1), quota, quota, 0, nil)
	return Handle(h), err
}

// Connect calls ConnectNamedPipe on a synchronous instance.
func Connect(h Handle) error { return windows.ConnectNamedPipe(windows.Handle(h), nil) }

// Disconnect calls DisconnectNamedPipe.
func Disconnect(h Handle) error { return windows.DisconnectNamedPipe(windows.Handle(h)) }

// ReadMessages puts a client's handle into message-read mode.
func ReadMessages(h Handle) error {
	mode := uint32(windows.PIPE_READMODE_MESSAGE)
	return windows.SetNamedPipeHandleState(windows.Handle(h), &mode, nil, nil)
}

// Async is an overlapped read or write. The system uses it until it is done.
type Async struct {
	h windows.Handle
	o windows.Overlapped
	b []byte
}

// ReadAsync starts an overlapped read; ERROR_IO_PENDING says that it is under way.
func ReadAsync(h Handle, size int) (*Async, error) {
	a, err := newAsync(h, make([]byte, size))
	if err != nil {
		return nil, err
	}
	return a, windows.ReadFile(a.h, a.b, nil, &a.o)
}

// WriteAsync starts an overlapped write; ERROR_IO_PENDING says that it is under way.
func WriteAsync(h Handle, text string) (*Async, error) {
	a, err := newAsync(h, []byte(text))
	if err != nil {
		return nil, err
	}
	return a, windows.WriteFile(a.h, a.b, nil, &a.o)
}

func newAsync(h Handle, b []byte) (*Async, error) {
	event, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return nil, err
	}
	a := &Async{h: windows.Handle(h), b: b}
	a.o.HEvent = event
	return a, nil
}

// Result is what was read or written, waited for if asked to; else ERROR_IO_INCOMPLETE
// says that it is still under way. See "GetOverlappedResult".
func (a *Async) Result(wait bool) (string, error) {
	var n uint32
	err := windows.GetOverlappedResult(a.h, &a.o, &n, wait)
	return string(a.b[:n]), err
}

// Cancel calls CancelIoEx for it.
func (a *Async) Cancel() error { return windows.CancelIoEx(a.h, &a.o) }

// Close cancels it, waits until it is over and gives its event back.
func (a *Async) Close() error {
	_ = a.Cancel()
	_, _ = a.Result(true)
	return windows.CloseHandle(a.o.HEvent)
}
