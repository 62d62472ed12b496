package argument

import (
	"os"
	"strings"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const (
	cStrings      = "The C library is given strings, and a string ends at its first NUL."
	perlStrings   = "exec and system look for no NUL: the C library is given the strings as they are."
	erlangStrings = "Of a binary, open_port takes the bytes before the first NUL."
	erlangPort    = "https://github.com/erlang/otp/blob/master/erts/emulator/beam/erl_bif_port.c"
	perlDoio      = "https://github.com/Perl/perl5/blob/blead/doio.c"
)

var cInterface = POSIX("exec").Link

// What Python's functions of module os do with an empty argument 0.
const (
	refusesEmpty = "Python refuses an empty argument 0 where it takes a list of arguments itself."
	posixModule  = "https://github.com/python/cpython/blob/main/Modules/posixmodule.c"
)

var _ = Area("argument", title, func() {
	Behaviour("argument.vector.bytes-verbatim", Must,
		"Every argument arrives byte for byte and in order, be it empty, with blanks, line ends or quotes, or valid in no "+
			"encoding; only argument 0 of what an interpreter runs, such as a script, need not arrive.",
		About(Unix),
		Cite(POSIX("exec"), LinuxMan("execve(2)")),
		Matters("A launcher that quotes, splits, expands or re-encodes arguments opens files of other names."),
		Was("exec.argv.bytes-verbatim"),
		Try(func(t *Trial) {
			every := make([]byte, 255)
			for i := range every {
				every[i] = byte(i + 1)
			}
			sent := []string{"name", "", "", " ", "a b", "\t\n\r", `"`, `'`, `\`, `\\`, "$HOME", "*", "a=b", "-", "--",
				"\u00e9\u65e5\U0001f600",
				"\xff", "\xc3", "\xed\xa0\x80", string(every), strings.Repeat("x", 20_000), ""}
			// A large environment may leave no room for them.
			r := t.Start(Inspect(), Args(sent...), Env()).Snapshot()
			t.Observe("arguments that arrive", Strings(r.Args)).To(Equal(sent))
		}))

	Behaviour("argument.vector.first-independent", Must,
		"Argument 0 of an image that no interpreter runs is what the caller says and need not name the image; Windows, "+
			"where this needs an application name, may put a path before a name that has no full one.",
		Cite(POSIX("exec"), LinuxMan("execve(2)"), CreateProcessW, getCommandLine),
		Matters("Programs of many names (busybox, login shells, clang) do what argument 0 says."),
		Remedy("Ask the system for one's own image (os.Executable), not argument 0; on OpenBSD, where os.Executable goes "+
			"by argument 0 itself, hand the path on."),
		Was("exec.argv0.independent"),
		Try(func(t *Trial) {
			for _, c := range []struct{ shown, name string }{{"another-name", "another-name"}, {"-sh", "-sh"}} {
				r := t.Start(Inspect(), Args(c.name, "argument")).Snapshot()
				arrived := Strings(r.Args)
				if os.PathSeparator == '\\' && len(arrived) > 0 { // without the path that Windows may put before it
					arrived[0] = arrived[0][strings.LastIndex(arrived[0], `\`)+1:]
				}
				t.Observe("arguments with argument 0 "+c.shown, arrived).To(Equal([]string{c.name, "argument"}))
				t.Observe("whether the image with argument 0 "+c.shown+" is the one started",
					SameFile(string(r.Executable), t.Self())).To(PerSystem(map[string]types.GomegaMatcher{
					"linux": BeTrue(), "darwin": BeTrue(), "freebsd": BeTrue(),
					"netbsd": BeTrue(), "windows": BeTrue()}))
			}
		}))

	Behaviour("argument.vector.first-empty", Should,
		"An argument 0 that is empty arrives empty.",
		Cite(POSIX("exec"), LinuxMan("execve(2)"), CreateProcessW),
		Diverges("cpython/fork-exec", "error of the start", "exit 127", refusesEmpty, posixModule),
		Diverges("cpython/spawnv", "error of the start", "ValueError: argv first element cannot be empty",
			refusesEmpty, posixModule),
		DivergesOn(SubprocessWays, "error of the start", "ValueError: posix_spawn: argv first element cannot be empty",
			"From 3.14 subprocess uses os.posix_spawn where it can.", posixModule),
		Diverges("cpython/posix-spawn", "error of the start", "ValueError: posix_spawn: argv first element cannot be empty",
			refusesEmpty, posixModule),
		Matters("A launcher that replaces or refuses it cannot start what another one can."),
		Try(func(t *Trial) {
			c, err := t.TryStart(Inspect(), Args("", "argument"))
			outcome, arrived := platform.ErrorName(err), []string{}
			if err == nil {
				s, gone := TryAsk(c, agent.TakenSnapshot)
				if gone != nil { // the launcher tells it by an exit status
					outcome = c.Wait().String()
				}
				arrived = Strings(s.Args)
				if len(arrived) > 0 && arrived[0] == t.Self() {
					arrived[0] = "the path of the image" // which is another one on every machine
				}
			}
			if t.Observe("error of the start", outcome).To(Equal("none")) {
				t.Observe("arguments", arrived).To(Equal([]string{"", "argument"}))
			}
		}))

	Behaviour("argument.vector.text", Should,
		"Every argument that is valid UTF-8 text arrives as it was and in order, be it empty, with blanks, line ends, "+
			"quotes or what a shell expands.",
		About(Unix),
		Cite(POSIX("exec")),
		Matters("A launcher that quotes, splits or expands arguments itself, or has a shell do it, opens files of other "+
			"names and runs commands that were not asked for."),
		Try(func(t *Trial) {
			sent := []string{t.Self(), "", "", " ", "a b", "\t\n\r", `"`, `'`, `\`, `\\`, `\"`, "'\\''", "$HOME", "$(id)",
				"`id`", "*", "~", "a=b", "-", "--", ";", "&", "|", "!!", "%PATH%", "\u00e9\u65e5\U0001f600", "\x01\x1b\x7f", ""}
			arrived := Strings(t.Start(Inspect(), Args(sent...)).Snapshot().Args)
			t.Observe("arguments that arrive", arrived[1:]).To(Equal(sent[1:]))
		}))

	Behaviour("argument.vector.empty", Observed,
		"A program that is given no argument at all gets one empty one, or none, or is refused.",
		About(Unix), On(OSExec, ForkExec, VforkExec),
		Cite(POSIX("exec"), LinuxMan("execve(2)"),
			Document("CVE-2021-4034", "https://nvd.nist.gov/vuln/detail/CVE-2021-4034")),
		Matters("A program that takes argument 0 for granted reads its environment instead: that was pkexec's hole "+
			"(CVE-2021-4034)."),
		Remedy("Always pass the name as argument 0; in a program, look at argc before argv."),
		Was("exec.argv.empty"),
		Try(func(t *Trial) {
			c, err := t.TryStart(Inspect(), Args())
			t.ObserveError("error of the start", err)
			if err == nil {
				seen := Strings(c.Snapshot().Args)
				for i, a := range seen {
					if a == t.Self() {
						seen[i] = "the path of the image"
					}
				}
				t.Observe("arguments the child sees", seen)
				t.Observe("number of arguments the child sees", len(seen))
			}
		}))

	Behaviour("argument.vector.nul-rejected", Should,
		"A launcher refuses a NUL in a path, an argument, a variable or a directory, instead of starting a child with half "+
			"of it.",
		Cite(GoDoc("syscall#BytePtrFromString")),
		Matters("A name that is cut at a NUL passes a check as a whole and opens another file."),
		DivergesOn(LibcWays, "whether a NUL in a path is refused", false, cStrings, cInterface),
		DivergesOn(LibcWays, "whether a NUL in an argument is refused", false, cStrings, cInterface),
		DivergesOn(LibcWays, "whether a NUL in a variable is refused", false, cStrings, cInterface),
		DivergesOn(LibcWays, "whether a NUL in a directory is refused", false, cStrings, cInterface),
		Diverges("Perl", "whether a NUL in a path is refused", false, perlStrings, perlDoio),
		Diverges("Perl", "whether a NUL in an argument is refused", false, perlStrings, perlDoio),
		Diverges("Perl", "whether a NUL in a variable is refused", false, perlStrings, perlDoio),
		Diverges("Erlang", "whether a NUL in a path is refused", false, erlangStrings, erlangPort),
		Diverges("Erlang", "whether a NUL in an argument is refused", false, erlangStrings, erlangPort),
		Diverges("Erlang", "whether a NUL in a directory is refused", false, erlangStrings, erlangPort),
		Was("exec.strings.nul-rejected"),
		Try(func(t *Trial) {
			for _, c := range []struct {
				name   string
				option Option
				part   runtimes.Part // what a runtime's way is asked for with it, if it can be
			}{
				{"a path", Image(t.Self() + "\x00x"), ""},
				{"an argument", Args("name", "a\x00b"), ""},
				{"a variable", Env("A=a\x00b"), runtimes.Environment},
				{"a directory", In(t.Dir() + "\x00x"), runtimes.Directory},
			} {
				if c.part != "" && !t.Has(c.part) {
					continue
				}
				err := t.FailedStart(Exit(7), c.option)
				t.Observe("whether a NUL in "+c.name+" is refused", err != nil).To(BeTrue())
			}
		}))
})
