package environment

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var goExec = Document("Go: os/exec/exec.go", "https://github.com/golang/go/blob/go1.26.0/src/os/exec/exec.go")

var _ = Area("environment", title, func() {
	Behaviour("environment.go.pwd-follows-dir", Must,
		"os/exec takes the last value of a repeated name, and sets PWD, where Dir is set and Env is nil, to Dir, by its "+
			"source made absolute and cleaned (filepath.Abs), which with .. after a link is the name of another directory; it "+
			"leaves a PWD that Env gives as it is.",
		About(Unix), On(OSExec),
		Cite(GoDoc("os/exec#Cmd"), GoDoc("os/exec#Cmd.Environ"),
			goExec),
		Matters("A program that trusts PWD works in the wrong directory when only Dir was set and the environment was "+
			"copied by hand."),
		Remedy("Start from cmd.Environ() instead of os.Environ(), after Dir is set, and give a Dir without .. in it."),
		Was("go.cmd.env-and-dir"),
		Try(func(t *Trial) {
			r := t.Start(Inspect(), Env("A=1", "B=1", "A=2")).Snapshot()
			t.Observe("variables of repeated names", Strings(r.Env)).To(ConsistOf("B=1", "A=2"))
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
			c := t.Start(Agent(), In(t.Dir()))
			t.Observe("PWD with a relative directory", pwd(c.Start(Inspect(), InheritStdio(), In("below")).Snapshot())).
				To(Equal([]string{"<dir>/below"}))
			t.Observe("PWD with a directory and an environment",
				pwd(t.Start(Inspect(), In(below), Env("PWD=/elsewhere")).Snapshot())).To(Equal([]string{"/elsewhere"}))
			t.Observe("PWD with a directory and an environment without it", // which the documentation leaves open
				pwd(t.Start(Inspect(), In(below), Env("A=1")).Snapshot()))
		}))

	Behaviour("environment.go.systemroot-added", Must,
		"os/exec adds SYSTEMROOT, by its source with the parent's value, to an environment that lacks the variable.",
		About(Windows), On(OSExec),
		Cite(GoDoc("os/exec#Cmd"), goExec),
		Seen("golang/go#25210"),
		Matters("Sockets and cryptography do not work in a child without it, far from the cause."),
		Was("win.env.systemroot-added"),
		Try(func(t *Trial) {
			own := os.Getenv("SYSTEMROOT")
			if own == "" {
				t.Unmet("this process has no SYSTEMROOT itself")
			}
			// Another spelling of the same directory: the system may add the variable itself, as Wine does.
			own += `\.`
			parent := t.Start(Agent())
			MustCall(parent, agent.SetEnv, [2]platform.Text{"SYSTEMROOT", platform.Text(own)})
			arrives := func(o ...Option) bool {
				r := parent.Start(Inspect(), append(o, InheritStdio())...).Snapshot()
				return slices.ContainsFunc(r.Env, func(v platform.Text) bool {
					name, value, _ := strings.Cut(string(v), "=")
					return strings.EqualFold(name, "SYSTEMROOT") && value == own
				})
			}
			if !arrives(Via(CreateProcess), Env("SYSTEMROOT="+own)) {
				t.Unmet("the system itself sets SYSTEMROOT in every child here")
			}
			t.Observe("whether the child has SYSTEMROOT with its parent's value", arrives(Env("A=1"))).To(BeTrue())
		}))
})
