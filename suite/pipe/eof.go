package pipe

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("pipe", title, func() {
	Behaviour("pipe.eof.last-writer", Must,
		"A reader of a pipe that has read what was written sees the end of file when the last copy of the write end is "+
			"closed, and again at every further read, as long as none is opened anew, as of a FIFO.",
		Cite(POSIX("read"), PipeHandleInheritance, ReadFile),
		Matters("Every reader of a command's output waits for just this."),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			a := t.Start(Agent(), Stdout(w))
			b := t.Start(Agent(), Stdout(w))
			t.NoError(w.Close())
			put(a, "a")
			a.Exit(0)
			a.Wait()
			buffer := make([]byte, 16)
			n, err := r.Read(buffer)
			t.Observe("data of the first read", string(buffer[:n])).To(Equal("a"))
			t.ObserveError("error of the first read", err).To(Equal("none"))
			read := t.Go(func() error { n, err = r.Read(buffer); return nil })
			t.Observe("state of the next read after one of two writers has exited", read.State()).To(Equal(Blocked))
			put(b, "bb")
			t.Observe("state of the next read after a write of the other", read.Final()).To(Equal(Returned))
			t.Observe("data of the next read", string(buffer[:n])).To(Equal("bb"))
			t.ObserveError("error of the next read", err).To(Equal("none"))
			put(b, "b")
			b.Exit(0)
			endsAfter(t, r, "b")
		}))

	Behaviour("pipe.eof.own-copy", Must,
		"A reader of a pipe that itself holds a copy of the write end never sees the end of file, although the child has "+
			"exited.",
		Cite(POSIX("read"), PipeHandleInheritance),
		Matters("Reading the output of a child that has exited hangs."),
		Remedy("Close the parent's copy of the write end after the start."), ProvedBy("pipe.eof.last-writer"),
		Was("win.pipe.eof-own-copy"),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			c := t.Start(Agent(), Stdin(platform.Closed), Stdout(w))
			c.Exit(0)
			t.Observe("exit status of the child", c.Wait().String()).To(Equal("exit 0"))
			read := t.Go(func() error { _, err := r.Read(make([]byte, 1)); return err })
			t.Observe("state of the read after the child's exit", read.State()).To(Equal(Blocked))
			t.NoError(w.Close())
			t.Observe("state of the read after the copy is closed", read.Final()).To(Equal(Returned))
			t.ObserveError("error of the read", read.Err()).To(Equal("EOF"))
		}))

	Behaviour("pipe.eof.sibling-copy", Should,
		"A child does not get a copy of a pipe that was made for another child.",
		Cite(PipeHandleInheritance, GoDoc("syscall#ForkLock"),
			Document("PEP 446: make newly created file descriptors non-inheritable", "https://peps.python.org/pep-0446/")),
		Matters("The output of one child ends only when another one, started at the same time, has exited too."),
		Remedy("Make pipes close-on-exec, or not inheritable, and pass on only what is meant for the child."),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			a := t.Start(Agent(), Stdout(w))
			b := t.Start(Agent()) // while w is open here
			Ask(b, agent.Getppid)
			t.NoError(w.Close())
			put(a, "a")
			a.Exit(0)
			endsAfter(t, r, "a")
			_, err := TryAsk(b, agent.Getppid)
			t.ObserveError("error of a call to the other child, which still runs", err).To(Equal("none"))
		}))

	Behaviour("pipe.eof.grandchild-keeps-writer", Must,
		"A reader of a pipe sees the end of file only after every copy of the write end is closed, a grandchild's included: "+
			"the child's exit and the end of its output are two events.",
		Cite(POSIX("read"), pipe7, PipeHandleInheritance),
		Matters("The output of a command that has finished seems never to end."),
		Remedy("Bound the wait for output separately from the wait for the child (os/exec: WaitDelay), which "+
			"loses what comes later, or keep the descriptor from grandchildren."),
		Seen("golang/go#23019"),
		Try(func(t *Trial) {
			c, r := startWriter(t)
			g := c.Start(Agent(), InheritStdio(), Orphan())
			put(g, "late")
			c.Exit(0)
			t.Observe("exit status of the child", c.Wait().String()).To(Equal("exit 0"))
			buffer := make([]byte, 16)
			n, err := r.Read(buffer)
			t.Observe("data of the first read", string(buffer[:n])).To(Equal("late"))
			t.ObserveError("error of the first read", err).To(Equal("none"))
			read := t.Go(func() error { n, err = r.Read(buffer); return nil })
			t.Observe("state of the next read while the grandchild runs", read.State()).To(Equal(Blocked))
			g.Exit(0)
			t.Observe("whether the grandchild exits", g.Gone()).To(BeTrue())
			t.Observe("state of the next read after the grandchild's exit", read.Final()).To(Equal(Returned))
			t.ObserveError("error of the next read", err).To(Equal("EOF"))
		}))

	Behaviour("pipe.eof.broken-pipe-error", Must,
		"After the last write handle of an anonymous pipe is closed, reads give, by measurement, the rest of the data, and "+
			"then fail with ERROR_BROKEN_PIPE, which is the end of file.",
		OnWindows(System, ReadFile, PipeHandleInheritance, winePipeTests),
		Matters("A caller that takes the error for a failure reports one at the end of every child's output."),
		Was("win.pipe.eof"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			_, err := p.W.Write("left")
			t.NoError(err)
			p.W.Close()
			text, err := p.R.Read(16)
			t.Observe("data of the first read", text).To(Equal("left"))
			t.ObserveError("error of the first read", err).To(Equal("none"))
			text, err = p.R.Read(16)
			t.Observe("bytes of the second read", len(text)).To(Equal(0))
			t.ObserveError("error of the second read", err).To(Equal("ERROR_BROKEN_PIPE (109)"))
		}))
})
