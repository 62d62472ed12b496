package wait

import (
	"errors"
	"os/exec"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("wait", "Waiting and exit status", func() {
	Behaviour("zombie.persists", Must,
		"A child that has ended stays a process, one that can be signalled and that keeps its id, until it is waited for.",
		About(Linux), On(Every...), Needs("waitid"),
		Cite(POSIX("_Exit"), POSIX("kill")),
		Matters("An id can be used safely until the wait and not after it: it may be another process's then."),
		Try(func(t *Trial) {
			c := t.Start(Exit(5))
			t.NoError(posix.WaitExited(c.Pid()))
			t.ObserveError("a signal before the wait", posix.Kill(c.Pid(), posix.SIGTERM)).To(Equal("none"))
			t.Observe("the wait", c.Wait().String()).To(Equal("exit 5"))
			t.ObserveError("a signal after it", posix.Kill(c.Pid(), 0)).To(Equal("ESRCH"))
		}))

	Behaviour("zombie.resources-released-first", Must,
		"When a wait returns, the child's descriptors are closed: what it wrote can be read, and the end of file behind it.",
		On(Images...),
		Cite(POSIX("_Exit"), MSLearn("Terminating a Process", "windows/win32/procthread/terminating-a-process")),
		Matters("After the wait nobody has to guess whether more output is coming from the child itself."),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			c := t.Start(Agent(), Stdout(w))
			t.NoError(w.Close())
			MustCall(c, agent.Write, agent.WriteArgs{FD: 1, Data: "abc"})
			c.Exit(0)
			t.Observe("the child's end", c.Wait().String()).To(Equal("exit 0"))
			all, err := t.ReadAll(r)
			t.Observe("reading waits for more", errors.Is(err, platform.ErrHang)).To(BeFalse())
			t.ObserveError("its error", err).To(Equal("none"))
			t.Observe("what was read", string(all)).To(Equal("abc"))
		}))

	Behaviour("orphan.reparented", Must,
		"When a parent ends its children get another parent.",
		About(Unix),
		Cite(POSIX("_Exit")),
		Matters("A child that asks for its parent to see whether it is still wanted has to expect any id, not only 1."),
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

	Behaviour("orphan.not-killed", Must,
		"A child is not ended by its parent's end, nor by its parent's being killed.",
		Cite(POSIX("_Exit"), MSLearn("TerminateProcess function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-terminateprocess")),
		Matters("Killing a command does not kill what the command has started."),
		Remedy("Start what has to end together in a process group, a job object or a pid namespace; on Linux, ask for a parent-death signal."),
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

// command is this binary as a child that leaves with an exit value, for
// behaviours that are about os/exec itself.
func command(t *Trial, code int) *exec.Cmd {
	return exec.CommandContext(t.Context(), t.Self(), agent.Exit(code).Ticket(agent.Depth()+1, "-", "-"))
}

var _ = Area("wait", "Waiting and exit status", func() {
	Behaviour("go.cmd.wait-contract", Must,
		"Cmd.Wait fails before a start and a second time, returns an *exec.ExitError for every value but 0, and leaves the state in ProcessState.",
		On(OSExec),
		Cite(GoDoc("os/exec#Cmd.Wait"), GoDoc("os/exec#ExitError")),
		Matters("Callers tell a command that failed from one that could not be waited for by the type of the error."),
		Try(func(t *Trial) {
			cmd := command(t, 3)
			t.Observe("wait before the start", cmd.Wait() != nil).To(BeTrue())
			if err := cmd.Start(); err != nil {
				t.Fail("the start failed: %v", err)
			}
			err := cmd.Wait()
			var exit *exec.ExitError
			t.Observe("exit value 3 is an *exec.ExitError", errors.As(err, &exit)).To(BeTrue())
			t.Observe("with the value", cmd.ProcessState.ExitCode()).To(Equal(3))
			err = cmd.Wait()
			t.Observe("a second wait fails", err != nil && !errors.As(err, new(*exec.ExitError))).To(BeTrue())
			t.ObserveError("exit value 0", command(t, 0).Run()).To(Equal("none"))
		}))

	Behaviour("go.process.handle-safety", Must,
		"After a wait a Process refuses signals: they cannot reach another process that has got the id.",
		On(OSExec),
		Cite(GoDoc("os#Process.Signal"), GoDoc("os#ErrProcessDone")),
		Matters("A kill that comes late would hit a stranger that was given the same id."),
		Try(func(t *Trial) {
			cmd := command(t, 0)
			if err := cmd.Run(); err != nil {
				t.Fail("the command failed: %v", err)
			}
			// On Windows the wait has also released the handle, which is another error.
			refused := PerSystem(map[string]types.GomegaMatcher{"windows": Not(Equal("none")), "linux": Equal("os.ErrProcessDone"),
				"darwin": Equal("os.ErrProcessDone"), "freebsd": Equal("os.ErrProcessDone")})
			t.ObserveError("kill", cmd.Process.Kill()).To(refused)
			t.ObserveError("signal", cmd.Process.Signal(platform.Signal(posix.SIGTERM))).To(refused)
		}))
})
