package wait

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// awaited is the result of a wait that begins before the child exits: gVisor gives
// ESRCH to a wait by pidfd that begins when the child is gone.
func awaited(t *Trial, parent *Process) (result WaitResult) {
	c := parent.Start(Agent(), InheritStdio())
	wait := t.Go(func() error { result = c.Wait(); return nil })
	if wait.State() == Returned {
		return result
	}
	c.Exit(3)
	wait.Returned()
	return result
}

var _ = Area("wait", title, func() {
	Behaviour("wait.sigchld.ignored", Must,
		"Children of fork that end while their parent ignores SIGCHLD and does not trace them leave no status and no "+
			"zombie: a wait for one, without options, lasts at least until that child has exited, a wait for any, if none was "+
			"a zombie before, until all have, and both fail with ECHILD.",
		About(Unix), On(Images...),
		Cite(POSIX("wait"), POSIX("_Exit"), LinuxMan("wait(2)")),
		Matters("Exit statuses are lost, or read as success; a program that was started with SIGCHLD ignored need not know "+
			"why."),
		Remedy("Set SIGCHLD to its default action at the start of a program that waits, before its first child."),
		Seen("util-linux/util-linux#4014", "sudo-project/sudo#98"),
		Was("wait.sigchld-ignored", "sigchld.ignored-inherited-breaks-wait"),
		Try(func(t *Trial) {
			p := parent(t)
			MustCall(p, agent.Ignore, []int{posix.SIGCHLD})
			t.Observe("error of the launcher's wait", awaited(t, p).String()).To(Equal("ECHILD"))

			first, second := p.Start(Agent(), InheritStdio()), p.Start(Agent(), InheritStdio())
			wait := func(pid int) *Pending {
				t.NoError(Send(p, agent.Wait4, agent.Wait4Args{PID: pid}))
				return t.Go(func() error { _, err := Reply(p, agent.Wait4); return err })
			}
			one := wait(first.Pid())
			t.Observe("state of a wait for one child that runs", one.State()).To(Equal(Blocked))
			first.Exit(3)
			// POSIX lets this wait last until all children have exited; on Linux it does not.
			state := one.State()
			t.Observe("state of the wait when that child has exited and another one runs", state)
			last := one
			if state == Returned {
				t.ObserveError("error of the wait for one child", one.Err()).To(Equal("ECHILD"))
				last = wait(-1)
				t.Observe("state of a wait for any child while one runs", last.State()).To(Equal(Blocked))
			}
			second.Exit(3)
			t.ObserveError("error of the wait when all children have exited", last.Err()).To(Equal("ECHILD"))
			t.Observe("zombies gone", t.Eventually(func() bool { return gone(first.Pid()) && gone(second.Pid()) })).To(BeTrue())

			// Go's runtime catches SIGCHLD, whatever it was started with.
			below := parent(t)
			MustCall(below, agent.Ignore, []int{posix.SIGCHLD})
			below = below.Start(Agent(), InheritStdio())
			t.Observe("result of a wait in a Go program that was started with SIGCHLD ignored", awaited(t, below).String())
		}))

	Behaviour("wait.sigchld.never-lost", Should,
		"Each of many children that exit at the same time can be waited for.",
		On(Images...), // of a runtime's launcher each child is a driver's only one
		Matters("A launcher that counts on one signal for each child hangs: signals of one kind are merged."),
		Remedy("Wait by id or by process descriptor; in a signal handler, ask for each of one's own children with WNOHANG."),
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
			t.Observe("exit statuses, with the number of children", ends).To(Equal(map[string]int{"exit 9": 24}))
		}))
})
