package exec

import (
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// of is the members of some that are in all.
func of(all []string, some ...string) []string {
	both := []string{}
	for _, s := range some {
		for _, a := range all {
			if a == s {
				both = append(both, s)
			}
		}
	}
	return both
}

var _ = Area("exec", title, func() {
	Behaviour("exec.signal.handlers-reset", Must,
		"A signal that a program catches has its default action again in the image that it executes.",
		About(Unix), On(System), Needs("script-image"), Cite(POSIX("exec"), LinuxMan("signal(7)")),
		Matters("There is no handler in the new image; the signal ends it unless it installs one."),
		Try(func(t *Trial) {
			report := t.RawReport()
			c := t.Start(Agent(), report.ForParent())
			MustCall(c, agent.Catch, []int{posix.SIGUSR1, posix.SIGTERM})
			t.Observe("caught in the new image", report.OfExec(c).Caught).To(BeEmpty())
		}))

	Behaviour("exec.signal.ignored-preserved", Must,
		"A signal that a program ignores is ignored by what it starts, too.",
		About(Unix), Needs("script-image"), Cite(POSIX("exec"), LinuxMan("signal(7)")),
		Matters("A tool started with SIGPIPE ignored goes on writing after its reader has left; one started with SIGINT ignored cannot be interrupted."),
		Remedy("Restore the default action between fork and exec, or in the child's first lines."),
		Seen("nodejs/node#13662"),
		Try(func(t *Trial) {
			report := t.RawReport()
			parent := t.Start(Agent(), report.ForParent())
			MustCall(parent, agent.Ignore, []int{posix.SIGHUP, posix.SIGPIPE, posix.SIGUSR1})
			t.Observe("ignored in the child", report.OfChild(parent).Ignored).To(ContainElements("SIGHUP", "SIGPIPE", "SIGUSR1"))
		}))

	Behaviour("exec.signal.sigchld-ignored", Observed,
		"Whether an ignored SIGCHLD stays ignored when an image is executed is up to the system.",
		About(Unix), On(System), Needs("script-image"), Cite(POSIX("exec")),
		Matters("Where it stays, a program that does not expect it cannot learn how its children ended."),
		Remedy("Set SIGCHLD to its default action before executing an image, and at the start of a program that waits."),
		Seen("util-linux/util-linux#4014", "sudo-project/sudo#98"),
		Was("exec.signal.sigchld-ignored-diverges"),
		Try(func(t *Trial) {
			report := t.RawReport()
			c := t.Start(Agent(), report.ForParent())
			MustCall(c, agent.Ignore, []int{posix.SIGCHLD})
			t.Observe("SIGCHLD is ignored in the new image", strings.Contains(strings.Join(report.OfExec(c).Ignored, " "), "SIGCHLD"))
		}))

	Behaviour("exec.signal.mask-preserved", Must,
		"The signal mask of the thread that executes an image is that of the image.",
		About(Unix), On(System), Needs("script-image"), Cite(POSIX("exec"), LinuxMan("signal(7)")),
		Matters("A program started with SIGTERM blocked does not react to it, and nobody expects to look there."),
		Remedy("Unblock all signals before executing an image, and at the start of a program that must end on request."),
		Try(func(t *Trial) {
			report := t.RawReport()
			c := t.Start(Agent(), report.ForParent())
			MustCall(c, agent.Block, []int{posix.SIGUSR1, posix.SIGTERM})
			t.Observe("blocked in the new image", report.OfExec(c).Blocked).To(ContainElements("SIGUSR1", "SIGTERM"))
		}))

	Behaviour("exec.signal.pending-preserved", Must,
		"A blocked signal that is pending when an image is executed is pending in it.",
		About(Unix), On(System), Needs("script-image"), Cite(POSIX("exec"), LinuxMan("signal(7)")),
		Matters("The new image gets a signal that was sent to the old one as soon as it unblocks it."),
		Try(func(t *Trial) {
			report := t.RawReport()
			c := t.Start(Agent(), report.ForParent())
			MustCall(c, agent.Block, []int{posix.SIGUSR1})
			MustCall(c, agent.RaiseInThread, posix.SIGUSR1)
			t.Observe("pending in the new image", report.OfExec(c).Pending).To(ConsistOf("SIGUSR1"))
		}))

	Behaviour("exec.signal.go-resets", Observed,
		"Of the signals that a Go program was started with ignored or blocked, it hands on to its own children some and not others.",
		About(Unix), On(OSExec, ForkExec), Needs("script-image"), Cite(GoDoc("os/signal")),
		Matters("A wrapper written in Go changes what nohup, a shell or a service manager has set up for the program behind it."),
		Was("go.spawn.signals"),
		Try(func(t *Trial) {
			report := t.RawReport()
			starter := t.Start(Agent(), report.ForParent())
			MustCall(starter, agent.Ignore, []int{posix.SIGHUP, posix.SIGINT, posix.SIGPIPE, posix.SIGCHLD, posix.SIGUSR2})
			MustCall(starter, agent.Block, []int{posix.SIGUSR1, posix.SIGTERM})
			raw := report.OfChild(starter.Start(Agent(), report.Relay()))
			t.Observe("ignored: of SIGHUP, SIGINT, SIGPIPE, SIGCHLD and SIGUSR2", of(raw.Ignored, "SIGHUP", "SIGINT", "SIGPIPE", "SIGCHLD", "SIGUSR2"))
			t.Observe("blocked: of SIGUSR1 and SIGTERM", of(raw.Blocked, "SIGUSR1", "SIGTERM"))
		}))
})
