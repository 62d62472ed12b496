package environment

import (
	"os"
	"slices"
	"strconv"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// large is an environment of n variables of a size, names and final NULs included.
func large(n, size int) []string {
	var list []string
	for i := range n {
		name := "LARGE" + strconv.Itoa(i+100) + "="
		list = append(list, name+strings.Repeat("a", size-len(name)-1))
	}
	return list
}

var changing = MSLearn("Changing Environment Variables", "windows/win32/procthread/changing-environment-variables")

var wineSource = "https://gitlab.winehq.org/wine/wine/-/blob/master/dlls/ntdll/unix/env.c"

var _ = Area("environment", title, func() {
	Behaviour("environment.block.empty", Must,
		"A child can be given no environment at all.",
		About(Unix),
		Cite(POSIX("exec"), GoDoc("os/exec#Cmd")),
		Matters("A service that starts others with a clean environment hands on secrets where this does not hold."),
		Diverges("cpython/system", "entries that arrive", []string{"LC_CTYPE"},
			"From 3.7 Python sets LC_CTYPE for itself and its children where no locale is set (PEP 538).",
			"https://peps.python.org/pep-0538/"),
		Was("exec.env.empty"),
		Try(func(t *Trial) {
			arrived := []string{}
			for _, v := range t.WithoutShells(Strings(t.Start(Inspect(), Env()).Snapshot().Env)) {
				name, _, _ := strings.Cut(v, "=")
				arrived = append(arrived, name)
			}
			slices.Sort(arrived)
			t.Observe("entries that arrive", arrived).To(BeEmpty())
		}))

	Behaviour("environment.block.large", Must,
		"An environment of 64 variables of 16,384 characters each, the name and a final NUL included, arrives whole, on "+
			"Linux where the stack limit is 8 MiB or more, on Windows through CreateProcessW.",
		About(Linux, Windows),
		Cite(LinuxMan("execve(2)"), variables, CreateProcessW),
		Matters("Build systems and job schedulers pass whole configurations in variables. The limit of 32767 characters "+
			"on Windows is that of one variable, and of the whole block for CreateProcessA and up to Windows Server 2003."),
		Was("exec.env.large", "win.env.large"),
		Try(func(t *Trial) {
			if stack, err := posix.Getrlimit(posix.RLIMIT_STACK); err == nil && stack.Soft < 8<<20 {
				t.Unmet("the stack limit is %d bytes, and a quarter of it is too little", stack.Soft)
			}
			sent := large(64, 16<<10)
			r := t.Start(Inspect(), Env(sent...)).Snapshot()
			t.Observe("number of variables that are missing or changed", len(Without(Texts(sent), r.Env))).To(Equal(0))
		}))

	Behaviour("environment.block.order", Observed,
		"The block reaches the child in the order in which it was given; CreateProcessW does not sort it.",
		About(Windows), On(CreateProcess),
		Cite(changing, CreateProcessW),
		Matters("Programs that search a block as a sorted list miss variables of an unsorted one."),
		Remedy("Sort by name, without regard to case."),
		Was("win.env.order"),
		Try(func(t *Trial) {
			r := t.Start(Inspect(), Env("Z=1", "A=2", "M=3", "b=4")).Snapshot()
			t.Observe("order of the variables that arrive", only(r, "Z", "A", "M", "b"))
		}))

	Behaviour("environment.block.no-variable", Should,
		"A child of CreateProcessW can be given a block without any variable, and starts.",
		About(Windows), On(CreateProcess),
		Cite(CreateProcessW),
		Matters("A launcher that keeps secrets from a child by an empty environment relies on the block being empty."),
		Diverges("Wine", "whether the child has no variable", false,
			"Variables of Wine's own and of the system are added to every block.", wineSource),
		Was("win.env.empty-block"),
		Try(func(t *Trial) {
			r := t.Start(Inspect(), Env()).Snapshot()
			t.Observe("whether the child has no variable", len(r.Env) == 0).To(BeTrue())
		}))

	Behaviour("environment.block.default", Must,
		"Without an environment asked for, a child has every variable of the process that starts it, with the value that "+
			"it has at that moment, except PWD where os/exec is given a directory, all of them where os/exec is given a token "+
			"on Windows, what WOW64 sets there for a 32-bit child of a 64-bit process and the other way round "+
			"(PROCESSOR_ARCHITECTURE, ProgramFiles, CommonProgramFiles and others), and what a loader removes for an image "+
			"with privileges or protection (variables of LD_ and DYLD_, in glibc also TMPDIR and others).",
		Cite(POSIX("fork"), POSIX("exec"), CreateProcessW, GoDoc("os/exec#Cmd"), LinuxMan("ld.so(8)"),
			MSLearn("WOW64 Implementation Details", "windows/win32/winprog64/wow64-implementation-details")),
		Matters("Settings such as PATH, HOME and TEMP come to a child this way, and so do secrets."),
		Remedy("Give a child that is not trusted a whole environment of its own."),
		Diverges("Erlang", "variables that were lost", []string{"PATH"},
			"The program erl puts its own directories in front of PATH.",
			"https://github.com/erlang/otp/blob/master/erts/etc/common/erlexec.c"),
		Was("inherit.env.default"),
		Try(func(t *Trial) {
			parent := t.Start(Agent())
			MustCall(parent, agent.SetEnv, [2]platform.Text{"SPAWNSPEC_LATE", "set after the start"})
			r := parent.Start(Inspect(), InheritStdio()).Snapshot()
			lost := Without(Texts(os.Environ()), t.Start(Inspect()).Snapshot().Env)
			t.Observe("variables that were lost", Names(t.WithoutShells(lost))).To(BeEmpty())
			t.Observe("whether a variable arrives that the parent has set itself",
				slices.Contains(r.Env, "SPAWNSPEC_LATE=set after the start")).To(BeTrue())
			MustCall(parent, agent.UnsetEnv, "SPAWNSPEC_LATE")
			r = parent.Start(Inspect(), InheritStdio()).Snapshot()
			t.Observe("entries that arrive of a variable that the parent has removed", only(r, "SPAWNSPEC_LATE")).To(BeEmpty())
		}))
})
