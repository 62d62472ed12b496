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
		"The closing of the last handle of a job with JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE ends every member.",
		about(System, limits),
		Matters("A program that holds the only handle takes the members with it, however it ends."),
		Was("win.job.kill-on-close"),
		Try(func(t *Trial) {
			j := newJob(t, win32.JobKillOnClose)
			first, second := t.Start(Agent()), t.Start(Agent())
			for _, c := range []*Process{first, second} {
				Ask(c, agent.Getppid) // it has come up
				j.take(c)
			}
			_, err := TryAsk(first, agent.Getppid)
			t.ObserveError("error of a call to a member before the close", err).To(Equal("none"))
			another, err := win32.DuplicateBetween(win32.Self, j.handle(), win32.Self, false)
			t.NoError(err)
			last := NewHandle(t, another)
			j.Close()
			_, err = TryAsk(first, agent.Getppid)
			t.ObserveError("error of a call to a member while the job has another handle", err).To(Equal("none"))
			last.Close()
			t.Observe("whether the first member has ended", first.Gone()).To(BeTrue())
			t.Observe("whether the second member has ended", second.Gone()).To(BeTrue())
			t.Observe("exit status of the first member", first.Wait().String()) // nothing promises the code
		}))

	Behaviour("job.close.kills-tree", Must,
		"The closing of the last handle of a job with JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE also ends a child of a member that "+
			"has not broken away, although that member has exited.",
		about(System, limits, objects),
		Matters("It ends a tree of processes also when the program that made the job crashes."),
		Was("win.job.kill-on-close-tree"),
		Try(func(t *Trial) {
			j := newJob(t, win32.JobKillOnClose)
			c := t.Start(Agent())
			j.take(c)
			g := c.Start(Agent(), InheritStdio(), Orphan())
			process := OpenProcess(t, g)
			Ask(g, agent.Getppid) // it has come up
			c.Exit(0)
			c.Wait()
			t.ObserveError("error of a wait of no time for the grandchild before the close", win32.Wait(process, 0)).
				To(Equal("WAIT_TIMEOUT (258)"))
			j.Close()
			t.Observe("whether the grandchild has ended", g.Gone()).To(BeTrue())
		}))

	Behaviour("job.close.owner-exit", Must,
		"When the process that has the only handle of a job with JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE is killed, the job is "+
			"closed and its members end.",
		about(System, limits, objects),
		Matters("Cleaning up does not depend on a handler, which a kill would skip."),
		Was("win.job.owner-death"),
		Try(func(t *Trial) {
			owner, member := t.Start(Agent()), t.Start(Agent())
			Ask(member, agent.Getppid) // it has come up
			MustCall(owner, agent.KillOnCloseJob, uint32(member.Pid()))
			_, err := TryAsk(member, agent.Getppid)
			t.ObserveError("error of a call to the member before the kill", err).To(Equal("none"))
			t.NoError(owner.Kill())
			t.Observe("exit status of the owner", owner.Wait().String()).To(Equal("exit 1"))
			t.Observe("whether the member has ended", member.Gone()).To(BeTrue())
		}))

	Behaviour("job.close.inherited-handle", Must,
		"A member that has inherited a handle of its own job keeps the job open: JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE does "+
			"not end it when all other handles are closed.",
		about(CreateProcess, objects, limits),
		Matters("Once a member has inherited a handle of the job, the members are not ended, and no error says so."),
		Remedy("Never make a job handle inheritable, and start children with a handle list."), ProvedBy("handle.list.only"),
		Was("win.job.handle-leak"),
		Try(func(t *Trial) {
			j := newJob(t, win32.JobKillOnClose)
			t.NoError(win32.SetInherit(j.handle(), true))
			c := t.Start(Agent(), Calling(win32.Start{Inherit: true, List: []win32.Handle{j.handle()}}))
			j.take(c)
			j.Close()
			_, err := TryAsk(c, agent.Getppid)
			t.ObserveError("error of a call to the member after the close", err).To(Equal("none"))
			c.Exit(5)
			t.Observe("exit status of the member", c.Wait().String()).To(Equal("exit 5"))
		}))
})
