package wait

import (
	"time"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("wait", title, func() {
	Behaviour("wait.rusage.self-and-children", Must,
		"The processor time of a child counts as that of its parent's children once a wait without WNOWAIT has returned its "+
			"end, not when it exits.",
		About(Unix), On(System), Needs("waitid"),
		Cite(POSIX("getrusage")),
		Matters("Time and cost reports miss children that are never waited for."),
		Try(func(t *Trial) {
			const burnt = 10 * time.Millisecond
			p := parent(t)
			c := p.Start(Agent(), InheritStdio())
			// At the first start Go's runtime has started, and waited for, a child to try pidfds.
			first := Ask(p, agent.RusageChildren)
			MustCall(c, agent.UseCPU, burnt)
			c.Exit(0)
			MustCall(p, agent.Waitid, agent.WaitidArgs{Kind: posix.P_PID, ID: c.Pid(), Options: posix.WEXITED | posix.WNOWAIT})
			t.Observe("time counted before the wait", Ask(p, agent.RusageChildren) != first).To(BeFalse())
			c.Wait()
			t.Observe("all time counted after the wait", Ask(p, agent.RusageChildren)-first >= burnt).To(BeTrue())
		}))
})
