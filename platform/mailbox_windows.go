package platform

import (
	"errors"
	"io"
	"os"
)

// Mailbox is a path to which other programs append lines, each of them opening it
// anew, and from which this process reads as they come. Here it is a named pipe;
// elsewhere a FIFO.
type Mailbox struct {
	// Path is what writers open.
	Path     string
	listener *Listener
	lines    *io.PipeReader
}

// NewMailbox makes a mailbox; a named pipe has a path of its own.
func NewMailbox(string) (*Mailbox, error) {
	l, err := Listen("")
	if err != nil {
		return nil, err
	}
	r, w := io.Pipe()
	go func() {
		for {
			f, err := l.Accept()
			if err != nil {
				_ = w.CloseWithError(err)
				return
			}
			// The end of a writer is ERROR_BROKEN_PIPE, and no error of the mailbox.
			_, _ = io.Copy(w, f)
			_ = f.Close()
		}
	}()
	return &Mailbox{l.Address(), l, r}, nil
}

// Read waits until there is something to read or the mailbox is closed, and the error
// is os.ErrClosed then.
func (m *Mailbox) Read(b []byte) (int, error) {
	n, err := m.lines.Read(b)
	if errors.Is(err, io.ErrClosedPipe) {
		err = os.ErrClosed
	}
	return n, err
}

// Write appends a line of this process's own.
func (m *Mailbox) Write(line []byte) (int, error) {
	f, err := Dial(m.Path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return f.Write(line)
}

// Close closes the mailbox.
func (m *Mailbox) Close() error {
	_ = m.lines.Close()
	return m.listener.Close()
}
