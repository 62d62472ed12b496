package lookup

import (
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var (
	createProcess = MSLearn("CreateProcessW function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-createprocessw")
	systemErrors  = MSLearn("System Error Codes", "windows/win32/debug/system-error-codes--0-499-")
	currentDir    = MSLearn("SetCurrentDirectory function", "windows/win32/api/winbase/nf-winbase-setcurrentdirectory")
	wineSource    = "https://gitlab.winehq.org/wine/wine/-/blob/master/dlls/kernelbase/process.c"
)

var _ = Area("lookup", "Finding the image", func() {
	Behaviour("win.app.not-found", Must,
		"A missing image fails with ERROR_FILE_NOT_FOUND, one below a missing directory with ERROR_PATH_NOT_FOUND.",
		About(Windows), On(CreateProcess),
		Cite(createProcess, systemErrors),
		Matters("Callers tell by the number whether to look elsewhere or to give up."),
		Try(func(t *Trial) {
			t.ObserveError("a missing image", refused(t, filepath.Join(t.Dir(), "missing.exe"))).To(Equal("ERROR_FILE_NOT_FOUND (2)"))
			t.ObserveError("a missing directory", refused(t, filepath.Join(t.Dir(), "missing", "x.exe"))).To(Equal("ERROR_PATH_NOT_FOUND (3)"))
		}))

	Behaviour("win.app.bad-format", Must,
		"A file that is no image, text or empty, fails with ERROR_BAD_EXE_FORMAT.",
		About(Windows),
		Cite(systemErrors),
		Matters("A download that was cut, or a page that says \"not found\", is told from a missing program."),
		Try(func(t *Trial) {
			t.ObserveError("a text", refused(t, t.File("text.exe", "text\n", 0o755))).To(Equal("ERROR_BAD_EXE_FORMAT (193)"))
			t.ObserveError("an empty file", refused(t, t.File("empty.exe", "", 0o755))).To(Equal("ERROR_BAD_EXE_FORMAT (193)"))
		}))

	Behaviour("win.app.directory", Should,
		"A directory in place of the image fails with ERROR_ACCESS_DENIED.",
		About(Windows), On(CreateProcess),
		Cite(systemErrors),
		Diverges("Wine", "a directory", "ERROR_INVALID_HANDLE (6)", "The directory is opened as an image first.", wineSource),
		Matters("A path that lacks its last part is told from one that is wrong."),
		Try(func(t *Trial) {
			path := filepath.Join(t.Dir(), "x.exe")
			t.NoError(os.Mkdir(path, 0o755))
			t.ObserveError("a directory", refused(t, path)).To(Equal("ERROR_ACCESS_DENIED (5)"))
		}))

	Behaviour("win.app.explicit.no-search", Must,
		"An application name is taken as it is given: nothing is searched for and no extension is added.",
		About(Windows), On(CreateProcess),
		Cite(createProcess),
		Matters("It is the one way to be sure of what is started."),
		Try(func(t *Trial) {
			t.ObserveError("cmd.exe, which is on the PATH", refused(t, "cmd.exe")).To(Equal("ERROR_FILE_NOT_FOUND (2)"))
			path := t.CopyOfSelf("x.exe")
			t.ObserveError("a path without its extension", refused(t, path[:len(path)-len(".exe")])).To(Equal("ERROR_FILE_NOT_FOUND (2)"))
		}))

	Behaviour("win.app.pathext-ignored", Must,
		"CreateProcess adds .exe to a bare name and knows nothing of PATHEXT: a batch file of the name is not found.",
		About(Windows), On(CreateProcess),
		Cite(createProcess),
		Matters("A name that works at the prompt, npm for one, fails when a program starts it without a shell."),
		Remedy("Search with a PATHEXT-aware function (exec.LookPath) first, or name the file with its extension."),
		Try(func(t *Trial) {
			t.File("onlybat.bat", "exit 7\r\n", 0o755)
			c := t.Start(Agent(), In(t.Dir()))
			_, err := c.TryStart(Executable(""), InheritStdio(), CommandLine("onlybat"))
			t.ObserveError("a bare name", err).To(Equal("ERROR_FILE_NOT_FOUND (2)"))
		}))

	Behaviour("win.app.lookpath.pathext", Must,
		"exec.LookPath tries the extensions of PATHEXT in their order, also behind another extension.",
		About(Windows), On(OSExec),
		Cite(GoDoc("os/exec#LookPath")),
		Matters("tool means tool.com, tool.exe or tool.bat, whichever PATHEXT names first."),
		Try(func(t *Trial) {
			t.File("bin/x.bat", "", 0o755)
			t.File("bin/x.com", "", 0o755)
			t.File("bin/y.txt.bat", "", 0o755)
			c := t.Start(Agent())
			search(c, filepath.Join(t.Dir(), "bin"))
			for _, p := range []struct{ extensions, name, found string }{
				{".COM;.BAT", "x", "x.com"}, {".BAT;.COM", "x", "x.bat"}, {".BAT", "y.txt", "y.txt.bat"}, {".COM", "y.txt", ""},
			} {
				MustCall(c, agent.SetEnv, [2]platform.Text{"PATHEXT", platform.Text(p.extensions)})
				found := ""
				if r := MustCall(c, agent.LookPath, platform.Text(p.name)); r.Error == "none" {
					at, err := filepath.Rel(filepath.Join(t.Dir(), "bin"), string(r.Path))
					t.NoError(err)
					found = strings.ToLower(at)
				}
				t.Observe(p.name+" with PATHEXT="+p.extensions, found).To(Equal(p.found))
			}
		}))

	Behaviour("win.app.search-order", Must,
		"A bare name on a command line is looked for in the current directory before the system's directories and PATH.",
		About(Windows), On(CreateProcess),
		Cite(createProcess),
		Matters("A program planted in the directory one happens to work in runs in place of the system's."),
		Remedy("Start by absolute path; os/exec refuses such a find (ErrDot)."),
		Try(func(t *Trial) {
			t.CopyOfSelf("where.exe") // there is another in the system's directory
			c := t.Start(Agent(), In(t.Dir()))
			t.Observe("the one of the current directory runs", ended(c, CommandLine(ticketed("where")))).To(Equal("exit 7"))
		}))

	Behaviour("win.app.cmdline.ext-append", Observed,
		"A first word of a command line without an extension gets .exe, also when it is a path.",
		About(Windows), On(CreateProcess),
		Cite(createProcess),
		Matters("tool starts tool.exe although a file called tool stands beside it."),
		Try(func(t *Trial) {
			t.CopyOfSelf("app.exe")
			c := t.Start(Agent(), In(t.Dir()))
			t.Observe("a bare name", ended(c, CommandLine(ticketed("app"))))
			t.Observe("a path", ended(c, CommandLine(ticketed(filepath.Join(t.Dir(), "app")))))
			t.Observe("a name with a dot behind it", ended(c, CommandLine(ticketed("app."))))
		}))

	Behaviour("win.app.relative-to-parent", Must,
		"A relative image path is taken from the creator's current directory, not from the one the child is given.",
		About(Windows), On(CreateProcess),
		Cite(createProcess),
		Matters("The same call finds another program, or none, than it does on Unix."),
		Remedy("Make the path absolute before the start."),
		Seen("janestreet/spawn#13", "lucasart/c-chess-cli#53"),
		Try(func(t *Trial) {
			t.CopyOfSelf("app.exe")
			t.CopyOfSelf(filepath.Join("below", "inner.exe"))
			below := filepath.Join(t.Dir(), "below")
			c := t.Start(Agent(), In(t.Dir()))
			t.Observe("in the creator's directory", ended(c, Image(`.\app.exe`), CommandLine(ticketed("app")), In(below))).To(Equal("exit 7"))
			t.Observe("in the child's directory", ended(c, Image(`.\inner.exe`), CommandLine(ticketed("inner")), In(below))).
				To(Equal("ERROR_FILE_NOT_FOUND (2)"))
		}))

	Behaviour("win.app.unicode", Must,
		"An image whose path has characters beyond the ANSI code page starts like any other.",
		About(Windows),
		Cite(createProcess),
		Matters("Users' folders carry users' names."),
		Try(func(t *Trial) {
			path := t.CopyOfSelf("uni\u65e5\u672c\u00e9.exe")
			t.Observe("its end", t.Start(Exit(7), Image(path)).Wait().String()).To(Equal("exit 7"))
		}))

	Behaviour("win.cwd.locks", Must,
		"The current directory of a process can be neither removed nor renamed, until the process has ended.",
		About(Windows),
		Cite(currentDir),
		Matters("Temporary directories cannot be cleaned up while a forgotten child sits in them."),
		Remedy("Start helpers in a directory that stays; end the whole tree before the clean-up."),
		Seen("golang/go#23171"),
		Try(func(t *Trial) {
			dir := filepath.Join(t.Dir(), "held")
			t.NoError(os.Mkdir(dir, 0o755))
			c := t.Start(Agent(), In(dir))
			Ask(c, agent.Getppid)
			t.ObserveError("removing it", os.Remove(dir)).To(Equal("ERROR_SHARING_VIOLATION (32)"))
			t.ObserveError("renaming it", os.Rename(dir, dir+"-moved")).To(Equal("ERROR_SHARING_VIOLATION (32)"))
			c.Exit(0)
			t.Observe("the child's end", c.Wait().String()).To(Equal("exit 0"))
			var err error
			t.Eventually(func() bool { err = os.Remove(dir); return err == nil })
			t.ObserveError("removing it afterwards", err).To(Equal("none"))
		}))
})

// ticketed is a command line that makes this binary leave with exit code 7,
// whatever its name is; no other program does.
func ticketed(name string) string {
	return win32.CommandLine([]string{name, agent.Exit(7).Ticket(2, "", "")})
}

// ended lets a child start something by CreateProcess, and tells how it ended
// or why it did not start.
func ended(c *Process, options ...Option) string {
	g, err := c.TryStart(Executable(""), append(options, InheritStdio())...)
	if err != nil {
		return platform.ErrorName(err)
	}
	return g.Wait().String()
}
