package process

import (
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("process", title, func() {
	Behaviour("process.terminate.at-once", Should,
		"A child that has been killed does nothing more: a command sent after the kill is not obeyed.",
		Cite(POSIX("kill"), MSLearn("TerminateProcess function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-terminateprocess")),
		Matters("A kill that comes late, or only asks, lets the child go on with what it was to be stopped from."),
		Was("wait.kill-ends-at-once"),
		Try(func(t *Trial) {
			c := t.Start(Agent())
			Ask(c, agent.Getppid)
			t.ObserveError("error of the kill", c.Kill()).To(Equal("none"))
			_, err := TryAsk(c, agent.Getppid)
			t.Observe("a command after it is obeyed", err == nil).To(BeFalse())
			t.Observe("the child's end", c.Wait().String()).To(PerSystem(map[string]types.GomegaMatcher{
				"linux": Equal("SIGKILL"), "darwin": Equal("SIGKILL"), "freebsd": Equal("SIGKILL"), "netbsd": Equal("SIGKILL"),
				"openbsd": Equal("SIGKILL"), "windows": Equal("exit 1")}))
		}))

	Behaviour("process.terminate.code", Must,
		"TerminateProcess gives the process exactly the exit code passed, 259 included.",
		OnWindows(System, TerminateProcess),
		Matters("There is no mark of a kill: the code is whatever the killer chose."),
		Was("win.kill.code"),
		Try(func(t *Trial) {
			for _, code := range []uint32{259, 0xDEADBEEF} {
				c := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED))
				t.NoError(win32.Terminate(OpenProcess(t, c), code))
				said := platform.Status{Exited: true, Code: int(code)}.String()
				t.Observe("code of a kill with "+said, c.Wait().String()).To(Equal(said))
			}
		}))

	Behaviour("process.terminate.exited", Must,
		"TerminateProcess fails with ERROR_ACCESS_DENIED when the process has ended, and leaves its exit code.",
		OnWindows(System, TerminateProcess),
		Matters("A kill that comes too late looks like one that was not permitted."),
		Remedy("After ERROR_ACCESS_DENIED ask whether the handle is signalled."), ProvedBy("process.object.wait-repeatable"),
		Diverges("Wine", "error", "none", "Wine's server sees no thread left to end, and is content.",
			"https://github.com/wine-mirror/wine/blob/wine-10.0/server/process.c"),
		Was("win.kill.dead"),
		Try(func(t *Trial) {
			c := t.Start(Exit(3))
			process := OpenProcess(t, c)
			t.Observe("its end", c.Wait().String()).To(Equal("exit 3"))
			t.ObserveError("error", win32.Terminate(process, 9)).To(Equal("ERROR_ACCESS_DENIED (5)"))
			code, err := win32.ExitCode(process)
			t.NoError(err)
			t.Observe("exit code afterwards", code).To(BeEquivalentTo(3))
		}))

	Behaviour("process.terminate.not-tree", Must,
		"Terminating a process leaves the processes it started running.",
		OnWindows(System, TerminateProcess, MSLearn("Terminating a Process", "windows/win32/procthread/terminating-a-process")),
		Matters("A cancelled build goes on building."),
		Remedy("Put the child into a job that ends its members when it is closed."), ProvedBy("job.close.kills-tree"),
		Seen("golang/go#79927", "cirruslabs/cirrus-ci-agent#23"),
		Was("win.kill.not-tree"),
		Try(func(t *Trial) {
			c := t.Start(Agent())
			g := c.Start(Agent(), InheritStdio(), Orphan())
			Ask(g, agent.Getppid)
			t.ObserveError("terminating the child", c.Kill()).To(Equal("none"))
			t.Observe("the child's end", c.Wait().String()).To(Equal("exit 1"))
			_, err := TryAsk(g, agent.Getppid)
			t.ObserveError("the grandchild answers", err).To(Equal("none"))
		}))
})
