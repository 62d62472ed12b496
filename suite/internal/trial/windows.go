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
	t.Defer(func() { _ = win32.Close(h) })
	return h
}

// HandlePipe is an anonymous pipe of raw handles on Windows, closed with the
// trial at the latest.
type HandlePipe struct {
	R, W win32.Handle

	t      *Trial
	closed bool // W is
}

// NewHandlePipe makes a pipe whose write end is inheritable, or not; its read
// end never is.
func NewHandlePipe(t *Trial, inherit bool) *HandlePipe {
	r, w, err := win32.CreatePipe(0)
	t.NoError(err)
	p := &HandlePipe{t: t, R: r, W: w}
	t.Defer(func() {
		p.CloseWriter()
		_ = win32.CancelAll(r)
		_ = win32.Close(r)
	})
	t.NoError(win32.SetInherit(w, inherit))
	return p
}

// CloseWriter closes this process's write end, once.
func (p *HandlePipe) CloseWriter() {
	if !p.closed {
		p.closed = true
		_ = win32.Close(p.W)
	}
}

// Held closes this process's write end and reports whether another process
// holds one: then a read waits, else it fails.
func (p *HandlePipe) Held() bool {
	p.CloseWriter()
	read := p.t.Go(func() error { _, err := win32.Read(p.R, make([]byte, 1)); return err })
	return read.State() == Blocked
}

// Read reads once, up to the trial's deadline.
func (p *HandlePipe) Read() (string, error) {
	buffer := make([]byte, 64)
	var n int
	var err error
	if !p.t.Go(func() error { n, err = win32.Read(p.R, buffer); return nil }).Returned() {
		return "", platform.ErrHang
	}
	return string(buffer[:n]), err
}
