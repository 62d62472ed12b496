package wait

import (
	"os"
	"slices"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("wait", title, func() {
	Behaviour("wait.select.no-child", Must,
		"In a process that has no children and traces no process, waitpid for any child, for one process or for the own "+
			"group, and waitid for any child or for one process, fail with ECHILD, with WNOHANG too.",
		About(Unix), On(System),
		Cite(POSIX("wait"), POSIX("waitid")),
		Matters("A loop that reaps until no child is left ends by this error."),
		Was("wait.no-child.echild"),
		Try(func(t *Trial) {
			p := parent(t)
			for _, w := range []struct {
				what         string
				pid, options int
			}{
				{"any child", -1, 0}, {"any child with WNOHANG", -1, posix.WNOHANG},
				{"a process that is no child", p.Pid(), 0}, {"a process that is no child with WNOHANG", p.Pid(), posix.WNOHANG},
				{"the own process group", 0, 0}, {"the own process group with WNOHANG", 0, posix.WNOHANG},
			} {
				_, err := wait4(p, w.pid, w.options)
				t.ObserveError("error of a wait for "+w.what, err).To(Equal("ECHILD"))
			}
			waitid, _ := platform.LookupFeature("waitid")
			if answer, _ := waitid.Probe(); answer == platform.Yes {
				for _, w := range []struct {
					what          string
					kind, id, how int
				}{
					{"waitid", posix.P_ALL, 0, 0}, {"waitid with WNOHANG", posix.P_ALL, 0, posix.WNOHANG},
					{"waitid for one process", posix.P_PID, p.Pid(), 0},
					{"waitid for one process with WNOHANG", posix.P_PID, p.Pid(), posix.WNOHANG},
				} {
					_, err := Call(p, agent.Waitid, agent.WaitidArgs{Kind: w.kind, ID: w.id, Options: posix.WEXITED | w.how})
					t.ObserveError("error of "+w.what, err).To(Equal("ECHILD"))
				}
			}
		}))

	Behaviour("wait.select.by-id", Must,
		"A wait for one child of fork whose status no other wait has taken, in a parent that neither ignores SIGCHLD nor "+
			"has set SA_NOCLDWAIT, returns that child's status, whichever has exited first; a wait for a process that is "+
			"neither a child nor traced by the caller fails with ECHILD.",
		About(Unix), On(Every...),
		Cite(POSIX("wait"), POSIX("_Exit")),
		Matters("A library that waits for its own child must not get the status of another one."),
		Was("wait.pid.selects"),
		Try(func(t *Trial) {
			var children []*Process
			for _, code := range []int{11, 12, 13} {
				c := t.Start(Exit(code))
				_ = posix.WaitExited(c.Pid()) // where there is no such call, they exit in any order
				children = append(children, c)
			}
			for i, name := range []string{"third", "second", "first"} {
				t.Observe("exit status of the "+name+" child", children[2-i].Wait().String()).
					To(Equal("exit " + []string{"13", "12", "11"}[i]))
			}
			// Itself: as process 1 of a namespace it has no parent to name.
			_, _, err := posix.Wait4(os.Getpid(), posix.WNOHANG)
			t.ObserveError("error for a process that is no child", err).To(Equal("ECHILD"))
		}))

	Behaviour("wait.select.any-each-once", Must,
		"Waits for any child, without WNOWAIT, return each child of fork that has exited exactly once, unless another wait "+
			"has taken it, or the process ignores SIGCHLD or has set SA_NOCLDWAIT.",
		About(Unix), On(System),
		Cite(POSIX("wait"), POSIX("_Exit")),
		Matters("A server that counts its workers by these returns would lose count."),
		Was("wait.any.returns-each-once"),
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
			t.Observe("each child returned once", slices.Equal(pids, returned)).To(BeTrue())
			t.Observe("exit statuses, sorted", codes).To(Equal([]int{20, 21, 22, 23}))
			_, err := wait4(p, -1, 0)
			t.ObserveError("error of one wait more", err).To(Equal("ECHILD"))
		}))

	Behaviour("wait.select.any-takes-others", Must,
		"A wait for any child also takes the status of children of fork that other code of the process has started; the "+
			"wait of that code then fails.",
		About(Unix), On(Images...),
		Cite(POSIX("wait")),
		Matters("One library that reaps every child makes the waits of all others fail. Some take that for a failure of the "+
			"child, and some for a success: CPython's subprocess gives the exit status 0."),
		Remedy("Wait only for one's own children, by their ids."),
		Was("wait.any-steals"),
		Try(func(t *Trial) {
			p := parent(t)
			c := p.Start(Exit(3), InheritStdio())
			w := MustCall(p, agent.Wait4, agent.Wait4Args{PID: -1})
			t.Observe("child returned by the wait for any", w.PID == c.Pid()).To(BeTrue())
			gone := Equal("ECHILD")
			if platform.Implementation() == "gVisor" {
				// ESRCH is what it gives to a wait by pidfd, which is os/exec's, for a child that is gone.
				gone = BeElementOf("ECHILD", "ESRCH")
			}
			t.Observe("result of the launcher's own wait", c.Wait().String()).To(gone)
		}))
})
