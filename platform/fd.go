package platform

import (
	"io"
	"os"
	"strconv"
	"sync"
)

// FD is a descriptor of this process, or of the one that a Launch is sent to. On
// Windows 0 to 2 stand for the standard handles, and every other value is a
// handle.
type FD int

// What a child can be given instead of a descriptor.
const (
	Closed FD = -1 // nothing: the descriptor is closed in the child
	Null   FD = -2 // the null device
)

// Fd makes an FD a Descriptor.
func (fd FD) Fd() uintptr { return uintptr(fd) }

// Read reads once, without package os, which would make the descriptor part of
// its event loop. At the end of file it gives io.EOF; on Windows a broken pipe
// is the end of file, as in every runtime.
func (fd FD) Read(b []byte) (int, error) {
	n, err := fd.read(b)
	if err == nil && n == 0 && len(b) > 0 {
		return 0, io.EOF
	}
	return max(n, 0), err
}

// Write writes once; it may write less than asked for.
func (fd FD) Write(b []byte) (int, error) {
	n, err := fd.write(b)
	return max(n, 0), err
}

// wrapped are the files that stand for descriptors of others. They are kept: a
// file that is forgotten is closed by its finalizer.
var wrapped struct {
	sync.Mutex
	files map[FD]*os.File
}

// file is the descriptor as a file that is never closed.
func (fd FD) file() *os.File {
	wrapped.Lock()
	defer wrapped.Unlock()
	if wrapped.files == nil {
		wrapped.files = map[FD]*os.File{}
	}
	f := wrapped.files[fd]
	if f == nil {
		f = os.NewFile(fd.system(), "descriptor "+strconv.Itoa(int(fd)))
		wrapped.files[fd] = f
	}
	return f
}
