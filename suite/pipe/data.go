package pipe

import (
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("pipe", title, func() {
	Behaviour("pipe.data.survives-writer-exit", Must,
		"What a child has written to a pipe, by writes that have returned, before it exits or is killed can be read "+
			"afterwards (on Windows by measurement), and then, when the write end is open nowhere else, the end of file.",
		Cite(POSIX("close"), POSIX("read"), AnonymousPipeOperations, ReadFile, winePipeTests),
		Matters("The last words of a crashed child are still there, except those in a buffer of its own: read them before "+
			"giving up on it."),
		SignalAsStatus("exit status of the child that was killed", posix.SIGKILL),
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
		"A write that a pipe has taken succeeds although the only reader exits without reading the data; only a further "+
			"write fails, or raises SIGPIPE, and the close of the write end, by measurement, reports no loss.",
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
					_, err = writeBroken(t, c, w)
					t.ObserveError("error of a further write "+which, err).To(brokenPipe)
				}
				t.ObserveError("error of the close "+which, w.Close()).To(Equal("none"))
			}
		}))

	Behaviour("pipe.data.flush-blocks", Must,
		"FlushFileBuffers on the server end of a named pipe waits, as long as the client has the pipe open, until it has "+
			"read everything.",
		OnWindows(System, MSLearn("FlushFileBuffers function", "windows/win32/api/fileapi/nf-fileapi-flushfilebuffers"),
			namedPipeOperations),
		Matters("A server that flushes waits for its client, however long that takes. A child that flushes its output (Go's "+
			"File.Sync, C's _commit, not fflush) may wait for its reader too; if that first waits for the exit, both hang."),
		Remedy("Do not flush a child's output; what has been written to a pipe is not lost when the writer exits."),
		ProvedBy("pipe.data.survives-writer-exit"),
		Was("win.pipe.flush-blocks"),
		Try(func(t *Trial) {
			flush := func(from, to *Handle) (before, between, after State, err error) {
				_, err = from.Write("abc")
				t.NoError(err)
				flushing := t.Go(func() error { return win32.Flush(from.Handle) })
				before = flushing.State()
				part, err := to.Read(1)
				t.NoError(err)
				between = flushing.State()
				rest, err := to.Read(8)
				t.NoError(err)
				if part+rest != "abc" {
					t.Fail("%q came out of the pipe", part+rest)
				}
				return before, between, flushing.Final(), flushing.Err()
			}
			server, client := connected(t, win32.PipeOptions{})
			before, between, after, err := flush(server, client)
			t.Observe("state of a flush of the server end", before).To(Equal(Blocked))
			t.Observe("state of the flush of the server end after the client has read a part", between).To(Equal(Blocked))
			t.Observe("state of the flush of the server end after the client's read", after).To(Equal(Returned))
			t.ObserveError("error of the flush of the server end", err).To(Equal("none"))
			// The page is silent about the client's end, which a child's output is.
			p := NewHandlePipe(t, false)
			before, between, after, err = flush(p.W, p.R)
			t.Observe("state of a flush of an anonymous pipe", before)
			t.Observe("state of the flush of an anonymous pipe after a part is read", between)
			t.Observe("state of the flush of an anonymous pipe after the read", after)
			t.ObserveError("error of the flush of an anonymous pipe", err)
		}))

	Behaviour("pipe.data.pending-visible", Observed,
		"The bytes of a write that waits can be read, those beyond the pipe's size included, and PeekNamedPipe counts "+
			"them.",
		OnWindows(System, peekNamedPipe),
		Matters("There may be more to read than the pipe can hold."),
		Was("win.pipe.pending-visible"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			const size = 10000
			write := t.Go(func() error { _, err := win32.Write(p.W.Handle, make([]byte, size)); return err })
			t.Observe("state of a write of 10000 bytes", write.State())
			available, err := win32.Peek(p.R.Handle)
			t.ObserveError("error of PeekNamedPipe", err)
			t.Observe("bytes available", available)
			text, _ := p.R.Read(2 * size)
			t.Observe("bytes of one read", len(text))
		}))

	Behaviour("pipe.data.pending-killed", Observed,
		"When a writer is killed whose write waits, all that has not been read of that write is lost, even what the "+
			"pipe had room for.",
		OnWindows(System, TerminateProcess),
		Matters("The last output of a killed child is missing, although the child had written it."),
		Remedy("Read everything before the kill."),
		Was("win.pipe.kill-drops-pending"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			c := t.Start(Agent())
			there := p.W.DuplicateInto(c, false)
			p.W.Close()
			t.NoError(Send(c, agent.Write,
				agent.WriteArgs{FD: platform.FD(there), Data: platform.Text(strings.Repeat("x", 10000))}))
			text, err := p.R.Read(10)
			t.ObserveError("error of a read before the kill", err)
			t.Observe("bytes read before the kill", len(text))
			t.NoError(c.Kill())
			c.Wait()
			text, err = p.R.Read(16384)
			t.Observe("bytes read after the kill", len(text))
			t.ObserveError("error of the read after the kill", err)
		}))
})
