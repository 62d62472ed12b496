package wait

import (
	"errors"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("wait", title, func() {
	Behaviour("wait.zombie.kill-succeeds", Must,
		"A signal to a child that has ended and has not been waited for is sent without an error and changes nothing; after the wait it fails with ESRCH.",
		About(Unix), On(System), Needs("waitid"), Cite(POSIX("kill")),
		Matters("That a process can be signalled does not mean that it runs; after the wait, its id may be somebody else's."),
		Remedy("Signal only what has not been waited for, or hold it by a pidfd."),
		Was("zombie.kill-succeeds"),
		Try(func(t *Trial) {
			c := t.Start(Exit(3))
			t.NoError(posix.WaitExited(c.Pid()))
			t.ObserveError("SIGKILL to the zombie", posix.Kill(c.Pid(), posix.SIGKILL)).To(Equal("none"))
			t.Observe("how it ended", c.Wait().String()).To(Equal("exit 3"))
			t.ObserveError("SIGKILL after the wait", posix.Kill(c.Pid(), posix.SIGKILL)).To(Equal("ESRCH"))
		}))

	Behaviour("wait.zombie.persists", Must,
		"A child that has ended stays a process, one that can be signalled and that keeps its id, until it is waited for.",
		About(Linux), On(Every...), Needs("waitid"),
		Cite(POSIX("_Exit"), POSIX("kill")),
		Matters("An id can be used safely until the wait and not after it: it may be another process's then."),
		Was("zombie.persists"),
		Try(func(t *Trial) {
			c := t.Start(Exit(5))
			t.NoError(posix.WaitExited(c.Pid()))
			t.ObserveError("a signal before the wait", posix.Kill(c.Pid(), posix.SIGTERM)).To(Equal("none"))
			t.Observe("the wait", c.Wait().String()).To(Equal("exit 5"))
			t.ObserveError("a signal after it", posix.Kill(c.Pid(), 0)).To(Equal("ESRCH"))
		}))

	Behaviour("wait.zombie.resources-released-first", Must,
		"When a wait returns, the child's descriptors are closed: what it wrote can be read, and the end of file behind it.",
		On(Images...),
		Cite(POSIX("_Exit"), MSLearn("Terminating a Process", "windows/win32/procthread/terminating-a-process")),
		Matters("After the wait nobody has to guess whether more output is coming from the child itself."),
		Was("zombie.resources-released-first"),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			c := t.Start(Agent(), Stdout(w))
			t.NoError(w.Close())
			MustCall(c, agent.Write, agent.WriteArgs{FD: 1, Data: "abc"})
			c.Exit(0)
			t.Observe("the child's end", c.Wait().String()).To(Equal("exit 0"))
			all, err := t.ReadAll(r)
			t.Observe("reading waits for more", errors.Is(err, platform.ErrHang)).To(BeFalse())
			t.ObserveError("its error", err).To(Equal("none"))
			t.Observe("what was read", string(all)).To(Equal("abc"))
		}))
})
