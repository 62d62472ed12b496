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
		"A parent that writes all input before it reads any output hangs when the child's output fills one pipe, so that "+
			"the child, which waits to write, reads no more, and the rest of the input fills the other.",
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
			c.Exit(0) // then; who started it may hold the write end as long as it runs
			data := pattern(beyondPipe)
			write := t.Go(func() error { _, _ = w.Write(data); _ = w.Close(); return nil })
			t.Observe("state of the write before any output is read", write.State()).To(Equal(Blocked))
			all, err := t.ReadAll(r)
			t.ObserveError("error of reading the output", err).To(Equal("none"))
			t.Observe("whether all came back", string(all) == string(data)).To(BeTrue())
			t.Observe("state of the write after the output is read", write.Final()).To(Equal(Returned))
		}))

	Behaviour("pipe.deadlock.handshake-in-parent", Must,
		"A write, through a descriptor or handle that blocks, to the pipe of a child that has exited without reading hangs, "+
			"when it is more than the pipe holds, as long as the writer has the read end open itself.",
		Cite(POSIX("write"), PipeHandleInheritance),
		Matters("A start that hands over a large payload never returns when the child dies early."),
		Remedy("Close the parent's copy of the read end before the first write; on Unix catch SIGPIPE, which would end the "+
			"parent instead, and which later children ignore too if the parent ignores it."),
		ProvedBy("boundary.write.child-dies-unread"),
		Seen("python/cpython#118981"),
		Was("pipe.dead.handshake-in-parent"),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			c := t.Start(Exit(7), Stdin(r))
			t.Observe("exit status of the child", c.Wait().String()).To(Equal("exit 7"))
			write := t.Go(func() error { _, err := w.Write(pattern(beyondPipe)); return err })
			t.Observe("state of the write after the child's exit", write.State()).To(Equal(Blocked))
			t.NoError(r.Close())
			t.Observe("state of the write after the copy is closed", write.Final()).To(Equal(Returned))
			// A write of this size is several for some launchers: which of two errors of
			// Windows it is depends on which of them was under way.
			name, _ := platform.BrokenPipe(write.Err())
			t.Observe("error of the write", name).
				To(expectUnix(Equal("EPIPE"), Equal("ERROR_NO_DATA (232) or ERROR_BROKEN_PIPE (109)")))
		}))
})
