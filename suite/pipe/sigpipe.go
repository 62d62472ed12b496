package pipe

import (
	"slices"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("pipe", title, func() {
	Behaviour("pipe.sigpipe.default-kills", Must,
		"A child that writes one byte or more to a pipe without a reader, has SIGPIPE at its default and does not block "+
			"it, is ended by that signal, unless it is the first process of a pid namespace or the pipe or the write was told "+
			"to raise no signal (O_NOSIGPIPE of NetBSD, F_SETNOSIGPIPE, RWF_NOSIGNAL of Linux): it does not exit with 141.",
		About(Unix), Also(Fork), Needs("script-image"),
		Cite(POSIX("write"), LinuxMan("signal(7)")),
		Matters("A pipeline whose reader has had enough ends its writers; a status of 141 is a shell's word for it."),
		Diverges("Java", "exit status of the child", "exit 141",
			"Process tells a signal as an exit status of 128 and its number.",
			"https://github.com/openjdk/jdk/blob/master/src/java.base/unix/native/libjava/ProcessHandleImpl_unix.c"),
		Diverges("Erlang", "exit status of the child", "exit 141",
			"A port tells a signal as an exit status of 128 and its number.",
			"https://www.erlang.org/doc/apps/erts/erlang.html#open_port/2"),
		Try(func(t *Trial) {
			if t.ThroughShell() {
				t.NotApplicable("a shell tells a signal as an exit status")
			}
			r, w := t.Pipe()
			t.NoError(r.Close())
			s := new(linux.Script)
			// It may have been ignored or blocked since this process was started, and some launchers ignore it.
			s.Must("rt_sigaction", posix.SIGPIPE, s.Buffer(64), 0, 8)
			s.Must("rt_sigprocmask", linux.SIG_SETMASK, strings.Repeat("\x00", 8), 0, 8)
			s.Call("write", 1, "x", 1)
			t.Observe("exit status of the child", t.Start(Script(s.Exit(7)), Stdout(w)).Wait().String()).To(Equal("SIGPIPE"))
		}))

	Behaviour("pipe.sigpipe.inherit-ignored", Must,
		"A parent that ignores SIGPIPE hands that on to the image that its child executes, unless the launcher sets it "+
			"back, which those of Go, by measurement, do not, or SELinux changes the domain without siginh.",
		About(Unix), Needs("script-image"),
		Cite(POSIX("fork"), POSIX("exec"), LinuxMan("signal(7)"), SELinuxCommitted),
		Matters("A command that should end when its output is not wanted any more never does, or reports a broken pipe."),
		Remedy("In C set SIGPIPE to its default action in the child before the exec (sigaction, or "+
			"posix_spawnattr_setsigdefault)."),
		Remedy("In Go, where no code runs between fork and exec, catch SIGPIPE before the start (signal.Notify): a "+
			"caught signal has its default action in the new image. The program itself then gets EPIPE for its own output."),
		DivergesOn(LibuvStreamWays, "SIGPIPE ignored in the child", false,
			"libuv sets every signal to its default action in the child before the exec.",
			"https://github.com/libuv/libuv/blob/v1.x/src/unix/process.c"),
		DivergesOn(OSModuleWays, "SIGPIPE ignored in a child that is started after the parent has caught it", true,
			"Python itself ignores SIGPIPE, and what starts programs without subprocess hands that on.",
			"https://docs.python.org/3/library/signal.html#signal.SIGPIPE"),
		DivergesOn(SubprocessWays, "SIGPIPE ignored in the child", false,
			"From Python 3.2 subprocess sets SIGPIPE, SIGXFZ and SIGXFSZ to their default actions in the child "+
				"(restore_signals), because Python itself ignores them.",
			"https://docs.python.org/3/library/subprocess.html#subprocess.Popen"),
		Diverges("Go", "SIGPIPE ignored in the child", false,
			"A Go program catches signals that it was started with ignored, SIGHUP and SIGINT excepted, and a caught signal "+
				"has its default action in what it starts.",
			"https://pkg.go.dev/os/signal#hdr-Default_behavior_of_signals_in_Go_programs"),
		Diverges("Ruby", "SIGPIPE ignored in the child", false,
			"Ruby catches SIGPIPE from its start on, and sets it to its default action before an exec.",
			"https://github.com/ruby/ruby/blob/master/process.c"),
		Diverges("Rust", "SIGPIPE ignored in the child", false,
			"A Rust program ignores SIGPIPE, and std::process sets it to its default action in the child.",
			"https://github.com/rust-lang/rust/blob/main/library/std/src/sys/process/unix/unix.rs"),
		Seen("python/cpython#45993"),
		Try(func(t *Trial) {
			report := t.RawReport()
			p := t.Start(Agent(), report.ForParent())
			MustCall(p, agent.Ignore, []int{posix.SIGPIPE})
			t.Observe("SIGPIPE ignored in the child", slices.Contains(report.OfChild(p).Ignored, "SIGPIPE")).To(BeTrue())
			MustCall(p, agent.Catch, []int{posix.SIGPIPE})
			t.Observe("SIGPIPE ignored in a child that is started after the parent has caught it",
				slices.Contains(report.OfChild(p).Ignored, "SIGPIPE")).To(BeFalse())
		}))
})
