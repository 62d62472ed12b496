package argument

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var commandToArgv = MSLearn("CommandLineToArgvW function", "windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw")

var getCommandLine = MSLearn("GetCommandLineW function", "windows/win32/api/processenv/nf-processenv-getcommandlinew")

var splitRules = MSLearn("main function and command-line arguments (C++)",
	"cpp/cpp/main-function-command-line-args")

// difference is the first place where two lists differ: a list of hundreds reads badly.
func difference(got, want []string) string {
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			return fmt.Sprintf("%d is missing: %q", i, want[i])
		case i >= len(want):
			return fmt.Sprintf("%d is too many: %q", i, got[i])
		case got[i] != want[i]:
			return fmt.Sprintf("%d is %q instead of %q", i, got[i], want[i])
		}
	}
	return "none"
}

// split is how a Go child splits its command line, and how the C runtime does in the same child.
func split(t *Trial, o Option) (c *Process, byGo, byCRT []string) {
	c = t.Start(Inspect(), o)
	byCRT, err := TryAsk(c, agent.CRTArguments)
	if err != nil {
		t.Unmet("needs the Universal C Runtime (ucrtbase.dll): %v", err)
	}
	return c, Strings(c.Snapshot().Args), byCRT
}

// toArgv is how CommandLineToArgvW splits a command line.
func toArgv(t *Trial, l string) []string {
	args, err := win32.SplitCommandLine(l)
	t.NoError(err)
	return args
}

