package trial

import (
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
)

// OpenProcess opens a child's process with every access right; the handle is
// closed with the trial.
func OpenProcess(t *Trial, c *Process) win32.Handle {
	h, err := win32.OpenProcess(win32.ProcessAllAccess, uint32(c.Pid()))
	t.NoError(err)
	return NewHandle(t, h).Handle
}

// Handle is a handle of this process on Windows that is closed once, with the trial
// at the latest.
type Handle struct {
	win32.Handle
	t      *Trial
	closed bool
}

// NewHandle leaves a handle to the trial to close.
func NewHandle(t *Trial, h win32.Handle) *Handle {
	handle := &Handle{Handle: h, t: t}
	t.Defer(handle.Close)
	// Everything pending is cancelled before anything is closed: a handle may
	// not come free while a synchronous call is in it.
	t.Defer(func() {
		if !handle.closed {
			_ = win32.CancelIoEx(h)
		}
	})
	return handle
}

// Close closes the handle, once.
func (h *Handle) Close() {
	if !h.closed {
		h.closed = true
		_ = win32.Close(h.Handle)
	}
}

// Read reads once, up to the trial's deadline.
func (h *Handle) Read(size int) (string, error) {
	buffer := make([]byte, size)
	var n int
	var err error
	if !h.t.Go(func() error { n, err = win32.Read(h.Handle, buffer); return nil }).Returned() {
		return "", platform.ErrHang
	}
	return string(buffer[:n]), err
}

// Write writes once, up to the trial's deadline.
func (h *Handle) Write(text string) (int, error) {
	var n int
	var err error
	if !h.t.Go(func() error { n, err = win32.Write(h.Handle, []byte(text)); return nil }).Returned() {
		return 0, platform.ErrHang
	}
	return n, err
}

// DuplicateInto duplicates the handle into a child, inheritable or not, and returns
// the value that it has there.
func (h *Handle) DuplicateInto(c *Process, inherit bool) win32.Handle {
	there, err := win32.DuplicateBetween(win32.Self, h.Handle, OpenProcess(h.t, c), inherit)
	h.t.NoError(err)
	return there
}

// HandlePipe is an anonymous pipe of raw handles on Windows.
type HandlePipe struct{ R, W *Handle }

// NewHandlePipe makes a pipe of the default size whose write end is inheritable,
// or not; its read end never is.
func NewHandlePipe(t *Trial, inherit bool) HandlePipe {
	r, w, err := win32.CreatePipe(0)
	t.NoError(err)
	p := HandlePipe{NewHandle(t, r), NewHandle(t, w)}
	t.NoError(win32.SetInherit(w, inherit))
	return p
}

// Held closes this process's write end and reports whether another process holds
// one: without any, the pipe is broken.
func (p HandlePipe) Held() bool {
	p.W.Close()
	_, err := win32.Peek(p.R.Handle)
	return err == nil
}
