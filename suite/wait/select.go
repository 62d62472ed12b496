package wait

import (
	"os"
	"slices"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("wait", title, func() {
	Behaviour("wait.select.no-child", Must,
		"A process without children is told so by every form of wait: ECHILD, with WNOHANG too.",
		About(Unix), On(System),
		Cite(POSIX("wait")),
		Matters("A loop that reaps until nobody is left ends by this error."),
		Was("wait.no-child.echild"),
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

	Behaviour("wait.select.by-id", Must,
		"A wait for one child returns that child's status, whichever has ended first, and a process that is not a child is none to wait for.",
		About(Unix), On(Every...),
		Cite(POSIX("wait")),
		Matters("A library that waits for its own child must not be handed another one's status."),
		Was("wait.pid.selects"),
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

	Behaviour("wait.select.any-each-once", Must,
		"A wait for any child returns each child that has ended exactly once.",
		About(Unix), On(System),
		Cite(POSIX("wait")),
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
			t.Observe("each was returned once", slices.Equal(pids, returned)).To(BeTrue())
			t.Observe("exit values, sorted", codes).To(Equal([]int{20, 21, 22, 23}))
			_, err := wait4(p, -1, 0)
			t.ObserveError("one more wait", err).To(Equal("ECHILD"))
		}))

	Behaviour("wait.select.any-takes-others", Must,
		"A wait for any child takes the status of children that other code of the process has started; that code's own wait then fails.",
		About(Unix),
		Cite(POSIX("wait")),
		Matters("One library that reaps everything makes the waits of all others fail, and they take it for a failure of the child."),
		Remedy("Wait for the children one has started, by their ids, and for no others."),
		Was("wait.any-steals"),
		Try(func(t *Trial) {
			p := parent(t)
			c := p.Start(Exit(3), InheritStdio())
			w := MustCall(p, agent.Wait4, agent.Wait4Args{PID: -1})
			t.Observe("the child was taken", w.PID == c.Pid()).To(BeTrue())
			t.Observe("the starter's own wait", c.Wait().String()).NotTo(HavePrefix("exit"))
		}))
})
