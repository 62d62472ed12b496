package process

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("process", title, func() {
	Behaviour("process.flag.suspended", Must,
		"A child created with CREATE_SUSPENDED runs nothing until ResumeThread, which then returns the suspend count before, 1.",
		OnWindows(CreateProcess, ProcessCreationFlags, MSLearn("ResumeThread function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-resumethread")),
		Matters("Between the two the creator can put the child into a job or hand it handles without a race."),
		Was("win.flag.suspended"),
		Try(func(t *Trial) {
			c := t.Start(Exit(7), Flags(win32.CREATE_SUSPENDED))
			process := OpenProcess(t, c)
			t.ObserveError("waiting for it", win32.Wait(process, uint32(t.Grace().Milliseconds()))).To(Equal("WAIT_TIMEOUT (258)"))
			thread, err := win32.OnlyThread(uint32(c.Pid()))
			t.NoError(err)
			defer win32.Close(thread)
			count, err := win32.Resume(thread)
			t.ObserveError("resuming it", err).To(Equal("none"))
			t.Observe("suspend count before", count).To(BeEquivalentTo(1))
			t.Observe("its end", c.Wait().String()).To(Equal("exit 7"))
		}))

	Behaviour("process.flag.suspended-kill", Must,
		"A child that was created suspended and never ran can be terminated, with the code given.",
		OnWindows(CreateProcess, TerminateProcess),
		Matters("A start that fails half way leaves nothing behind."),
		Was("win.flag.suspended-kill"),
		Try(func(t *Trial) {
			c := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED))
			t.ObserveError("TerminateProcess", win32.Terminate(OpenProcess(t, c), 77)).To(Equal("none"))
			t.Observe("its end", c.Wait().String()).To(Equal("exit 77"))
		}))

	Behaviour("process.flag.priority", Must,
		"A priority class among the creation flags is the child's from its first instruction on.",
		OnWindows(CreateProcess, ProcessCreationFlags, MSLearn("Scheduling Priorities", "windows/win32/procthread/scheduling-priorities")),
		Matters("Background work that should not get in the way does."),
		Remedy("Call SetPriorityClass on the new process where the flag is ignored."),
		Diverges("Wine", "class with IDLE_PRIORITY_CLASS", 0x20, "Wine ignores the flag: the class is NORMAL_PRIORITY_CLASS.", WineProcess),
		Diverges("Wine", "class with BELOW_NORMAL_PRIORITY_CLASS", 0x20, "Wine ignores the flag: the class is NORMAL_PRIORITY_CLASS.", WineProcess),
		Was("win.flag.priority-flag"),
		Try(func(t *Trial) {
			for _, c := range []struct {
				name string
				flag uint32
			}{{"IDLE_PRIORITY_CLASS", win32.IDLE_PRIORITY_CLASS}, {"BELOW_NORMAL_PRIORITY_CLASS", win32.BELOW_NORMAL_PRIORITY_CLASS}} {
				started := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED|c.flag))
				class, err := win32.PriorityClass(OpenProcess(t, started))
				t.NoError(err)
				t.Observe("class with "+c.name, class).To(BeEquivalentTo(c.flag))
			}
		}))

	Behaviour("process.flag.error-mode", Must,
		"A child inherits its creator's error mode.",
		OnWindows(CreateProcess, MSLearn("SetErrorMode function", "windows/win32/api/errhandlingapi/nf-errhandlingapi-seterrormode"),
			MSLearn("Inheritance (Processes and Threads)", "windows/win32/procthread/inheritance")),
		Matters("Whether a child that crashes hangs on a dialog that nobody sees depends on who started it."),
		Remedy("Start with CREATE_DEFAULT_ERROR_MODE where a child should decide for itself."),
		Diverges("Wine", "the bit in its child", false, "In Wine the error mode is a variable of each process, which starts at zero.",
			"https://github.com/wine-mirror/wine/blob/wine-10.0/dlls/ntdll/unix/process.c"),
		Was("win.flag.error-mode"),
		Try(func(t *Trial) {
			// Go programs set the other bits themselves when they start.
			const noAlignmentFault = 0x4
			c := t.Start(Agent())
			mode := Ask(c, agent.ErrorMode)
			t.Observe("the bit before", mode&noAlignmentFault != 0).To(BeFalse())
			MustCall(c, agent.SetErrorMode, mode|noAlignmentFault)
			t.Observe("the bit in one that has set it", Ask(c, agent.ErrorMode)&noAlignmentFault != 0).To(BeTrue())
			g := c.Start(Agent(), Calling(win32.Start{}))
			t.Observe("the bit in its child", Ask(g, agent.ErrorMode)&noAlignmentFault != 0).To(BeTrue())
		}))
})
