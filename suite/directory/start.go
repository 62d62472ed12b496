package directory

import (
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var setCurrentDirectory = MSLearn("SetCurrentDirectory function",
	"windows/win32/api/winbase/nf-winbase-setcurrentdirectory")

// startInRelative starts a grandchild in a directory below its parent's.
func startInRelative(t *Trial) {
	sub := filepath.Join(t.Dir(), "sub")
	t.NoError(os.Mkdir(sub, 0o755))
	parent := t.Start(Agent())
	MustCall(parent, agent.Chdir, platform.Text(t.Dir()))
	r := parent.Start(Inspect(), InheritStdio(), In("sub")).Snapshot()
	t.Observe("whether the child is in the directory below its parent's", SameFile(string(r.Dir), sub)).To(BeTrue())
	MustCall(parent, agent.Chdir, platform.Text(filepath.Dir(t.Dir())))
}

var _ = Area("directory", title, func() {
	Behaviour("directory.start.inherited", Must,
		"Without a directory asked for, a child starts in the working directory of the process that starts it, or of the "+
			"thread, where that has its own (unshare(CLONE_FS) of Linux, pthread_chdir_np of macOS), as it is at that moment.",
		Cite(POSIX("fork"), POSIX("exec"), CreateProcessW, LinuxMan("unshare(2)"), MacDirectory),
		Matters("Relative paths in arguments mean the same file to both."),
		Was("inherit.cwd.default"),
		Try(func(t *Trial) {
			dir := t.Dir()
			parent := t.Start(Agent())
			MustCall(parent, agent.Chdir, platform.Text(dir))
			r := parent.Start(Inspect(), InheritStdio()).Snapshot()
			t.Observe("whether the child is in its parent's new directory", SameFile(string(r.Dir), dir)).To(BeTrue())
			MustCall(parent, agent.Chdir, platform.Text(filepath.Dir(dir))) // Windows holds on to it
		}))

	Behaviour("directory.start.relative", Must,
		"A relative directory that a child is to start in is looked up from the working directory of the process that "+
			"starts it, or of the thread, where that has its own (unshare(CLONE_FS) of Linux, pthread_chdir_np of macOS).",
		About(Unix),
		Cite(POSIX("chdir"), POSIX("fork"), LinuxMan("unshare(2)"), MacDirectory),
		Matters("The same start means another directory after the parent has moved."),
		Remedy("Make the directory absolute before anything can move."),
		Was("inherit.cwd.relative"),
		Try(startInRelative))

	Behaviour("directory.start.full-path", Should,
		"CreateProcessW takes a relative directory too, although its documentation asks for a full path, and looks it up "+
			"from the working directory of its caller.",
		About(Windows),
		Cite(CreateProcessW),
		Matters("The same start means another directory after the parent has moved, and no documentation promises either."),
		Remedy("Make the directory absolute."),
		Try(startInRelative))

	Behaviour("directory.start.missing", Should,
		"A start in a directory that does not exist, or is not a directory, fails with the error number for that, and "+
			"nothing runs.",
		Cite(POSIX("chdir"), CreateProcessW),
		Matters("The error is the same as for a program that does not exist, and people look for the wrong one."),
		Remedy("Check that the directory exists before blaming the program."),
		Seen("nodejs/node#11520"),
		ErlangSaysNothing("error for a missing directory", "error for a file"),
		LibuvNames("ENOENT", "error for a missing directory", "error for a file"),
		Was("inherit.cwd.missing"),
		Try(func(t *Trial) {
			file := t.File("file", "", 0o644)
			missing := filepath.Join(t.Dir(), "missing")
			for _, c := range []struct {
				what, dir string
				unix      string
			}{{"a missing directory", missing, "ENOENT"}, {"a file", file, "ENOTDIR"}} {
				err := t.FailedStart(Exit(0), In(c.dir))
				t.ObserveError("error for "+c.what, err).To(PerSystem(map[string]types.GomegaMatcher{
					"windows": Equal("ERROR_DIRECTORY (267)"),
					"linux":   Equal(c.unix), "darwin": Equal(c.unix), "freebsd": Equal(c.unix),
					"netbsd": Equal(c.unix), "openbsd": Equal(c.unix),
				}))
				t.Observe("whether the text of the error for "+c.what+" names it",
					err != nil && strings.Contains(err.Error(), c.dir))
			}
		}))

	Behaviour("directory.start.locked", Must,
		"As long as a directory is the current one of a process, it can be neither removed nor renamed; the error of "+
			"removing it is, by measurement, ERROR_SHARING_VIOLATION.",
		About(Windows),
		Cite(setCurrentDirectory, WineTest("dlls/kernel32/tests/directory.c")),
		Matters("A temporary directory cannot be removed while a forgotten child has it as its current directory."),
		Remedy("Start helpers in a directory that stays; end the whole tree before the directory is removed."),
		ProvedBy("job.close.kills-tree"),
		Seen("golang/go#23171"),
		Was("win.cwd.locks"),
		Try(func(t *Trial) {
			dir := filepath.Join(t.Dir(), "held")
			t.NoError(os.Mkdir(dir, 0o755))
			c := t.Start(Agent(), In(dir))
			Ask(c, agent.Getppid)
			t.ObserveError("error of removing the directory", os.Remove(dir)).To(Equal("ERROR_SHARING_VIOLATION (32)"))
			t.ObserveError("error of renaming the directory", os.Rename(dir, dir+"-moved")).NotTo(Equal("none"))
			c.Exit(0)
			t.Observe("exit status of the child", c.Wait().String()).To(Equal("exit 0"))
			var err error
			t.Eventually(func() bool { err = os.Rename(dir, dir+"-moved"); return err == nil })
			t.ObserveError("error of renaming the directory after the exit", err).To(Equal("none"))
			t.Eventually(func() bool { err = os.Remove(dir + "-moved"); return err == nil })
			t.ObserveError("error of removing the directory after the exit", err).To(Equal("none"))
		}))
})
