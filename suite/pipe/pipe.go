// Package pipe is the area of pipes between parent and child: anonymous ones, named ones of Unix and of
// Windows, and socket pairs.
package pipe

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"slices"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const title = "Pipes between parent and child"

// bare makes a pipe whose ends the caller closes.
func bare(t *Trial) (r, w int) {
	r, w, err := posix.Pipe()
	t.NoError(err)
	return r, w
}

// fill writes equal pieces until no further one is taken whole, and returns how
// much the pipe holds then.
func fill(t *Trial, w, piece int) int {
	b := bytes.Repeat([]byte("x"), piece)
	for total := 0; ; {
		n, err := posix.Write(w, b)
		total += n
		if platform.ErrorName(err) == "EAGAIN" || n < piece && err == nil {
			return total
		}
		t.NoError(err)
	}
}

// raw makes a pipe that this process uses by system calls, which do not block.
func raw(t *Trial) (r, w int) {
	r, w = bare(t)
	t.Defer(func() { _ = posix.Close(r); _ = posix.Close(w) })
	t.NoError(errors.Join(posix.SetNonblock(r, true), posix.SetNonblock(w, true)))
	return r, w
}

// file is the descriptor of that number in a list; its FD is -1 when it is not there.
func file(files []platform.File, fd platform.FD) platform.File {
	if i := slices.IndexFunc(files, func(f platform.File) bool { return f.FD == fd }); i >= 0 {
		return files[i]
	}
	return platform.File{FD: -1}
}

var pipe7 = LinuxMan("pipe(7)")

// ends observes that reading gives this and then the end of file, more than once.
func ends(t *Trial, r io.Reader, rest string) {
	all, err := t.ReadAll(r)
	t.Observe("what can be read", string(all)).To(Equal(rest))
	t.ObserveError("error of the reading", err).To(Equal("none"))
	_, err = r.Read(make([]byte, 1))
	t.ObserveError("one more read", err).To(Equal("EOF"))
}

// pattern is data of which no part looks like another.
func pattern(size int) []byte {
	b := make([]byte, size)
	x := uint32(size) + 1
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// put makes a child write to its standard output.
func put(c *Process, data string) {
	MustCall(c, agent.Write, agent.WriteArgs{FD: 1, Data: platform.Text(data)})
}

// reading starts a child whose standard input is a new pipe, and returns the
// write end; the parent's copy of the read end is closed.
func reading(t *Trial) (*Process, *os.File) {
	r, w := t.Pipe()
	c := t.Start(Agent(), Stdin(r))
	t.NoError(r.Close())
	return c, w
}

// unix expects the same of every Unix and something else of Windows.
func unix(there, windows types.GomegaMatcher) types.GomegaMatcher {
	return PerSystem(map[string]types.GomegaMatcher{"linux": there, "darwin": there, "freebsd": there, "netbsd": there,
		"openbsd": there, "windows": windows})
}

// writing starts a child whose standard output is a new pipe, and returns the
// read end; the parent's copy of the write end is closed.
func writing(t *Trial) (*Process, *os.File) {
	r, w := t.Pipe()
	c := t.Start(Agent(), Stdout(w))
	t.NoError(w.Close())
	return c, r
}

var client = MSLearn("Named Pipe Client", "windows/win32/ipc/named-pipe-client")

const quota = 4096

var createPipe = MSLearn("CreatePipe function", "windows/win32/api/namedpipeapi/nf-namedpipeapi-createpipe")

// end is one end of a pipe: a handle that is closed once, with the trial at the latest.
type end struct {
	win32.Handle
	t      *Trial
	closed bool
}

// connected makes a named pipe with its client connected.
func connected(t *Trial, o win32.PipeOptions) (server, client *end) {
	n := name()
	server = instance(t, n, o)
	h, err := win32.OpenFile(n, o.Overlapped)
	t.NoError(err)
	return server, newEnd(t, h)
}

func (e *end) close() {
	if !e.closed {
		e.closed = true
		_ = win32.Close(e.Handle)
	}
}

// read reads once, up to the trial's deadline.
func (e *end) read(size int) (string, error) {
	buffer := make([]byte, size)
	var n int
	var err error
	if !e.t.Go(func() error { n, err = win32.Read(e.Handle, buffer); return nil }).Returned() {
		return "", platform.ErrHang
	}
	return string(buffer[:n]), err
}

// write writes once, up to the trial's deadline.
func (e *end) write(text string) (int, error) {
	var n int
	var err error
	if !e.t.Go(func() error { n, err = win32.Write(e.Handle, []byte(text)); return nil }).Returned() {
		return 0, platform.ErrHang
	}
	return n, err
}

// handOver duplicates an end into a child and returns the value it has there.
func handOver(t *Trial, c *Process, e *end) platform.FD {
	h, err := win32.OpenProcess(win32.ProcessDupHandle, uint32(c.Pid()))
	t.NoError(err)
	defer win32.Close(h)
	there, err := win32.DuplicateBetween(win32.Self, e.Handle, h, false)
	t.NoError(err)
	return platform.FD(there)
}

// instance makes an instance of a named pipe.
func instance(t *Trial, name string, o win32.PipeOptions) *end {
	h, err := win32.CreateNamedPipe(name, o)
	t.NoError(err)
	return newEnd(t, h)
}

// name is a pipe name that nobody else has.
func name() string { return `\\.\pipe\spawnspec-` + rand.Text() }

func newEnd(t *Trial, h win32.Handle) *end {
	e := &end{Handle: h, t: t}
	t.Defer(e.close)
	// Everything pending is cancelled before anything is closed: a handle may
	// not come free while a synchronous call is in it.
	t.Defer(func() {
		if !e.closed {
			_ = win32.CancelAll(e.Handle)
		}
	})
	return e
}

// newPipe makes an anonymous pipe of the default size.
func newPipe(t *Trial) (r, w *end) {
	rh, wh, err := win32.CreatePipe(0)
	t.NoError(err)
	return newEnd(t, rh), newEnd(t, wh)
}
