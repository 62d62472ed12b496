// Package pipe is the area of pipes between parent and child.
package pipe

import (
	"errors"
	"io"
	"os"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const title = "Pipes between parent and child"

// Authorities that many of these behaviours share.
var (
	pipe7      = LinuxMan("pipe(7)")
	anonymous  = MSLearn("Anonymous Pipe Operations", "windows/win32/ipc/anonymous-pipe-operations")
	inheriting = MSLearn("Pipe Handle Inheritance", "windows/win32/ipc/pipe-handle-inheritance")
)

// unix expects the same of every Unix and something else of Windows.
func unix(there, windows types.GomegaMatcher) types.GomegaMatcher {
	return PerSystem(map[string]types.GomegaMatcher{"linux": there, "darwin": there, "freebsd": there, "netbsd": there,
		"openbsd": there, "windows": windows})
}

// brokenPipe is the error of a write that nobody can read any more.
var brokenPipe = unix(Equal("EPIPE"), BeElementOf("ERROR_NO_DATA (232)", "ERROR_BROKEN_PIPE (109)"))

// writing starts a child whose standard output is a new pipe, and returns the
// read end; the parent's copy of the write end is closed.
func writing(t *Trial) (*Process, *os.File) {
	r, w := t.Pipe()
	c := t.Start(Agent(), Stdout(w))
	t.NoError(w.Close())
	return c, r
}

// reading starts a child whose standard input is a new pipe, and returns the
// write end; the parent's copy of the read end is closed.
func reading(t *Trial) (*Process, *os.File) {
	r, w := t.Pipe()
	c := t.Start(Agent(), Stdin(r))
	t.NoError(r.Close())
	return c, w
}

// put makes a child write to its standard output.
func put(c *Process, data string) {
	MustCall(c, agent.Write, agent.WriteArgs{FD: 1, Data: platform.Text(data)})
}

// ends observes that reading gives this and then the end of file, more than once.
func ends(t *Trial, r io.Reader, rest string) {
	all, err := t.ReadAll(r)
	t.Observe("what can be read", string(all)).To(Equal(rest))
	t.ObserveError("error of the reading", err).To(Equal("none"))
	_, err = r.Read(make([]byte, 1))
	t.ObserveError("one more read", err).To(Equal("EOF"))
}

var _ = Area("pipe", title, func() {
	Behaviour("pipe.read.partial", Must,
		"A read returns what is there, and does not wait for as much as it has room for.",
		Cite(POSIX("read"), anonymous),
		Matters("A reader that takes one read for one message, or for all of it, works until the load changes."),
		Try(func(t *Trial) {
			c, r := writing(t)
			put(c, "abc")
			buffer := make([]byte, 100)
			var n int
			var err error
			t.Go(func() error { n, err = r.Read(buffer); return nil }).Returned()
			t.Observe("read", string(buffer[:n])).To(Equal("abc"))
			t.ObserveError("error", err).To(Equal("none"))
		}))

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

	Behaviour("pipe.eof.last-writer", Must,
		"A reader sees the end of file when every writer is gone, and again at every further read.",
		Cite(POSIX("read"), inheriting),
		Matters("Every reader of a command's output waits for just this."),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			a := t.Start(Agent(), Stdout(w))
			b := t.Start(Agent(), Stdout(w))
			t.NoError(w.Close())
			put(a, "a")
			a.Exit(0)
			a.Wait()
			put(b, "b")
			b.Exit(0)
			ends(t, r, "ab")
		}))

	Behaviour("pipe.eof.own-copy", Must,
		"A reader that holds a copy of the write end itself never sees the end of file, though the child is gone.",
		Cite(POSIX("read"), inheriting),
		Matters("Reading the output of a child that has ended hangs."),
		Remedy("Close the parent's copy of the child's end after the start."), ProvedBy("pipe.eof.last-writer"),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			c := t.Start(Agent(), Stdin(platform.Closed), Stdout(w))
			c.Exit(0)
			c.Wait()
			read := t.Go(func() error { _, err := r.Read(make([]byte, 1)); return err })
			t.Observe("the read waits after the child's end", read.State() == Blocked).To(BeTrue())
			t.NoError(w.Close())
			t.Observe("it ends when the copy is closed", read.Returned()).To(BeTrue())
			t.ObserveError("with", read.Err()).To(Equal("EOF"))
		}))

	Behaviour("pipe.eof.sibling-copy", Should,
		"A child does not get a copy of a pipe that was made for another one and not for it.",
		Cite(inheriting, GoDoc("os/exec#Cmd"), Document("PEP 446: make newly created file descriptors non-inheritable", "https://peps.python.org/pep-0446/")),
		Matters("The output of one child ends only when another one, started at the same time, has ended too."),
		Remedy("Make pipes close-on-exec, or not inheritable, and hand over only what is meant for the child."),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			a := t.Start(Agent(), Stdout(w))
			b := t.Start(Agent()) // while w is open here
			Ask(b, agent.Getppid)
			t.NoError(w.Close())
			put(a, "a")
			a.Exit(0)
			ends(t, r, "a")
			_, err := TryAsk(b, agent.Getppid)
			t.ObserveError("meanwhile the other child runs", err).To(Equal("none"))
		}))

	Behaviour("pipe.eof.grandchild-keeps-writer", Must,
		"A reader sees end of file only after every copy of the write end is closed, a grandchild's included: the end of the child and the end of its output are two events.",
		Cite(POSIX("read"), pipe7, inheriting),
		Matters("The output of a command that has finished seems never to end."),
		Remedy("Bound the wait for output separately from the wait for the child (os/exec: WaitDelay), or keep the descriptor from grandchildren."),
		Seen("golang/go#23019"),
		Try(func(t *Trial) {
			c, r := writing(t)
			g := c.Start(Agent(), InheritStdio(), Orphan())
			put(g, "late")
			c.Exit(0)
			t.Observe("the child's end", c.Wait().String()).To(Equal("exit 0"))
			buffer := make([]byte, 16)
			n, err := r.Read(buffer)
			t.Observe("what can be read", string(buffer[:n])).To(Equal("late"))
			t.ObserveError("error of that read", err).To(Equal("none"))
			read := t.Go(func() error { n, err = r.Read(buffer); return nil })
			t.Observe("the next read waits for the grandchild", read.State() == Blocked).To(BeTrue())
			g.Exit(0)
			t.Observe("the grandchild ends", g.Gone()).To(BeTrue())
			t.Observe("then the read ends", read.Returned()).To(BeTrue())
			t.ObserveError("with", err).To(Equal("EOF"))
		}))

	Behaviour("pipe.epipe.errno", Must,
		"A write to a pipe that nobody can read any more fails.",
		Cite(POSIX("write"), MSLearn("WriteFile function", "windows/win32/api/fileapi/nf-fileapi-writefile")),
		Matters("A program tells by this error that its consumer has gone, and stops without a fuss."),
		Try(func(t *Trial) {
			c, w := reading(t)
			c.Exit(0)
			t.Observe("the reader's end", c.Wait().String()).To(Equal("exit 0"))
			n, err := w.Write([]byte("x"))
			t.Observe("written", n).To(Equal(0))
			t.ObserveError("error", err).To(brokenPipe)
		}))

	Behaviour("pipe.mode.wrong-end", Must,
		"The write end cannot be read and the read end cannot be written.",
		On(System),
		Cite(POSIX("read"), POSIX("write"), MSLearn("CreatePipe function", "windows/win32/api/namedpipeapi/nf-namedpipeapi-createpipe")),
		Matters("Ends mixed up are found at the first use and not by a hang."),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			refused := unix(Equal("EBADF"), Equal("ERROR_ACCESS_DENIED (5)"))
			_, err := w.Read(make([]byte, 1))
			t.ObserveError("reading the write end", err).To(refused)
			_, err = r.Write([]byte("x"))
			t.ObserveError("writing the read end", err).To(refused)
		}))

	Behaviour("pipe.size.edges", Should,
		"Data of every size comes back whole from a child that echoes it: nothing, one byte, a page and a pipe and one byte more or less, a mebibyte.",
		Matters("Off-by-one errors of buffers and short writes that nobody adds up show at these sizes."),
		Try(func(t *Trial) {
			in, w := t.Pipe()
			r, out := t.Pipe()
			c := t.Start(Agent(), Stdin(in), Stdout(out))
			t.NoError(errors.Join(in.Close(), out.Close()))
			sizes := []int{1, 2, 511, 512, 513, 4095, 4096, 4097, 65535, 65536, 65537, 1 << 20}
			wrong := []int{}
			for _, size := range sizes {
				if err := Send(c, agent.Echo, size); err != nil {
					t.Fail("the child did not come up: %v", err)
				}
				data := pattern(size)
				go func() { _, _ = w.Write(data) }()
				back := make([]byte, size)
				var err error
				whole := t.Go(func() error { _, err = io.ReadFull(r, back); return nil }).Returned()
				if n, answered := Reply(c, agent.Echo); !whole || err != nil || answered != nil || n != size || string(back) != string(data) {
					wrong = append(wrong, size)
				}
			}
			t.Observe("sizes", sizes)
			t.Observe("sizes that did not come back whole", wrong).To(BeEmpty())
			t.NoError(Send(c, agent.Echo, 0))
			t.NoError(w.Close())
			ends(t, r, "")
		}))

	Behaviour("stdio.full-pipe-blocks", Must,
		"A child that writes more than its output's pipe holds does not end before somebody reads.",
		Cite(POSIX("write"), anonymous),
		Matters("Waiting for the end of a child first and reading its output then works for short output only."),
		Remedy("Read while the child runs, then wait."), ProvedBy("pipe.size.edges"),
		Try(func(t *Trial) {
			c, r := writing(t)
			const much = 1 << 20
			t.NoError(Send(c, agent.WriteBlocks, agent.BlocksArgs{FD: 1, Count: much / 4096, Size: 4096, Letter: 'x'}))
			c.Exit(0)
			var end WaitResult
			wait := t.Go(func() error { end = c.Wait(); return nil })
			t.Observe("the wait lasts", wait.State() == Blocked).To(BeTrue())
			all, err := t.ReadAll(r)
			t.ObserveError("error of the reading", err).To(Equal("none"))
			t.Observe("bytes read", len(all)).To(Equal(much))
			t.Observe("then it ends", wait.Returned()).To(BeTrue())
			t.Observe("with", end.String()).To(Equal("exit 0"))
		}))

	Behaviour("pipe.dead.both-full", Must,
		"A parent that writes all input before it reads any output hangs when the input is more than the pipes and the child hold.",
		Cite(POSIX("write"), anonymous),
		Matters("A filter works with every test and hangs on the first large file."),
		Remedy("Read and write at the same time."), ProvedBy("pipe.size.edges"),
		Try(func(t *Trial) {
			in, w := t.Pipe()
			r, out := t.Pipe()
			c := t.Start(Agent(), Stdin(in), Stdout(out))
			t.NoError(errors.Join(in.Close(), out.Close()))
			if err := Send(c, agent.Echo, 0); err != nil {
				t.Fail("the child did not come up: %v", err)
			}
			data := pattern(1 << 20)
			write := t.Go(func() error { _, _ = w.Write(data); _ = w.Close(); return nil })
			t.Observe("the write waits", write.State() == Blocked).To(BeTrue())
			all, err := t.ReadAll(r)
			t.ObserveError("error of the reading", err).To(Equal("none"))
			t.Observe("all came back", string(all) == string(data)).To(BeTrue())
			t.Observe("the write has ended", write.Returned()).To(BeTrue())
		}))

	Behaviour("pipe.dead.handshake-in-parent", Must,
		"A write to a child that has ended unread hangs, when it is more than the pipe holds, as long as the writer has the read end open itself.",
		Cite(POSIX("write"), inheriting),
		Matters("A start that hands over a large payload never returns when the child dies early."),
		Remedy("Close the parent's copy of the child's end before the first write."), ProvedBy("bnd.write.child-dies-unread"),
		Seen("python/cpython#118981"),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			c := t.Start(Exit(7), Stdin(r))
			t.Observe("the child's end", c.Wait().String()).To(Equal("exit 7"))
			write := t.Go(func() error { _, err := w.Write(pattern(1 << 20)); return err })
			t.Observe("the write waits", write.State() == Blocked).To(BeTrue())
			t.NoError(r.Close())
			t.Observe("it ends when the copy is closed", write.Returned()).To(BeTrue())
			// A write of this size is several for some launchers: which of two errors of
			// Windows it is depends on which of them was under way.
			name, _ := platform.BrokenPipe(write.Err())
			t.Observe("with", name).To(unix(Equal("EPIPE"), Equal("ERROR_NO_DATA (232) or ERROR_BROKEN_PIPE (109)")))
		}))
})

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
