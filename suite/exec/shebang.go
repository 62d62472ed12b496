package exec

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// arguments are those a child saw, with the trial's directory left out, whose
// name changes from run to run.
func arguments(t *Trial, r platform.Snapshot) []string {
	list := []string{}
	for _, a := range r.Args {
		list = append(list, placeless(t, string(a)))
	}
	return list
}

// boundary finds the largest n from low to high for which try gives no error,
// and the error of the one after it. It expects that low works.
func boundary(low, high int, try func(n int) error) (longest int, beyond error) {
	beyond = try(high)
	if beyond == nil {
		return high, nil
	}
	for low+1 < high {
		middle := (low + high) / 2
		if err := try(middle); err != nil {
			high, beyond = middle, err
		} else {
			low = middle
		}
	}
	return low, beyond
}

func placeless(t *Trial, s string) string { return strings.ReplaceAll(s, t.Dir(), "<dir>") }

func placelessAll(t *Trial, list []string) []string {
	out := []string{}
	for _, s := range list {
		out = append(out, placeless(t, s))
	}
	return out
}

var _ = Area("exec", title, func() {
	Behaviour("exec.shebang.argv-rewrite", Must,
		"The interpreter of a script gets its own path, the argument of the #! line if there is one, the path of the script as it was executed, and the caller's arguments without the first.",
		About(Unix), Needs("symlink"),
		Cite(LinuxMan("execve(2)"), POSIX("exec")),
		Matters("A script finds itself by the path the interpreter was given; the caller's argument 0 is lost."),
		Was("shebang.argv-rewrite"),
		Try(func(t *Trial) {
			i := interpreter(t, "i")
			for _, line := range []string{i, i + " argument"} {
				script := t.File("script", "#!"+line+"\n", 0o755)
				r := t.Start(Inspect(), Image(script), Args("replaced", "a", "", "b c")).Snapshot()
				want := append(strings.Fields(line), script, "a", "", "b c")
				t.Observe("arguments for "+placeless(t, line), arguments(t, r)).To(Equal(placelessAll(t, want)))
			}
		}))

	Behaviour("exec.shebang.argument-single-or-split", Observed,
		"What follows the interpreter on a #! line is one argument, blanks within it included, or is split at blanks.",
		About(Unix), On(System), Needs("symlink"),
		Cite(LinuxMan("execve(2)")),
		Matters("A line such as #!/usr/bin/env python3 -u works where arguments are split and names a program \"python3 -u\" elsewhere."),
		Remedy("Use env -S, or no more than one argument."),
		Was("shebang.arg.single-or-split"),
		Try(func(t *Trial) {
			script := t.File("script", "#! \t"+interpreter(t, "i")+" \ta  b \t\n", 0o755)
			r := t.Start(Inspect(), Image(script), Args(script)).Snapshot()
			t.Observe("arguments of the interpreter", arguments(t, r))
		}))

	Behaviour("exec.shebang.length-limit", Observed,
		"Only so many bytes of a #! line are looked at; a longer interpreter path is refused, a longer argument cut or refused.",
		About(Unix), On(System), Needs("symlink"),
		Cite(LinuxMan("execve(2)")),
		Matters("Scripts installed deep in a directory tree (virtual environments, build sandboxes) stop working, or run with a cut argument, with no hint why."),
		Remedy("Use a short path on the #! line: #!/usr/bin/env name, or a link."),
		Seen("pypa/virtualenv#596", "pypa/virtualenv#997"),
		Was("shebang.length-limit"),
		Try(func(t *Trial) {
			i := interpreter(t, "i")
			start := func(line string) error {
				c, err := t.TryStart(Exit(7), Image(t.File("script", line+"\n", 0o755)), Args("script"))
				if err == nil && c.Wait().String() != "exit 7" {
					return errors.New("another program ran")
				}
				return err
			}
			// Slashes in front make the path longer and lead to the same file.
			padded := func(n int) string { return "#!" + strings.Repeat("/", n-len("#!"+i)) + i }
			longest, err := boundary(len("#!"+i), 8192, func(n int) error { return start(padded(n)) })
			t.Observe("longest line of #! and interpreter, in bytes", longest)
			t.ObserveError("one byte more", err)
			script := t.File("script", "#!"+i+" "+strings.Repeat("a", 8192)+"\n", 0o755)
			c, err := t.TryStart(Inspect(), Image(script), Args(script))
			t.ObserveError("an argument of 8192 bytes", err)
			if err == nil {
				if a := c.Snapshot().Args; len(a) > 1 {
					t.Observe("of that line arrives, in bytes", len("#!"+i+" "+string(a[1])))
				}
			}
		}))

	Behaviour("exec.shebang.crlf-and-bom", Should,
		"A carriage return at the end of a #! line is part of what the line names, and a byte order mark before it hides it: neither script runs.",
		About(Unix), On(System), Needs("symlink"),
		Cite(LinuxMan("execve(2)")),
		Matters("A script saved with Windows line ends fails with \"no such file\" although both the script and its interpreter exist."),
		Remedy("Save scripts with LF line ends and without a byte order mark."),
		Seen("OpenRC/openrc#733"),
		Was("shebang.crlf-and-bom"),
		Try(func(t *Trial) {
			i := interpreter(t, "i")
			for _, c := range []struct{ name, content, errno string }{
				{"carriage return after the interpreter", "#!" + i + "\r\n", "ENOENT"},
				{"byte order mark before #!", "\ufeff#!" + i + "\n", "ENOEXEC"},
			} {
				_, err := t.TryStart(Exit(0), Image(t.File("script", c.content, 0o755)), Args("script"))
				t.ObserveError(c.name, err).To(Equal(c.errno))
			}
			script := t.File("script", "#!"+i+" argument\r\n", 0o755)
			r := t.Start(Inspect(), Image(script), Args(script)).Snapshot()
			t.Observe("carriage return after an argument", arguments(t, r)).
				To(Equal([]string{"<dir>/i", "argument\r", "<dir>/script"}))
		}))

	Behaviour("exec.shebang.nesting", Observed,
		"The interpreter of a script may be a script itself, to a depth that is the system's own.",
		About(Unix), On(System), Needs("symlink"),
		Cite(LinuxMan("execve(2)")),
		Matters("A wrapper script in place of an interpreter works on one system and gives ELOOP or ENOEXEC on another."),
		Was("shebang.nesting"),
		Try(func(t *Trial) {
			path := interpreter(t, "i")
			depth := 0
			for ; depth < 20; depth++ {
				path = t.File("script"+strconv.Itoa(depth+1), "#!"+path+"\n", 0o755)
				c, err := t.TryStart(Exit(7), Image(path), Args(path))
				if err != nil {
					t.ObserveError("one script more", err)
					break
				}
				if end := c.Wait().String(); end != "exit 7" {
					t.Observe("one script more", end)
					break
				}
			}
			t.Observe("scripts in a chain that run", depth)
		}))

	Behaviour("exec.shebang.relative-interpreter", Should,
		"A relative interpreter is looked for in the working directory of the process that executes the script: not next to the script, and not in PATH.",
		About(Unix), Needs("symlink"),
		Cite(LinuxMan("execve(2)")),
		Matters("Such a script works from one directory only, and runs whatever is called like that in any other."),
		Remedy("Name the interpreter by its absolute path, or through /usr/bin/env."),
		Was("shebang.relative-interpreter"),
		Try(func(t *Trial) {
			interpreter(t, "i")
			script := t.File("elsewhere/script", "#!./i\n", 0o755)
			c, err := t.TryStart(Exit(7), Image(script), Args(script), In(t.Dir()))
			t.ObserveError("from the interpreter's directory", err).To(Equal("none"))
			if err == nil {
				t.Observe("it ends", c.Wait().String()).To(Equal("exit 7"))
			}
			_, err = t.TryStart(Exit(7), Image(script), Args(script), In(filepath.Dir(script)))
			t.ObserveError("from the script's directory", err).To(Equal("ENOENT"))
			script = t.File("elsewhere/script", "#!sh\n", 0o755)
			_, err = t.TryStart(Exit(7), Image(script), Args(script), In(t.Dir()))
			t.ObserveError("a name that is in PATH", err).To(Equal("ENOENT"))
		}))

	Behaviour("exec.shebang.interpreter-errors", Must,
		"An interpreter that is missing fails the exec with ENOENT; one that is a directory or may not be executed, with EACCES.",
		About(Unix),
		Cite(LinuxMan("execve(2)"), POSIX("exec")),
		Matters("\"No such file or directory\" for a script that is plainly there means its interpreter."),
		Remedy("Report the #! line of the script along with the error."),
		Was("shebang.interpreter-errors"),
		Try(func(t *Trial) {
			t.NoError(os.Mkdir(filepath.Join(t.Dir(), "directory"), 0o755))
			t.File("file", "", 0o644)
			for _, c := range []struct{ name, errno string }{{"missing", "ENOENT"}, {"directory", "EACCES"}, {"file", "EACCES"}} {
				script := t.File("script", "#!"+filepath.Join(t.Dir(), c.name)+"\n", 0o755)
				_, err := t.TryStart(Exit(0), Image(script), Args(script))
				t.ObserveError("interpreter: "+c.name, err).To(Equal(c.errno))
			}
		}))

	Behaviour("exec.shebang.no-interpreter", Should,
		"A #! line that names no interpreter is refused.",
		About(Unix), On(System),
		Cite(LinuxMan("execve(2)")),
		Matters("A shell that gets ENOEXEC runs the file as its own script instead."),
		Was("shebang.no-interpreter"),
		Try(func(t *Trial) {
			for _, c := range []struct{ name, content string }{{"two bytes", "#!"}, {"an empty line", "#!\n"}, {"blanks", "#! \t \n"}} {
				script := t.File("script", c.content, 0o755)
				_, err := t.TryStart(Exit(0), Image(script), Args(script))
				t.ObserveError(c.name, err).To(PerSystem(map[string]types.GomegaMatcher{
					"linux": BeElementOf("ENOEXEC", "EACCES"), "freebsd": Equal("ENOEXEC")}))
			}
		}))
})
