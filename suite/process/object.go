package process

import (
	"os"
	"path/filepath"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var processInformation = MSLearn("PROCESS_INFORMATION structure",
	"windows/win32/api/processthreadsapi/ns-processthreadsapi-process_information")

var _ = Area("process", title, func() {
	Behaviour("process.object.kept-by-handle", Must,
		"On Windows the exit code, the times and the id of an exited process can be read as long as a handle to it is open "+
			"that has the right to query it.",
		OnWindows(System, TerminateProcess, GetExitCodeProcess, processInformation,
			MSLearn("GetProcessTimes function",
				"windows/win32/api/processthreadsapi/nf-processthreadsapi-getprocesstimes")),
		Matters("A status can be read at any time and by several processes. A handle that is left open keeps the object, as "+
			"a child that is not waited for is kept on Unix."),
		Was("win.proc.handle-keeps-object"),
		Try(func(t *Trial) {
			c := t.Start(Exit(6))
			process := OpenProcess(t, c)
			c.Wait() // closes the launcher's own handles
			code, err := win32.ExitCode(process)
			t.ObserveError("error of GetExitCodeProcess", err).To(Equal("none"))
			t.Observe("exit code", code).To(BeEquivalentTo(6))
			id, err := win32.ProcessID(process)
			t.ObserveError("error of GetProcessId", err).To(Equal("none"))
			t.Observe("whether the id is the child's", int(id) == c.Pid()).To(BeTrue())
			inOrder, err := win32.TimesInOrder(process)
			t.ObserveError("error of GetProcessTimes", err).To(Equal("none"))
			t.Observe("whether the exit time is not before the creation time", inOrder).To(BeTrue())
		}))

	Behaviour("process.object.id-held", Must,
		"On Windows the id of an exited process is not given to another process while a handle to the process is open.",
		OnWindows(System, processInformation,
			MSLearn("JOBOBJECT_ASSOCIATE_COMPLETION_PORT structure",
				"windows/win32/api/winnt/ns-winnt-jobobject_associate_completion_port")),
		Matters("Without a handle that was opened while the process was known to be the right one, an id may name another "+
			"process."),
		Was("win.proc.pid-held"),
		Try(func(t *Trial) {
			c := t.Start(Exit(6))
			OpenProcess(t, c)
			c.Wait()
			again, err := win32.OpenProcess(win32.ProcessQueryLimited, uint32(c.Pid()))
			t.ObserveError("error of opening the id again", err).To(Equal("none"))
			if err == nil {
				defer win32.Close(again)
				code, err := win32.ExitCode(again)
				t.NoError(err)
				t.Observe("exit code of the process that the id names", code).To(BeEquivalentTo(6))
			}
			taken := false
			for range 20 {
				other := t.Start(Exit(0))
				taken = taken || other.Pid() == c.Pid()
				other.Wait()
			}
			t.Observe("whether one of twenty processes started meanwhile has the id", taken).To(BeFalse())
		}))

	Behaviour("process.object.wait-repeatable", Must,
		"On Windows a wait for a process does not use up its exit: every further wait returns at once.",
		OnWindows(System, WaitForSingleObject, MSLearn("Wait Functions", "windows/win32/sync/wait-functions")),
		Matters("Several threads and processes can wait for one child, and each gets the whole result."),
		Was("win.proc.wait-repeatable"),
		Try(func(t *Trial) {
			c := t.Start(Exit(6))
			process := OpenProcess(t, c)
			c.Wait()
			for _, n := range []string{"second", "third"} {
				t.ObserveError("error of the "+n+" wait", win32.Wait(process, 0)).To(Equal("none"))
			}
		}))

	Behaviour("process.object.image-locked", Must,
		"DeleteFile fails for the image of a running process, by the last name (hard link) that the file has.",
		OnWindows(System, MSLearn("DeleteFile function", "windows/win32/api/fileapi/nf-fileapi-deletefilew")),
		Matters("A program that runs cannot be removed, nor replaced without being renamed first. Of two hard links to it, "+
			"Windows 10 and later delete one."),
		Remedy("Rename the running image, put the new one in its place, delete the old one later and try more than once."),
		ProvedBy("process.object.image-renamable"),
		Seen("golang/go#23171", "golang/go#45672"),
		Was("win.proc.image-locked"),
		Try(func(t *Trial) {
			path, linked := t.CopyOfSelf("image.exe"), filepath.Join(t.Dir(), "linked.exe")
			noLinks := os.Link(path, linked)
			c := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED), Image(path))
			if noLinks == nil {
				t.Observe("whether one of two names of the image can be deleted", os.Remove(linked) == nil)
			}
			t.Observe("whether the image can be deleted", os.Remove(path) == nil).To(BeFalse())
			t.NoError(c.Kill())
			c.Wait()
			t.Observe("whether the image can be deleted after the exit",
				t.Eventually(func() bool { return os.Remove(path) == nil })).To(BeTrue())
		}))

	Behaviour("process.object.image-renamable", Observed,
		"The image of a running process can be renamed and read; opening it for writing fails with "+
			"ERROR_SHARING_VIOLATION (32), deleting it with ERROR_ACCESS_DENIED (5).",
		OnWindows(System, CreateFile, MSLearn("DeleteFile function", "windows/win32/api/fileapi/nf-fileapi-deletefilew")),
		Matters("An update in place has to move the running image away first."),
		Seen("golang/go#23171", "golang/go#45672"),
		Try(func(t *Trial) {
			path, moved := t.CopyOfSelf("image.exe"), filepath.Join(t.Dir(), "moved.exe")
			c := t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED), Image(path))
			t.ObserveError("error of deleting the image", os.Remove(path))
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			t.ObserveError("error of opening the image for writing", err)
			if err == nil {
				t.NoError(f.Close())
			}
			t.ObserveError("error of renaming the image", os.Rename(path, moved))
			f, err = os.Open(moved)
			t.ObserveError("error of opening the image for reading", err)
			if err == nil {
				t.NoError(f.Close())
			}
			t.NoError(c.Kill())
			c.Wait()
		}))
})
