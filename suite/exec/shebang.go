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

// largest finds the largest n from low to high for which try gives no error,
// and the error of the one after it. It expects that low works.
func largest(low, high int, try func(n int) error) (n int, beyond error) {
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

// rewritten observes what the interpreter of a script gets for arguments; check is given what it has to get.
func rewritten(t *Trial, check func(o Observation, want []string)) {
	i := interpreter(t, "i")
	// The script is executed by a link, whose path is not that of the file.
	script := filepath.Join(t.Dir(), "script")
	t.NoError(os.Symlink("file", script))
	for _, line := range []string{i, i + " argument"} {
		t.File("file", "#!"+line+"\n", 0o755)
		r := t.Start(Inspect(), Image(script), Args("replaced", "a", "", "b c")).Snapshot()
		want := append(strings.Fields(line), script, "a", "", "b c")
		check(t.Observe("arguments for the line #!"+placeless(t, line), arguments(t, r)), placelessAll(t, want))
	}
}

// unusable observes the errors of scripts whose interpreter cannot be executed; check is given what each has to be.
func unusable(t *Trial, check func(o Observation, errno string)) {
	t.NoError(os.Mkdir(filepath.Join(t.Dir(), "directory"), 0o755))
	t.File("file", "", 0o644)
	for _, c := range []struct{ file, what, errno string }{
		{"missing", "a missing interpreter", "ENOENT"},
		{"directory", "a directory as interpreter", "EACCES"},
		{"file", "an interpreter without permission to execute", "EACCES"},
	} {
		script := t.File("script", "#!"+filepath.Join(t.Dir(), c.file)+"\n", 0o755)
		err := t.FailedStart(Exit(0), Image(script), Args(script))
		check(t.ObserveError("error with "+c.what, err), c.errno)
	}
}

var _ = Area("exec", title, func() {
	Behaviour("exec.shebang.argv-rewrite", Must,
		"The interpreter of a script that is executed by its path gets its own path as the #! line has it as argument 0, "+
			"the argument of that line if there is one, the path by which the script was executed, and the caller's "+
			"arguments without argument 0.",
		About(Linux, FreeBSD), Needs("symlink"),
		Cite(LinuxMan("execve(2)"), FreeBSDMan("execve(2)")),
		Matters("A script finds itself by the path the interpreter was given, and the caller's argument 0 is lost; the "+
			"manuals of macOS, NetBSD and OpenBSD say that argument 0 is left unchanged."),
		Was("shebang.argv-rewrite"),
		Try(func(t *Trial) {
			rewritten(t, func(o Observation, want []string) { o.To(Equal(want)) })
		}))

	Behaviour("exec.shebang.argv-rewrite-elsewhere", Observed,
		"By the manuals of macOS, NetBSD and OpenBSD the interpreter of a script gets the caller's argument 0 unchanged; by "+
			"the sources of their kernels it gets its own path there.",
		About(Darwin, NetBSD, OpenBSD), Needs("symlink"),
		Cite(MacOSMan("execve(2)"), NetBSDMan("execve(2)"), OpenBSDMan("execve(2)")),
		Matters("An interpreter that acts by its argument 0 acts as the caller says, or as the #! line does."),
		Try(func(t *Trial) { rewritten(t, func(Observation, []string) {}) }))

	Behaviour("exec.shebang.argument-single-or-split", Observed,
		"The text after the interpreter on a #! line is either one argument, blanks included, or is split at blanks: POSIX "+
			"leaves it open.",
		About(Unix), On(System), Needs("symlink"),
		Cite(LinuxMan("execve(2)"), Document("POSIX.1-2017 Shell Command Language",
			"https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html")),
		Matters("A line such as #!/usr/bin/env python3 -u works where arguments are split and names a program \"python3 "+
			"-u\" elsewhere."),
		Remedy("Use no more than one argument, or env -S where env has that option (GNU, FreeBSD, macOS)."),
		Was("shebang.arg.single-or-split"),
		Try(func(t *Trial) {
			script := t.File("script", "#! \t"+interpreter(t, "i")+" \ta  b \t\n", 0o755)
			r := t.Start(Inspect(), Image(script), Args(script)).Snapshot()
			t.Observe("arguments of the interpreter", arguments(t, r))
		}))

	Behaviour("exec.shebang.length-limit", Observed,
		"A system reads a limited number of bytes of a #! line: a longer interpreter path is refused, a longer argument is "+
			"cut or refused.",
		About(Unix), On(System), Needs("symlink"),
		Cite(LinuxMan("execve(2)")),
		Matters("Scripts installed deep in a directory tree (virtual environments, build sandboxes) stop working, or run "+
			"with a cut argument, with no hint why."),
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
			longest, err := largest(len("#!"+i), 8192, func(n int) error { return start(padded(n)) })
			t.Observe("longest line of #! and interpreter, in bytes", longest)
			t.ObserveError("error with one byte more", err)
			script := t.File("script", "#!"+i+" "+strings.Repeat("a", 8192)+"\n", 0o755)
			c, err := t.TryStart(Inspect(), Image(script), Args(script))
			t.ObserveError("error with an argument of 8192 bytes", err)
			if err == nil {
				if a := c.Snapshot().Args; len(a) > 1 {
					t.Observe("bytes of that line that were read", len("#!"+i+" "+string(a[1])))
				}
			}
		}))

	Behaviour("exec.shebang.crlf-and-bom", Should,
		"A carriage return at the end of a #! line belongs to the interpreter's name, which is not found, or to its "+
			"argument; a script with a byte order mark before #! is refused with ENOEXEC.",
		About(Unix), Needs("symlink"),
		Cite(LinuxMan("execve(2)")),
		Matters("A script saved with Windows line ends fails with \"no such file\" although both the script and its "+
			"interpreter exist; a shell runs one with a byte order mark as its own script."),
		Remedy("Save scripts with LF line ends and without a byte order mark."),
		Seen("OpenRC/openrc#733"),
		GivesToShell("error with a byte order mark before #!"),
		ErlangSaysNothing("error with a carriage return after the interpreter", "error with a byte order mark before #!"),
		Was("shebang.crlf-and-bom"),
		Try(func(t *Trial) {
			i := interpreter(t, "i")
			for _, c := range []struct{ name, content, errno string }{
				{"error with a carriage return after the interpreter", "#!" + i + "\r\n", "ENOENT"},
				{"error with a byte order mark before #!", "\ufeff#!" + i + "\n", "ENOEXEC"},
			} {
				file := t.File("script", c.content, 0o755)
				t.ObserveError(c.name, t.FailedStart(Exit(0), Image(file), Args(file))).To(Equal(c.errno))
			}
			script := t.File("script", "#!"+i+" argument\r\n", 0o755)
			r := t.Start(Inspect(), Image(script), Args(script)).Snapshot()
			t.Observe("arguments with a carriage return after an argument", arguments(t, r)).
				To(Equal([]string{"<dir>/i", "argument\r", "<dir>/script"}))
		}))

	Behaviour("exec.shebang.nesting", Observed,
		"The interpreter of a script may be a script itself, up to a depth that each system chooses, or not at all.",
		About(Unix), On(System), Needs("symlink"),
		Cite(LinuxMan("execve(2)")),
		Matters("A wrapper script in place of an interpreter works on one system and fails with ELOOP or ENOEXEC on "+
			"another."),
		Was("shebang.nesting"),
		Try(func(t *Trial) {
			path := interpreter(t, "i")
			depth := 0
			for ; depth < 20; depth++ {
				path = t.File("script"+strconv.Itoa(depth+1), "#!"+path+"\n", 0o755)
				c, err := t.TryStart(Exit(7), Image(path), Args(path))
				if err != nil {
					t.ObserveError("outcome of one script more", err)
					break
				}
				if end := c.Wait().String(); end != "exit 7" {
					t.Observe("outcome of one script more", end)
					break
				}
			}
			t.Observe("longest chain of scripts that runs", depth)
		}))

	Behaviour("exec.shebang.relative-interpreter", Should,
		"A relative interpreter path starts at the working directory of the process that executes the script, not at the "+
			"script's directory, and PATH is not searched.",
		About(Unix), Needs("symlink"),
		Cite(LinuxMan("execve(2)")),
		Matters("Such a script works in one directory only, and runs another file of that name in any other."),
		Remedy("Name the interpreter by its absolute path, or through /usr/bin/env."),
		ErlangSaysNothing("error in the script's directory", "error for a name in PATH"),
		Was("shebang.relative-interpreter"),
		Try(func(t *Trial) {
			interpreter(t, "i")
			script := t.File("elsewhere/script", "#!./i\n", 0o755)
			c, err := t.TryStart(Exit(7), Image(script), Args(script), In(t.Dir()))
			t.ObserveError("error in the interpreter's directory", err).To(Equal("none"))
			if err == nil {
				t.Observe("exit status in the interpreter's directory", c.Wait().String()).To(Equal("exit 7"))
			}
			err = t.FailedStart(Exit(7), Image(script), Args(script), In(filepath.Dir(script)))
			t.ObserveError("error in the script's directory", err).To(Equal("ENOENT"))
			script = t.File("elsewhere/script", "#!sh\n", 0o755)
			err = t.FailedStart(Exit(7), Image(script), Args(script), In(t.Dir()))
			t.ObserveError("error for a name in PATH", err).To(Equal("ENOENT"))
		}))

	Behaviour("exec.shebang.interpreter-errors", Must,
		"An exec of a script fails with ENOENT when its interpreter is missing, and with EACCES when the interpreter is a "+
			"directory or may not be executed.",
		About(Linux, FreeBSD, OpenBSD),
		Cite(LinuxMan("execve(2)"), FreeBSDMan("execve(2)"), OpenBSDMan("execve(2)")),
		Matters("\"No such file or directory\" for a script that exists means its interpreter."),
		Remedy("Report the #! line of the script along with the error."),
		ErlangSaysNothing("error with a missing interpreter", "error with a directory as interpreter",
			"error with an interpreter without permission to execute"),
		Was("shebang.interpreter-errors"),
		Try(func(t *Trial) {
			unusable(t, func(o Observation, errno string) { o.To(Equal(errno)) })
		}))

	Behaviour("exec.shebang.interpreter-errors-elsewhere", Observed,
		"Which error a script gives on macOS and NetBSD whose interpreter is missing, is a directory or may not be executed "+
			"is not in their manuals, which say only that the system runs the interpreter.",
		About(Darwin, NetBSD),
		Cite(MacOSMan("execve(2)"), NetBSDMan("execve(2)")),
		Matters("A launcher that explains the error of a script by its #! line has to know which errors that can be."),
		Try(func(t *Trial) { unusable(t, func(Observation, string) {}) }))

	Behaviour("exec.shebang.no-interpreter", Should,
		"A script whose #! line names no interpreter cannot be executed; which error it gives depends on the system.",
		About(Unix),
		Cite(LinuxMan("execve(2)")),
		Matters("A shell, or execvp, that gets ENOEXEC runs the file as a script of sh instead."),
		GivesToShell("error with #! and a newline", "error with #! and blanks"),
		ErlangSaysNothing("error with #! alone", "error with #! and a newline", "error with #! and blanks"),
		Was("shebang.no-interpreter"),
		Try(func(t *Trial) {
			refused := Not(Equal("none"))
			expected := PerSystem(map[string]types.GomegaMatcher{"linux": BeElementOf("ENOEXEC", "EACCES"),
				"freebsd": Equal("ENOEXEC"), "darwin": refused, "netbsd": refused, "openbsd": refused})
			for _, c := range []struct{ what, content string }{
				{"#! alone", "#!"}, {"#! and a newline", "#!\n"}, {"#! and blanks", "#! \t \n"},
			} {
				script := t.File("script", c.content, 0o755)
				t.ObserveError("error with "+c.what, t.FailedStart(Exit(0), Image(script), Args(script))).To(expected)
			}
		}))
})
