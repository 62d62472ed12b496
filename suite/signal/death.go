package signal

import (
	"fmt"
	"slices"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// killed starts a child that sends itself a signal, which has its default
// action and is not blocked whatever this process was started with, and which
// leaves no core; it tells how the child ended.
func killed(t *Trial, signal int) WaitResult {
	var s linux.Script
	const setMask, setDumpable = 2, 4
	none := s.Buffer(64)
	s.Must("prctl", setDumpable, 0)
	s.Call("rt_sigaction", signal, none, 0, 8)
	s.Must("rt_sigprocmask", setMask, none, 0, 8)
	s.Must("kill", s.Call("getpid"), signal)
	return t.Start(Script(s.Exit(0))).Wait()
}

// harmless are the signals whose default action is not to end the process.
var harmless = []int{posix.SIGCHLD, posix.SIGCONT, posix.SIGURG, posix.SIGWINCH,
	posix.SIGSTOP, posix.SIGTSTP, posix.SIGTTIN, posix.SIGTTOU}

func deaths() {
	Behaviour("status.signal.encoding", Must,
		"A child that a signal has ended has a status that says so: the low seven bits are the signal's number, and there is no exit code.",
		About(Linux), On(Every...), Needs("script-image", "prctl"), Cite(POSIX("wait"), LinuxMan("wait(2)"), LinuxMan("signal(7)")),
		Matters("Whoever reads an exit code out of such a status reports success, or an exit code that nobody used, for a crash."),
		Remedy("Ask first whether the child exited (WIFEXITED), then for the code."),
		Try(func(t *Trial) {
			for signal := 1; signal < 32; signal++ {
				if slices.Contains(harmless, signal) {
					continue
				}
				ended := killed(t, signal)
				name := posix.SignalName(signal)
				t.Observe("killed by "+name, fmt.Sprintf("%v, status %#x", ended, ended.Raw)).To(Equal(fmt.Sprintf("%s, status %#x", name, signal)))
			}
		}))

	Behaviour("status.realtime-signals", Must,
		"Real-time signals up to the last one end a child and are told as the cause, like all others.",
		About(Linux), On(Every...), Needs("script-image", "prctl"), Cite(LinuxMan("signal(7)")),
		Matters("A binding that knows 31 signals takes these for something else."),
		Try(func(t *Trial) {
			for _, signal := range []int{34, 49, 64} {
				ended := killed(t, signal)
				t.Observe(fmt.Sprint("killed by signal ", signal), fmt.Sprintf("%v, status %#x", ended, ended.Raw)).To(Equal(fmt.Sprintf("signal %d, status %#x", signal, signal)))
			}
		}))
}
