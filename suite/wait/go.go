package wait

import (
	"errors"
	"fmt"
	"os/exec"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// command is this binary as a child that exits with a value, for behaviours that
// are about os/exec itself.
func command(t *Trial, code int) *exec.Cmd {
	return exec.CommandContext(t.Context(), t.Self(), agent.Exit(code).Ticket(agent.Depth()+1, "-", "-"))
}

var _ = Area("wait", title, func() {
	Behaviour("wait.go.cmd-contract", Must,
		"Cmd.Wait of os/exec, if no other wait took the child and the program does not ignore SIGCHLD (signal.Ignore), "+
			"returns an *exec.ExitError for every exit code but 0, and nil for 0, unless copying one of the streams has "+
			"failed, WaitDelay has closed them or the context was done (Cmd.Cancel), and leaves the state in ProcessState.",
		On(OSExec),
		Cite(GoDoc("os/exec#Cmd.Wait"), GoDoc("os/exec#Cmd"), GoDoc("os/exec#ExitError")),
		Matters("The type of the error distinguishes a command that failed from one that could not be waited for."),
		Was("go.cmd.wait-contract"),
		Try(func(t *Trial) {
			for _, code := range []int{0, 1, 3, 255} {
				cmd := command(t, code)
				if err := cmd.Start(); err != nil {
					t.Fail("the start failed: %v", err)
				}
				err := cmd.Wait()
				if code == 0 {
					t.ObserveError("error for exit code 0", err).To(Equal("none"))
				} else {
					t.Observe(fmt.Sprintf("*exec.ExitError for exit code %d", code), errors.As(err, new(*exec.ExitError))).To(BeTrue())
				}
				t.Observe(fmt.Sprintf("exit code in ProcessState for exit code %d", code), cmd.ProcessState.ExitCode()).
					To(Equal(code))
			}
		}))

	Behaviour("wait.go.cmd-once", Should,
		"Cmd.Wait fails before the command has been started, and when it is called again; neither error is an "+
			"*exec.ExitError.",
		On(OSExec),
		Cite(GoDoc("os/exec#Cmd.Wait")),
		Matters("Two parts of a program that wait for one command do not both learn how it ended."),
		Try(func(t *Trial) {
			fails := func(err error) bool { return err != nil && !errors.As(err, new(*exec.ExitError)) }
			cmd := command(t, 3)
			t.Observe("failure before the start", fails(cmd.Wait())).To(BeTrue())
			if err := cmd.Start(); err != nil {
				t.Fail("the start failed: %v", err)
			}
			_ = cmd.Wait()
			t.Observe("failure of the second wait", fails(cmd.Wait())).To(BeTrue())
		}))

	Behaviour("wait.go.handle-safety", Should,
		"After a wait os.Process refuses to send signals, so that they cannot reach another process with the same id.",
		On(OSExec),
		Cite(GoDoc("os#Process.Signal"), GoDoc("os#ErrProcessDone")),
		Matters("A kill that comes late would otherwise end another process that was given the same id."),
		Was("go.process.handle-safety"),
		Try(func(t *Trial) {
			cmd := command(t, 0)
			if err := cmd.Run(); err != nil {
				t.Fail("the command failed: %v", err)
			}
			// On Windows the wait has also released the handle, which is another error.
			done := Equal("os.ErrProcessDone")
			refused := PerSystem(map[string]types.GomegaMatcher{"windows": Not(Equal("none")),
				"linux": done, "darwin": done, "freebsd": done, "netbsd": done, "openbsd": done})
			t.ObserveError("error of Kill", cmd.Process.Kill()).To(refused)
			t.ObserveError("error of Signal", cmd.Process.Signal(platform.Signal(posix.SIGTERM))).To(refused)
		}))
})
