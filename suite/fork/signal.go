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
		About(Unix), On(System), Needs("fork", "script-image"), Cite(POSIX("fork"), LinuxMan("sigprocmask(2)")),
		Matters("A signal that a parent has blocked around a fork, as Go and the posix_spawn of glibc and musl do, cannot "+
			"reach the child before it is ready."),
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
			t.Observe("signals not blocked in the child of a thread that blocks every one", platform.SignalSet(^blocked)).
				To(ConsistOf("SIGKILL", "SIGSTOP"))

			var some linux.Script
			const set = 2
			usr1, term := posix.SIGUSR1, posix.SIGTERM // no constants: on other systems they cannot be shifted by
			some.Must("rt_sigprocmask", set, string(binary.NativeEndian.AppendUint64(nil, 1<<(usr1-1)|1<<(term-1))), 0, 8)
			_, child, _ := views(t, &some, func(at linux.Result) { some.Must("rt_sigprocmask", 0, 0, at, 8) })
			t.Observe("signals blocked in the child of a thread that blocks SIGUSR1 and SIGTERM", platform.SignalSet(child)).
				To(ConsistOf("SIGUSR1", "SIGTERM"))
		}))

	Behaviour("fork.signal.pending-cleared", Must,
		"No signal is pending in a new child, whatever is pending in its parent.",
		About(Unix), On(System), Needs("script-image"), Cite(POSIX("fork"), LinuxMan("fork(2)")),
		Matters("A signal meant for the parent must not end the child as well."),
		Try(func(t *Trial) {
			s := agent.PendingScript()
			parent, child, _ := views(t, s, func(at linux.Result) { s.Must("rt_sigpending", at, 8) })
			t.Observe("signals pending in the parent", platform.SignalSet(parent)).To(ConsistOf("SIGUSR1", "SIGUSR2"))
			t.Observe("signals pending in the child", platform.SignalSet(child)).To(BeEmpty())
		}))
})
