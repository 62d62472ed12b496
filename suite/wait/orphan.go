package wait

import (
	"encoding/binary"
	"slices"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// blockingJob is a job that blocks SIGHUP, stops, and when it continues writes the
// set of pending signals to its standard output.
func blockingJob() *linux.Script {
	var s linux.Script
	const block = 0
	s.Must("close", 2)
	s.Must("rt_sigprocmask", block, "\x01\x00\x00\x00\x00\x00\x00\x00", 0, 8) // signal 1 is SIGHUP
	s.Must("kill", s.Call("getpid"), posix.SIGSTOP)
	pending := s.Buffer(8)
	s.Must("rt_sigpending", pending, 8)
	s.Must("write", 1, pending, 8)
	return s.Exit(0)
}

// ignoringJob is a job that ignores SIGHUP, stops, and when it continues writes to
// its standard error.
func ignoringJob() *linux.Script {
	var s linux.Script
	s.Must("close", 1)
	s.Must("rt_sigaction", posix.SIGHUP, "\x01"+strings.Repeat("\x00", 63), 0, 8) // SIG_IGN is 1
	s.Must("kill", s.Call("getpid"), posix.SIGSTOP)
	s.Must("write", 2, "on", 2)
	return s.Exit(0)
}

var _ = Area("wait", title, func() {
	Behaviour("wait.orphan.stopped-group-hup", Must,
		"When the exit of a process orphans a process group with a stopped member, every member of the group gets SIGHUP "+
			"and SIGCONT.",
		About(Unix), On(System), Needs("script-image"), Cite(POSIX("_Exit")),
		Diverges("gVisor", "SIGHUP sent to the stopped member", false,
			"It does not count the exit of a parent among the ways in which a group is orphaned.",
			"https://github.com/google/gvisor/blob/master/pkg/sentry/kernel/sessions.go"),
		Matters("Without it a stopped job stays stopped when its shell has exited; with it a stopped helper that ignores "+
			"SIGHUP suddenly continues."),
		Was("orphan.stopped-group-hup"),
		Try(func(t *Trial) {
			out, theirOut := t.Pipe()
			errors, theirErrors := t.Pipe()
			// The process that adopts the jobs must be in another session than they are.
			shell := t.Start(Agent(), NewSession(), Stdout(theirOut), Stderr(theirErrors))
			t.NoError(theirOut.Close())
			t.NoError(theirErrors.Close())
			stop := func(job *linux.Script) (pid int) {
				j := shell.Start(Exit(0), InheritStdio(), Image(t.ScriptImage(job)), NewGroup(), Orphan())
				stopped := MustCall(shell, agent.Wait4, agent.Wait4Args{PID: j.Pid(), Options: posix.WUNTRACED})
				if change := posix.Change(stopped.Raw); change != "stopped by SIGSTOP" {
					t.Fail("the job did not stop: %s", change)
				}
				return j.Pid()
			}
			blocking, ignoring := stop(blockingJob()), stop(ignoringJob())
			running := shell.Start(Agent(), Orphan())
			MustCall(running, agent.Catch, []int{posix.SIGHUP, posix.SIGCONT})
			MustCall(running, agent.Setpgid, agent.SetpgidArgs{Group: blocking})
			shell.Exit(0)
			t.Observe("exit status of the shell", shell.Wait().String()).To(Equal("exit 0"))

			// What has to be sent has been sent by now. The blocking job is continued in any
			// case, and may be gone: the process that adopts it reaps it at once, or not.
			goOn := func(job int) {
				if err := posix.Kill(job, posix.SIGCONT); platform.ErrorName(err) != "ESRCH" {
					t.NoError(err)
				}
			}
			goOn(blocking)
			pending, err := t.ReadAll(out)
			t.NoError(err)
			if len(pending) != 8 {
				t.Fail("the job reported %q", pending)
			}
			sent := slices.Contains(platform.SignalSet(binary.NativeEndian.Uint64(pending)), "SIGHUP")
			if !t.Observe("SIGHUP sent to the stopped member", sent).To(BeTrue()) {
				goOn(ignoring)
				return
			}
			caught := []string{}
			for range 2 {
				caught = append(caught, posix.SignalName(Ask(running, agent.Caught)))
			}
			slices.Sort(caught) // which of the two comes first is unspecified
			t.Observe("signals caught by a running member", caught).To(ConsistOf("SIGHUP", "SIGCONT"))
			// The other group needs no help to continue.
			output, _ := t.ReadAll(errors)
			if !t.Observe("output of a stopped member that ignores SIGHUP", string(output)).To(Equal("on")) {
				goOn(ignoring)
			}
		}))

	Behaviour("wait.orphan.reparented", Must,
		"When a process ends, its children get another parent, except those of the first process of a pid namespace, which "+
			"are killed.",
		About(Unix), On(Images...),
		Cite(POSIX("_Exit"), LinuxMan("pid_namespaces(7)")),
		Matters("A child that calls getppid to see whether its parent is still there has to expect any id, not only 1."),
		Was("orphan.reparented"),
		Try(func(t *Trial) {
			p := parent(t)
			c := p.Start(Agent(), InheritStdio(), Orphan())
			t.Observe("original parent at the start", Ask(c, agent.Getppid) == p.Pid()).To(BeTrue())
			p.Exit(0)
			t.Observe("exit status of the parent", p.Wait().String()).To(Equal("exit 0"))
			t.Observe("another parent after the exit", t.Eventually(func() bool {
				return Ask(c, agent.Getppid) != p.Pid()
			})).To(BeTrue())
		}))

	Behaviour("wait.orphan.not-killed", Must,
		"The exit of a process does not itself end its children, nor does killing it, except of the first process of a pid "+
			"namespace; a hang-up of the terminal, the SIGHUP to a stopped group that is orphaned, a parent-death signal, a "+
			"process descriptor or pidfd that kills when it is closed, the exit of a tracer or a job object may.",
		Cite(POSIX("_Exit"), TerminatingAProcess, LinuxMan("pid_namespaces(7)"), FreeBSDMan("pdfork(2)"),
			LinuxMan("ptrace(2)"), Document("Linux: pidfd: add CLONE_AUTOREAP and CLONE_PIDFD_AUTOKILL",
				"https://lkml.iu.edu/hypermail/linux/kernel/2602.2/02436.html")),
		Matters("Killing a command does not kill what the command has started: a cancelled build goes on building."),
		Remedy("On Unix start what has to end together in a process group of its own and signal the group, which Ctrl-C "+
			"then does not reach by itself, and which a process may leave; or, on Linux, start it in a pid namespace. A "+
			"parent-death signal ends the child that has it; what that child starts does not have it."),
		ProvedBy("signal.group.kill-all-members"),
		Remedy("On Windows put the child into a job that ends its members when it is closed."),
		ProvedBy("job.close.kills-tree"),
		Seen("golang/go#79927", "cirruslabs/cirrus-ci-agent#23"),
		Was("orphan.not-killed", "win.kill.not-tree"),
		Try(func(t *Trial) {
			for _, end := range []string{"exited", "was killed"} {
				p := parent(t)
				c := p.Start(Agent(), InheritStdio(), Orphan())
				Ask(c, agent.Getppid)
				if end == "exited" {
					p.Exit(0)
				} else {
					t.NoError(p.Kill())
				}
				p.Wait()
				_, err := TryAsk(c, agent.Getppid)
				t.Observe("child running after its parent "+end, err == nil).To(BeTrue())
			}
		}))
})
