package win32

import (
	"os"
	"path/filepath"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("win32", "Windows processes", func() {
	waitFor := MSLearn("WaitForSingleObject function", "windows/win32/api/synchapi/nf-synchapi-waitforsingleobject")

	Behaviour("win.exit.32bit", Must,
		"An exit code has 32 bits and arrives whole.",
		about(CreateProcess, exitCode, MSLearn("ExitProcess function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-exitprocess")),
		On(OSExec),
		Matters("A code that means something on Windows, such as 0xC0000005, is cut to 8 bits by whoever treats it as a Unix status."),
		Try(func(t *Trial) {
			for _, c := range []struct {
				name string
				left int
				seen string
			}{{"256", 256, "exit 0x100"}, {"0x80000000", -0x80000000, "exit 0x80000000"}, {"-1", -1, "exit 0xffffffff"}} {
				t.Observe("exit value "+c.name, t.Start(Exit(c.left)).Wait().String()).To(Equal(c.seen))
			}
		}))

	Behaviour("win.exit.still-active", Must,
		"GetExitCodeProcess succeeds for a running process and gives STILL_ACTIVE, 259.",
		about(System, exitCode),
		Matters("A poll for the exit code cannot tell a running process from one that ended with 259."),
		Remedy("Ask the process handle with a wait of zero milliseconds."), ProvedBy("win.exit.259-is-legal"),
		Try(func(t *Trial) {
			process := open(t, t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED)))
			code, err := win32.ExitCode(process)
			t.ObserveError("error", err).To(Equal("none"))
			t.Observe("code", code).To(BeEquivalentTo(259))
		}))

	Behaviour("win.exit.259-is-legal", Must,
		"A process can end with 259; that its handle is signalled tells this from STILL_ACTIVE.",
		about(System, exitCode, waitFor),
		Matters("Code that polls the exit code waits for ever."), Seen("openjdk/jdk#19586", "alexcrichton/wait-timeout#1"),
		Try(func(t *Trial) {
			c := t.Start(Exit(259))
			process := open(t, c)
			t.Observe("its end", c.Wait().String()).To(Equal("exit 0x103"))
			code, err := win32.ExitCode(process)
			t.NoError(err)
			t.Observe("code", code).To(BeEquivalentTo(259))
			t.ObserveError("a wait of zero milliseconds", win32.Wait(process, 0)).To(Equal("none"))
		}))

	Behaviour("win.exit.exception", Must,
		"A process that an unhandled exception ends has the exception's NTSTATUS for its exit code.",
		about(System, exitCode),
		Matters("0xC0000005 is a crash, not a choice; a caller that shows it as -1073741819 hides that."),
		Try(func(t *Trial) {
			c := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED))
			// A thread that starts where no code is; the program's own has not run,
			// so no runtime catches it.
			t.NoError(win32.StartThread(open(t, c), 1))
			t.Observe("the end by an access violation", c.Wait().String()).To(Equal("exit 0xc0000005"))
		}))

	Behaviour("win.exit.go-panic", Must,
		"A Go program that panics ends with exit code 2.",
		about(OSExec, GoDoc("runtime#hdr-Environment_Variables")),
		Matters("A crash of a Go child looks like any small exit code; on Unix too."),
		Try(func(t *Trial) {
			c := t.Start(Agent())
			_ = Send(c, agent.Panic, "")
			t.Observe("its end", c.Wait().String()).To(Equal("exit 2"))
		}))

	Behaviour("win.kill.code", Must,
		"TerminateProcess gives the process exactly the exit code passed, 259 included.",
		about(System, terminate),
		Matters("There is no mark of a kill: the code is whatever the killer chose."),
		Try(func(t *Trial) {
			for _, code := range []uint32{259, 0xDEADBEEF} {
				c := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED))
				t.NoError(win32.Terminate(open(t, c), code))
				said := platform.Status{Exited: true, Code: int(code)}.String()
				t.Observe("code of a kill with "+said, c.Wait().String()).To(Equal(said))
			}
		}))

	Behaviour("win.kill.dead", Must,
		"TerminateProcess fails with ERROR_ACCESS_DENIED when the process has ended, and leaves its exit code.",
		about(System, terminate),
		Matters("A kill that comes too late looks like one that was not permitted."),
		Remedy("After ERROR_ACCESS_DENIED ask whether the handle is signalled."), ProvedBy("win.proc.wait-repeatable"),
		Diverges("Wine", "error", "none", "Wine's server sees no thread left to end, and is content.",
			"https://github.com/wine-mirror/wine/blob/wine-10.0/server/process.c"),
		Try(func(t *Trial) {
			c := t.Start(Exit(3))
			process := open(t, c)
			t.Observe("its end", c.Wait().String()).To(Equal("exit 3"))
			t.ObserveError("error", win32.Terminate(process, 9)).To(Equal("ERROR_ACCESS_DENIED (5)"))
			code, err := win32.ExitCode(process)
			t.NoError(err)
			t.Observe("exit code afterwards", code).To(BeEquivalentTo(3))
		}))

	Behaviour("win.kill.not-tree", Must,
		"Terminating a process leaves the processes it started running.",
		about(System, terminate, MSLearn("Terminating a Process", "windows/win32/procthread/terminating-a-process")),
		Matters("A cancelled build goes on building."),
		Remedy("Put the child into a job that ends its members when it is closed."), ProvedBy("win.job.kill-on-close-tree"),
		Seen("golang/go#79927", "cirruslabs/cirrus-ci-agent#23"),
		Try(func(t *Trial) {
			c := t.Start(Agent())
			g := c.Start(Agent(), InheritStdio(), Orphan())
			Ask(g, agent.Getppid)
			t.ObserveError("terminating the child", c.Kill()).To(Equal("none"))
			t.Observe("the child's end", c.Wait().String()).To(Equal("exit 1"))
			_, err := TryAsk(g, agent.Getppid)
			t.ObserveError("the grandchild answers", err).To(Equal("none"))
		}))

	Behaviour("win.proc.no-reparent", Must,
		"Nobody adopts the child of a process that has ended: its parent id goes on naming the dead creator.",
		about(System, MSLearn("PROCESSENTRY32W structure", "windows/win32/api/tlhelp32/ns-tlhelp32-processentry32w"),
			MSLearn("CreateToolhelp32Snapshot function", "windows/win32/api/tlhelp32/nf-tlhelp32-createtoolhelp32snapshot")),
		Matters("Once the id is given to somebody else, a walk along parent ids takes strangers for descendants."),
		Remedy("Believe a parent id only if the parent was created before the child; to end a tree, use a job."),
		ProvedBy("win.job.kill-on-close-tree"), Seen("jesseduffield/kill#1"),
		Try(func(t *Trial) {
			c := t.Start(Agent())
			open(t, c) // holds the id, so that nobody else is given it
			g := c.Start(Agent(), InheritStdio(), Orphan())
			Ask(g, agent.Getppid)
			c.Exit(0)
			c.Wait()
			p, err := win32.ParentOf(uint32(g.Pid()))
			t.NoError(err)
			t.Observe("the grandchild runs", p.Listed).To(BeTrue())
			t.Observe("its parent is the dead creator", int(p.Parent) == c.Pid()).To(BeTrue())
		}))

	Behaviour("win.proc.handle-keeps-object", Must,
		"Exit code, times and id of a process that has ended can be read as long as a handle to it is open.",
		about(System, handlesAndIDs, terminate),
		Matters("Nobody has to hurry to collect a status, and nobody can collect it twice too few times: there are no zombies."),
		Try(func(t *Trial) {
			c := t.Start(Exit(6))
			process := open(t, c)
			c.Wait() // closes the launcher's own handles
			code, err := win32.ExitCode(process)
			t.ObserveError("GetExitCodeProcess", err).To(Equal("none"))
			t.Observe("code", code).To(BeEquivalentTo(6))
			id, err := win32.ProcessID(process)
			t.ObserveError("GetProcessId", err).To(Equal("none"))
			t.Observe("the id is the child's", int(id) == c.Pid()).To(BeTrue())
			ran, err := win32.Ran(process)
			t.ObserveError("GetProcessTimes", err).To(Equal("none"))
			t.Observe("it ended after it was created", ran).To(BeTrue())
		}))

	Behaviour("win.proc.pid-held", Must,
		"The id of a process that has ended is not given away while a handle to it is open.",
		about(System, handlesAndIDs),
		Matters("A handle is the only way to be sure whom an id names."),
		Try(func(t *Trial) {
			c := t.Start(Exit(6))
			open(t, c)
			c.Wait()
			again, err := win32.OpenProcess(win32.ProcessQueryLimited, uint32(c.Pid()))
			t.ObserveError("opening the id again", err).To(Equal("none"))
			if err == nil {
				defer win32.Close(again)
				code, err := win32.ExitCode(again)
				t.NoError(err)
				t.Observe("its exit code", code).To(BeEquivalentTo(6))
			}
		}))

	Behaviour("win.proc.wait-repeatable", Must,
		"A wait does not use up the end of a process: every wait after it returns at once.",
		about(System, waitFor),
		Matters("Several threads and processes can wait for one child, each with the whole result."),
		Try(func(t *Trial) {
			c := t.Start(Exit(6))
			process := open(t, c)
			c.Wait()
			for _, n := range []string{"second", "third"} {
				t.ObserveError("the "+n+" wait", win32.Wait(process, 0)).To(Equal("none"))
			}
		}))

	Behaviour("win.proc.image-locked", Must,
		"The image of a running process cannot be deleted or opened for writing; it can be renamed and read.",
		about(System, MSLearn("DeleteFile function", "windows/win32/api/fileapi/nf-fileapi-deletefilew"),
			MSLearn("CreateFileW function", "windows/win32/api/fileapi/nf-fileapi-createfilew")),
		Matters("A program cannot be replaced or cleaned up while it runs, and an update has to move it away first."),
		Remedy("Rename the running image, put the new one in its place, delete the old one later and try more than once."),
		Seen("golang/go#23171", "golang/go#45672"),
		Try(func(t *Trial) {
			path, moved := t.CopyOfSelf("image.exe"), filepath.Join(t.Dir(), "moved.exe")
			c := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED), Image(path))
			t.ObserveError("deleting it", os.Remove(path)).To(Equal("ERROR_ACCESS_DENIED (5)"))
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			t.ObserveError("opening it for writing", err).To(Equal("ERROR_SHARING_VIOLATION (32)"))
			if err == nil {
				t.NoError(f.Close())
			}
			t.ObserveError("renaming it", os.Rename(path, moved)).To(Equal("none"))
			f, err = os.Open(moved)
			t.ObserveError("reading it", err).To(Equal("none"))
			if err == nil {
				t.NoError(f.Close())
			}
			t.NoError(c.Kill())
			c.Wait()
			t.Observe("after its end it can be deleted", t.Eventually(func() bool { return os.Remove(moved) == nil })).To(BeTrue())
		}))
})
