package pipe

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("pipe", title, func() {
	Behaviour("pipe.eof.last-writer", Must,
		"A reader sees the end of file when every writer is gone, and again at every further read.",
		Cite(POSIX("read"), PipeHandleInheritance),
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
		Cite(POSIX("read"), PipeHandleInheritance),
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
		Cite(PipeHandleInheritance, GoDoc("os/exec#Cmd"), Document("PEP 446: make newly created file descriptors non-inheritable", "https://peps.python.org/pep-0446/")),
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
		Cite(POSIX("read"), pipe7, PipeHandleInheritance),
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

	Behaviour("pipe.eof.broken-pipe-error", Must,
		"When the last write handle is closed, reads give what is left and then fail with ERROR_BROKEN_PIPE: that is the end of file.",
		OnWindows(System, ReadFile, PipeHandleInheritance),
		Matters("A caller that takes it for a failure reports an error at the end of every child."),
		Was("win.pipe.eof"),
		Try(func(t *Trial) {
			r, w := newPipe(t)
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

	Behaviour("pipe.eof.own-copy-windows", Must,
		"A parent that keeps its own write handle never sees the end of its child's output.",
		OnWindows(System, PipeHandleInheritance),
		Matters("The most common reason why reading a child's output hangs."),
		Remedy("Close the write handle right after the start."), ProvedBy("pipe.eof.broken-pipe-error"),
		Was("win.pipe.eof-own-copy"),
		Try(func(t *Trial) {
			r, w := newPipe(t)
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
