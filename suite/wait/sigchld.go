package wait

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// awaited is what a process learns of a child that exits once the process waits for
// it: gVisor gives ESRCH to a wait by pidfd that begins when the child is gone.
func awaited(t *Trial, parent *Process) (end WaitResult) {
	c := parent.Start(Agent(), InheritStdio())
	wait := t.Go(func() error { end = c.Wait(); return nil })
	if wait.State() == Returned {
		return end // it did not wait for the end
	}
	c.Exit(3)
	wait.Returned()
	return end
}

var _ = Area("wait", title, func() {
	Behaviour("wait.sigchld.ignored-inherited", Must,
		"Who ignores SIGCHLD cannot learn how a child ended: the wait fails with ECHILD.",
		About(Unix), Cite(POSIX("wait"), POSIX("exec"), LinuxMan("wait(2)")),
		Matters("Exit codes are lost, or read as success; a program that was started like this need not know why."),
		Remedy("Set SIGCHLD to its default action at the start of a program that waits."),
		Seen("util-linux/util-linux#4014", "sudo-project/sudo#98"),
		Was("sigchld.ignored-inherited-breaks-wait"),
		Try(func(t *Trial) {
			parent := t.Start(Agent())
			MustCall(parent, agent.Ignore, []int{posix.SIGCHLD})
			t.Observe("the wait of who ignores it", awaited(t, parent).String()).To(Equal("ECHILD"))
			below := parent.Start(Agent(), InheritStdio())
			t.Observe("the wait of a Go program that was started with it ignored", awaited(t, below).String())
		}))

	Behaviour("wait.sigchld.ignored", Must,
		"Where SIGCHLD is ignored children leave no status: a wait lasts until the child has ended and then fails with ECHILD.",
		About(Unix),
		Cite(POSIX("wait"), LinuxMan("wait(2)")),
		Matters("A program that was started with SIGCHLD ignored takes every child for failed, or for successful."),
		Remedy("Set SIGCHLD to its default before the first start."),
		Seen("util-linux/util-linux#4014", "sudo-project/sudo#98"),
		Was("wait.sigchld-ignored"),
		Try(func(t *Trial) {
			p := parent(t)
			MustCall(p, agent.Ignore, []int{posix.SIGCHLD})
			c := p.Start(Agent(), InheritStdio())
			t.NoError(Send(p, agent.Wait4, agent.Wait4Args{PID: c.Pid()}))
			wait := t.Go(func() error { _, err := Reply(p, agent.Wait4); return err })
			t.Observe("the wait lasts while the child runs", wait.State() == Blocked).To(BeTrue())
			c.Exit(3)
			t.Observe("it ends with the child", wait.Returned()).To(BeTrue())
			t.ObserveError("its error", wait.Err()).To(Equal("ECHILD"))
			t.Observe("no zombie is left", t.Eventually(func() bool { return gone(c.Pid()) })).To(BeTrue())
		}))

	Behaviour("wait.sigchld.never-lost", Should,
		"Every one of many children that end at the same time can be waited for.",
		Matters("A launcher that counts on one signal for each child waits for ever: signals of one kind are merged."),
		Remedy("Wait by id or by descriptor; in a signal handler, wait until nothing is left."),
		Seen("libuv/libuv#3257", "libuv/libuv#3441"),
		Was("sigchld.never-lost"),
		Try(func(t *Trial) {
			var children []*Process
			for range 24 {
				children = append(children, t.Start(Exit(9)))
			}
			ends := map[string]int{}
			for _, c := range children {
				ends[c.Wait().String()]++
			}
			t.Observe("how they ended", ends).To(Equal(map[string]int{"exit 9": 24}))
		}))
})
