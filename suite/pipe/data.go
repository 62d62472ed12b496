package pipe

import (
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var peekNamedPipe = MSLearn("PeekNamedPipe function", "windows/win32/api/namedpipeapi/nf-namedpipeapi-peeknamedpipe")

var _ = Area("pipe", title, func() {
	Behaviour("pipe.data.survives-writer-exit", Must,
		"What a child wrote before it ended, or was killed, can be read afterwards, and the end of file behind it.",
		Cite(POSIX("read"), pipe7),
		Matters("The last words of a crashed child are still there: read them before giving up on it."),
		Try(func(t *Trial) {
			c, r := writing(t)
			put(c, "last words")
			t.NoError(c.Kill())
			t.Observe("the child was killed", c.Wait().String()).To(unix(Equal("SIGKILL"), Equal("exit 1")))
			ends(t, r, "last words")
		}))

	Behaviour("pipe.data.lost-reader-exit", Must,
		"A write that the pipe has taken succeeds although the reader ends without reading it: the data is gone and nobody is told.",
		Cite(POSIX("close"), POSIX("write")),
		Matters("A successful write is not a delivery."),
		Remedy("Wait for an answer, or for the exit status."),
		Try(func(t *Trial) {
			c, w := reading(t)
			Ask(c, agent.Getppid) // it is up
			n, err := w.Write(make([]byte, 1000))
			t.ObserveError("error of the write", err).To(Equal("none"))
			t.Observe("written", n).To(Equal(1000))
			c.Exit(0)
			t.Observe("the child's end", c.Wait().String()).To(Equal("exit 0"))
		}))

	Behaviour("pipe.data.flush-blocks", Must,
		"FlushFileBuffers on the server's end of a pipe waits until the other side has read everything.",
		OnWindows(System, MSLearn("FlushFileBuffers function", "windows/win32/api/fileapi/nf-fileapi-flushfilebuffers"),
			MSLearn("Named Pipe Operations", "windows/win32/ipc/named-pipe-operations")),
		Matters("A program that syncs its standard output to be safe stays until its reader has caught up; if the reader waits for its end first, both wait for ever."),
		Remedy("Do not flush a pipe; what has been written to one is not lost when the writer leaves."), ProvedBy("pipe.eof.broken-pipe-error"),
		Was("win.pipe.flush-blocks"),
		Try(func(t *Trial) {
			server, client := connected(t, win32.PipeOptions{})
			r, w := newPipe(t)
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

	Behaviour("pipe.data.pending-visible", Observed,
		"Whether the bytes of a write that waits can be read: all of them, also those beyond the quota, and PeekNamedPipe counts them.",
		OnWindows(System, peekNamedPipe),
		Matters("There may be more to read than the pipe can hold."),
		Was("win.pipe.pending-visible"),
		Try(func(t *Trial) {
			r, w := newPipe(t)
			const size = 10000
			write := t.Go(func() error { _, _ = win32.Write(w.Handle, make([]byte, size)); return nil })
			t.Observe("a write of 10000 bytes waits", write.State() == Blocked)
			available, err := win32.Peek(r.Handle)
			t.ObserveError("PeekNamedPipe", err)
			t.Observe("bytes available", available)
			text, _ := r.read(2 * size)
			t.Observe("bytes of one read", len(text))
		}))

	Behaviour("pipe.data.pending-killed", Observed,
		"What is left of a write that waits when its writer is killed: nothing, not even what would have fitted.",
		OnWindows(System, TerminateProcess),
		Matters("The last words of a child that was killed are missing, though it had written them."),
		Remedy("Read everything before the kill."),
		Was("win.pipe.kill-drops-pending"),
		Try(func(t *Trial) {
			r, w := newPipe(t)
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
})
