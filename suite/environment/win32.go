package environment

import (
	"slices"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var (
	createProcess = MSLearn("CreateProcessW function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-createprocessw")
	variables     = MSLearn("Environment Variables", "windows/win32/procthread/environment-variables")
	changing      = MSLearn("Changing Environment Variables", "windows/win32/procthread/changing-environment-variables")
	wineSource    = "https://gitlab.winehq.org/wine/wine/-/blob/master/dlls/ntdll/unix/env.c"
)

var _ = Area("environment", "The environment", func() {
	Behaviour("win.env.order", Observed,
		"The block reaches the child in the order in which it was given; sorting it is the creator's duty.",
		About(Windows), On(CreateProcess),
		Cite(changing, createProcess),
		Matters("Programs that search a block as a sorted list miss variables of an unsorted one."),
		Remedy("Sort by upper-cased name."),
		Try(func(t *Trial) {
			r := t.Start(Inspect(), Env("Z=1", "A=2", "M=3", "b=4")).Snapshot()
			t.Observe("variables of ours, as they arrive", only(r, "Z", "A", "M", "b"))
		}))

	Behaviour("win.env.case-insensitive", Must,
		"A variable is found whatever the case of its name, letters beyond ASCII included, and keeps the case it was given.",
		About(Windows),
		Cite(variables),
		Matters("A program ported from Unix that sets both Path and PATH sets one of them."),
		Try(func(t *Trial) {
			c := t.Start(Inspect(), Env("Spawnspec_Case=1", "\u00e4x=2"))
			t.Observe("variables of ours, as they arrive", only(c.Snapshot(), "Spawnspec_Case", "\u00e4x")).
				To(ConsistOf("Spawnspec_Case=1", "\u00e4x=2"))
			t.Observe("value of SPAWNSPEC_CASE", string(MustCall(c, agent.LookupEnv, "SPAWNSPEC_CASE").Value)).To(Equal("1"))
			t.Observe("value of \u00c4X", string(MustCall(c, agent.LookupEnv, "\u00c4X").Value)).To(Equal("2"))
		}))

	Behaviour("win.env.duplicate", Observed,
		"A block may hold names that differ only in case; a lookup finds one of them.",
		About(Windows), On(CreateProcess),
		Cite(variables),
		Matters("Which PATH counts when a launcher passes Path and PATH is nobody's promise."),
		Remedy("Remove repeated names, without regard to case, before the start."),
		Try(func(t *Trial) {
			c := t.Start(Inspect(), Env("Foo=1", "FOO=2"))
			t.Observe("variables of ours, as they arrive", only(c.Snapshot(), "Foo", "FOO"))
			t.Observe("value of foo", string(MustCall(c, agent.LookupEnv, "foo").Value))
		}))

	Behaviour("win.env.equals-names", Observed,
		"Names that begin with \"=\", which hold the current directory of each drive, pass through a block.",
		About(Windows), On(CreateProcess),
		Cite(variables),
		Matters("A launcher that drops or refuses them changes what C:name means to its children."),
		Try(func(t *Trial) {
			r := t.Start(Inspect(), Env("=Q:=Q:\\directory", "A=1", "NO-EQUALS")).Snapshot()
			t.Observe("entries of ours, as they arrive", only(r, "=Q:", "A", "NO-EQUALS"))
		}))

	Behaviour("win.env.empty-block", Should,
		"A child can be given an environment without any variable, and starts.",
		About(Windows), On(CreateProcess),
		Cite(createProcess),
		Matters("Whoever relies on an empty environment to keep secrets from a child has to see that it is empty."),
		Diverges("Wine", "the child has no variable", false, "Variables of Wine's own and of the system are added to every block.", wineSource),
		Try(func(t *Trial) {
			r := t.Start(Inspect(), Env()).Snapshot()
			t.Observe("the child has no variable", len(r.Env) == 0).To(BeTrue())
		}))

	Behaviour("win.env.systemroot-added", Should,
		"os/exec adds SystemRoot to an environment that lacks it, since sockets and cryptography do not work without.",
		About(Windows), On(OSExec),
		Cite(GoDoc("os/exec#Cmd")),
		Seen("golang/go#25210"),
		Matters("A hand-made environment breaks sockets and cryptography in children, far from its cause."),
		Try(func(t *Trial) {
			r := t.Start(Inspect(), Env("A=1")).Snapshot()
			added := slices.ContainsFunc(r.Env, func(v platform.Text) bool { return strings.HasPrefix(strings.ToUpper(string(v)), "SYSTEMROOT=") })
			t.Observe("SystemRoot is there", added).To(BeTrue())
		}))

	Behaviour("win.env.large", Must,
		"A block of 1 MiB arrives whole.",
		About(Windows),
		Cite(variables, createProcess),
		Matters("The limit of 32767 characters that older texts give is that of one variable."),
		Try(func(t *Trial) {
			sent := large(64, 16<<10)
			r := t.Start(Inspect(), Env(sent...)).Snapshot()
			arrived := 0
			for _, v := range sent {
				if slices.Contains(r.Env, platform.Text(v)) {
					arrived++
				}
			}
			t.Observe("variables that arrive whole", arrived).To(Equal(len(sent)))
		}))

	Behaviour("win.env.unicode", Must,
		"Names and values arrive in any script.",
		About(Windows),
		Cite(createProcess, variables),
		Matters("Paths in variables carry users' names."),
		Try(func(t *Trial) {
			sent := []string{"\u65e5\u672c=\u00e9\U0001f600", "A=\u20ac"}
			t.Observe("variables of ours, as they arrive", only(t.Start(Inspect(), Env(sent...)).Snapshot(), "\u65e5\u672c", "A")).To(ConsistOf(sent))
		}))
})

// only keeps the entries of the given names, in their order: every child has
// some that the system adds.
func only(r platform.Snapshot, names ...string) []string {
	list := []string{}
	for _, v := range Strings(r.Env) {
		if slices.ContainsFunc(names, func(name string) bool { return v == name || strings.HasPrefix(v, name+"=") }) {
			list = append(list, v)
		}
	}
	return list
}
