package wait

import (
	"encoding/binary"
	"strconv"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("wait", "Waiting and exit status", func() {
	Behaviour("status.exit.round-trip", Should,
		"The exit value of a child arrives in its parent as it was given, from 0 to 255.",
		On(Every...),
		Cite(POSIX("_Exit"), MSLearn("ExitProcess function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-exitprocess")),
		Matters("A launcher that reports success for a command that failed hides every failure."),
		Try(func(t *Trial) {
			for _, code := range []int{0, 1, 2, 126, 127, 128, 137, 255} {
				t.Observe("exit value "+strconv.Itoa(code), t.Start(Exit(code)).Wait().String()).
					To(Equal("exit " + strconv.Itoa(code)))
			}
		}))

	Behaviour("status.exit.low8", Must,
		"Only the low 8 bits of an exit value reach wait and waitpid: 256 becomes 0 and -1 becomes 255.",
		About(Unix), On(Every...),
		Cite(POSIX("_Exit"), POSIX("wait")),
		Matters("A program that leaves with a count of errors reports success at 256 of them."),
		Try(func(t *Trial) {
			for _, c := range []struct{ left, seen int }{{0, 0}, {1, 1}, {255, 255}, {256, 0}, {257, 1}, {-1, 255}} {
				t.Observe("exit value "+strconv.Itoa(c.left), t.Start(Exit(c.left)).Wait().String()).
					To(Equal("exit " + strconv.Itoa(c.seen)))
			}
		}))

	Behaviour("status.exit.full-in-siginfo", Must,
		"waitid reports all 32 bits of an exit value.",
		About(Linux), On(System), Needs("waitid", "script-image"),
		Cite(POSIX("waitid"), POSIX("_Exit")),
		Diverges("Linux", "status", 0x78, "the kernel keeps the low 8 bits", "https://man7.org/linux/man-pages/man2/_exit.2.html"),
		Diverges("gVisor", "status", 0x78, "as on Linux, the low 8 bits are kept", "https://man7.org/linux/man-pages/man2/_exit.2.html"),
		Matters("POSIX lets programs hand 32 bits to their parent; on Linux the upper 24 are lost on the way."),
		Try(func(t *Trial) {
			c := t.Start(Script(new(linux.Script).Exit(0x12345678)))
			s, err := posix.Waitid(posix.P_PID, c.Pid(), posix.WEXITED|posix.WNOWAIT)
			t.ObserveError("error of waitid", err).To(Equal("none"))
			t.Observe("status", s.Status).To(Equal(0x12345678))
		}))

	Behaviour("status.siginfo.codes", Must,
		"waitid tells an exit from a death by signal, and names the value or the signal.",
		About(Linux), On(System), Needs("waitid", "script-image"),
		Cite(POSIX("waitid")),
		Matters("A supervisor restarts after a crash and not after an exit: this is how it tells them apart."),
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

	Behaviour("status.coredump.flag", Must,
		"The flag of a core dump is set only when a core was dumped: a child that aborts under a core limit too small for one ends without it.",
		About(Linux), On(System), Needs("script-image", "core-limit"),
		Cite(LinuxMan("wait(2)"), LinuxMan("core(5)")),
		Matters("Taken for part of the signal's number it turns SIGABRT into a status that no table has."),
		Try(func(t *Trial) {
			// One byte is too little for a file, and stops a core that is piped
			// to a program, which a limit of 0 does not.
			limit := binary.NativeEndian.AppendUint64(binary.NativeEndian.AppendUint64(nil, 1), 1)
			s := new(linux.Script)
			s.Must("prlimit64", 0, posix.RLIMIT_CORE, string(limit), 0)
			t.Observe("the child's end", t.Start(Script(raising(s, posix.SIGABRT))).Wait().String()).To(Equal("SIGABRT"))
		}))

	Behaviour("status.exit-group.wins", Must,
		"An exit of any thread ends the whole process, and its value is the process's.",
		Cite(POSIX("_Exit"), LinuxMan("exit_group(2)"), MSLearn("ExitProcess function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-exitprocess")),
		Matters("A runtime with threads relies on one exit ending all of them, with the value that was given."),
		Try(func(t *Trial) {
			c := t.Start(Agent())
			t.NoError(Send(c, agent.ExitFromThread, 42))
			t.Observe("the child's end", c.Wait().String()).To(Equal("exit 42"))
		}))

	Behaviour("status.exit.32-bits", Must,
		"All 32 bits of an exit code arrive, 259 (STILL_ACTIVE) included.",
		About(Windows),
		Cite(MSLearn("GetExitCodeProcess function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-getexitcodeprocess")),
		Matters("Codes such as 0xC0000005 tell why a process crashed; cut to 8 bits they are any small number."),
		Try(func(t *Trial) {
			for _, c := range []struct {
				code uint32
				seen string
			}{{259, "259"}, {0x12345678, "305419896"}, {0xC0000005, "3221225477"}, {0xffffffff, "4294967295"}} {
				end := t.Start(Exit(int(int32(c.code)))).Wait()
				t.Observe("exit code "+c.seen, strconv.FormatUint(uint64(end.Raw), 10)).To(Equal(c.seen))
			}
		}))
})

// raising makes the child of a script end itself by a signal.
func raising(s *linux.Script, signal int) *linux.Script {
	s.Must("kill", s.Call("getpid"), signal)
	return s.Exit(1)
}
