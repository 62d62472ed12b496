package runtime

import (
	"fmt"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// endedBy is how the end of a child is told that sends itself a signal.
func endedBy(p *Parent, signal int) string {
	return p.Start(Script(new(linux.Script).Raise(signal).Exit(0))).Wait().String()
}

var _ = Area("runtime", title, func() {
	Behaviour("runtime.status.signals", Should,
		"A program that a signal has ended is told as ended by that signal, and not as one that has exited; only a shell in "+
			"between makes an exit status of 128 and the signal's number of it.",
		About(Linux), OnWays(), Needs("script-image", "prctl"), Cite(POSIX("wait"), POSIX("system")),
		Brief("The signal that ended a program is told as that signal."),
		Matters("An exit status of 139 can be the program's own; a crash that is told as an exit status is not looked into."),
		Try(func(t *Trial) {
			p := t.Parent()
			otherwise := map[string]string{}
			for _, signal := range []int{posix.SIGHUP, posix.SIGINT, posix.SIGQUIT, posix.SIGILL, posix.SIGABRT, posix.SIGFPE,
				posix.SIGKILL, posix.SIGSEGV, posix.SIGPIPE, posix.SIGALRM, posix.SIGTERM, posix.SIGUSR1} {
				told := endedBy(p, signal)
				byShell := t.ThroughShell() && told == fmt.Sprint("exit ", 128+signal)
				if told != posix.SignalName(signal) && !byShell {
					otherwise[posix.SignalName(signal)] = told
				}
			}
			t.Observe("signals that are told otherwise", otherwise).To(BeEmpty())
		}))

	Behaviour("runtime.status.realtime-signals", Observed,
		"A real-time signal that ends a program has no name in most runtimes, which tell it by its number, as an exit "+
			"status, or not at all.",
		About(Linux), OnWays(), Needs("script-image", "prctl"), Cite(LinuxMan("signal(7)")),
		Brief("How the end by a real-time signal is told."),
		Matters("A binding that knows 31 signals takes a real-time signal for something else, and a failure for a success."),
		Try(func(t *Trial) {
			p := t.Parent()
			for _, signal := range []int{34, 64} {
				t.Observe(fmt.Sprint("what is told after signal ", signal), endedBy(p, signal))
			}
		}))
})
