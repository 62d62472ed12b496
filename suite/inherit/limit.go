package inherit

import (
	"fmt"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("inherit", title, func() {
	Behaviour("inherit.limit.inherited", Must,
		"A child starts with the soft and hard resource limits of the process that starts it, and lowering its own lowers nobody else's.",
		About(Unix), Needs("setrlimit"), Cite(POSIX("fork"), POSIX("exec"), POSIX("getrlimit")),
		Matters("A limit set in a shell, a unit file or a container holds for everything below."),
		Was("fork.rlimits.inherited"),
		Try(func(t *Trial) {
			parent := t.Start(Agent())
			MustCall(parent, agent.SetLimit, agent.LimitArgs{Resource: posix.RLIMIT_CPU, Limits: posix.Limits{Soft: 5000, Hard: 6000}})
			c := parent.Start(Agent(), InheritStdio())
			got := MustCall(c, agent.GetLimit, posix.RLIMIT_CPU)
			t.Observe("the child's limit of processor time", fmt.Sprint(got.Soft, " of ", got.Hard)).To(Equal("5000 of 6000"))
			MustCall(c, agent.SetLimit, agent.LimitArgs{Resource: posix.RLIMIT_CPU, Limits: posix.Limits{Soft: 3000, Hard: 4000}})
			got = MustCall(parent, agent.GetLimit, posix.RLIMIT_CPU)
			t.Observe("the parent's after the child has lowered its own", fmt.Sprint(got.Soft, " of ", got.Hard)).To(Equal("5000 of 6000"))
		}))

	Behaviour("inherit.limit.go-restores-nofile", Should,
		"Go raises its own soft limit of open files at its start, and starts children with the limit that it was started with itself.",
		About(Unix), On(OSExec, ForkExec), Needs("script-image", "setrlimit"), Cite(Issue("golang/go#46279")),
		Matters("A program that uses select, or that closes every possible descriptor, breaks or stalls under the raised limit."),
		Seen("golang/go#46279"),
		Was("go.spawn.nofile-restored"),
		Try(func(t *Trial) {
			report := t.RawReport()
			starter := t.Start(Agent(), report.ForParent())
			hard := MustCall(starter, agent.GetLimit, posix.RLIMIT_NOFILE).Hard
			if hard <= 960 {
				t.Unmet("the hard limit of descriptors is %d, which leaves no room above 960", hard)
			}
			// What a Go program sets itself it hands on, which makes it the
			// limit that the next one is started with.
			MustCall(starter, agent.SetLimit, agent.LimitArgs{Resource: posix.RLIMIT_NOFILE, Limits: posix.Limits{Soft: 960, Hard: hard}})
			parent := starter.Start(Agent(), report.Relay())
			t.Observe("the parent has raised its limit from 960", MustCall(parent, agent.GetLimit, posix.RLIMIT_NOFILE).Soft > 960).To(BeTrue())
			t.Observe("the child's soft limit", report.OfChild(parent).NOFILE.Soft).To(Equal(uint64(960)))
		}))
})
