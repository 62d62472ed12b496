package fork

import (
	"bytes"
	"encoding/binary"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

func signals() {
	Behaviour("fork.signal.mask-inherited", Must,
		"A child starts with the signal mask of the thread that forked it.",
		About(Unix), On(System), Needs("fork"), Cite(POSIX("fork"), LinuxMan("sigprocmask(2)")),
		Matters("A signal that a parent has blocked around a fork, as every runtime does, cannot reach the child before it is ready."),
		Try(func(t *Trial) {
			// The Go runtime blocks every signal around a fork; a bare fork
			// leaves the child without what would unblock them again.
			var s linux.Script
			mask := s.Buffer(8)
			s.Must("rt_sigprocmask", 0, 0, mask, mask.Size)
			pid, err := s.ForkBare()
			t.NoError(err)
			t.Defer(func() { t.NoError(s.Release()) })
			_, _, err = posix.Wait4(pid, 0)
			t.NoError(err)
			blocked := binary.NativeEndian.Uint64(s.Bytes(mask))
			t.Observe("not blocked in the child of a thread that blocks all it can", platform.SignalSet(^blocked)).
				To(ConsistOf("SIGKILL", "SIGSTOP"))
		}))

	Behaviour("fork.signal.pending-cleared", Must,
		"No signal is pending in a new child, whatever is pending in its parent.",
		About(Unix), On(System), Needs("fork"), Cite(POSIX("fork"), LinuxMan("fork(2)")),
		Matters("A signal meant for the parent must not end the child as well."),
		Try(func(t *Trial) {
			parent := t.Start(Agent())
			MustCall(parent, agent.Block, []int{posix.SIGUSR1})
			MustCall(parent, agent.RaiseInThread, posix.SIGUSR1)
			got := MustCall(parent, agent.Fork, []agent.Syscall{
				{Name: "rt_sigpending", Args: []int{agent.Out, 8}},
				{Name: "rt_sigprocmask", Args: []int{0, 0, agent.Out, 8}},
			})
			set := func(i int) []string { return platform.SignalSet(binary.NativeEndian.Uint64(got[i].Out)) }
			t.Observe("pending in the parent", Ask(parent, agent.Pending)).To(ConsistOf("SIGUSR1"))
			t.Observe("blocked in the child", set(1)).To(ContainElement("SIGUSR1"))
			t.Observe("pending in the child", set(0)).To(BeEmpty())
		}))

	Behaviour("fork.timer.alarm-cleared", Must,
		"A pending alarm of the parent is not inherited: the child has none.",
		About(Unix), On(System), Needs("fork"), Cite(POSIX("fork"), POSIX("alarm"), LinuxMan("fork(2)")),
		Matters("A time limit that a process has set for itself does not end the helpers it forks."),
		Remedy("Give a child a time limit of its own."),
		Try(func(t *Trial) { disarmed(t, "ITIMER_REAL", linux.ITIMER_REAL) }))

	Behaviour("fork.timer.itimers-cleared", Must,
		"The interval timers of processor time are disarmed in the child.",
		About(Unix), On(System), Needs("fork"), Cite(LinuxMan("getitimer(2)"), LinuxMan("fork(2)")),
		Matters("A profiler that is driven by such a timer sees nothing of a forked worker until it is started there again."),
		Try(func(t *Trial) {
			disarmed(t, "ITIMER_VIRTUAL", linux.ITIMER_VIRTUAL)
			disarmed(t, "ITIMER_PROF", linux.ITIMER_PROF)
		}))
}

// disarmed observes that a timer armed in a parent is not armed in its child.
func disarmed(t *Trial, name string, which int) {
	parent := t.Start(Agent())
	MustCall(parent, agent.SetTimer, agent.TimerArgs{Which: which, Seconds: 1000})
	timer := MustCall(parent, agent.Fork, []agent.Syscall{{Name: "getitimer", Args: []int{which, agent.Out}}})[0]
	t.Observe(name+" is armed in the parent", MustCall(parent, agent.TimerLeft, which) > 900).To(BeTrue())
	t.Observe(name+" is armed in the child", timer.Value != 0 || len(bytes.Trim(timer.Out, "\x00")) > 0).To(BeFalse())
}
