package fork

import (
	"encoding/binary"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("fork", title, func() {
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
})
