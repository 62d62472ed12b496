package process

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var jobLimits = MSLearn("JOBOBJECT_BASIC_LIMIT_INFORMATION structure",
	"windows/win32/api/winnt/ns-winnt-jobobject_basic_limit_information")

var _ = Area("process", title, func() {
	Behaviour("process.flag.suspended", Must,
		"The primary thread of a child that is created with CREATE_SUSPENDED does not run until ResumeThread, which returns "+
			"the previous suspend count, 1.",
		OnWindows(CreateProcess, ProcessCreationFlags,
			MSLearn("ResumeThread function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-resumethread")),
		Matters("In between the creator can put the child into a job or give it handles without a race."),
		Was("win.flag.suspended"),
		Try(func(t *Trial) {
			c := t.Start(Exit(7), Flags(win32.CREATE_SUSPENDED))
			process := OpenProcess(t, c)
			t.ObserveError("error of a short wait for the suspended child",
				win32.Wait(process, uint32(t.Grace().Milliseconds()))).To(Equal("WAIT_TIMEOUT (258)"))
			thread, err := win32.MainThread(uint32(c.Pid()))
			t.NoError(err)
			defer win32.Close(thread)
			count, err := win32.Resume(thread)
			t.ObserveError("error of ResumeThread", err).To(Equal("none"))
			t.Observe("suspend count before", count).To(BeEquivalentTo(1))
			t.Observe("exit status of the child", c.Wait().String()).To(Equal("exit 7"))
		}))

	Behaviour("process.flag.suspended-kill", Must,
		"On Windows a child that was created suspended and never ran can be terminated with an exit code.",
		OnWindows(CreateProcess, TerminateProcess),
		Matters("A creator that fails half way, with the child made and not yet let run, need leave nothing behind."),
		Was("win.flag.suspended-kill"),
		Try(func(t *Trial) {
			c := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED))
			t.ObserveError("error of TerminateProcess", win32.Terminate(OpenProcess(t, c), 77)).To(Equal("none"))
			t.Observe("exit status of the child", c.Wait().String()).To(Equal("exit 77"))
		}))

	Behaviour("process.flag.priority", Must,
		"A child that is created with IDLE_PRIORITY_CLASS or BELOW_NORMAL_PRIORITY_CLASS among its creation flags has that "+
			"class from its creation on, unless a job sets the class.",
		OnWindows(CreateProcess, ProcessCreationFlags,
			MSLearn("Scheduling Priorities", "windows/win32/procthread/scheduling-priorities"), jobLimits),
		Matters("Where the flag is ignored, background work competes with what the user waits for."),
		Remedy("Call SetPriorityClass on the new process where the flag is ignored."),
		Diverges("Wine", "priority class with IDLE_PRIORITY_CLASS", 0x20,
			"Wine ignores the flag: the class is NORMAL_PRIORITY_CLASS.", WineProcess),
		Diverges("Wine", "priority class with BELOW_NORMAL_PRIORITY_CLASS", 0x20,
			"Wine ignores the flag: the class is NORMAL_PRIORITY_CLASS.", WineProcess),
		Was("win.flag.priority-flag"),
		Try(func(t *Trial) {
			for _, c := range []struct {
				name string
				flag uint32
			}{
				{"IDLE_PRIORITY_CLASS", win32.IDLE_PRIORITY_CLASS},
				{"BELOW_NORMAL_PRIORITY_CLASS", win32.BELOW_NORMAL_PRIORITY_CLASS},
			} {
				started := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED|c.flag))
				process := OpenProcess(t, started)
				class, err := win32.PriorityClass(process)
				t.NoError(err)
				if class != c.flag {
					// In a job with JOB_OBJECT_LIMIT_PRIORITY_CLASS no process has another class.
					_ = win32.SetPriorityClass(process, c.flag)
					if set, err := win32.PriorityClass(process); err != nil || set != c.flag {
						t.Unmet("a process cannot be given %s here, as in a job that sets the class: it has %#x", c.name, set)
					}
				}
				t.Observe("priority class with "+c.name, class).To(BeEquivalentTo(c.flag))
			}
		}))

	Behaviour("process.flag.error-mode", Must,
		"On Windows a child without another parent inherits its creator's error mode, unless it is created with "+
			"CREATE_DEFAULT_ERROR_MODE or a job sets a mode.",
		OnWindows(CreateProcess, ProcessInheritance, ProcessCreationFlags, jobLimits,
			MSLearn("SetErrorMode function", "windows/win32/api/errhandlingapi/nf-errhandlingapi-seterrormode")),
		Matters("Whether a child that crashes waits in a dialog box depends on the program that started it."),
		Remedy("Start with CREATE_DEFAULT_ERROR_MODE where a child should have the default mode."),
		Diverges("Wine", "whether SEM_NOGPFAULTERRORBOX is set in a child whose creator has not", true,
			"In Wine the error mode is a variable of each process, and a query for another process gives the caller's own.",
			"https://github.com/wine-mirror/wine/blob/wine-10.0/dlls/ntdll/unix/process.c"),
		Diverges("Wine", "whether SEM_NOGPFAULTERRORBOX is set in a child created with CREATE_DEFAULT_ERROR_MODE",
			true,
			"In Wine the error mode is a variable of each process, and a query for another process gives the caller's own.",
			"https://github.com/wine-mirror/wine/blob/wine-10.0/dlls/ntdll/unix/process.c"),
		Was("win.flag.error-mode"),
		Try(func(t *Trial) {
			// The children do not run: a Go program sets error modes itself when it starts.
			const noFaultBox = 0x2 // SEM_NOGPFAULTERRORBOX
			c := t.Start(Agent())
			set := func(mode, flags uint32) bool {
				MustCall(c, agent.SetErrorMode, mode)
				g := c.Start(Exit(0), Flags(win32.CREATE_SUSPENDED|flags), Calling(win32.Start{}))
				inherited, err := win32.HardErrorMode(OpenProcess(t, g))
				t.NoError(err)
				return inherited&noFaultBox != 0
			}
			unset, inherited, byDefault := set(0, 0), set(noFaultBox, 0), set(noFaultBox, win32.CREATE_DEFAULT_ERROR_MODE)
			// A job with JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION sets the mode of every member.
			if unset && byDefault && platform.Implementation() == "Windows" {
				t.Unmet("every process has SEM_NOGPFAULTERRORBOX here, as in a job that sets it")
			}
			t.Observe("whether SEM_NOGPFAULTERRORBOX is set in a child whose creator has not", unset).To(BeFalse())
			t.Observe("whether SEM_NOGPFAULTERRORBOX is set in a child whose creator has it", inherited).To(BeTrue())
			t.Observe("whether SEM_NOGPFAULTERRORBOX is set in a child created with CREATE_DEFAULT_ERROR_MODE", byDefault).
				To(BeFalse())
		}))
})
