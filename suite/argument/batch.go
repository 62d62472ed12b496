package argument

import (
	"os"
	"path/filepath"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var (
	batBadBut = Document("BatBadBut: You can't securely execute commands on Windows",
		"https://flatt.tech/research/posts/batbadbut-you-cant-securely-execute-commands-on-windows/")
	cmdQuoting = MSLearn("cmd", "windows-server/administration/windows-commands/cmd")
	goQuoting  = "Arguments are quoted for programs that split by the rules of the C runtime; os/exec says that batch " +
		"files are an exception, for which the caller has to write the command line."
	pythonQuoting = "Arguments are quoted for programs that split by the rules of the C runtime; the documentation of " +
		"subprocess says that a batch file may be run by a shell without any escaping."
	goCommand      = "https://pkg.go.dev/os/exec#Command"
	pythonSecurity = "https://docs.python.org/3/library/subprocess.html#security-considerations"
)

// runsCommands pins a launcher that leaves the quoting for cmd to its caller. Where cmd
// takes what is behind a line feed for nothing at all, that argument runs none. What a
// part of %CMDCMDLINE% does was not seen yet: to Wine's cmd it is nothing special.
func runsCommands(launcher, reason, link string) Part {
	return func(d *Declaration) {
		for _, what := range []string{"& between letters", "a quotation mark before &", "a line feed"} {
			Diverges(launcher, "whether an argument with "+what+" runs a command", true, reason, link)(d)
		}
	}
}

// batch starts a batch file with arguments and is how it ended, or why it did not start.
func batch(t *Trial, name string, arguments ...string) string {
	path := t.File(name, "@exit /b 7\r\n", 0o755)
	c, err := t.TryStart(Executable(path), Args(append([]string{path}, arguments...)...), In(t.Dir()))
	if err != nil {
		return platform.ErrorName(err)
	}
	return c.Wait().String()
}

// passes starts a batch file that hands its arguments on to a program, and is what that
// program is given. Of a launcher that refuses batch files it is nothing to say.
func passes(t *Trial, sent ...string) []string {
	path := t.File("passes.bat", "@\""+t.Self()+"\" %*\r\n", 0o755)
	c, err := t.TryStart(Inspect(), Image(path), Args(append([]string{path}, sent...)...))
	if err != nil {
		t.NotApplicable(t.Launcher() + " does not start a batch file: " + platform.ErrorName(err))
	}
	return Strings(c.Snapshot().Args)[1:]
}

var _ = Area("argument", title, func() {
	Behaviour("argument.batch.run", Observed,
		"A file called .bat or .cmd that is started in place of an image is run by cmd, although CreateProcessW asks to "+
			"start the interpreter, unless the launcher refuses it.",
		About(Windows),
		Cite(CreateProcessW, batBadBut, Document("CVE-2024-27980", "https://nvd.nist.gov/vuln/detail/CVE-2024-27980"),
			Document("CVE-2024-43402", "https://nvd.nist.gov/vuln/detail/CVE-2024-43402")),
		Brief("A batch file that is started as a program is run by cmd, or refused."),
		Matters("npm, yarn and most commands of Node.js are batch files there: a start of one that worked is refused after "+
			"an upgrade, or hands its arguments to a shell that was not asked for."),
		Remedy("Start the program behind the batch file (node with its script), or cmd /c with a command line that is "+
			"quoted for cmd; in Node.js option shell, and no argument from outside."),
		Seen("nodejs/node#52681", "nodejs/node#52572"),
		Try(func(t *Trial) {
			for _, name := range []string{"x.bat", "x.cmd", "X.BAT"} {
				t.Observe("how "+name+" ends", batch(t, name))
			}
		}))

	Behaviour("argument.batch.arguments", Should,
		"Arguments of letters, blanks and backslashes arrive at a program to which a batch file hands all of its arguments.",
		About(Windows),
		Cite(cmdQuoting),
		Matters("A wrapper that is a batch file gives the program behind it other file names."),
		Try(func(t *Trial) {
			sent := []string{"name", "two words", "", `a\b c`, `C:\Program Files\x`, "last"}
			t.Observe("arguments that arrive", passes(t, sent...)).To(Equal(sent))
		}))

	Behaviour("argument.batch.percent", Observed,
		"A variable between percent signs in an argument of a batch file is expanded, by the cmd that runs it, also between "+
			"quotation marks.",
		About(Windows),
		Cite(cmdQuoting, batBadBut),
		Matters("An argument from outside reads the environment, secrets included; a name with two percent signs "+
			"is another."),
		Try(func(t *Trial) {
			for _, sent := range []string{"%SystemDrive%", "a %SystemDrive% b", "100%"} {
				t.Observe("what arrives of "+sent, passes(t, sent))
			}
		}))

	Behaviour("argument.batch.injection", Should,
		"No argument of a batch file runs a command: a launcher that takes a list of arguments quotes them for cmd, or "+
			"refuses them or the batch file.",
		About(Windows), On(append(ProgramLaunchers(), OSExec)...),
		Cite(batBadBut, Document("CVE-2024-24576", "https://nvd.nist.gov/vuln/detail/CVE-2024-24576"),
			Document("os/exec Command", goCommand), Document("subprocess: Security Considerations", pythonSecurity)),
		Brief("No argument of a batch file runs a command."),
		Matters("An attacker who chooses an argument, such as a file name, runs commands (BatBadBut)."),
		Remedy("Do not give arguments from outside to a batch file; start the program behind it."),
		ProvedBy("argument.quoting.no-shell"),
		runsCommands("go/os-exec", goQuoting, goCommand),
		runsCommands("cpython/subprocess", pythonQuoting, pythonSecurity),
		runsCommands("cpython/asyncio", pythonQuoting, pythonSecurity),
		Seen("golang/go#27199", "python/cpython#114539", "rust-lang/rust#123682", "ziglang/zig#19698"),
		Try(func(t *Trial) {
			if t.ThroughShell() {
				t.NotApplicable(t.Launcher() + " is asked for a command line, and a shell")
			}
			for _, c := range []struct{ what, argument string }{
				{"& between letters", `x&echo.>ran`},
				{"& between blanks", `x & echo.>ran & rem x`},
				{"a quotation mark before &", `" & echo.>ran & rem x`},
				{"a part of %CMDCMDLINE% before &", `%CMDCMDLINE:~-1% & echo.>ran & rem x`},
				{"a line feed", "x\necho.>ran"},
			} {
				t.Observe("how a batch file ends with "+c.what, batch(t, "x.bat", c.argument))
				_, err := os.Stat(filepath.Join(t.Dir(), "ran"))
				t.Observe("whether an argument with "+c.what+" runs a command", err == nil).To(BeFalse())
				if err == nil {
					t.NoError(os.Remove(filepath.Join(t.Dir(), "ran")))
				}
			}
		}))
})
