package pipe

import (
	"errors"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("pipe", title, func() {
	Behaviour("pipe.deadlock.both-full", Must,
		"A parent that writes all input before it reads any output hangs when the input is more than the pipes and the child hold.",
		Cite(POSIX("write"), AnonymousPipeOperations),
		Matters("A filter works with every test and hangs on the first large file."),
		Remedy("Read and write at the same time."), ProvedBy("pipe.write.edges"),
		Was("pipe.dead.both-full"),
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

	Behaviour("pipe.deadlock.handshake-in-parent", Must,
		"A write to a child that has ended unread hangs, when it is more than the pipe holds, as long as the writer has the read end open itself.",
		Cite(POSIX("write"), PipeHandleInheritance),
		Matters("A start that hands over a large payload never returns when the child dies early."),
		Remedy("Close the parent's copy of the child's end before the first write."), ProvedBy("boundary.write.child-dies-unread"),
		Seen("python/cpython#118981"),
		Was("pipe.dead.handshake-in-parent"),
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
