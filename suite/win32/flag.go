package win32

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("win32", "Windows processes", func() {
	Behaviour("win.flag.suspended", Must,
		"A child created with CREATE_SUSPENDED runs nothing until ResumeThread, which then returns the suspend count before, 1.",
		about(CreateProcess, creationFlags, MSLearn("ResumeThread function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-resumethread")),
		Matters("Between the two the creator can put the child into a job or hand it handles without a race."),
		Try(func(t *Trial) {
			c := t.Start(Exit(7), Flags(win32.CREATE_SUSPENDED))
			process := open(t, c)
			t.ObserveError("waiting for it", win32.Wait(process, uint32(t.Grace().Milliseconds()))).To(Equal("WAIT_TIMEOUT (258)"))
			thread, err := win32.OnlyThread(uint32(c.Pid()))
			t.NoError(err)
			defer win32.Close(thread)
			count, err := win32.Resume(thread)
			t.ObserveError("resuming it", err).To(Equal("none"))
			t.Observe("suspend count before", count).To(BeEquivalentTo(1))
			t.Observe("its end", c.Wait().String()).To(Equal("exit 7"))
		}))

	Behaviour("win.flag.suspended-kill", Must,
		"A child that was created suspended and never ran can be terminated, with the code given.",
		about(CreateProcess, terminate),
		Matters("A start that fails half way leaves nothing behind."),
		Try(func(t *Trial) {
			c := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED))
			t.ObserveError("TerminateProcess", win32.Terminate(open(t, c), 77)).To(Equal("none"))
			t.Observe("its end", c.Wait().String()).To(Equal("exit 77"))
		}))

	Behaviour("win.con.detached", Must,
		"A DETACHED_PROCESS has no console: no code page, no CONOUT$, no window.",
		about(CreateProcess, creationFlags, MSLearn("Creation of a Console", "windows/console/creation-of-a-console")),
		Matters("What such a process prints to its console is lost; what it starts may open a window of its own."),
		Try(func(t *Trial) {
			c := t.Start(Agent(), Flags(win32.DETACHED_PROCESS))
			console := Ask(c, agent.ConsoleState)
			t.Observe("there is a code page", console.CodePage).To(BeFalse())
			t.Observe("CONOUT$ opens", console.Opens).To(BeFalse())
			t.Observe("there is a window", console.Window).To(BeFalse())
		}))

	Behaviour("win.con.no-window", Must,
		"A child created with CREATE_NO_WINDOW has a console without a window.",
		about(CreateProcess, creationFlags),
		Matters("A service or a windowed program can run console programs without a flash on the screen, and they still find a console."),
		Try(func(t *Trial) {
			c := t.Start(Agent(), Flags(win32.CREATE_NO_WINDOW))
			console := Ask(c, agent.ConsoleState)
			t.Observe("there is a code page", console.CodePage).To(BeTrue())
			t.Observe("CONOUT$ opens", console.Opens).To(BeTrue())
			t.Observe("there is a window", console.Window).To(BeFalse())
		}))

	Behaviour("win.con.new-plus-detached", Must,
		"CREATE_NEW_CONSOLE together with DETACHED_PROCESS is refused with ERROR_INVALID_PARAMETER.",
		about(CreateProcess, creationFlags, createProcess, measured),
		Matters("Flags collected from several options fail only on real Windows."),
		Diverges("Wine", "error", "none", "Wine does not hold the two flags against each other.", wineProcess),
		Try(func(t *Trial) {
			_, err := t.TryStart(Exit(0), Flags(win32.CREATE_NEW_CONSOLE|win32.DETACHED_PROCESS))
			t.ObserveError("error", err).To(Equal("ERROR_INVALID_PARAMETER (87)"))
		}))

	Behaviour("win.flag.priority-flag", Must,
		"A priority class among the creation flags is the child's from its first instruction on.",
		about(CreateProcess, creationFlags, MSLearn("Scheduling Priorities", "windows/win32/procthread/scheduling-priorities")),
		Matters("Background work that should not get in the way does."),
		Remedy("Call SetPriorityClass on the new process where the flag is ignored."),
		Diverges("Wine", "class with IDLE_PRIORITY_CLASS", 0x20, "Wine ignores the flag: the class is NORMAL_PRIORITY_CLASS.", wineProcess),
		Diverges("Wine", "class with BELOW_NORMAL_PRIORITY_CLASS", 0x20, "Wine ignores the flag: the class is NORMAL_PRIORITY_CLASS.", wineProcess),
		Try(func(t *Trial) {
			for _, c := range []struct {
				name string
				flag uint32
			}{{"IDLE_PRIORITY_CLASS", win32.IDLE_PRIORITY_CLASS}, {"BELOW_NORMAL_PRIORITY_CLASS", win32.BELOW_NORMAL_PRIORITY_CLASS}} {
				started := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED|c.flag))
				class, err := win32.PriorityClass(open(t, started))
				t.NoError(err)
				t.Observe("class with "+c.name, class).To(BeEquivalentTo(c.flag))
			}
		}))

	Behaviour("win.flag.error-mode", Must,
		"A child inherits its creator's error mode.",
		about(CreateProcess, MSLearn("SetErrorMode function", "windows/win32/api/errhandlingapi/nf-errhandlingapi-seterrormode"),
			MSLearn("Inheritance (Processes and Threads)", "windows/win32/procthread/inheritance")),
		Matters("Whether a child that crashes hangs on a dialog that nobody sees depends on who started it."),
		Remedy("Start with CREATE_DEFAULT_ERROR_MODE where a child should decide for itself."),
		Diverges("Wine", "the bit in its child", false, "In Wine the error mode is a variable of each process, which starts at zero.",
			"https://github.com/wine-mirror/wine/blob/wine-10.0/dlls/ntdll/unix/process.c"),
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

	Behaviour("win.parent.ppid", Must,
		"PROC_THREAD_ATTRIBUTE_PARENT_PROCESS makes another process the parent of the child.",
		about(CreateProcess, attributes),
		Matters("Who a process listing names as parent need not have started the child; a kill of the parent's tree may take it or miss it."),
		Try(func(t *Trial) {
			host := t.Start(Agent())
			c := t.Start(Agent(), Orphan(), Calling(win32.Start{Parent: open(t, host)}))
			t.Observe("the child's own idea of its parent is the host", Ask(c, agent.Getppid) == host.Pid()).To(BeTrue())
			p, err := win32.ParentOf(uint32(c.Pid()))
			t.NoError(err)
			t.Observe("a process snapshot says the same", int(p.Parent) == host.Pid()).To(BeTrue())
		}))

	Behaviour("win.parent.handles", Must,
		"With PROC_THREAD_ATTRIBUTE_PARENT_PROCESS the handles that the child inherits are looked up in that process, not in the caller.",
		about(CreateProcess, attributes),
		Matters("The caller's own handle values, passed as usual, name something else there or nothing."),
		Remedy("Duplicate the handles into the parent first, inheritable, pass the values they have there, and close those again."),
		Try(func(t *Trial) {
			p := newPipe(t, false)
			host := t.Start(Agent())
			h := open(t, host)
			there, err := win32.DuplicateBetween(win32.Self, p.w, h, true)
			t.NoError(err)
			p.closeWriter()
			c := t.Start(Agent(), Orphan(), Calling(win32.Start{Parent: h, Inherit: true, UseStd: true,
				Std: [3]win32.Handle{0, there, 0}, List: []win32.Handle{there}}))
			_, err = Call(c, agent.Write, agent.WriteArgs{FD: 1, Data: "from the host's table"})
			t.ObserveError("a write to standard output", err).To(Equal("none"))
			text, err := p.read()
			t.Observe("what arrives", text).To(Equal("from the host's table"))
			t.ObserveError("error of that read", err).To(Equal("none"))
		}))
})
