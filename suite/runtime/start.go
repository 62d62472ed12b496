package runtime

import (
	"fmt"
	"os"
	"os/signal"
	"slices"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// ignoredHere reports whether this process itself ignores a signal, and so hands
// that on to every program that it starts.
func ignoredHere(name string) bool {
	for n := 1; n < 32; n++ {
		if posix.SignalName(n) == name {
			return signal.Ignored(platform.Signal(n))
		}
	}
	return false
}

// probed are the descriptors above 2 that a runtime holds: a low one, and one beyond
// those that a runtime may look at one by one.
var probed = []int{3, 100}

// held makes them the null device.
func held(t *Trial) Option {
	null, err := platform.NullDevice()
	t.NoError(err)
	return Held(null, probed...)
}

// names are the names of environment variables, but for those that a shell sets
// for itself: what is found on PATH as an interpreter may be a shell script that
// looks for the right one.
func names(variables []platform.Text) []platform.Text {
	all := []platform.Text{}
	for _, name := range Names(Strings(variables)) {
		if !slices.Contains([]string{"_", "PWD", "OLDPWD", "SHLVL"}, name) {
			all = append(all, platform.Text(name))
		}
	}
	slices.Sort(all)
	return all
}

var _ = Area("runtime", title, func() {
	Behaviour("runtime.start.as-asked", Should,
		"A program that a runtime starts has the one argument that it was given, the runtime's environment and working "+
			"directory, and its exit status comes back.",
		On(ProgramLaunchers()...),
		Matters("Quoting, a shell in between, or a wrapper shows first in the arguments and in the status."),
		Try(func(t *Trial) {
			c := t.Start(Inspect(), InheritStdio())
			r := c.Snapshot()
			t.Observe("number of arguments", len(r.Args)).To(Equal(2))
			mine, its := names(Texts(os.Environ())), names(r.Env)
			t.Observe("variables that were lost", Without(mine, its)).To(BeEmpty())
			t.Observe("variables that were added", Without(its, mine))
			here, err := os.Getwd()
			t.NoError(err)
			t.Observe("whether it is in the runtime's working directory", SameFile(string(r.Dir), here)).To(BeTrue())
			c.Exit(7)
			t.Observe("exit status", c.Wait().String()).To(Equal("exit 7"))
		}))

	Behaviour("runtime.start.snapshot", Observed,
		"Which descriptors, which process group and session, and which blocked signals a program has that is started with "+
			"nothing asked for is its runtime's choice, and differs between runtimes and their versions.",
		On(ProgramLaunchers()...),
		Cite(Document("PEP 446: make newly created file descriptors non-inheritable", "https://peps.python.org/pep-0446/"),
			Document("libuv: uv_disable_stdio_inheritance()",
				"https://docs.libuv.org/en/v1.x/process.html#c.uv_disable_stdio_inheritance")),
		Matters("What one runtime closes, resets or moves into a group of its own, the next one hands on."),
		Was("runtime.start.record"),
		Try(func(t *Trial) {
			r := t.Start(Inspect(), InheritStdio(), held(t)).Snapshot()
			open := map[string]string{}
			for _, f := range r.Files {
				name := "further descriptors"
				switch {
				case f.CloseOnExec: // the program's own
					continue
				case f.FD < 3:
					name = []string{"standard input", "standard output", "standard error"}[f.FD]
				case slices.Contains(probed, int(f.FD)):
					name = fmt.Sprint("descriptor ", f.FD, " of the runtime itself")
				}
				open[name] = f.Kind + " " + f.Access
			}
			t.Observe("open descriptors", open)
			t.Observe("whether it leads a process group", r.Group == r.PID)
			t.Observe("whether it leads a session", r.Session == r.PID)
			t.Observe("blocked signals", r.Blocked)
		}))

	Behaviour("runtime.start.signals", Observed,
		"Which signals a program ignores or blocks that a runtime starts, and which of the first ten descriptors are open "+
			"in it, before its own runtime has touched them, is the choice of the runtime that starts it.",
		Brief("A program starts with signals ignored."),
		On(ProgramLaunchers()...), Needs("script-image"),
		Cite(POSIX("exec")),
		Matters("A runtime that ignores SIGPIPE for itself and hands that on makes the pipelines below it write on without "+
			"a reader."),
		Seen("ansible/ansible#44813", "novnc/websockify#61"),
		Try(func(t *Trial) {
			raw := t.Raw(InheritStdio(), held(t))
			t.Observe("ignored signals", slices.DeleteFunc(raw.Ignored, ignoredHere))
			t.Observe("blocked signals", raw.Blocked)
			t.Observe("open descriptors", raw.Open)
			t.Observe("parent-death signal", posix.SignalName(raw.ParentDeath))
		}))
})
