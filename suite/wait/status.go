package wait

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// harmless are the signals whose default action is not to end the process.
var harmless = []int{posix.SIGCHLD, posix.SIGCONT, posix.SIGURG, posix.SIGWINCH,
	posix.SIGSTOP, posix.SIGTSTP, posix.SIGTTIN, posix.SIGTTOU}

// killed starts a child that sends itself a signal, which has its default
// action and is not blocked whatever this process was started with, and which
// leaves no core; it tells how the child ended.
func killed(t *Trial, signal int) WaitResult {
	var s linux.Script
	const setMask, setDumpable = 2, 4
	none := s.Buffer(64)
	s.Must("prctl", setDumpable, 0)
	s.Call("rt_sigaction", signal, none, 0, 8)
	s.Must("rt_sigprocmask", setMask, none, 0, 8)
	s.Must("kill", s.Call("getpid"), signal)
	return t.Start(Script(s.Exit(0))).Wait()
}

// raising makes the child of a script end itself by a signal.
func raising(s *linux.Script, signal int) *linux.Script {
	s.Must("kill", s.Call("getpid"), signal)
	return s.Exit(1)
}

var _ = Area("wait", title, func() {
	Behaviour("wait.status.signal-encoding", Must,
		"A child that a signal has ended has a status that says so: the low seven bits are the signal's number, and there is no exit code.",
		About(Linux), On(Every...), Needs("script-image", "prctl"), Cite(POSIX("wait"), LinuxMan("wait(2)"), LinuxMan("signal(7)")),
		Matters("Whoever reads an exit code out of such a status reports success, or an exit code that nobody used, for a crash."),
		Remedy("Ask first whether the child exited (WIFEXITED), then for the code."),
		Was("status.signal.encoding"),
		Try(func(t *Trial) {
			for signal := 1; signal < 32; signal++ {
				if slices.Contains(harmless, signal) {
					continue
				}
				ended := killed(t, signal)
				name := posix.SignalName(signal)
				t.Observe("killed by "+name, fmt.Sprintf("%v, status %#x", ended, ended.Raw)).To(Equal(fmt.Sprintf("%s, status %#x", name, signal)))
			}
		}))

	Behaviour("wait.status.realtime-signals", Must,
		"Real-time signals up to the last one end a child and are told as the cause, like all others.",
		About(Linux), On(Every...), Needs("script-image", "prctl"), Cite(LinuxMan("signal(7)")),
		Matters("A binding that knows 31 signals takes these for something else."),
		Was("status.realtime-signals"),
		Try(func(t *Trial) {
			for _, signal := range []int{34, 49, 64} {
				ended := killed(t, signal)
				t.Observe(fmt.Sprint("killed by signal ", signal), fmt.Sprintf("%v, status %#x", ended, ended.Raw)).To(Equal(fmt.Sprintf("signal %d, status %#x", signal, signal)))
			}
		}))

	Behaviour("wait.status.round-trip", Should,
		"The exit value of a child arrives in its parent as it was given, from 0 to 255.",
		On(Every...),
		Cite(POSIX("_Exit"), MSLearn("ExitProcess function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-exitprocess")),
		Matters("A launcher that reports success for a command that failed hides every failure."),
		Was("status.exit.round-trip"),
		Try(func(t *Trial) {
			for _, code := range []int{0, 1, 2, 126, 127, 128, 137, 255} {
				t.Observe("exit value "+strconv.Itoa(code), t.Start(Exit(code)).Wait().String()).
					To(Equal("exit " + strconv.Itoa(code)))
			}
		}))

	Behaviour("wait.status.low8", Must,
		"Only the low 8 bits of an exit value reach wait and waitpid: 256 becomes 0 and -1 becomes 255.",
		About(Unix), On(Every...),
		Cite(POSIX("_Exit"), POSIX("wait")),
		Matters("A program that leaves with a count of errors reports success at 256 of them."),
		Was("status.exit.low8"),
		Try(func(t *Trial) {
			for _, c := range []struct{ left, seen int }{{0, 0}, {1, 1}, {255, 255}, {256, 0}, {257, 1}, {-1, 255}} {
				t.Observe("exit value "+strconv.Itoa(c.left), t.Start(Exit(c.left)).Wait().String()).
					To(Equal("exit " + strconv.Itoa(c.seen)))
			}
		}))

	Behaviour("wait.status.full-in-siginfo", Must,
		"waitid reports all 32 bits of an exit value.",
		About(Linux), On(System), Needs("waitid", "script-image"),
		Cite(POSIX("waitid"), POSIX("_Exit")),
		Diverges("Linux", "status", 0x78, "the kernel keeps the low 8 bits", "https://man7.org/linux/man-pages/man2/_exit.2.html"),
		Diverges("gVisor", "status", 0x78, "as on Linux, the low 8 bits are kept", "https://man7.org/linux/man-pages/man2/_exit.2.html"),
		Matters("POSIX lets programs hand 32 bits to their parent; on Linux the upper 24 are lost on the way."),
		Was("status.exit.full-in-siginfo"),
		Try(func(t *Trial) {
			c := t.Start(Script(new(linux.Script).Exit(0x12345678)))
			s, err := posix.Waitid(posix.P_PID, c.Pid(), posix.WEXITED|posix.WNOWAIT)
			t.ObserveError("error of waitid", err).To(Equal("none"))
			t.Observe("status", s.Status).To(Equal(0x12345678))
		}))

	Behaviour("wait.status.siginfo-codes", Must,
		"waitid tells an exit from a death by signal, and names the value or the signal.",
		About(Linux), On(System), Needs("waitid", "script-image"),
		Cite(POSIX("waitid")),
		Matters("A supervisor restarts after a crash and not after an exit: this is how it tells them apart."),
		Was("status.siginfo.codes"),
		Try(func(t *Trial) {
			look := func(s *linux.Script) posix.State {
				c := t.Start(Script(s))
				state, err := posix.Waitid(posix.P_PID, c.Pid(), posix.WEXITED|posix.WNOWAIT)
				if err != nil {
					t.Fail("waitid: %v", err)
				}
				t.Observe("process of "+state.Code+" is the child", state.PID == c.Pid()).To(BeTrue())
				return state
			}
			exited := look(new(linux.Script).Exit(3))
			t.Observe("an exit", exited.Code).To(Equal("CLD_EXITED"))
			t.Observe("its value", exited.Status).To(Equal(3))
			killed := look(raising(new(linux.Script), posix.SIGTERM))
			t.Observe("a signal", killed.Code).To(Equal("CLD_KILLED"))
			t.Observe("which", posix.SignalName(killed.Status)).To(Equal("SIGTERM"))
		}))

	Behaviour("wait.status.core-dump-flag", Must,
		"The flag of a core dump is set only when a core was dumped: a child that aborts under a core limit too small for one ends without it.",
		About(Linux), On(System), Needs("script-image", "core-limit"),
		Cite(LinuxMan("wait(2)"), LinuxMan("core(5)")),
		Matters("Taken for part of the signal's number it turns SIGABRT into a status that no table has."),
		Was("status.coredump.flag"),
		Try(func(t *Trial) {
			// One byte is too little for a file, and stops a core that is piped
			// to a program, which a limit of 0 does not.
			limit := binary.NativeEndian.AppendUint64(binary.NativeEndian.AppendUint64(nil, 1), 1)
			s := new(linux.Script)
			s.Must("prlimit64", 0, posix.RLIMIT_CORE, string(limit), 0)
			t.Observe("the child's end", t.Start(Script(raising(s, posix.SIGABRT))).Wait().String()).To(Equal("SIGABRT"))
		}))

	Behaviour("wait.status.exit-group", Must,
		"An exit of any thread ends the whole process, and its value is the process's.",
		Cite(POSIX("_Exit"), LinuxMan("exit_group(2)"), MSLearn("ExitProcess function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-exitprocess")),
		Matters("A runtime with threads relies on one exit ending all of them, with the value that was given."),
		Was("status.exit-group.wins"),
		Try(func(t *Trial) {
			c := t.Start(Agent())
			t.NoError(Send(c, agent.ExitFromThread, 42))
			t.Observe("the child's end", c.Wait().String()).To(Equal("exit 42"))
		}))

	Behaviour("wait.status.32-bits", Must,
		"All 32 bits of an exit code arrive, 259 (STILL_ACTIVE) included.",
		About(Windows),
		Cite(MSLearn("GetExitCodeProcess function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-getexitcodeprocess")),
		Matters("Codes such as 0xC0000005 tell why a process crashed; cut to 8 bits they are any small number."),
		Was("status.exit.32-bits"),
		Try(func(t *Trial) {
			for _, c := range []struct {
				code uint32
				seen string
			}{{259, "259"}, {0x12345678, "305419896"}, {0xC0000005, "3221225477"}, {0xffffffff, "4294967295"}} {
				end := t.Start(Exit(int(int32(c.code)))).Wait()
				t.Observe("exit code "+c.seen, strconv.FormatUint(uint64(end.Raw), 10)).To(Equal(c.seen))
			}
		}))

	Behaviour("wait.status.32-bits-windows", Must,
		"An exit code has 32 bits and arrives whole.",
		OnWindows(CreateProcess, GetExitCodeProcess, MSLearn("ExitProcess function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-exitprocess")),
		On(OSExec),
		Matters("A code that means something on Windows, such as 0xC0000005, is cut to 8 bits by whoever treats it as a Unix status."),
		Was("win.exit.32bit"),
		Try(func(t *Trial) {
			for _, c := range []struct {
				name string
				left int
				seen string
			}{{"256", 256, "exit 0x100"}, {"0x80000000", -0x80000000, "exit 0x80000000"}, {"-1", -1, "exit 0xffffffff"}} {
				t.Observe("exit value "+c.name, t.Start(Exit(c.left)).Wait().String()).To(Equal(c.seen))
			}
		}))

	Behaviour("wait.status.still-active", Must,
		"GetExitCodeProcess succeeds for a running process and gives STILL_ACTIVE, 259.",
		OnWindows(System, GetExitCodeProcess),
		Matters("A poll for the exit code cannot tell a running process from one that ended with 259."),
		Remedy("Ask the process handle with a wait of zero milliseconds."), ProvedBy("wait.status.259-is-legal"),
		Was("win.exit.still-active"),
		Try(func(t *Trial) {
			process := OpenProcess(t, t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED)))
			code, err := win32.ExitCode(process)
			t.ObserveError("error", err).To(Equal("none"))
			t.Observe("code", code).To(BeEquivalentTo(259))
		}))

	Behaviour("wait.status.259-is-legal", Must,
		"A process can end with 259; that its handle is signalled tells this from STILL_ACTIVE.",
		OnWindows(System, GetExitCodeProcess, WaitForSingleObject),
		Matters("Code that polls the exit code waits for ever."), Seen("openjdk/jdk#19586", "alexcrichton/wait-timeout#1"),
		Was("win.exit.259-is-legal"),
		Try(func(t *Trial) {
			c := t.Start(Exit(259))
			process := OpenProcess(t, c)
			t.Observe("its end", c.Wait().String()).To(Equal("exit 0x103"))
			code, err := win32.ExitCode(process)
			t.NoError(err)
			t.Observe("code", code).To(BeEquivalentTo(259))
			t.ObserveError("a wait of zero milliseconds", win32.Wait(process, 0)).To(Equal("none"))
		}))

	Behaviour("wait.status.exception", Must,
		"A process that an unhandled exception ends has the exception's NTSTATUS for its exit code.",
		OnWindows(System, GetExitCodeProcess),
		Matters("0xC0000005 is a crash, not a choice; a caller that shows it as -1073741819 hides that."),
		Was("win.exit.exception"),
		Try(func(t *Trial) {
			c := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED))
			// A thread that starts where no code is; the program's own has not run,
			// so no runtime catches it.
			t.NoError(win32.StartThread(OpenProcess(t, c), 1))
			t.Observe("the end by an access violation", c.Wait().String()).To(Equal("exit 0xc0000005"))
		}))

	Behaviour("wait.status.go-panic", Must,
		"A Go program that panics ends with exit code 2.",
		OnWindows(OSExec, GoDoc("runtime#hdr-Environment_Variables")),
		Matters("A crash of a Go child looks like any small exit code; on Unix too."),
		Was("win.exit.go-panic"),
		Try(func(t *Trial) {
			c := t.Start(Agent())
			_ = Send(c, agent.Panic, "")
			t.Observe("its end", c.Wait().String()).To(Equal("exit 2"))
		}))
})
