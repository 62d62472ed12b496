// Package environment is the area of the environment that a child is given.
package environment

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("environment", "The environment", func() {
	Behaviour("exec.env.bytes-verbatim", Must,
		"The kernel hands over the environment as it is: the order, repeated names, entries without \"=\", empty entries and bytes in no encoding.",
		About(Linux), On(ForkExec, VforkExec), Needs("proc"),
		Cite(POSIX("exec"), LinuxMan("execve(2)"), LinuxMan("environ(7)")),
		Matters("Of a repeated name one program takes the first value and the next the last: a check and its use see different ones."),
		Remedy("Remove repeated names before the start."),
		Try(func(t *Trial) {
			sent := []string{"B=2", "A=1", "A=2", "a=3", "NO-EQUALS", "", "=empty name", "EMPTY=", "BYTES=\xff\xfe", "LINES=a\nb", "B=1"}
			r := t.Start(Inspect(), Env(sent...)).Snapshot()
			t.Observe("entries that arrive", Strings(r.Env)).To(Equal(sent))
		}))

	Behaviour("exec.env.empty", Must,
		"A child can be given no environment at all.",
		About(Unix),
		Cite(POSIX("exec"), GoDoc("os/exec#Cmd")),
		Matters("A service that starts others with a clean environment hands on secrets where this does not hold."),
		Try(func(t *Trial) {
			r := t.Start(Inspect(), Env()).Snapshot()
			t.Observe("entries that arrive", Strings(r.Env)).To(PerSystem(map[string]types.GomegaMatcher{
				"linux": BeEmpty(), "freebsd": BeEmpty(), "netbsd": BeEmpty(), "openbsd": BeEmpty()}))
		}))

	Behaviour("exec.env.large", Must,
		"An environment of 1 MiB arrives whole where the stack limit is 8 MiB or more.",
		About(Linux),
		Cite(LinuxMan("execve(2)")),
		Matters("Build systems and job schedulers pass whole configurations in variables."),
		Try(func(t *Trial) {
			if stack, err := posix.Getrlimit(posix.RLIMIT_STACK); err == nil && stack.Soft < 8<<20 {
				t.Unmet("the stack limit is %d bytes, and a quarter of it is too little", stack.Soft)
			}
			sent := large(16, 64<<10)
			r := t.Start(Inspect(), Env(sent...)).Snapshot()
			t.Observe("variables that arrive whole", len(r.Env)).To(Equal(len(sent)))
			t.Observe("all are as they were sent", slices.Equal(Strings(r.Env), sent)).To(BeTrue())
		}))

	Behaviour("go.cmd.env-and-dir", Must,
		"os/exec takes the last value of a repeated name, sets PWD to the child's directory when no environment is given, and leaves PWD alone when one is.",
		About(Unix), On(OSExec),
		Cite(GoDoc("os/exec#Cmd"), GoDoc("os/exec#Cmd.Environ")),
		Matters("A program that trusts PWD works in the wrong directory when only Dir was set and the environment was copied by hand."),
		Remedy("Start from cmd.Environ() instead of os.Environ()."),
		Try(func(t *Trial) {
			r := t.Start(Inspect(), Env("A=1", "B=1", "A=2")).Snapshot()
			t.Observe("repeated names", Strings(r.Env)).To(Equal([]string{"B=1", "A=2"}))
			pwd := func(r platform.Snapshot) []string {
				list := []string{}
				for _, v := range Strings(r.Env) {
					if dir, ok := strings.CutPrefix(v, "PWD="); ok {
						list = append(list, strings.ReplaceAll(dir, t.Dir(), "<dir>"))
					}
				}
				return list
			}
			below := filepath.Join(t.Dir(), "below")
			t.NoError(os.Mkdir(below, 0o755))
			t.Observe("PWD with a directory", pwd(t.Start(Inspect(), In(below)).Snapshot())).To(Equal([]string{"<dir>/below"}))
			t.Observe("PWD with a directory and an environment", pwd(t.Start(Inspect(), In(below), Env("PWD=/elsewhere")).Snapshot())).
				To(Equal([]string{"/elsewhere"}))
			t.Observe("PWD with a directory and an environment without it", pwd(t.Start(Inspect(), In(below), Env("A=1")).Snapshot())).
				To(BeEmpty())
		}))
})

// large is an environment of n variables of a size, names and final NULs included.
func large(n, size int) []string {
	var list []string
	for i := range n {
		name := "LARGE" + strconv.Itoa(i+100) + "="
		list = append(list, name+strings.Repeat("a", size-len(name)-1))
	}
	return list
}
