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
		"A read of one byte or more from an empty pipe, through a descriptor that does not block, fails with EAGAIN when "+
			"the pipe has a writer, and returns 0 when it has none.",
		About(Unix), On(System),
		Cite(POSIX("read")),
		Matters("Nothing yet and nothing any more are two answers; a loop that takes one for the other spins or stops "+
			"early."),
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
		"A read of a pipe that is not empty returns what is there, of several writes too, as far as it has room for it, and "+
			"does not wait for more; what is read as messages or packets is excepted.",
		Cite(POSIX("read"), AnonymousPipeOperations, pipeModes),
		Matters("A reader that takes one read for one message, or for all of it, works until the load changes."),
		Try(func(t *Trial) {
			c, r := startWriter(t)
			reads := func(room int, which, data string) {
				buffer := make([]byte, room)
				var n int
				var err error
				read := t.Go(func() error { n, err = r.Read(buffer); return nil })
				t.Observe("state of the read"+which, read.Final()).To(Equal(Returned))
				t.Observe("data read"+which, string(buffer[:n])).To(Equal(data))
				t.ObserveError("error of the read"+which, err).To(Equal("none"))
			}
			put(c, "abc")
			reads(100, "", "abc")
			put(c, "de")
			put(c, "fghi")
			reads(4, " with less room than there is data", "defg")
			reads(4, " of the rest", "hi")
		}))

	Behaviour("pipe.read.peek", Must,
		"PeekNamedPipe reports how much there is to read and leaves it in the pipe, on anonymous pipes too.",
		OnWindows(System, peekNamedPipe),
		Matters("It asks a pipe for data without waiting, as long as no other thread uses the same handle: then it waits "+
			"for that thread's call."),
		Was("win.pipe.peek"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			peek := func(when string, expected int) {
				n, err := win32.Peek(p.R.Handle)
				t.ObserveError("error of PeekNamedPipe "+when, err).To(Equal("none"))
				t.Observe("bytes available "+when, n).To(Equal(expected))
			}
			peek("in an empty pipe", 0)
			_, err := p.W.Write("data")
			t.NoError(err)
			peek("after a write of four", 4)
			peek("after the first PeekNamedPipe", 4)
			p.W.Close()
			n, err := win32.Peek(p.R.Handle) // what the page says nothing of
			t.ObserveError("error of PeekNamedPipe after the write end is closed", err)
			t.Observe("bytes available after the write end is closed", n)
			text, err := p.R.Read(8)
			t.NoError(err)
			t.Observe("data read", text).To(Equal("data"))
			_, err = win32.Peek(p.R.Handle)
			t.ObserveError("error of PeekNamedPipe at the end of file", err)
		}))

	Behaviour("pipe.read.cancelled", Must,
		"A read of an anonymous pipe on Windows that waits can, by measurement, be cancelled by its handle (CancelIoEx) and "+
			"by its thread (CancelSynchronousIo); one that was cancelled fails with ERROR_OPERATION_ABORTED.",
		OnWindows(System, cancelIoEx,
			MSLearn("CancelSynchronousIo function", "windows/win32/fileio/cancelsynchronousio-func"), ReadFile,
			Document("what Go's tests find on Windows: os/pipe_test.go",
				"https://github.com/golang/go/blob/go1.26.0/src/os/pipe_test.go"),
			Document("libuv: uv__pipe_interrupt_read()", "https://github.com/libuv/libuv/blob/v1.51.0/src/win/pipe.c"),
			winePipeTests),
		Matters("A reader can give up on a child's output this way, and not by closing the handle during the read."),
		Seen("golang/go#25835", "golang/go#28477"),
		Was("win.pipe.cancel-sync"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			read := t.Go(func() error { _, err := win32.Read(p.R.Handle, make([]byte, 8)); return err })
			t.Observe("state of the first read of an empty pipe", read.State()).To(Equal(Blocked))
			t.ObserveError("error of CancelIoEx", win32.CancelIoEx(p.R.Handle)).To(Equal("none"))
			t.Observe("state of the read after CancelIoEx", read.Final()).To(Equal(Returned))
			t.ObserveError("error of the read after CancelIoEx", read.Err()).To(Equal("ERROR_OPERATION_ABORTED (995)"))

			threads := make(chan win32.Handle, 1)
			read = t.Go(func() error { return win32.ReadOnThread(p.R.Handle, threads) })
			t.Observe("state of the second read of an empty pipe", read.State()).To(Equal(Blocked))
			thread := <-threads
			defer win32.Close(thread)
			t.ObserveError("error of CancelSynchronousIo", win32.CancelSynchronous(thread)).To(Equal("none"))
			t.Observe("state of the read after CancelSynchronousIo", read.Final()).To(Equal(Returned))
			t.ObserveError("error of the read after CancelSynchronousIo", read.Err()).
				To(Equal("ERROR_OPERATION_ABORTED (995)"))
		}))

	Behaviour("pipe.read.byte-stream", Must,
		"An anonymous pipe of Windows keeps no message boundaries: two writes can be read as one, and one write as two.",
		OnWindows(System, pipeModes, PipeHandleInheritance),
		Matters("A reader that takes each read for one message works until the machine is busy."),
		Remedy("Put lengths or separators into the data."),
		Was("win.pipe.bytestream"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			for _, data := range []string{"ab", "cd"} {
				_, err := p.W.Write(data)
				t.NoError(err)
			}
			text, err := p.R.Read(3)
			t.NoError(err)
			t.Observe("data of a read of three bytes", text).To(Equal("abc"))
			text, err = p.R.Read(3)
			t.NoError(err)
			t.Observe("data of the next read of three bytes", text).To(Equal("d"))
		}))

	Behaviour("pipe.read.zero-length", Observed,
		"A read of no bytes from an anonymous pipe waits until there is something to read, and takes nothing.",
		OnWindows(System, ReadFile),
		Matters("An anonymous pipe offers no other way to wait until it is readable."),
		Was("win.pipe.zero-read"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			var n int
			read := t.Go(func() (err error) { n, err = win32.Read(p.R.Handle, nil); return err })
			t.Observe("state of the read of an empty pipe", read.State())
			_, err := p.W.Write("data")
			t.NoError(err)
			t.Observe("state of the read after a write", read.Final())
			t.ObserveError("error of the read", read.Err())
			t.Observe("bytes read", n)
			text, _ := p.R.Read(8)
			t.Observe("data of the next read", text)
		}))
})
