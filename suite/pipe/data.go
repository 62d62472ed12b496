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
		"What a child wrote to a pipe before it exited, or was killed, can be read afterwards, and then the end of file.",
		Cite(POSIX("close"), POSIX("read"), ReadFile),
		Matters("The last words of a crashed child are still there: read them before giving up on it."),
		Try(func(t *Trial) {
			c, r := startWriter(t)
			put(c, "last words")
			c.Exit(0)
			t.Observe("exit status of the first child", c.Wait().String()).To(Equal("exit 0"))
			all, err := t.ReadAll(r)
			t.ObserveError("error of reading after its exit", err).To(Equal("none"))
			t.Observe("data read after its exit", string(all)).To(Equal("last words"))
			c, r = startWriter(t)
			put(c, "last words")
			t.NoError(c.Kill())
			t.Observe("exit status of the child that was killed", c.Wait().String()).
				To(expectUnix(Equal("SIGKILL"), Equal("exit 1")))
			endsAfter(t, r, "last words")
		}))

	Behaviour("pipe.data.lost-reader-exit", Must,
		"A write that the pipe has taken succeeds although the reader exits without reading the data, and the close "+
			"of the write end reports no loss; only a further write does.",
		Cite(POSIX("close"), POSIX("write"), WriteFile),
		Matters("A successful write is not a delivery."),
		Remedy("Wait for an answer, or for the exit status."),
		Try(func(t *Trial) {
			for _, further := range []bool{false, true} {
				c, w := startReader(t)
				which := "of the first pipe"
				if further {
					which = "of the second pipe"
				}
				Ask(c, agent.Getppid) // it is up
				n, err := w.Write(make([]byte, 1000))
				t.ObserveError("error of the write "+which, err).To(Equal("none"))
				t.Observe("bytes written "+which, n).To(Equal(1000))
				c.Exit(0)
				t.Observe("exit status of the reader "+which, c.Wait().String()).To(Equal("exit 0"))
				if further {
					_, err = w.Write([]byte("x"))
					t.ObserveError("error of a further write "+which, err).To(brokenPipe)
				}
				t.ObserveError("error of the close "+which, w.Close()).To(Equal("none"))
			}
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
