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

var _ = Area("wait", title, func() {
	Behaviour("wait.orphan.stopped-group-hup", Must,
		"When the end of a process orphans a process group with a stopped member, every member gets SIGHUP and then SIGCONT.",
		About(Unix), On(System), Needs("script-image"), Cite(POSIX("_Exit")),
		Diverges("gVisor", "SIGHUP was sent", false, "It does not count a parent's end among the ways in which a group is orphaned.",
			"https://github.com/google/gvisor/blob/master/pkg/sentry/kernel/sessions.go"),
		Matters("Without it a stopped job stays for ever when its shell is gone; with it a stopped helper that ignores SIGHUP suddenly goes on."),
		Was("orphan.stopped-group-hup"),
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

	Behaviour("wait.orphan.reparented", Must,
		"When a parent ends its children get another parent.",
		About(Unix),
		Cite(POSIX("_Exit")),
		Matters("A child that asks for its parent to see whether it is still wanted has to expect any id, not only 1."),
		Was("orphan.reparented"),
		Try(func(t *Trial) {
			p := parent(t)
			c := p.Start(Agent(), InheritStdio(), Orphan())
			t.Observe("its parent is the one that started it", Ask(c, agent.Getppid) == p.Pid()).To(BeTrue())
			p.Exit(0)
			t.Observe("the parent's end", p.Wait().String()).To(Equal("exit 0"))
			t.Observe("it has another parent now", t.Eventually(func() bool {
				return Ask(c, agent.Getppid) != p.Pid()
			})).To(BeTrue())
		}))

	Behaviour("wait.orphan.not-killed", Must,
		"A child is not ended by its parent's end, nor by its parent's being killed.",
		Cite(POSIX("_Exit"), MSLearn("TerminateProcess function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-terminateprocess")),
		Matters("Killing a command does not kill what the command has started."),
		Remedy("Start what has to end together in a process group, a job object or a pid namespace; on Linux, ask for a parent-death signal."),
		Was("orphan.not-killed"),
		Try(func(t *Trial) {
			for _, end := range []string{"left", "was killed"} {
				p := parent(t)
				c := p.Start(Agent(), InheritStdio(), Orphan())
				if end == "left" {
					p.Exit(0)
				} else {
					t.NoError(p.Kill())
				}
				p.Wait()
				_, err := TryAsk(c, agent.Getppid)
				t.Observe("after its parent "+end+" the child obeys", err == nil).To(BeTrue())
			}
		}))
})
