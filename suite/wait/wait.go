// Package wait is the area of how a child's end reaches its parent.
package wait

import (
	"errors"
	"os"
	"slices"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// gone reports whether no process has this id any more, not even one that has
// ended and has not been waited for.
func gone(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return true
	}
	defer func() { _ = p.Release() }()
	return errors.Is(p.Signal(platform.Signal(0)), os.ErrProcessDone)
}

// parent is a process of its own whose children are waited for by system
// calls, so that they are out of this process's way.
func parent(t *Trial) *Process {
	return t.Start(Agent())
}

// wait4 is wait4(2) in a child; it returns the id as whose it is, and the error.
func wait4(c *Process, pid, options int) (agent.Wait4Result, error) {
	return Call(c, agent.Wait4, agent.Wait4Args{PID: pid, Options: options})
}

var _ = Area("wait", "Waiting and exit status", func() {
	Behaviour("wait.leaves-nothing", Should,
		"After a wait the child is gone: no process has its id, not even as a zombie.",
		On(Every...),
		Cite(POSIX("wait"), MSLearn("GetExitCodeProcess function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-getexitcodeprocess")),
		Matters("A parent that runs for long fills the process table with zombies, until nothing can be started."),
		Remedy("Wait for every child; in a container, run an init that reaps."),
		Try(func(t *Trial) {
			c := t.Start(Exit(3))
			t.Observe("the child's end", c.Wait().String()).To(Equal("exit 3"))
			// Windows forgets an id a moment after the last handle is closed.
			t.Observe("it is gone", t.Eventually(func() bool { return gone(c.Pid()) })).To(BeTrue())
		}))

	Behaviour("wait.kill-ends-at-once", Should,
		"A child that has been killed does nothing more: a command sent after the kill is not obeyed.",
		Cite(POSIX("kill"), MSLearn("TerminateProcess function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-terminateprocess")),
		Matters("A kill that comes late, or only asks, lets the child go on with what it was to be stopped from."),
		Try(func(t *Trial) {
			c := t.Start(Agent())
			Ask(c, agent.Getppid)
			t.ObserveError("error of the kill", c.Kill()).To(Equal("none"))
			_, err := TryAsk(c, agent.Getppid)
			t.Observe("a command after it is obeyed", err == nil).To(BeFalse())
			t.Observe("the child's end", c.Wait().String()).To(PerSystem(map[string]types.GomegaMatcher{
				"linux": Equal("SIGKILL"), "darwin": Equal("SIGKILL"), "freebsd": Equal("SIGKILL"), "netbsd": Equal("SIGKILL"),
				"openbsd": Equal("SIGKILL"), "windows": Equal("exit 1")}))
		}))

	Behaviour("wait.no-child.echild", Must,
		"A process without children is told so by every form of wait: ECHILD, with WNOHANG too.",
		About(Unix), On(System),
		Cite(POSIX("wait")),
		Matters("A loop that reaps until nobody is left ends by this error."),
		Try(func(t *Trial) {
			p := parent(t)
			_, err := wait4(p, -1, 0)
			t.ObserveError("wait for any", err).To(Equal("ECHILD"))
			_, err = wait4(p, -1, posix.WNOHANG)
			t.ObserveError("wait for any, WNOHANG", err).To(PerSystem(map[string]types.GomegaMatcher{
				"linux": Equal("ECHILD"), "darwin": Equal("ECHILD"), "freebsd": Equal("ECHILD"), "openbsd": Equal("ECHILD")}))
			_, err = wait4(p, p.Pid(), 0)
			t.ObserveError("wait for itself", err).To(Equal("ECHILD"))
		}))

	Behaviour("wait.nohang.running", Must,
		"WNOHANG returns 0 at once when the child has not ended.",
		About(Unix), On(System),
		Cite(POSIX("wait")),
		Matters("A poll that blocked would stop an event loop."),
		Try(func(t *Trial) {
			p := parent(t)
			c := p.Start(Agent(), InheritStdio())
			w, err := wait4(p, c.Pid(), posix.WNOHANG)
			t.ObserveError("error while it runs", err).To(Equal("none"))
			t.Observe("process while it runs", w.PID).To(Equal(0))
			c.Exit(5)
			w, err = wait4(p, c.Pid(), 0)
			t.ObserveError("error then", err).To(Equal("none"))
			t.Observe("it is the child then", w.PID == c.Pid()).To(BeTrue())
		}))

	Behaviour("wait.consumes", Must,
		"A wait that has returned a child's status consumes it: a second one is told that there is no such child.",
		About(Unix), On(Every...),
		Cite(POSIX("wait")),
		Matters("Of two waits for the same child one fails, and has no status to show."),
		Try(func(t *Trial) {
			c := t.Start(Exit(7))
			t.Observe("the first", c.Wait().String()).To(Equal("exit 7"))
			_, _, err := posix.Wait4(c.Pid(), 0)
			t.ObserveError("the second", err).To(Equal("ECHILD"))
		}))

	Behaviour("wait.nowait-preserves", Must,
		"WNOWAIT reports a child's end and leaves it to be waited for, as often as it is asked.",
		About(Linux), On(Every...), Needs("waitid"),
		Cite(POSIX("waitid")),
		Matters("It is how one can learn that a child has ended while its id cannot yet be anybody else's."),
		Try(func(t *Trial) {
			c := t.Start(Exit(7))
			for _, n := range []string{"first", "second"} {
				s, err := posix.Waitid(posix.P_PID, c.Pid(), posix.WEXITED|posix.WNOWAIT)
				t.ObserveError("error of the "+n+" look", err).To(Equal("none"))
				t.Observe("the "+n+" look", s.Code).To(Equal("CLD_EXITED"))
				t.Observe("status at the "+n+" look", s.Status).To(Equal(7))
			}
			t.Observe("the wait", c.Wait().String()).To(Equal("exit 7"))
		}))

	Behaviour("wait.pid.selects", Must,
		"A wait for one child returns that child's status, whichever has ended first, and a process that is not a child is none to wait for.",
		About(Unix), On(Every...),
		Cite(POSIX("wait")),
		Matters("A library that waits for its own child must not be handed another one's status."),
		Try(func(t *Trial) {
			var children []*Process
			for _, code := range []int{11, 12, 13} {
				children = append(children, t.Start(Exit(code)))
			}
			for i, name := range []string{"third", "second", "first"} {
				t.Observe("the "+name, children[2-i].Wait().String()).To(Equal("exit " + []string{"13", "12", "11"}[i]))
			}
			// Itself: it has no parent that it could name as process 1 of a namespace.
			_, _, err := posix.Wait4(os.Getpid(), posix.WNOHANG)
			t.ObserveError("a process that is no child", err).To(Equal("ECHILD"))
		}))

	Behaviour("wait.any.returns-each-once", Must,
		"A wait for any child returns each child that has ended exactly once.",
		About(Unix), On(System),
		Cite(POSIX("wait")),
		Matters("A server that counts its workers by these returns would lose count."),
		Try(func(t *Trial) {
			p := parent(t)
			var pids []int
			for code := range 4 {
				pids = append(pids, p.Start(Exit(20+code), InheritStdio()).Pid())
			}
			var returned, codes []int
			for range pids {
				w := MustCall(p, agent.Wait4, agent.Wait4Args{PID: -1})
				returned, codes = append(returned, w.PID), append(codes, int(w.Raw>>8))
			}
			slices.Sort(pids)
			slices.Sort(returned)
			slices.Sort(codes)
			t.Observe("each was returned once", slices.Equal(pids, returned)).To(BeTrue())
			t.Observe("exit values, sorted", codes).To(Equal([]int{20, 21, 22, 23}))
			_, err := wait4(p, -1, 0)
			t.ObserveError("one more wait", err).To(Equal("ECHILD"))
		}))

	Behaviour("wait.any-steals", Must,
		"A wait for any child takes the status of children that other code of the process has started; that code's own wait then fails.",
		About(Unix),
		Cite(POSIX("wait")),
		Matters("One library that reaps everything makes the waits of all others fail, and they take it for a failure of the child."),
		Remedy("Wait for the children one has started, by their ids, and for no others."),
		Try(func(t *Trial) {
			p := parent(t)
			c := p.Start(Exit(3), InheritStdio())
			w := MustCall(p, agent.Wait4, agent.Wait4Args{PID: -1})
			t.Observe("the child was taken", w.PID == c.Pid()).To(BeTrue())
			t.Observe("the starter's own wait", c.Wait().String()).NotTo(HavePrefix("exit"))
		}))

	Behaviour("wait.sigchld-ignored", Must,
		"Where SIGCHLD is ignored children leave no status: a wait lasts until the child has ended and then fails with ECHILD.",
		About(Unix),
		Cite(POSIX("wait"), LinuxMan("wait(2)")),
		Matters("A program that was started with SIGCHLD ignored takes every child for failed, or for successful."),
		Remedy("Set SIGCHLD to its default before the first start."),
		Seen("util-linux/util-linux#4014", "sudo-project/sudo#98"),
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

	Behaviour("wait.rusage.self-and-children", Must,
		"The processor time of children counts once they have been waited for, not before.",
		About(Unix), On(System),
		Cite(POSIX("getrusage")),
		Matters("Time and cost reports miss children that nobody waits for."),
		Try(func(t *Trial) {
			const burnt = 10 * time.Millisecond
			p := parent(t)
			c := p.Start(Agent(), InheritStdio())
			// Go's runtime has started and waited for one of its own at the first start.
			first := Ask(p, agent.RusageChildren)
			MustCall(c, agent.UseCPU, burnt)
			t.Observe("before the wait it counts", Ask(p, agent.RusageChildren) != first).To(BeFalse())
			c.Exit(0)
			c.Wait()
			t.Observe("after it all that the child used counts", Ask(p, agent.RusageChildren)-first >= burnt).To(BeTrue())
		}))

	Behaviour("sigchld.never-lost", Should,
		"Every one of many children that end at the same time can be waited for.",
		Matters("A launcher that counts on one signal for each child waits for ever: signals of one kind are merged."),
		Remedy("Wait by id or by descriptor; in a signal handler, wait until nothing is left."),
		Seen("libuv/libuv#3257", "libuv/libuv#3441"),
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
