package platform

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/windows"
)

// Mailbox is a path to which other programs append lines, each of them opening it
// anew, and from which this process reads as they come. Here it is a file in a directory
// of its own, and the system tells when that has changed. Not every runtime can open a
// named pipe for appending, and none while another writer has its only free instance.
type Mailbox struct {
	// Path is what writers open. It is removed when the mailbox is closed.
	Path    string
	file    *os.File
	changed windows.Handle
	closed  windows.Handle // an event

	mu       sync.Mutex // held while the handles are in use
	released bool
}

// NewMailbox makes a mailbox in a directory of this path, which it makes.
func NewMailbox(path string) (*Mailbox, error) {
	if err := os.Mkdir(path, 0o700); err != nil {
		return nil, err
	}
	m := &Mailbox{Path: filepath.Join(path, "lines")}
	if err := m.open(path); err != nil {
		return nil, errors.Join(err, m.release())
	}
	return m, nil
}

func (m *Mailbox) open(dir string) (err error) {
	if m.file, err = os.OpenFile(m.Path, os.O_CREATE|os.O_RDONLY, 0o600); err != nil {
		return err
	}
	if m.closed, err = windows.CreateEvent(nil, 1, 0, nil); err != nil {
		return err
	}
	// What a program writes is told of when it closes the file at the latest.
	m.changed, err = windows.FindFirstChangeNotification(dir, false,
		windows.FILE_NOTIFY_CHANGE_SIZE|windows.FILE_NOTIFY_CHANGE_LAST_WRITE)
	return err
}

// Read waits until there is something to read or the mailbox is closed, and the error
// is os.ErrClosed then.
func (m *Mailbox) Read(b []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for !m.released {
		if n, err := m.file.Read(b); n > 0 || !errors.Is(err, io.EOF) {
			return n, err
		}
		which, err := windows.WaitForMultipleObjects([]windows.Handle{m.closed, m.changed}, false, windows.INFINITE)
		if err != nil {
			return 0, err
		}
		if which == windows.WAIT_OBJECT_0 {
			break
		}
		// What changes between this and the next wait ends that at once.
		if err := windows.FindNextChangeNotification(m.changed); err != nil {
			return 0, err
		}
	}
	return 0, os.ErrClosed
}

// Write appends a line of this process's own.
func (m *Mailbox) Write(line []byte) (int, error) {
	f, err := os.OpenFile(m.Path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return 0, err
	}
	n, err := f.Write(line)
	return n, errors.Join(err, f.Close())
}

// Close closes the mailbox.
func (m *Mailbox) Close() error {
	if err := windows.SetEvent(m.closed); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.release()
}

// release closes what is open, once, and removes the directory.
func (m *Mailbox) release() (err error) {
	if m.released {
		return nil
	}
	m.released = true
	if m.changed != 0 && m.changed != windows.InvalidHandle {
		err = windows.FindCloseChangeNotification(m.changed)
	}
	if m.closed != 0 {
		err = errors.Join(err, windows.CloseHandle(m.closed))
	}
	if m.file != nil {
		err = errors.Join(err, m.file.Close())
	}
	return errors.Join(err, RemoveAll(filepath.Dir(m.Path)))
}

// ReleaseWriters does nothing: none of them waits for a reader.
func ReleaseWriters(string) {}
