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

// ended lets a child start something by CreateProcess, and tells how it ended
// or why it did not start.
func ended(c *Process, options ...Option) string {
	g, err := c.TryStart(Executable(""), append(options, InheritStdio())...)
	if err != nil {
		return platform.ErrorName(err)
	}
	return g.Wait().String()
}

// ticketed is a command line that makes this binary leave with exit code 7,
// whatever its name is; no other program does.
func ticketed(name string) string {
	return win32.CommandLine([]string{name, agent.Exit(7).Ticket(2, "", "")})
}

var _ = Area("lookup", title, func() {
	Behaviour("lookup.application.no-search", Must,
		"An application name is taken as it is given: nothing is searched for and no extension is added.",
		About(Windows), On(CreateProcess),
		Cite(CreateProcessW),
		Matters("It is the one way to be sure of what is started."),
		Was("win.app.explicit.no-search"),
		Try(func(t *Trial) {
			t.ObserveError("cmd.exe, which is on the PATH", t.StartError("cmd.exe")).To(Equal("ERROR_FILE_NOT_FOUND (2)"))
			path := t.CopyOfSelf("x.exe")
			t.ObserveError("a path without its extension", t.StartError(path[:len(path)-len(".exe")])).To(Equal("ERROR_FILE_NOT_FOUND (2)"))
		}))

	Behaviour("lookup.application.pathext-ignored", Must,
		"CreateProcess adds .exe to a bare name and knows nothing of PATHEXT: a batch file of the name is not found.",
		About(Windows), On(CreateProcess),
		Cite(CreateProcessW),
		Matters("A name that works at the prompt, npm for one, fails when a program starts it without a shell."),
		Remedy("Search with a PATHEXT-aware function (exec.LookPath) first, or name the file with its extension."),
		Was("win.app.pathext-ignored"),
		Try(func(t *Trial) {
			t.File("onlybat.bat", "exit 7\r\n", 0o755)
			c := t.Start(Agent(), In(t.Dir()))
			_, err := c.TryStart(Executable(""), InheritStdio(), CommandLine("onlybat"))
			t.ObserveError("a bare name", err).To(Equal("ERROR_FILE_NOT_FOUND (2)"))
		}))

	Behaviour("lookup.application.search-order", Must,
		"A bare name on a command line is looked for in the current directory before the system's directories and PATH.",
		About(Windows), On(CreateProcess),
		Cite(CreateProcessW),
		Matters("A program planted in the directory one happens to work in runs in place of the system's."),
		Remedy("Start by absolute path; os/exec refuses such a find (ErrDot)."),
		Was("win.app.search-order"),
		Try(func(t *Trial) {
			t.CopyOfSelf("where.exe") // there is another in the system's directory
			c := t.Start(Agent(), In(t.Dir()))
			t.Observe("the one of the current directory runs", ended(c, CommandLine(ticketed("where")))).To(Equal("exit 7"))
		}))

	Behaviour("lookup.application.extension-appended", Observed,
		"A first word of a command line without an extension gets .exe, also when it is a path.",
		About(Windows), On(CreateProcess),
		Cite(CreateProcessW),
		Matters("tool starts tool.exe although a file called tool stands beside it."),
		Was("win.app.cmdline.ext-append"),
		Try(func(t *Trial) {
			t.CopyOfSelf("app.exe")
			c := t.Start(Agent(), In(t.Dir()))
			t.Observe("a bare name", ended(c, CommandLine(ticketed("app"))))
			t.Observe("a path", ended(c, CommandLine(ticketed(filepath.Join(t.Dir(), "app")))))
			t.Observe("a name with a dot behind it", ended(c, CommandLine(ticketed("app."))))
		}))

	Behaviour("lookup.application.relative-to-parent", Must,
		"A relative image path is taken from the creator's current directory, not from the one the child is given.",
		About(Windows), On(CreateProcess),
		Cite(CreateProcessW),
		Matters("The same call finds another program, or none, than it does on Unix."),
		Remedy("Make the path absolute before the start."),
		Seen("janestreet/spawn#13", "lucasart/c-chess-cli#53"),
		Was("win.app.relative-to-parent"),
		Try(func(t *Trial) {
			t.CopyOfSelf("app.exe")
			t.CopyOfSelf(filepath.Join("below", "inner.exe"))
			below := filepath.Join(t.Dir(), "below")
			c := t.Start(Agent(), In(t.Dir()))
			t.Observe("in the creator's directory", ended(c, Image(`.\app.exe`), CommandLine(ticketed("app")), In(below))).To(Equal("exit 7"))
			t.Observe("in the child's directory", ended(c, Image(`.\inner.exe`), CommandLine(ticketed("inner")), In(below))).
				To(Equal("ERROR_FILE_NOT_FOUND (2)"))
		}))

	Behaviour("lookup.application.unicode", Must,
		"An image whose path has characters beyond the ANSI code page starts like any other.",
		About(Windows),
		Cite(CreateProcessW),
		Matters("Users' folders carry users' names."),
		Was("win.app.unicode"),
		Try(func(t *Trial) {
			path := t.CopyOfSelf("uni\u65e5\u672c\u00e9.exe")
			t.Observe("its end", t.Start(Exit(7), Image(path)).Wait().String()).To(Equal("exit 7"))
		}))
})
