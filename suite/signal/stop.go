package signal

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

func stops() {
	Behaviour("wait.stopped-continued", Must,
		"A wait that asks for it reports each stop and each continuation of a child once; a stop that nobody has asked about is forgotten when the child continues.",
		About(Unix), On(System), Needs("waitid"), Cite(POSIX("waitpid"), LinuxMan("wait(2)")),
		Matters("A shell that relies on more shows a job as stopped that is running again."),
		Try(func(t *Trial) {
			c := t.Start(Agent())
			wait := func(options int) string {
				pid, raw, err := posix.Wait4(c.Pid(), posix.WUNTRACED|posix.WCONTINUED|options)
				switch {
				case err != nil:
					return platform.ErrorName(err)
				case pid == 0:
					return "nothing"
				}
				return posix.Change(raw)
			}
			send := func(signal int) { t.NoError(posix.Kill(c.Pid(), signal)) }
			send(posix.SIGSTOP)
			t.Observe("after SIGSTOP", wait(0)).To(Equal("stopped by SIGSTOP"))
			t.Observe("after that", wait(posix.WNOHANG)).To(Equal("nothing"))
			send(posix.SIGCONT)
			t.Observe("after SIGCONT", wait(0)).To(Equal("continued"))
			t.Observe("and after that", wait(posix.WNOHANG)).To(Equal("nothing"))
			send(posix.SIGSTOP)
			_, err := posix.Waitid(posix.P_PID, c.Pid(), posix.WSTOPPED|posix.WNOWAIT)
			t.NoError(err)
			send(posix.SIGCONT)
			t.Observe("after SIGSTOP and SIGCONT", wait(0)).To(Equal("continued"))
			t.Observe("and nothing else", wait(posix.WNOHANG)).To(Equal("nothing"))
		}))
}

// blockingJob is a job that blocks SIGHUP, stops, and when it goes on tells
// its standard output what is pending.
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

// ignoringJob is a job that ignores SIGHUP, stops, and when it goes on says so
// on its standard error.
func ignoringJob() *linux.Script {
	var s linux.Script
	s.Must("close", 1)
	s.Must("rt_sigaction", posix.SIGHUP, "\x01"+strings.Repeat("\x00", 63), 0, 8) // SIG_IGN is 1
	s.Must("kill", s.Call("getpid"), posix.SIGSTOP)
	s.Must("write", 2, "on", 2)
	return s.Exit(0)
}

func orphans() {
	Behaviour("orphan.stopped-group-hup", Must,
		"When the end of a process orphans a process group with a stopped member, every member gets SIGHUP and then SIGCONT.",
		About(Unix), On(System), Needs("script-image"), Cite(POSIX("_Exit")),
		Diverges("gVisor", "SIGHUP was sent", false, "It does not count a parent's end among the ways in which a group is orphaned.",
			"https://github.com/google/gvisor/blob/master/pkg/sentry/kernel/sessions.go"),
		Matters("Without it a stopped job stays for ever when its shell is gone; with it a stopped helper that ignores SIGHUP suddenly goes on."),
		Try(func(t *Trial) {
			out, theirOut := t.Pipe()
			errors, theirErrors := t.Pipe()
			// Whoever adopts the jobs must be in another session than they are.
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
			shell.Exit(0)
			t.Observe("the shell", shell.Wait().String()).To(Equal("exit 0"))

			// What has to be sent has been sent by now. One job goes on in any case, and may
			// be gone: what adopts it reaps it at once, or not.
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
			if !t.Observe("SIGHUP was sent", sent).To(BeTrue()) {
				goOn(ignoring)
				return
			}
			// The other one goes on by itself.
			said, _ := t.ReadAll(errors)
			if !t.Observe("a job that ignores SIGHUP says", string(said)).To(Equal("on")) {
				goOn(ignoring)
			}
		}))

	pdeathsig := LinuxMan("PR_SET_PDEATHSIG(2const)")

	Behaviour("linux.pdeathsig.on-thread-exit", Must,
		"The parent-death signal is sent when the thread that started the child ends, even while its process lives on.",
		About(Linux), Needs("prctl", "null-device"), Cite(pdeathsig),
		Matters("A runtime that runs a program's work on changing threads kills children early, at random."),
		Remedy("Start such children on a thread that lives as long as the process (Go: the main goroutine, locked to its thread)."),
		Seen("golang/go#27505"),
		Try(func(t *Trial) {
			var c *Process
			var err error
			started, release := make(chan struct{}), make(chan struct{})
			linux.OnThread(func() {
				c, err = t.TryStart(Agent())
				close(started)
				<-release
			})
			<-started
			if err != nil {
				close(release)
				t.Fail("%s could not start a child: %v", t.Launcher(), err)
			}
			_, err = TryAsk(c, agent.Getppid)
			close(release)
			t.ObserveError("the child answers while the thread lives", err).To(Equal("none"))
			t.Observe("how it ends when the thread has ended", c.Wait().String()).To(Equal("SIGKILL"))
		}))

	Behaviour("linux.pdeathsig.lifecycle", Must,
		"The parent-death signal stays set when an image is executed, and is not set in a child of the process that has it.",
		About(Linux), Needs("fork", "script-image", "prctl"), Cite(pdeathsig),
		Matters("A tree of processes that relies on it loses everyone but the direct children when its root is killed."),
		Remedy("Contain a tree by a cgroup, a process id namespace or a subreaper."),
		Try(func(t *Trial) {
			t.Observe("after an exec", posix.SignalName(t.Raw().ParentDeath)).To(Equal("SIGKILL"))
			const get = 2 // PR_GET_PDEATHSIG
			forked := MustCall(t.Start(Agent()), agent.Fork, []agent.Syscall{{Name: "prctl", Args: []int{get, agent.Out}}})[0]
			t.Observe("after a fork", int(forked.Out[0])).To(BeZero())
		}))
}
