package process

import (
	"os"
	"path/filepath"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var handlesAndIDs = MSLearn("Process Handles and Identifiers", "windows/win32/procthread/process-handles-and-identifiers")

var _ = Area("process", title, func() {
	Behaviour("process.object.kept-by-handle", Must,
		"Exit code, times and id of a process that has ended can be read as long as a handle to it is open.",
		OnWindows(System, handlesAndIDs, TerminateProcess),
		Matters("Nobody has to hurry to collect a status, and nobody can collect it twice too few times: there are no zombies."),
		Was("win.proc.handle-keeps-object"),
		Try(func(t *Trial) {
			c := t.Start(Exit(6))
			process := OpenProcess(t, c)
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

	Behaviour("process.object.id-held", Must,
		"The id of a process that has ended is not given away while a handle to it is open.",
		OnWindows(System, handlesAndIDs),
		Matters("A handle is the only way to be sure whom an id names."),
		Was("win.proc.pid-held"),
		Try(func(t *Trial) {
			c := t.Start(Exit(6))
			OpenProcess(t, c)
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

	Behaviour("process.object.wait-repeatable", Must,
		"A wait does not use up the end of a process: every wait after it returns at once.",
		OnWindows(System, WaitForSingleObject),
		Matters("Several threads and processes can wait for one child, each with the whole result."),
		Was("win.proc.wait-repeatable"),
		Try(func(t *Trial) {
			c := t.Start(Exit(6))
			process := OpenProcess(t, c)
			c.Wait()
			for _, n := range []string{"second", "third"} {
				t.ObserveError("the "+n+" wait", win32.Wait(process, 0)).To(Equal("none"))
			}
		}))

	Behaviour("process.object.image-locked", Must,
		"The image of a running process cannot be deleted or opened for writing; it can be renamed and read.",
		OnWindows(System, MSLearn("DeleteFile function", "windows/win32/api/fileapi/nf-fileapi-deletefilew"),
			MSLearn("CreateFileW function", "windows/win32/api/fileapi/nf-fileapi-createfilew")),
		Matters("A program cannot be replaced or cleaned up while it runs, and an update has to move it away first."),
		Remedy("Rename the running image, put the new one in its place, delete the old one later and try more than once."),
		Seen("golang/go#23171", "golang/go#45672"),
		Was("win.proc.image-locked"),
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
