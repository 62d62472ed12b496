//go:build unix

package platform

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// Mailbox is a path to which other programs append lines, each of them opening it
// anew, and from which this process reads as they come. Here it is a FIFO; on Windows a
// file that is looked at when it changes.
type Mailbox struct {
	// Path is what writers open. It is removed when the mailbox is closed.
	Path string
	file *os.File
}

// NewMailbox makes a mailbox at path. One that is there already is another process's,
// which keeps it open for writers that outlive this one: none of them waits then to open it.
func NewMailbox(path string) (*Mailbox, error) {
	if err := unix.Mkfifo(path, 0o600); err != nil && !errors.Is(err, unix.EEXIST) {
		return nil, &os.PathError{Op: "mkfifo", Path: path, Err: err}
	}
	// With a writer of its own there is no end of file when a writer closes.
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &Mailbox{path, file}, nil
}

// Read waits until there is something to read or the mailbox is closed, and the error
// is os.ErrClosed then.
func (m *Mailbox) Read(b []byte) (int, error) { return m.file.Read(b) }

// Write appends a line of this process's own.
func (m *Mailbox) Write(line []byte) (int, error) { return m.file.Write(line) }

// ReleaseWriters lets go on, with an error, who waits to open a FIFO below a directory
// for writing although its reader is gone, and removes the FIFO: a driver whose harness
// was killed would wait for ever.
func ReleaseWriters(dir string) {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type()&fs.ModeNamedPipe != 0 {
			if f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0); err == nil {
				_, _ = os.Remove(path), f.Close()
			}
		}
		return nil // what cannot be read is left to who removes the directory
	})
}

// Close closes the mailbox.
func (m *Mailbox) Close() error {
	_ = os.Remove(m.Path)
	return m.file.Close()
}
