package lookup

import (
	"path/filepath"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// ended lets a child start a program by CreateProcess, and is how that ended or why
// it did not start.
func ended(c *Process, options ...Option) string {
	g, err := c.TryStart(Executable(""), append(options, InheritStdio())...)
	if err != nil {
		return platform.ErrorName(err)
	}
	return g.Wait().String()
}

// ticketed is a command line that makes this binary exit with code 7, whatever its
// name is; no other program does.
func ticketed(name string) string {
	return win32.CommandLine([]string{name, agent.Exit(7).Ticket(2, "", "")})
}

// noCurrentDirectory is a variable that, set to anything, keeps CreateProcessW from
// searching the current directory.
const noCurrentDirectory = "NoDefaultCurrentDirectoryInExePath"

var needCurrentDirectory = MSLearn("NeedCurrentDirectoryForExePathW function",
	"windows/win32/api/processenv/nf-processenv-needcurrentdirectoryforexepathw")

// creator is a child in the trial's directory that searches its current directory
// for what it starts, whatever this process was started with.
func creator(t *Trial) *Process {
	c := t.Start(Agent(), In(t.Dir()))
	MustCall(c, agent.UnsetEnv, noCurrentDirectory)
	return c
}

var _ = Area("lookup", title, func() {
	Behaviour("lookup.application.no-search", Must,
		"CreateProcessW does not search PATH for an application name, and adds no extension to it: a partial name is "+
			"completed by the current directory, and what is not in a directory that exists fails, by measurement with "+
			"ERROR_FILE_NOT_FOUND.",
		About(Windows), On(CreateProcess),
		Cite(CreateProcessW, WineTest("dlls/kernel32/tests/process.c")),
		Matters("A full path of an executable that is passed this way starts that program and no other."),
		Was("win.app.explicit.no-search"),
		Try(func(t *Trial) {
			// In the trial's directory: this process may run in the one where cmd.exe is.
			t.Observe("error of starting cmd.exe, which is on the PATH",
				ended(creator(t), Image("cmd.exe"), CommandLine("cmd.exe /c exit 7"))).To(Equal("ERROR_FILE_NOT_FOUND (2)"))
			path := t.CopyOfSelf("x.exe")
			t.Observe("exit status of a partial name that the current directory has",
				ended(creator(t), Image("x.exe"), CommandLine(ticketed("x.exe")))).To(Equal("exit 7"))
			t.ObserveError("error of starting a path without its extension", t.StartError(path[:len(path)-len(".exe")])).
				To(Equal("ERROR_FILE_NOT_FOUND (2)"))
			t.ObserveError("error of starting a path in a directory that does not exist",
				t.StartError(filepath.Join(t.Dir(), "missing", "x.exe")))
		}))

	Behaviour("lookup.application.pathext-ignored", Must,
		"To a first word of a command line that has neither a path nor an extension CreateProcessW adds .exe, and does not "+
			"use PATHEXT: a batch file of that name is not found, by measurement with ERROR_FILE_NOT_FOUND.",
		About(Windows), On(CreateProcess),
		Cite(CreateProcessW, WineTest("dlls/kernel32/tests/process.c")),
		Matters("A name that works at the prompt, such as npm, fails when a program starts it without a shell."),
		Remedy("Search with a function that uses PATHEXT first (Go: exec.LookPath), or name the file with its extension; a "+
			"batch file is run by cmd, which interprets its arguments."),
		ProvedBy("lookup.path.pathext"),
		Was("win.app.pathext-ignored"),
		Try(func(t *Trial) {
			t.File("onlybat.bat", "exit 7\r\n", 0o755)
			c := creator(t)
			MustCall(c, agent.SetEnv, [2]platform.Text{"PATHEXT", ".BAT"})
			t.Observe("error of starting the bare name of a batch file", ended(c, CommandLine("onlybat"))).
				To(Equal("ERROR_FILE_NOT_FOUND (2)"))
			t.CopyOfSelf("onlyexe.exe")
			t.Observe("exit status of the bare name of an executable", ended(c, CommandLine(ticketed("onlyexe")))).
				To(Equal("exit 7"))
		}))

	Behaviour("lookup.application.search-order", Must,
		"CreateProcessW searches for a name without a path in the current directory before the system's directories and "+
			"PATH, unless NoDefaultCurrentDirectoryInExePath is set, and in the directory of the calling program first of all.",
		About(Windows), On(CreateProcess),
		Cite(CreateProcessW, needCurrentDirectory),
		Matters("A program planted in the current directory runs in place of the system's."),
		Remedy("Start by absolute path; os/exec refuses a program that it finds in the current directory (ErrDot)."),
		Remedy("Set NoDefaultCurrentDirectoryInExePath in the calling program's environment, which its children inherit "+
			"unless they are given another."),
		Was("win.app.search-order"),
		Try(func(t *Trial) {
			t.CopyOfSelf("where.exe") // there is another in the system's directory
			own := t.CopyOfSelf(filepath.Join("program", "creator.exe"))
			t.File(filepath.Join("path", "other.exe"), "not a program", 0o755)
			t.CopyOfSelf("other.exe")
			c := creator(t)
			t.Observe("exit status of a name that the current directory has too", ended(c, CommandLine(ticketed("where")))).
				To(Equal("exit 7"))
			search(c, filepath.Join(t.Dir(), "path"))
			t.Observe("exit status of a name that a directory of PATH has too", ended(c, CommandLine(ticketed("other")))).
				To(Equal("exit 7"))
			MustCall(c, agent.SetEnv, [2]platform.Text{noCurrentDirectory, "1"})
			t.Observe("whether the current directory's program runs with NoDefaultCurrentDirectoryInExePath set",
				ended(c, CommandLine(ticketed("where"))) == "exit 7").To(BeFalse())
			t.Observe("whether it runs where a directory of PATH has the name too",
				ended(c, CommandLine(ticketed("other"))) == "exit 7").To(BeFalse())

			t.CopyOfSelf(filepath.Join("program", "beside.exe"))
			t.File("beside.exe", "not a program", 0o755) // in the current directory
			c = t.Start(Agent(), In(t.Dir()), Image(own))
			MustCall(c, agent.UnsetEnv, noCurrentDirectory)
			t.Observe("exit status of a name that the calling program's directory has too",
				ended(c, CommandLine(ticketed("beside")))).To(Equal("exit 7"))
		}))

	Behaviour("lookup.application.extension-appended", Observed,
		"CreateProcessW adds .exe to the first word of a command line that has no extension, to a path too, although "+
			"the documentation says that it does not then.",
		About(Windows), On(CreateProcess),
		Cite(CreateProcessW),
		Matters("tool starts tool.exe although there is a file called tool beside it."),
		Was("win.app.cmdline.ext-append"),
		Try(func(t *Trial) {
			t.CopyOfSelf("app.exe")
			c := creator(t)
			t.Observe("exit status of a bare name", ended(c, CommandLine(ticketed("app"))))
			t.Observe("exit status of a path", ended(c, CommandLine(ticketed(filepath.Join(t.Dir(), "app")))))
			t.Observe("exit status of a name that ends in a period", ended(c, CommandLine(ticketed("app."))))
		}))

	Behaviour("lookup.application.relative-to-parent", Must,
		"CreateProcessW completes a partial path in lpApplicationName by the creator's current directory, not by the one "+
			"that the child is given.",
		About(Windows), On(CreateProcess),
		Cite(CreateProcessW),
		Matters("The same start finds another program, or none, than on Unix."),
		Remedy("Make the path absolute before the start."),
		Seen("janestreet/spawn#13"),
		Was("win.app.relative-to-parent"),
		Try(func(t *Trial) {
			t.CopyOfSelf("app.exe")
			t.CopyOfSelf(filepath.Join("below", "inner.exe"))
			below := filepath.Join(t.Dir(), "below")
			c := creator(t)
			t.Observe("exit status of an image in the creator's directory",
				ended(c, Image(`.\app.exe`), CommandLine(ticketed("app")), In(below))).To(Equal("exit 7"))
			t.Observe("error of an image in the child's directory",
				ended(c, Image(`.\inner.exe`), CommandLine(ticketed("inner")), In(below))).
				To(Equal("ERROR_FILE_NOT_FOUND (2)"))
		}))

	Behaviour("lookup.application.unicode", Must,
		"CreateProcessW starts an image whose path has characters beyond the ANSI code page like any other.",
		About(Windows),
		Cite(CreateProcessW),
		Matters("Users' directories are called after users."),
		Was("win.app.unicode"),
		Try(func(t *Trial) {
			path := t.CopyOfSelf("uni\u65e5\u672c\u00e9.exe")
			t.Observe("exit status of the child", t.Start(Exit(7), Image(path)).Wait().String()).To(Equal("exit 7"))
		}))
})
