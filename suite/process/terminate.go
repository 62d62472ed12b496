package process

import (
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("process", title, func() {
	Behaviour("process.terminate.at-once", Should,
		"A child that has been killed does nothing more: it does not carry out a command that is sent after the kill.",
		// No page promises it: POSIX does not say when another process stops, and
		// TerminateProcess "initiates termination and returns immediately".
		Cite(POSIX("kill"), TerminateProcess),
		Matters("A kill that comes late, or only asks, lets the child go on with what it was to be stopped from."),
		SignalAsStatus("exit status of the child", posix.SIGKILL),
		Was("wait.kill-ends-at-once"),
		Try(func(t *Trial) {
			c := t.Start(Agent())
			Ask(c, agent.Getppid)
			t.ObserveError("error of the kill", c.Kill()).To(Equal("none"))
			_, err := TryAsk(c, agent.Getppid)
			t.Observe("whether the child carries out a command sent after the kill", err == nil).To(BeFalse())
			t.Observe("exit status of the child", c.Wait().String()).To(PerSystem(map[string]types.GomegaMatcher{
				"linux": Equal("SIGKILL"), "darwin": Equal("SIGKILL"), "freebsd": Equal("SIGKILL"),
				"netbsd": Equal("SIGKILL"), "openbsd": Equal("SIGKILL"), "windows": Equal("exit 1")}))
		}))

	Behaviour("process.terminate.code", Must,
		"A process that TerminateProcess ends has exactly the exit code passed, be it 259.",
		OnWindows(System, TerminateProcess),
		Matters("An exit code does not show that the process was killed: the killer has chosen it."),
		Was("win.kill.code"),
		Try(func(t *Trial) {
			for _, code := range []uint32{259, 0xDEADBEEF} {
				c := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED))
				t.NoError(win32.Terminate(OpenProcess(t, c), code))
				status := platform.Status{Exited: true, Code: int(code)}.String()
				t.Observe("exit status after a kill with "+status, c.Wait().String()).To(Equal(status))
			}
		}))

	Behaviour("process.terminate.exited", Must,
		"TerminateProcess fails with ERROR_ACCESS_DENIED when the process has exited, and leaves its exit code.",
		OnWindows(System, TerminateProcess),
		Matters("A kill that comes too late looks like one that was not permitted."),
		Remedy("After ERROR_ACCESS_DENIED ask whether the handle is signalled."),
		ProvedBy("process.object.wait-repeatable"),
		Diverges("Wine", "error of TerminateProcess", "none",
			"Wine's server finds no thread left to end and reports success.",
			"https://github.com/wine-mirror/wine/blob/wine-10.0/server/process.c"),
		Was("win.kill.dead"),
		Try(func(t *Trial) {
			c := t.Start(Exit(3))
			process := OpenProcess(t, c)
			t.Observe("exit status of the child", c.Wait().String()).To(Equal("exit 3"))
			t.ObserveError("error of TerminateProcess", win32.Terminate(process, 9)).To(Equal("ERROR_ACCESS_DENIED (5)"))
			code, err := win32.ExitCode(process)
			t.NoError(err)
			t.Observe("exit code after TerminateProcess", code).To(BeEquivalentTo(3))
		}))
})
