// Package winpipe is the area of anonymous and named pipes on Windows, as the
// calls of the system show them. Nothing here belongs to the whole process, so
// most of it happens in the process that runs the suite.
package winpipe

import (
	"crypto/rand"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// about is what every behaviour of this area has in common with others on its launcher.
func about(launcher string, cites ...record.Citation) Part {
	return func(d *Declaration) {
		About(Windows)(d)
		On(launcher)(d)
		Cite(cites...)(d)
	}
}

// end is one end of a pipe: a handle that is closed once, with the trial at the latest.
type end struct {
	win32.Handle
	t      *Trial
	closed bool
}

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

// pipe makes an anonymous pipe of the default size.
func pipe(t *Trial) (r, w *end) {
	rh, wh, err := win32.CreatePipe(0)
	t.NoError(err)
	return newEnd(t, rh), newEnd(t, wh)
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

// name is a pipe name that nobody else has.
func name() string { return `\\.\pipe\spawnspec-` + rand.Text() }

// instance makes an instance of a named pipe.
func instance(t *Trial, name string, o win32.PipeOptions) *end {
	h, err := win32.CreateNamedPipe(name, o)
	t.NoError(err)
	return newEnd(t, h)
}

// connected makes a named pipe with its client connected.
func connected(t *Trial, o win32.PipeOptions) (server, client *end) {
	n := name()
	server = instance(t, n, o)
	h, err := win32.OpenFile(n, o.Overlapped)
	t.NoError(err)
	return server, newEnd(t, h)
}

const quota = 4096

var _ = Area("winpipe", "Pipes on Windows", func() {
	createPipe := MSLearn("CreatePipe function", "windows/win32/api/namedpipeapi/nf-namedpipeapi-createpipe")
	operations := MSLearn("Anonymous Pipe Operations", "windows/win32/ipc/anonymous-pipe-operations")
	readFile := MSLearn("ReadFile function", "windows/win32/api/fileapi/nf-fileapi-readfile")
	writeFile := MSLearn("WriteFile function", "windows/win32/api/fileapi/nf-fileapi-writefile")
	handleInheritance := MSLearn("Pipe Handle Inheritance", "windows/win32/ipc/pipe-handle-inheritance")
	peekNamedPipe := MSLearn("PeekNamedPipe function", "windows/win32/api/namedpipeapi/nf-namedpipeapi-peeknamedpipe")
	terminate := MSLearn("TerminateProcess function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-terminateprocess")

	Behaviour("win.pipe.default-size", Observed,
		"What CreatePipe makes when it is asked for no size: a named pipe of one instance whose quotas are 4,096 bytes.",
		about(System, createPipe, operations),
		Matters("It is a sixteenth of what Linux gives; a child that was fine there waits here."),
		Try(func(t *Trial) {
			r, w := pipe(t)
			for _, c := range []struct {
				name string
				e    *end
			}{{"read end", r}, {"write end", w}} {
				i, err := win32.InfoOfPipe(c.e.Handle)
				t.ObserveError("GetNamedPipeInfo of the "+c.name, err)
				t.Observe(c.name+" is the server", i.Server)
				t.Observe("quotas of the "+c.name, []uint32{i.Out, i.In})
				t.Observe("instances of the "+c.name, i.Instances)
			}
		}))

	Behaviour("win.pipe.write-blocks", Must,
		"A write that does not fit waits until a reader has made room, and then has written everything.",
		about(System, createPipe, operations),
		Matters("A child that prints more than the pipe holds stops until somebody reads: the parent that waits for it first waits for ever."),
		Remedy("Read while the child runs, or give it a file."),
		Try(func(t *Trial) {
			r, w := pipe(t)
			n, err := w.write(strings.Repeat("x", quota))
			t.Observe("bytes of a write that fits", n).To(Equal(quota))
			t.ObserveError("its error", err).To(Equal("none"))
			writing := t.Go(func() error { n, err = win32.Write(w.Handle, []byte("more")); return nil })
			t.Observe("one that does not fit waits", writing.State() == Blocked).To(BeTrue())
			text, _ := r.read(quota)
			t.Observe("bytes that make room", len(text)).To(Equal(quota))
			t.Observe("then it ends", writing.Returned()).To(BeTrue())
			t.Observe("bytes it has written", n).To(Equal(4))
			t.ObserveError("with", err).To(Equal("none"))
		}))

	Behaviour("win.pipe.pending-visible", Observed,
		"Whether the bytes of a write that waits can be read: all of them, also those beyond the quota, and PeekNamedPipe counts them.",
		about(System, peekNamedPipe),
		Matters("There may be more to read than the pipe can hold."),
		Try(func(t *Trial) {
			r, w := pipe(t)
			const size = 10000
			write := t.Go(func() error { _, _ = win32.Write(w.Handle, make([]byte, size)); return nil })
			t.Observe("a write of 10000 bytes waits", write.State() == Blocked)
			available, err := win32.Peek(r.Handle)
			t.ObserveError("PeekNamedPipe", err)
			t.Observe("bytes available", available)
			text, _ := r.read(2 * size)
			t.Observe("bytes of one read", len(text))
		}))

	Behaviour("win.pipe.kill-drops-pending", Observed,
		"What is left of a write that waits when its writer is killed: nothing, not even what would have fitted.",
		about(System, terminate),
		Matters("The last words of a child that was killed are missing, though it had written them."),
		Remedy("Read everything before the kill."),
		Try(func(t *Trial) {
			r, w := pipe(t)
			c := t.Start(Agent())
			there := handOver(t, c, w)
			w.close()
			t.NoError(Send(c, agent.Write, agent.WriteArgs{FD: there, Data: platform.Text(strings.Repeat("x", 10000))}))
			text, err := r.read(10)
			t.ObserveError("a read before the kill", err)
			t.Observe("bytes read", len(text))
			t.NoError(c.Kill())
			c.Wait()
			text, err = r.read(16384)
			t.Observe("bytes after the kill", len(text))
			t.ObserveError("error after the kill", err)
		}))

	Behaviour("win.pipe.bytestream", Must,
		"An anonymous pipe keeps no boundaries: two writes can be read as one, and one write as two.",
		about(System, MSLearn("Named Pipe Type, Read, and Wait Modes", "windows/win32/ipc/named-pipe-type-read-and-wait-modes"), operations),
		Matters("A reader that takes each read for one message works until the machine is busy."),
		Remedy("Put lengths or ends into the data."),
		Try(func(t *Trial) {
			r, w := pipe(t)
			_, err := w.write("ab")
			t.NoError(err)
			_, err = w.write("cd")
			t.NoError(err)
			text, _ := r.read(3)
			t.Observe("a read of three", text).To(Equal("abc"))
			text, _ = r.read(3)
			t.Observe("the next read of three", text).To(Equal("d"))
		}))

	Behaviour("win.pipe.zero-write", Observed,
		"Whether a write of no bytes wakes a reader of an anonymous pipe: it succeeds and the reader goes on waiting.",
		about(System, readFile, writeFile),
		Matters("The documentation of ReadFile can be read the other way; runtimes have taken such a read for the end of file."),
		Seen("ponylang/ponyc#5747", "msys2/msys2-runtime#271"),
		Try(func(t *Trial) {
			r, w := pipe(t)
			var text string
			buffer := make([]byte, 8)
			read := t.Go(func() error {
				n, err := win32.Read(r.Handle, buffer)
				text = string(buffer[:n])
				return err
			})
			t.Observe("a read of an empty pipe waits", read.State() == Blocked)
			n, werr := w.write("")
			t.Observe("bytes written", n)
			t.ObserveError("error of the write", werr)
			still := read.State() == Blocked
			t.Observe("the read waits on", still)
			if still {
				_, werr = w.write("data")
				t.ObserveError("a write of data", werr)
			}
			t.Observe("then the read ends", read.Returned())
			t.Observe("what it has read", text)
			t.ObserveError("its error", read.Err())
		}))

	Behaviour("win.pipe.zero-read", Observed,
		"Whether a read of no bytes waits for data: on an empty pipe it does, else it returns at once.",
		about(System, readFile),
		Matters("It is a way to wait until there is something to read, which has no other way."),
		Try(func(t *Trial) {
			r, w := pipe(t)
			var n int
			var err error
			reading := t.Go(func() error { n, err = win32.Read(r.Handle, nil); return nil })
			t.Observe("on an empty pipe it waits", reading.State() == Blocked)
			_, werr := w.write("data")
			t.NoError(werr)
			t.Observe("with data it ends", reading.Returned())
			t.Observe("bytes", n)
			t.ObserveError("error", err)
			text, _ := r.read(8)
			t.Observe("the data are still there", text)
		}))

	Behaviour("win.pipe.eof", Must,
		"When the last write handle is closed, reads give what is left and then fail with ERROR_BROKEN_PIPE: that is the end of file.",
		about(System, readFile, handleInheritance),
		Matters("A caller that takes it for a failure reports an error at the end of every child."),
		Try(func(t *Trial) {
			r, w := pipe(t)
			_, err := w.write("left")
			t.NoError(err)
			w.close()
			text, err := r.read(16)
			t.Observe("the first read", text).To(Equal("left"))
			t.ObserveError("its error", err).To(Equal("none"))
			text, err = r.read(16)
			t.Observe("bytes of the second", len(text)).To(Equal(0))
			t.ObserveError("error of the second", err).To(Equal("ERROR_BROKEN_PIPE (109)"))
		}))

	Behaviour("win.pipe.eof-own-copy", Must,
		"A parent that keeps its own write handle never sees the end of its child's output.",
		about(System, handleInheritance),
		Matters("The most common reason why reading a child's output hangs."),
		Remedy("Close the write handle right after the start."), ProvedBy("win.pipe.eof"),
		Try(func(t *Trial) {
			r, w := pipe(t)
			c := t.Start(Agent())
			handOver(t, c, w)
			c.Exit(0)
			t.Observe("the child's end", c.Wait().String()).To(Equal("exit 0"))
			read := t.Go(func() error { _, err := win32.Read(r.Handle, make([]byte, 8)); return err })
			t.Observe("a read after it waits", read.State() == Blocked).To(BeTrue())
			w.close()
			t.Observe("it ends with the own handle", read.Returned()).To(BeTrue())
			t.ObserveError("with", read.Err()).To(Equal("ERROR_BROKEN_PIPE (109)"))
		}))
})
