package winpipe

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("winpipe", "Pipes on Windows", func() {
	writeFile := MSLearn("WriteFile function", "windows/win32/api/fileapi/nf-fileapi-writefile")

	Behaviour("win.pipe.write-after-reader-gone", Must,
		"A write after the last read handle is closed fails with ERROR_NO_DATA, or ERROR_BROKEN_PIPE as the page has it; also one of no bytes. There is no signal.",
		about(System, writeFile),
		Matters("A program that knows only the documented number does not notice that nobody listens any more."),
		Remedy("Take both numbers for a broken pipe."),
		Try(func(t *Trial) {
			r, w := pipe(t)
			r.close()
			for _, c := range []struct{ name, text string }{{"a write of data", "data"}, {"a write of no bytes", ""}} {
				_, err := w.write(c.text)
				t.ObserveError(c.name, err).To(BeElementOf("ERROR_NO_DATA (232)", "ERROR_BROKEN_PIPE (109)"))
			}
		}))

	Behaviour("win.pipe.blocked-write-reader-gone", Must,
		"A write that waits when the last read handle is closed fails with ERROR_BROKEN_PIPE.",
		about(System, writeFile),
		Matters("The same event has one number for a write under way and another for the next one."),
		Try(func(t *Trial) {
			r, w := pipe(t)
			write := t.Go(func() error { _, err := win32.Write(w.Handle, make([]byte, quota+1)); return err })
			t.Observe("the write waits", write.State() == Blocked).To(BeTrue())
			r.close()
			t.Observe("it ends", write.Returned()).To(BeTrue())
			t.ObserveError("with", write.Err()).To(Equal("ERROR_BROKEN_PIPE (109)"))
		}))

	Behaviour("win.pipe.peek", Must,
		"PeekNamedPipe tells how much there is to read and leaves it; it works on anonymous pipes, and also when the writer is gone.",
		about(System, MSLearn("PeekNamedPipe function", "windows/win32/api/namedpipeapi/nf-namedpipeapi-peeknamedpipe")),
		Matters("It is the only question to a pipe that does not wait."),
		Try(func(t *Trial) {
			r, w := pipe(t)
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

	Behaviour("win.pipe.cancel-sync", Must,
		"A read that waits on a synchronous pipe can be cancelled, by the handle (CancelIoEx) and by the thread (CancelSynchronousIo): it fails with ERROR_OPERATION_ABORTED.",
		about(System, MSLearn("CancelIoEx function", "windows/win32/fileio/cancelioex-func"),
			MSLearn("CancelSynchronousIo function", "windows/win32/fileio/cancelsynchronousio-func")),
		Matters("It is the way to give up on a child's output; to close the handle under the read is not one."),
		Seen("golang/go#25835"),
		Try(func(t *Trial) {
			r, _ := pipe(t)
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

	Behaviour("win.pipe.not-waitable", Observed,
		"Whether a pipe handle tells by its state that there is something to read: it may be signalled while the pipe is empty.",
		about(System, MSLearn("Synchronization Objects", "windows/win32/sync/synchronization-objects")),
		Matters("A loop that waits on pipe handles spins, or reads when there is nothing and hangs."),
		Remedy("Use overlapped reads on a named pipe, or a thread for each pipe."), ProvedBy("win.npipe.overlapped"),
		Seen("canonical/ubuntu-pro-for-wsl#492"),
		Try(func(t *Trial) {
			r, w := pipe(t)
			t.ObserveError("a wait for an empty one", win32.Wait(r.Handle, 0))
			_, err := w.write("data")
			t.NoError(err)
			t.ObserveError("a wait for one with data", win32.Wait(r.Handle, 0))
		}))

	Behaviour("win.pipe.file-type", Must,
		"GetFileType says FILE_TYPE_PIPE for both ends of a pipe.",
		about(System, MSLearn("GetFileType function", "windows/win32/api/fileapi/nf-fileapi-getfiletype")),
		Matters("Programs decide by it whether to buffer, to colour, to ask."),
		Try(func(t *Trial) {
			r, w := pipe(t)
			for _, c := range []struct {
				name string
				e    *end
			}{{"read end", r}, {"write end", w}} {
				kind, err := win32.FileType(c.e.Handle)
				t.NoError(err)
				t.Observe(c.name, kind).To(Equal("FILE_TYPE_PIPE"))
			}
		}))

	Behaviour("win.pipe.flush-blocks", Must,
		"FlushFileBuffers on the server's end of a pipe waits until the other side has read everything.",
		about(System, MSLearn("FlushFileBuffers function", "windows/win32/api/fileapi/nf-fileapi-flushfilebuffers"),
			MSLearn("Named Pipe Operations", "windows/win32/ipc/named-pipe-operations")),
		Matters("A program that syncs its standard output to be safe stays until its reader has caught up; if the reader waits for its end first, both wait for ever."),
		Remedy("Do not flush a pipe; what has been written to one is not lost when the writer leaves."), ProvedBy("win.pipe.eof"),
		Try(func(t *Trial) {
			server, client := connected(t, win32.PipeOptions{})
			r, w := pipe(t)
			flush := func(which string, from, to *end) (blocked, ended bool, err error) {
				_, werr := from.write("abc")
				t.NoError(werr)
				flushing := t.Go(func() error { return win32.Flush(from.Handle) })
				blocked = flushing.State() == Blocked
				text, _ := to.read(8)
				t.Observe(which+": what is read", text)
				return blocked, flushing.Returned(), flushing.Err()
			}
			blocked, ended, err := flush("server's end", server, client)
			t.Observe("server's end: the flush waits", blocked).To(BeTrue())
			t.Observe("server's end: it ends with the read", ended).To(BeTrue())
			t.ObserveError("server's end: with", err).To(Equal("none"))
			// The page is silent about the client's end, which a child's output is.
			blocked, ended, err = flush("anonymous pipe", w, r)
			t.Observe("anonymous pipe: the flush waits", blocked)
			t.Observe("anonymous pipe: it ends with the read", ended)
			t.ObserveError("anonymous pipe: with", err)
		}))
})
