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
	Behaviour("wait.zombie.persists", Must,
		"A child of fork that has exited keeps its id until its parent waits for it without WNOWAIT, unless the parent "+
			"ignores SIGCHLD or has set SA_NOCLDWAIT: a signal that the sender may send is sent to it without an error and "+
			"changes nothing, and after the wait fails with ESRCH, as long as the id is not another process's.",
		About(Unix), On(Every...), Needs("waitid"),
		Cite(POSIX("_Exit"), POSIX("kill")),
		Matters("A process that can be signalled need not be running; and an id can be used safely until the wait, not "+
			"after it, when it may be another process's."),
		Remedy("Signal only a child that has not been waited for, or on Linux a process that is held by a pidfd."),
		Was("zombie.persists", "zombie.kill-succeeds"),
		Try(func(t *Trial) {
			c := t.Start(Exit(5))
			if !t.ObserveError("error of a wait with WNOWAIT for the exit", posix.WaitExited(c.Pid())).To(Equal("none")) {
				return // there is no zombie, and the id may be another process's
			}
			t.ObserveError("error of SIGKILL before the wait", posix.Kill(c.Pid(), posix.SIGKILL)).To(Equal("none"))
			t.Observe("exit status", c.Wait().String()).To(Equal("exit 5"))
			// Not SIGKILL: the id may be another process's by now.
			t.ObserveError("error of signal 0 after the wait", posix.Kill(c.Pid(), 0)).To(Equal("ESRCH"))
		}))

	Behaviour("wait.zombie.resources-released-first", Must,
		"When a wait returns, the child's descriptors are closed: a reader gets what the child wrote, on Windows by "+
			"measurement, and then, unless the write end is open elsewhere (in another process, in a message of a socket, in "+
			"an io_uring of the child that is not yet torn down), end of file.",
		Cite(POSIX("_Exit"), TerminatingAProcess, AnonymousPipeOperations, WineTest("dlls/kernel32/tests/pipe.c")),
		Matters("After the wait no more output comes from the child itself."),
		Was("zombie.resources-released-first"),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			errorsR, errorsW := t.Pipe()
			c := t.Start(Agent(), Stdout(w), Stderr(errorsW))
			t.NoError(w.Close())
			t.NoError(errorsW.Close())
			MustCall(c, agent.Write, agent.WriteArgs{FD: 1, Data: "abc"})
			MustCall(c, agent.Write, agent.WriteArgs{FD: 2, Data: "def"})
			c.Exit(0)
			t.Observe("exit status of the child", c.Wait().String()).To(Equal("exit 0"))
			all, err := t.ReadAll(r)
			t.Observe("read blocked after the wait", errors.Is(err, platform.ErrHang)).To(BeFalse())
			t.ObserveError("error of the read", err).To(Equal("none"))
			t.Observe("output of the child", string(all)).To(Equal("abc"))
			all, err = t.ReadAll(errorsR)
			t.ObserveError("error of the read of standard error", err).To(Equal("none"))
			t.Observe("output of the child on standard error", string(all)).To(Equal("def"))
		}))
})
