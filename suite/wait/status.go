package wait

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

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

// killed starts a child that sends itself a signal, and waits for it.
func killed(t *Trial, signal int) WaitResult {
	return t.Start(Script(new(linux.Script).Raise(signal).Exit(0))).Wait()
}

// aborting makes the child of a script end by SIGABRT, which has its default action,
// under a limit of core files in bytes.
func aborting(limits posix.Limits) *linux.Script {
	var s linux.Script
	const setMask = 2
	none := s.Buffer(64)
	limit := binary.NativeEndian.AppendUint64(binary.NativeEndian.AppendUint64(nil, limits.Soft), limits.Hard)
	s.Must("prlimit64", 0, posix.RLIMIT_CORE, string(limit), 0)
	s.Call("umask", 0o077) // a core file that its owner could not read and write is not written
	s.Call("rt_sigaction", posix.SIGABRT, none, 0, 8)
	s.Must("rt_sigprocmask", setMask, none, 0, 8)
	s.Must("kill", s.Call("getpid"), posix.SIGABRT)
	return s.Exit(1)
}

var exitProcess = MSLearn("ExitProcess function",
	"windows/win32/api/processthreadsapi/nf-processthreadsapi-exitprocess")

var _ = Area("wait", title, func() {
	Behaviour("wait.status.signal-encoding", Must,
		"The status of a child that a signal has ended satisfies WIFSIGNALED and not WIFEXITED, and WTERMSIG is the "+
			"signal: on Linux the status word is the signal's number, if no core was dumped.",
		About(Linux), On(Every...), Needs("script-image", "prctl"),
		Cite(POSIX("wait"), LinuxMan("wait(2)"), Document("glibc bits/waitstatus.h",
			"https://sourceware.org/git/?p=glibc.git;a=blob;f=bits/waitstatus.h")),
		Matters("A program that reads an exit status out of such a status word reports success, or an exit status that the "+
			"child did not use, for a crash."),
		Remedy("Test first whether the child exited (WIFEXITED), then read the exit status."),
		Was("status.signal.encoding"),
		Try(func(t *Trial) {
			for signal := 1; signal < 32; signal++ {
				if slices.Contains(harmless, signal) {
					continue
				}
				ended := killed(t, signal)
				name := posix.SignalName(signal)
				t.Observe("result after "+name, fmt.Sprintf("%v, status %#x", ended, ended.Raw)).
					To(Equal(fmt.Sprintf("%s, status %#x", name, signal)))
			}
		}))

	Behaviour("wait.status.realtime-signals", Must,
		"Every real-time signal from 32 to 64 (MIPS has more) ends a child that does not handle, block or ignore it and is "+
			"not the first process of a pid namespace, and is reported as the cause.",
		About(Linux), On(Every...), Needs("script-image", "prctl"),
		Cite(LinuxMan("signal(7)"), LinuxMan("pid_namespaces(7)")),
		Matters("A binding that knows 31 signals takes a real-time signal for something else."),
		Was("status.realtime-signals"),
		Try(func(t *Trial) {
			// glibc has 32 and 33 for its own threads, and numbers its SIGRTMIN from 34.
			others := []int{}
			for signal := 32; signal <= 64; signal++ {
				ended := killed(t, signal)
				got, want := fmt.Sprintf("%v, status %#x", ended, ended.Raw), fmt.Sprintf("signal %d, status %#x", signal, signal)
				if slices.Contains([]int{34, 49, 64}, signal) {
					t.Observe(fmt.Sprint("result after signal ", signal), got).To(Equal(want))
				} else if got != want {
					others = append(others, signal)
				}
			}
			t.Observe("other real-time signals that are not reported so", others).To(BeEmpty())
		}))

	Behaviour("wait.status.round-trip", Must,
		"A parent gets the exit status of its child as the child gave it, from 0 to 255.",
		Also(Fork),
		Cite(POSIX("_Exit"), POSIX("wait"), exitProcess, GetExitCodeProcess),
		Matters("A launcher that reports success for a command that failed hides every failure."),
		Was("status.exit.round-trip"),
		Try(func(t *Trial) {
			for _, code := range []int{0, 1, 2, 126, 127, 128, 137, 255} {
				t.Observe("result for exit status "+strconv.Itoa(code), t.Start(Exit(code)).Wait().String()).
					To(Equal("exit " + strconv.Itoa(code)))
			}
		}))

	Behaviour("wait.status.low8", Must,
		"Only the low 8 bits of an exit status reach wait and waitpid: 256 becomes 0, and -1 becomes 255.",
		About(Unix), Also(Fork),
		Cite(POSIX("_Exit"), POSIX("wait")),
		Matters("A program that exits with its number of errors reports success at 256 of them."),
		Was("status.exit.low8"),
		Try(func(t *Trial) {
			for _, c := range []struct{ given, seen int }{{0, 0}, {1, 1}, {255, 255}, {256, 0}, {257, 1}, {-1, 255}} {
				t.Observe("result for exit status "+strconv.Itoa(c.given), t.Start(Exit(c.given)).Wait().String()).
					To(Equal("exit " + strconv.Itoa(c.seen)))
			}
		}))

	Behaviour("wait.status.full-in-siginfo", Must,
		"waitid reports all 32 bits of an exit status.",
		About(Unix), On(System), Needs("waitid"),
		Cite(POSIX("waitid"), POSIX("_Exit")),
		Diverges("Linux", "status", 0x78, "The kernel keeps the low 8 bits.",
			"https://man7.org/linux/man-pages/man2/_exit.2.html"),
		Diverges("gVisor", "status", 0x78, "As on Linux, the low 8 bits are kept.",
			"https://man7.org/linux/man-pages/man2/_exit.2.html"),
		Diverges("macOS", "status", 0x345678, "The upper 8 bits go to the siginfo of SIGCHLD, and waitid gives the lower 24.",
			"https://github.com/apple-oss-distributions/xnu/blob/main/bsd/kern/kern_exit.c"),
		Matters("POSIX lets a program give 32 bits to its parent; on Linux the upper 24 are lost on the way, on macOS, by "+
			"its source, the upper 8."),
		Remedy("Send what does not fit into 8 bits through a pipe or a file."),
		Was("status.exit.full-in-siginfo"),
		Try(func(t *Trial) {
			c := t.Start(Exit(0x12345678))
			s, err := posix.Waitid(posix.P_PID, c.Pid(), posix.WEXITED|posix.WNOWAIT)
			t.ObserveError("error of waitid", err).To(Equal("none"))
			t.Observe("status", s.Status).To(Equal(0x12345678))
		}))

	Behaviour("wait.status.siginfo-codes", Must,
		"waitid distinguishes an exit, which it reports with the exit status, from an end by a signal, which it reports "+
			"with the signal.",
		About(Unix), On(System), Needs("waitid"),
		Cite(POSIX("waitid")),
		Matters("A supervisor that restarts its child after a crash and not after an exit relies on this."),
		Was("status.siginfo.codes"),
		Try(func(t *Trial) {
			look := func(c *Process) posix.State {
				state, err := posix.Waitid(posix.P_PID, c.Pid(), posix.WEXITED|posix.WNOWAIT)
				if err != nil {
					t.Fail("waitid: %v", err)
				}
				return state
			}
			c := t.Start(Exit(3))
			exited := look(c)
			t.Observe("code of an exit", exited.Code).To(Equal("CLD_EXITED"))
			t.Observe("status of an exit", exited.Status).To(Equal(3))
			t.Observe("process of an exit equal to the child", exited.PID == c.Pid()).To(BeTrue())
			c = t.Start(Agent())
			t.NoError(posix.Kill(c.Pid(), posix.SIGKILL))
			killed := look(c)
			t.Observe("code of an end by SIGKILL", killed.Code).To(Equal("CLD_KILLED"))
			t.Observe("status of an end by SIGKILL", posix.SignalName(killed.Status)).To(Equal("SIGKILL"))
			t.Observe("process of an end by SIGKILL equal to the child", killed.PID == c.Pid()).To(BeTrue())
		}))

	Behaviour("wait.status.core-dump-flag", Must,
		"The status of a child that aborts has no core dump flag when no core was dumped, as of a process that is not "+
			"dumpable (PR_SET_DUMPABLE).",
		About(Linux), On(System), Needs("script-image", "prctl"),
		Cite(LinuxMan("wait(2)"), LinuxMan("PR_SET_DUMPABLE(2const)")),
		Matters("The signal does not tell whether the kernel dumped a core; the flag does. What became of the core is up to "+
			"the program that core_pattern names, if it names one."),
		Was("status.coredump.flag"),
		Try(func(t *Trial) {
			ended := killed(t, posix.SIGABRT)
			t.Observe("result of the wait", ended.String()).To(Equal("SIGABRT"))
			t.Observe("core dump flag", ended.Raw&0x80 != 0).To(BeFalse())
		}))

	Behaviour("wait.status.core-dumped", Must,
		"The status of a child whose core was dumped to a file has the core dump flag beside the signal.",
		About(Linux), On(System), Needs("script-image", "core-dumps-to-file"),
		Cite(LinuxMan("wait(2)"), LinuxMan("core(5)")),
		Matters("Taken for part of the signal's number the flag turns SIGABRT into a signal that no table has."),
		Remedy("Take WTERMSIG for the signal and WCOREDUMP for the flag."),
		Try(func(t *Trial) {
			pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
			t.NoError(err)
			if strings.Contains(string(pattern), "/") {
				t.Unmet("a core is dumped outside of the child's working directory: core_pattern is %q", pattern)
			}
			limits, err := posix.Getrlimit(posix.RLIMIT_CORE)
			t.NoError(err)
			const enough = 1 << 20
			if limits.Hard < enough {
				t.Unmet("the hard limit of core files is %d bytes", limits.Hard)
			}
			limits.Soft = limits.Hard
			ended := t.Start(Script(aborting(limits)), In(t.Dir())).Wait()
			t.Observe("signal", posix.SignalName(int(ended.Raw&0x7f))).To(Equal("SIGABRT"))
			t.Observe("core dump flag", ended.Raw&0x80 != 0).To(BeTrue())
			files, err := os.ReadDir(t.Dir())
			t.NoError(err)
			t.Observe("files in the working directory", len(files)).To(Equal(1))
		}))

	Behaviour("wait.status.exit-group", Must,
		"A thread that ends its process, by exit_group on Linux, by exit or _exit on other Unixes or by ExitProcess on "+
			"Windows, ends all other threads of it too, and the process has the exit status of that call.",
		Cite(POSIX("exit"), POSIX("_Exit"), LinuxMan("exit_group(2)"), exitProcess),
		Matters("A runtime with threads relies on one call to end all of them. The system call exit of Linux, which _exit "+
			"is not, ends one thread."),
		Was("status.exit-group.wins"),
		Try(func(t *Trial) {
			c := t.Start(Agent())
			t.NoError(Send(c, agent.ExitFromThread, 42))
			t.Observe("result of the wait", c.Wait().String()).To(Equal("exit 42"))
		}))

	Behaviour("wait.status.32-bits", Must,
		"On Windows an exit code has 32 bits, and a parent gets all of them, of 259 (STILL_ACTIVE) too.",
		About(Windows),
		Cite(exitProcess, GetExitCodeProcess),
		Matters("A code such as 0xC0000005 says why a process crashed; cut to 8 bits, as a Unix status is, it is any small "+
			"number."),
		Was("status.exit.32-bits", "win.exit.32bit"),
		Try(func(t *Trial) {
			for _, code := range []uint32{256, 259, 0x12345678, 0x80000000, 0xC0000005, 0xffffffff} {
				given := strconv.FormatUint(uint64(code), 10)
				ended := t.Start(Exit(int(int32(code)))).Wait()
				t.Observe("result for exit code "+given, strconv.FormatUint(uint64(ended.Raw), 10)).To(Equal(given))
			}
		}))

	Behaviour("wait.status.still-active", Must,
		"GetExitCodeProcess succeeds for a running process and gives STILL_ACTIVE, 259.",
		OnWindows(System, GetExitCodeProcess),
		Matters("A caller that polls the exit code cannot distinguish a running process from one that exited with 259."),
		Remedy("Wait for the process handle with a timeout of zero."), ProvedBy("wait.status.259-is-legal"),
		Was("win.exit.still-active"),
		Try(func(t *Trial) {
			process := OpenProcess(t, t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED)))
			code, err := win32.ExitCode(process)
			t.ObserveError("error of GetExitCodeProcess", err).To(Equal("none"))
			t.Observe("exit code of a running process", code).To(BeEquivalentTo(259))
			t.ObserveError("error of a wait with a timeout of zero", win32.Wait(process, 0)).To(Equal("WAIT_TIMEOUT (258)"))
		}))

	Behaviour("wait.status.259-is-legal", Must,
		"On Windows a process can exit with 259; its handle is signalled then, unlike that of a process that is still "+
			"active.",
		OnWindows(System, GetExitCodeProcess, WaitForSingleObject),
		Matters("Code that polls the exit code until it is not 259 never ends."),
		Remedy("Do not exit with 259: a parent that takes the exit code for the state waits forever."),
		Seen("openjdk/jdk#19586", "alexcrichton/wait-timeout#1"),
		Was("win.exit.259-is-legal"),
		Try(func(t *Trial) {
			c := t.Start(Agent())
			process := OpenProcess(t, c)
			t.ObserveError("error of a wait with a timeout of zero while the process is active", win32.Wait(process, 0)).
				To(Equal("WAIT_TIMEOUT (258)"))
			c.Exit(259)
			t.Observe("exit status of the child", c.Wait().String()).To(Equal("exit 0x103"))
			code, err := win32.ExitCode(process)
			t.NoError(err)
			t.Observe("exit code", code).To(BeEquivalentTo(259))
			t.ObserveError("error of a wait with a timeout of zero", win32.Wait(process, 0)).To(Equal("none"))
		}))

	Behaviour("wait.status.exception", Must,
		"On Windows a process that an unhandled exception terminates has the exception's code for its exit code.",
		OnWindows(System, TerminatingAProcess, GetExitCodeProcess),
		Matters("0xC0000005 nearly always means a crash; a caller that shows it as -1073741819 hides that."),
		Was("win.exit.exception"),
		Try(func(t *Trial) {
			c := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED))
			// A thread starts in memory that is never mapped, at an address that every
			// processor can jump to. The program's own thread has not run, so no runtime
			// handles the exception.
			const unmapped = 0x1000
			t.NoError(win32.StartThread(OpenProcess(t, c), unmapped))
			t.Observe("exit status after an access violation", c.Wait().String()).To(Equal("exit 0xc0000005"))
		}))

	Behaviour("wait.status.go-panic", Must,
		"A Go program that ends by an unrecovered panic exits with code 2, unless the level of its traceback (GOTRACEBACK, "+
			"debug.SetTraceback) is crash or wer.",
		On(OSExec), Cite(GoDoc("runtime#hdr-Environment_Variables"), GoDoc("runtime/debug#SetTraceback")),
		Matters("The crash of a Go program looks like any small exit code; it ends by no signal and leaves no core."),
		Was("win.exit.go-panic"),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			c := t.Start(Agent(), Stderr(w), Env(append(os.Environ(), "GOTRACEBACK=single")...))
			t.NoError(w.Close())
			_ = Send(c, agent.Panic, "")
			t.Observe("exit status of the child", c.Wait().String()).To(Equal("exit 2"))
			trace, err := t.ReadAll(r)
			t.NoError(err)
			t.Observe("whether it ended by a panic", strings.HasPrefix(string(trace), "panic: ")).To(BeTrue())
		}))
})
