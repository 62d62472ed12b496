package wait

import (
	"time"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("wait", title, func() {
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
})
