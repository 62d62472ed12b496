package job

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("job", title, func() {
	Behaviour("job.close.kills", Must,
		"With JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE the closing of the last handle ends every member.",
		about(System, limits),
		Matters("A program that holds the only handle takes its children with it, however it ends."),
		Was("win.job.kill-on-close"),
		Try(func(t *Trial) {
			j := newJob(t, win32.JobKillOnClose)
			c := t.Start(Agent())
			process := j.take(c)
			t.ObserveError("a wait before", win32.Wait(process, 0)).To(Equal("WAIT_TIMEOUT (258)"))
			j.close()
			t.Observe("the member ends", t.Go(func() error { _ = win32.Wait(process, 5000); return nil }).Returned() && win32.Wait(process, 0) == nil).To(BeTrue())
			t.Observe("with", c.Wait().String()) // nothing promises the code
		}))

	Behaviour("job.close.kills-tree", Must,
		"Closing such a job ends grandchildren too, also when the process that started them is gone.",
		about(System, limits, objects),
		Matters("It is the one way to end a tree of processes for certain."),
		Was("win.job.kill-on-close-tree"),
		Try(func(t *Trial) {
			j := newJob(t, win32.JobKillOnClose)
			c := t.Start(Agent())
			j.take(c)
			g := c.Start(Agent(), InheritStdio(), Orphan())
			process := open(t, g)
			Ask(g, agent.Getppid) // it has come up
			c.Exit(0)
			c.Wait()
			t.ObserveError("a wait for the grandchild before", win32.Wait(process, 0)).To(Equal("WAIT_TIMEOUT (258)"))
			j.close()
			t.Observe("the grandchild ends", g.Gone()).To(BeTrue())
		}))

	Behaviour("job.close.owner-exit", Must,
		"When the process with the only handle of such a job is killed, the job is closed and its members end.",
		about(System, limits, objects),
		Matters("Cleaning up does not depend on a handler that a kill would skip."),
		Was("win.job.owner-death"),
		Try(func(t *Trial) {
			owner, member := t.Start(Agent()), t.Start(Agent())
			Ask(member, agent.Getppid) // it has come up
			MustCall(owner, agent.KillOnCloseJob, uint32(member.Pid()))
			t.NoError(owner.Kill())
			t.Observe("the owner's end", owner.Wait().String()).To(Equal("exit 1"))
			t.Observe("the member ends", member.Gone()).To(BeTrue())
		}))

	Behaviour("job.close.inherited-handle", Must,
		"A member that inherited a handle of its own job keeps the job from being closed, and itself alive.",
		about(CreateProcess, objects, limits),
		Matters("A job handle that is inheritable makes the cleaning up fail, silently."),
		Remedy("Never make a job handle inheritable, and start children with a handle list."), ProvedBy("handle.list.only"),
		Was("win.job.handle-leak"),
		Try(func(t *Trial) {
			j := newJob(t, win32.JobKillOnClose)
			t.NoError(win32.SetInherit(j.Handle, true))
			c := t.Start(Agent(), Calling(win32.Start{Inherit: true, List: []win32.Handle{j.Handle}}))
			j.take(c)
			j.close()
			_, err := TryAsk(c, agent.Getppid)
			t.ObserveError("the member answers after the close", err).To(Equal("none"))
			c.Exit(5)
			t.Observe("it ends as it likes", c.Wait().String()).To(Equal("exit 5"))
		}))
})
