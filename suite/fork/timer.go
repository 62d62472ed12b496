package fork

import (
	"bytes"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/linux"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// disarmed observes that a timer armed in a parent is not armed in its child.
func disarmed(t *Trial, name string, which int) {
	parent := t.Start(Agent())
	MustCall(parent, agent.SetTimer, agent.TimerArgs{Which: which, Seconds: 1000})
	timer := MustCall(parent, agent.Fork, []agent.Syscall{{Name: "getitimer", Args: []int{which, agent.Out}}})[0]
	t.Observe(name+" armed in the parent", MustCall(parent, agent.TimerLeft, which) > 900).To(BeTrue())
	t.Observe(name+" armed in the child", timer.Value != 0 || len(bytes.Trim(timer.Out, "\x00")) > 0).To(BeFalse())
}

var _ = Area("fork", title, func() {
	Behaviour("fork.timer.alarm-cleared", Must,
		"A child does not inherit a pending alarm of its parent.",
		About(Unix), On(System), Needs("fork"),
		Cite(POSIX("fork"), POSIX("alarm"), LinuxMan("fork(2)"), LinuxMan("alarm(2)")),
		Matters("A time limit that a process has set for itself does not end the helpers that it forks."),
		Remedy("Set a time limit in the child."),
		Try(func(t *Trial) { disarmed(t, "ITIMER_REAL", linux.ITIMER_REAL) }))

	Behaviour("fork.timer.itimers-cleared", Must,
		"The interval timers of processor time, ITIMER_VIRTUAL and ITIMER_PROF, are not armed in the child of a fork, "+
			"although they are in its parent.",
		About(Linux), On(System), Needs("fork"), Cite(LinuxMan("getitimer(2)"), LinuxMan("fork(2)")),
		Matters("A profiler that such a timer drives sees nothing of a forked worker until it is started again there."),
		Try(func(t *Trial) {
			disarmed(t, "ITIMER_VIRTUAL", linux.ITIMER_VIRTUAL)
			disarmed(t, "ITIMER_PROF", linux.ITIMER_PROF)
		}))
})
