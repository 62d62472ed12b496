package pipe

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/posix"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("pipe", title, func() {
	Behaviour("pipe.read.empty-nonblock", Must,
		"A read that does not block fails with EAGAIN when the pipe is empty and has a writer, and returns 0 when it has none.",
		About(Unix), On(System),
		Cite(POSIX("read")),
		Matters("Nothing yet and nothing any more are two answers; a loop that takes one for the other spins or stops early."),
		Try(func(t *Trial) {
			r, w := barePipe(t)
			t.Defer(func() { _ = posix.Close(r) })
			t.NoError(posix.SetNonblock(r, true))
			_, err := posix.Read(r, make([]byte, 1))
			t.ObserveError("error of a read with a writer", err).To(Equal("EAGAIN"))
			t.NoError(posix.Close(w))
			n, err := posix.Read(r, make([]byte, 1))
			t.ObserveError("error of a read without a writer", err).To(Equal("none"))
			t.Observe("bytes read without a writer", n).To(Equal(0))
		}))

	Behaviour("pipe.read.partial", Must,
		"A read returns what is there, and does not wait for as much as it has room for.",
		Cite(POSIX("read"), AnonymousPipeOperations),
		Matters("A reader that takes one read for one message, or for all of it, works until the load changes."),
		Try(func(t *Trial) {
			c, r := startWriter(t)
			put(c, "abc")
			buffer := make([]byte, 100)
			var n int
			var err error
			read := t.Go(func() error { n, err = r.Read(buffer); return nil })
			t.Observe("state of the read", read.Final()).To(Equal(Returned))
			t.Observe("data read", string(buffer[:n])).To(Equal("abc"))
			t.ObserveError("error of the read", err).To(Equal("none"))
		}))

	Behaviour("pipe.read.peek", Must,
		"PeekNamedPipe tells how much there is to read and leaves it; it works on anonymous pipes, and also when the writer is gone.",
		OnWindows(System, MSLearn("PeekNamedPipe function", "windows/win32/api/namedpipeapi/nf-namedpipeapi-peeknamedpipe")),
		Matters("It is the only question to a pipe that does not wait."),
		Was("win.pipe.peek"),
		Try(func(t *Trial) {
			r, w := newPipe(t)
			peek := func(when string, expected int) {
				n, err := win32.Peek(r.Handle)
				t.ObserveError("error "+when, err).To(Equal("none"))
				t.Observe("bytes "+when, n).To(Equal(expected))
			}
			peek("when empty", 0)
			_, err := w.write("data")
			t.NoError(err)
			peek("with four", 4)
			w.close()
			peek("after the writer's end", 4)
			text, _ := r.read(8)
			t.Observe("what is read", text).To(Equal("data"))
			_, err = win32.Peek(r.Handle)
			t.ObserveError("error at the end of file", err).To(Equal("ERROR_BROKEN_PIPE (109)"))
		}))

	Behaviour("pipe.read.cancelled", Must,
		"A read that waits on a synchronous pipe can be cancelled, by the handle (CancelIoEx) and by the thread (CancelSynchronousIo): it fails with ERROR_OPERATION_ABORTED.",
		OnWindows(System, MSLearn("CancelIoEx function", "windows/win32/fileio/cancelioex-func"),
			MSLearn("CancelSynchronousIo function", "windows/win32/fileio/cancelsynchronousio-func")),
		Matters("It is the way to give up on a child's output; to close the handle under the read is not one."),
		Seen("golang/go#25835"),
		Was("win.pipe.cancel-sync"),
		Try(func(t *Trial) {
			r, _ := newPipe(t)
			read := t.Go(func() error { _, err := win32.Read(r.Handle, make([]byte, 8)); return err })
			t.Observe("the first read waits", read.State() == Blocked).To(BeTrue())
			t.ObserveError("CancelIoEx", win32.CancelAll(r.Handle)).To(Equal("none"))
			t.Observe("the first read ends", read.Returned()).To(BeTrue())
			t.ObserveError("with", read.Err()).To(Equal("ERROR_OPERATION_ABORTED (995)"))

			threads := make(chan win32.Handle, 1)
			read = t.Go(func() error { return win32.ReadOnThread(r.Handle, threads) })
			t.Observe("the second read waits", read.State() == Blocked).To(BeTrue())
			thread := <-threads
			defer win32.Close(thread)
			t.ObserveError("CancelSynchronousIo", win32.CancelSynchronous(thread)).To(Equal("none"))
			t.Observe("the second read ends", read.Returned()).To(BeTrue())
			t.ObserveError("with that", read.Err()).To(Equal("ERROR_OPERATION_ABORTED (995)"))
		}))

	Behaviour("pipe.read.byte-stream", Must,
		"An anonymous pipe keeps no boundaries: two writes can be read as one, and one write as two.",
		OnWindows(System, MSLearn("Named Pipe Type, Read, and Wait Modes", "windows/win32/ipc/named-pipe-type-read-and-wait-modes"), AnonymousPipeOperations),
		Matters("A reader that takes each read for one message works until the machine is busy."),
		Remedy("Put lengths or ends into the data."),
		Was("win.pipe.bytestream"),
		Try(func(t *Trial) {
			r, w := newPipe(t)
			_, err := w.write("ab")
			t.NoError(err)
			_, err = w.write("cd")
			t.NoError(err)
			text, _ := r.read(3)
			t.Observe("a read of three", text).To(Equal("abc"))
			text, _ = r.read(3)
			t.Observe("the next read of three", text).To(Equal("d"))
		}))

	Behaviour("pipe.read.zero-length", Observed,
		"Whether a read of no bytes waits for data: on an empty pipe it does, else it returns at once.",
		OnWindows(System, ReadFile),
		Matters("It is a way to wait until there is something to read, which has no other way."),
		Was("win.pipe.zero-read"),
		Try(func(t *Trial) {
			r, w := newPipe(t)
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
})
