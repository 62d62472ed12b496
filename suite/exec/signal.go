package exec

import (
	"slices"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// among is the members of some that are in all.
func among(all []string, some ...string) []string {
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

// withoutDomain excepts what SELinux does to a process that it moves into another domain.
const withoutDomain = "unless SELinux changes the domain without siginh"

var _ = Area("exec", title, func() {
	Behaviour("exec.signal.handlers-reset", Must,
		"A signal that a program catches has its default action again in the image that it executes.",
		About(Unix), On(System), Needs("script-image"), Cite(POSIX("exec"), LinuxMan("signal(7)")),
		Matters("There is no handler in the new image: the default action is taken, which for most signals ends the "+
			"process."),
		Try(func(t *Trial) {
			report := t.RawReport()
			c := t.Start(Agent(), report.ForParent())
			MustCall(c, agent.Catch, []int{posix.SIGUSR1, posix.SIGTERM})
			raw := report.OfExec(c)
			t.Observe("signals caught in the new image", raw.Caught).To(BeEmpty())
			t.Observe("signals ignored in the new image, of SIGUSR1 and SIGTERM",
				among(raw.Ignored, "SIGUSR1", "SIGTERM")).To(BeEmpty())
		}))

	Behaviour("exec.signal.ignored-preserved", Must,
		"A signal that a program ignores, SIGCHLD perhaps excepted, is also ignored in the image that a child of it "+
			"executes, unless the launcher resets it before the exec, which those of Go, by measurement, do not, and "+
			withoutDomain+".",
		About(Unix), Needs("script-image"), Cite(POSIX("fork"), POSIX("exec"), LinuxMan("signal(7)"), SELinuxCommitted),
		Matters("A tool started with SIGPIPE ignored goes on writing when its pipe has no reader; one started with SIGINT "+
			"ignored cannot be interrupted."),
		Remedy("In C set the signal to its default action in the child before the exec (sigaction, or "+
			"posix_spawnattr_setsigdefault)."),
		Remedy("In Go, where no code runs between fork and exec, catch the signal before the start (signal.Notify): a "+
			"caught signal has its default action in the new image. The program itself then has to deal with it."),
		ProvedBy("pipe.sigpipe.inherit-ignored"),
		Remedy("Restore the default action first thing in the program that is started."),
		DivergesOn(LibuvStreamWays, "signals ignored in the child, of SIGHUP, SIGPIPE and SIGUSR1", []string{},
			"libuv sets every signal to its default action in the child before the exec.",
			"https://github.com/libuv/libuv/blob/v1.x/src/unix/process.c"),
		DivergesOn(SubprocessWays, "signals ignored in the child, of SIGHUP, SIGPIPE and SIGUSR1",
			[]string{"SIGHUP", "SIGUSR1"},
			"From Python 3.2 subprocess sets SIGPIPE, SIGXFZ and SIGXFSZ to their default actions in the child "+
				"(restore_signals), because Python itself ignores them.",
			"https://docs.python.org/3/library/subprocess.html#subprocess.Popen"),
		Diverges("Go", "signals ignored in the child, of SIGHUP, SIGPIPE and SIGUSR1", []string{"SIGHUP"},
			"A Go program catches signals that it was started with ignored, SIGHUP and SIGINT excepted, and a caught signal "+
				"has its default action in what it starts.",
			"https://pkg.go.dev/os/signal#hdr-Default_behavior_of_signals_in_Go_programs"),
		Diverges("Ruby", "signals ignored in the child, of SIGHUP, SIGPIPE and SIGUSR1",
			[]string{"SIGHUP", "SIGUSR1"},
			"Ruby catches SIGPIPE from its start on, and sets it to its default action before an exec.",
			"https://github.com/ruby/ruby/blob/master/process.c"),
		Diverges("Rust", "signals ignored in the child, of SIGHUP, SIGPIPE and SIGUSR1",
			[]string{"SIGHUP", "SIGUSR1"},
			"A Rust program ignores SIGPIPE, and std::process sets it to its default action in the child.",
			"https://github.com/rust-lang/rust/blob/main/library/std/src/sys/process/unix/unix.rs"),
		Seen("nodejs/node#13662"),
		Try(func(t *Trial) {
			report := t.RawReport()
			parent := t.Start(Agent(), report.ForParent())
			MustCall(parent, agent.Ignore, []int{posix.SIGHUP, posix.SIGPIPE, posix.SIGUSR1})
			t.Observe("signals ignored in the child, of SIGHUP, SIGPIPE and SIGUSR1",
				among(report.OfChild(parent).Ignored, "SIGHUP", "SIGPIPE", "SIGUSR1")).
				To(ConsistOf("SIGHUP", "SIGPIPE", "SIGUSR1"))
		}))

	Behaviour("exec.signal.sigchld-ignored", Observed,
		"An ignored SIGCHLD stays ignored when an image is executed, or is reset to its default action: POSIX leaves it to "+
			"the system.",
		About(Unix), On(System), Needs("script-image"), Cite(POSIX("exec")),
		Matters("Where it stays, a program that does not expect it cannot learn how its children ended."),
		Remedy("Set SIGCHLD to its default action before executing an image, and at the start of a program that waits."),
		Seen("util-linux/util-linux#4014", "sudo-project/sudo#98"),
		Was("exec.signal.sigchld-ignored-diverges"),
		Try(func(t *Trial) {
			report := t.RawReport()
			c := t.Start(Agent(), report.ForParent())
			MustCall(c, agent.Ignore, []int{posix.SIGCHLD})
			t.Observe("SIGCHLD ignored in the new image", slices.Contains(report.OfExec(c).Ignored, "SIGCHLD"))
		}))

	Behaviour("exec.signal.mask-preserved", Must,
		"An image starts with the signal mask of the thread that executes it, "+withoutDomain+".",
		About(Unix), On(System), Needs("script-image"), Cite(POSIX("exec"), LinuxMan("signal(7)"), SELinuxCommitted),
		Matters("A program started with SIGTERM blocked does not react to it, and its own code does not show why."),
		Remedy("In C, between fork and exec, first set caught signals to their default action, then unblock all signals: "+
			"the other way round the parent's handlers run in the child. posix_spawn does both (setsigdefault, setsigmask)."),
		Remedy("Unblock SIGTERM at the start of a program that must exit on request."),
		Try(func(t *Trial) {
			report := t.RawReport()
			c := t.Start(Agent(), report.ForParent())
			MustCall(c, agent.Block, []int{posix.SIGUSR1, posix.SIGTERM})
			t.Observe("signals blocked in the new image", report.OfExec(c).Blocked).To(ConsistOf("SIGUSR1", "SIGTERM"))
		}))

	Behaviour("exec.signal.pending-preserved", Must,
		"A signal that is pending for the process, or for the thread that executes an image, stays pending in the image, "+
			"except, on Linux by measurement and on FreeBSD by its source, one of a timer of timer_create, which ends with the "+
			"exec, on macOS and the BSDs, by their sources, one that was caught and is ignored by default (SIGCHLD, SIGWINCH), "+
			"and "+withoutDomain+".",
		About(Unix), On(System), Needs("script-image"),
		Cite(POSIX("exec"), LinuxMan("signal(7)"), SELinuxCommitted, Document("FreeBSD: sig_drop_caught()",
			"https://github.com/freebsd/freebsd-src/blob/release/14.1.0/sys/kern/kern_sig.c"),
			Document("FreeBSD: kern_ktimer_delete()",
				"https://github.com/freebsd/freebsd-src/blob/release/14.1.0/sys/kern/kern_time.c")),
		Matters("The new image gets a signal that was sent to the old one as soon as it unblocks it."),
		Try(func(t *Trial) {
			t.Observe("signals pending in the new image", t.RawReport().OfScript(agent.PendingScript()).Pending).
				To(ConsistOf("SIGUSR1", "SIGUSR2"))
		}))

	Behaviour("exec.signal.go-resets", Observed,
		"A Go program that was started with signals ignored or blocked hands only some of that on to its own children.",
		About(Unix), On(OSExec, ForkExec), Needs("script-image"), Cite(GoDoc("os/signal")),
		Matters("A wrapper written in Go changes what nohup, a shell or a service manager has set up for the program that "+
			"it starts. The documentation of os/signal does not list all signals that are unblocked, SIGTERM for one."),
		Was("go.spawn.signals"),
		Try(func(t *Trial) {
			report := t.RawReport()
			starter := t.Start(Agent(), report.ForParent())
			MustCall(starter, agent.Ignore, []int{posix.SIGHUP, posix.SIGINT, posix.SIGPIPE, posix.SIGCHLD, posix.SIGUSR2})
			MustCall(starter, agent.Block, []int{posix.SIGUSR1, posix.SIGTERM})
			raw := report.OfChild(starter.Start(Agent(), report.Relay()))
			t.Observe("signals ignored in the grandchild, of SIGHUP, SIGINT, SIGPIPE, SIGCHLD and SIGUSR2",
				among(raw.Ignored, "SIGHUP", "SIGINT", "SIGPIPE", "SIGCHLD", "SIGUSR2"))
			t.Observe("signals blocked in the grandchild, of SIGUSR1 and SIGTERM", among(raw.Blocked, "SIGUSR1", "SIGTERM"))
		}))
})
