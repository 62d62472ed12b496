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

// command is this binary as a child that leaves with an exit value, for
// behaviours that are about os/exec itself.
func command(t *Trial, code int) *exec.Cmd {
	return exec.CommandContext(t.Context(), t.Self(), agent.Exit(code).Ticket(agent.Depth()+1, "-", "-"))
}

var _ = Area("wait", title, func() {
	Behaviour("wait.go.cmd-contract", Must,
		"Cmd.Wait fails before a start and a second time, returns an *exec.ExitError for every value but 0, and leaves the state in ProcessState.",
		On(OSExec),
		Cite(GoDoc("os/exec#Cmd.Wait"), GoDoc("os/exec#ExitError")),
		Matters("Callers tell a command that failed from one that could not be waited for by the type of the error."),
		Was("go.cmd.wait-contract"),
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

	Behaviour("wait.go.handle-safety", Must,
		"After a wait a Process refuses signals: they cannot reach another process that has got the id.",
		On(OSExec),
		Cite(GoDoc("os#Process.Signal"), GoDoc("os#ErrProcessDone")),
		Matters("A kill that comes late would hit a stranger that was given the same id."),
		Was("go.process.handle-safety"),
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
