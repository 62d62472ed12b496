package platform

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Listener is where children report: a way for a process to reach this one
// that is not inherited, so that it disturbs nothing of what is observed.
// Here it is a named pipe; elsewhere a Unix-domain socket.
type Listener struct {
	address string
	next    windows.Handle // the instance that listens
	closed  atomic.Bool
}

// Listen opens a listener; the directory is not needed for a named pipe.
func Listen(dir string) (*Listener, error) {
	l := &Listener{address: fmt.Sprintf(`\\.\pipe\spawnspec-%d-%s`, os.Getpid(), rand.Text())}
	var err error
	l.next, err = instance(l.address)
	return l, err
}

func instance(address string) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(address)
	if err != nil {
		return 0, err
	}
	return windows.CreateNamedPipe(name, windows.PIPE_ACCESS_DUPLEX|windows.FILE_FLAG_OVERLAPPED,
		windows.PIPE_TYPE_BYTE|windows.PIPE_REJECT_REMOTE_CLIENTS, windows.PIPE_UNLIMITED_INSTANCES, 65536, 65536, 0, nil)
}

// Address is what Dial takes.
func (l *Listener) Address() string { return l.address }

// Accept waits for the next process that dials. One goroutine may call it. Once the
// listener is closed its error is os.ErrClosed.
func (l *Listener) Accept() (*os.File, error) {
	if l.next == 0 {
		return nil, os.ErrClosed
	}
	event, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(event)
	o := &windows.Overlapped{HEvent: event}
	err = windows.ConnectNamedPipe(l.next, o)
	if errors.Is(err, windows.ERROR_IO_PENDING) {
		var n uint32
		err = windows.GetOverlappedResult(l.next, o, &n, true)
	}
	// ERROR_NO_DATA: a client connected and has exited already. What there is to read
	// of it is its end.
	if err != nil && !errors.Is(err, windows.ERROR_PIPE_CONNECTED) && !errors.Is(err, windows.ERROR_NO_DATA) {
		return nil, err
	}
	connected := l.next
	if l.closed.Load() {
		_ = windows.CloseHandle(connected)
		l.next = 0
		return nil, os.ErrClosed
	}
	// The next instance listens before anyone can miss it.
	if l.next, err = instance(l.address); err != nil {
		_ = windows.CloseHandle(connected)
		return nil, err
	}
	return os.NewFile(uintptr(connected), "channel"), nil
}

// Close stops listening: it wakes the goroutine that accepts by dialling.
func (l *Listener) Close() error {
	l.closed.Store(true)
	f, err := Dial(l.address)
	if errors.Is(err, windows.ERROR_FILE_NOT_FOUND) {
		return nil // it was busy with a client, and has seen that it is to stop
	}
	if err != nil {
		return err
	}
	return f.Close()
}

var waitNamedPipe = windows.NewLazySystemDLL("kernel32.dll").NewProc("WaitNamedPipeW")

// Dial reaches a listener of another process.
func Dial(address string) (*os.File, error) {
	name, err := windows.UTF16PtrFromString(address)
	if err != nil {
		return nil, err
	}
	for range 100 {
		var h windows.Handle
		h, err = windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil,
			windows.OPEN_EXISTING, windows.FILE_FLAG_OVERLAPPED, 0)
		if err == nil {
			return os.NewFile(uintptr(h), "channel"), nil
		}
		if !errors.Is(err, windows.ERROR_PIPE_BUSY) {
			break
		}
		// Another client took the instance: wait for the next one.
		const milliseconds = 2000
		_, _, _ = waitNamedPipe.Call(uintptr(unsafe.Pointer(name)), milliseconds)
	}
	return nil, fmt.Errorf("dial %s: %w", address, err)
}