var _ = Area("argument", title, func() {
	Behaviour("argument.quoting.roundtrip", Must,
		"Arguments after the first that are quoted by the rules of the C runtime for quotation marks and backslashes, and "+
			"split by them, arrive as they were.",
		About(Windows),
		Cite(splitRules, commandToArgv),
		Matters("A launcher that quotes by other rules passes other file names, or more arguments than it was given."),
		Was("win.argv.roundtrip"),
		Try(func(t *Trial) {
			sent := []string{"name", "", " ", "a b", "\t", "a\nb", `"`, `a"b`, `\`, `\\`, `a\b`, `a\\b c`, `\"`, `a\\"b`,
				`ends\`, `ends in blank\`, "*", "*.go", "%PATH%", "^", "&", "|", "<>", "'", "\u00e9\u65e5", "\U0001f600",
				"-x=\"y z\"", ""}
			_, byGo, byCRT := split(t, Args(sent...))
			t.Observe("arguments that arrive", byGo).To(Equal(sent))
			t.Observe("arguments by the C runtime", byCRT).To(Equal(sent))
			// The same arguments in every run.
			source := rand.New(rand.NewPCG(1, 2))
			sent = []string{"name"}
			for range 500 {
				a := make([]byte, source.IntN(8))
				for i := range a {
					a[i] = " \t\"\\ab"[source.IntN(6)]
				}
				sent = append(sent, string(a))
			}
			c, byGo, byCRT := split(t, Args(sent...))
			t.Observe("first difference of 500 arguments of blanks, tabs, quotation marks and backslashes",
				difference(byGo, sent)).To(Equal("none"))
			t.Observe("first difference of what the C runtime makes of them", difference(byCRT, sent)).To(Equal("none"))
			t.Observe("first difference of what CommandLineToArgvW makes of them",
				difference(toArgv(t, string(c.Snapshot().Startup.CommandLine)), sent)).To(Equal("none"))
		}))

	Behaviour("argument.quoting.empty", Must,
		"By the rules of the C runtime and of CommandLineToArgvW, after the first argument, \"\" between blanks is an empty "+
			"argument, and blanks alone are none.",
		About(Windows),
		Cite(splitRules, commandToArgv),
		Matters("An empty value of an option disappears, and the next argument takes its place."),
		Was("win.argv.empty"),
		Try(func(t *Trial) {
			for _, c := range []struct {
				line string
				args []string
			}{{`name "" x`, []string{"name", "", "x"}}, {`name  x`, []string{"name", "x"}}} {
				_, byGo, byCRT := split(t, CommandLine(c.line))
				t.Observe("arguments of "+c.line, byGo).To(Equal(c.args))
				t.Observe("what the C runtime makes of "+c.line, byCRT).To(Equal(c.args))
				t.Observe("what CommandLineToArgvW makes of "+c.line, toArgv(t, c.line)).To(Equal(c.args))
			}
		}))

	Behaviour("argument.quoting.trailing-backslash", Must,
		"By the rules of the C runtime and of CommandLineToArgvW backslashes at the end of an argument after the first in "+
			"quotation marks have to be doubled; those at the end of one without quotation marks are taken as they are.",
		About(Windows),
		Cite(splitRules, commandToArgv),
		Matters("A directory name that ends in a backslash, put between quotation marks, swallows the next argument."),
		Remedy("Quote by the published rules, or leave out the final backslash of a directory that "+
			"is not the root of a drive or of a volume: C: is another directory than C:\\."),
		ProvedBy("argument.quoting.roundtrip"),
		Was("win.argv.trailing-backslash"),
		Try(func(t *Trial) {
			for _, c := range []struct {
				what, line string
				args       []string
			}{
				{"backslashes and no quotation marks", `name a\ b\\ c`, []string{"name", `a\`, `b\\`, "c"}},
				{"a doubled backslash between quotation marks", `name "a b\\" c`, []string{"name", `a b\`, "c"}},
				{"a single backslash between quotation marks", `name "a b\" c`, []string{"name", `a b" c`}},
			} {
				_, byGo, byCRT := split(t, CommandLine(c.line))
				t.Observe("arguments with "+c.what, byGo).To(Equal(c.args))
				t.Observe("what the C runtime makes of "+c.what, byCRT).To(Equal(c.args))
				t.Observe("what CommandLineToArgvW makes of "+c.what, toArgv(t, c.line)).To(Equal(c.args))
			}
		}))

	Behaviour("argument.quoting.backslash-quote-parity", Must,
		"By the rules of the C runtime and of CommandLineToArgvW, in an argument after the first, 2n backslashes and a "+
			"quotation mark that no other follows within a quoted part give n backslashes and begin or end a quoted part; 2n+1 "+
			"and a quotation mark give n backslashes and a literal quotation mark.",
		About(Windows),
		Cite(splitRules, commandToArgv),
		Matters("A path that ends in a backslash swallows the quotation mark after it, and the rest of the line with it."),
		Was("win.argv.backslash-quote-parity"),
		Try(func(t *Trial) {
			var parts []string
			want := []string{"name"}
			for n := range 5 {
				b, half := strings.Repeat(`\`, n), strings.Repeat(`\`, n/2)
				if n%2 == 0 {
					parts, want = append(parts, `a`+b+`"b c`+b+`"`), append(want, "a"+half+"b c"+half)
				} else {
					parts, want = append(parts, `a`+b+`"b c`), append(want, "a"+half+`"b`, "c")
				}
			}
			whole := "name " + strings.Join(parts, " ")
			_, byGo, byCRT := split(t, CommandLine(whole))
			t.Observe("arguments with 0 to 4 backslashes before a quotation mark", byGo).To(Equal(want))
			t.Observe("what the C runtime makes of the same line", byCRT).To(Equal(want))
			t.Observe("what CommandLineToArgvW makes of the same line", toArgv(t, whole)).To(Equal(want))
		}))

	Behaviour("argument.quoting.doubled-quote", Observed,
		"Two quotation marks within a quoted part give one; whether the part goes on after it differs between "+
			"CommandLineToArgvW, the C runtime and other runtimes.",
		About(Windows),
		Cite(splitRules, commandToArgv),
		Matters("A command line that relies on doubled quotation marks is split in one way by one program and in another "+
			"by the next."),
		Remedy("Write a quotation mark within an argument as a backslash and a quotation mark."),
		ProvedBy("argument.quoting.roundtrip"),
		Was("win.argv.doubled-quote"),
		Try(func(t *Trial) {
			const sent = `name "a"" b" c`
			_, byGo, byCRT := split(t, CommandLine(sent))
			t.Observe("arguments by the child's runtime", byGo)
			t.Observe("arguments by the C runtime", byCRT)
			t.Observe("arguments by CommandLineToArgvW", toArgv(t, sent))
		}))

	Behaviour("argument.quoting.first-argument", Observed,
		"The first argument is split off by separate rules: quotation marks delimit it and a backslash escapes nothing.",
		About(Windows),
		Cite(commandToArgv),
		Matters("Only a first argument without quotation marks in it is split alike by every program."),
		Was("win.argv.argv0-rules"),
		Try(func(t *Trial) {
			for _, sent := range []string{`"a\" x`, `a"b c"d x`} {
				_, byGo, byCRT := split(t, CommandLine(sent))
				t.Observe("arguments of "+sent+" by the child's runtime", byGo)
				t.Observe("arguments of "+sent+" by the C runtime", byCRT)
				t.Observe("arguments of "+sent+" by CommandLineToArgvW", toArgv(t, sent))
			}
		}))

	Behaviour("argument.quoting.single-string", Must,
		"On Windows a child is given one command line and no list of arguments; after the program's name the line is "+
			"unchanged, unless a batch file is started, which cmd gets within a line of its own.",
		About(Windows),
		Cite(CreateProcessW, getCommandLine),
		Matters("A program splits its command line itself, and nothing says how; cmd, msiexec and Cygwin programs have "+
			"different rules."),
		Remedy("For such programs write the command line as they want it (os/exec: SysProcAttr.CmdLine)."),
		Was("win.argv.single-string"),
		Try(func(t *Trial) {
			// Windows may put the path before a name that has none; it is taken away again.
			path := regexp.MustCompile(`^("[A-Za-z]:\\.*\\name"|[A-Za-z]:\\.*\\name)`)
			for _, sent := range []string{`name   a  "b`, `name \"\\\" ^&|<> %PATH%`, "name \u00e9\u65e5\U0001f600"} {
				r := t.Start(Inspect(), CommandLine(sent)).Snapshot()
				t.Observe("command line that arrives of "+sent, path.ReplaceAllString(string(r.Startup.CommandLine), "name")).
					To(Equal(sent))
			}
		}))

	Behaviour("argument.quoting.no-shell", Must,
		"CreateProcessW starts an executable image without a shell: &, |, <, >, ^, % and ! in its arguments arrive as they "+
			"are.",
		About(Windows),
		Cite(CreateProcessW),
		Matters("Where a batch file is started instead, cmd interprets the arguments: an attacker who chooses one runs "+
			"commands."),
		Was("win.argv.no-shell"),
		Try(func(t *Trial) {
			sent := []string{"name", "&", "|", ">", "<", "^", "%OS%", "!OS!", "&calc.exe", ">file"}
			t.Observe("arguments that arrive", Strings(t.Start(Inspect(), Args(sent...)).Snapshot().Args)).To(Equal(sent))
		}))

	Behaviour("argument.quoting.surrogate", Observed,
		"A surrogate without its partner passes through the command line.",
		About(Windows),
		Cite(CreateProcessW),
		Matters("File names may contain such code units; a launcher that takes text for valid UTF-16 cannot pass them on."),
		Was("win.argv.surrogate"),
		Try(func(t *Trial) {
			r := t.Start(Inspect(), CommandLine("name \xed\xa0\x80")).Snapshot()
			t.Observe("bytes of the argument in WTF-8", []byte(r.Args[len(r.Args)-1]))
		}))
})
