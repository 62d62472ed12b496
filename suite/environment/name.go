package environment

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("environment", title, func() {
	Behaviour("environment.name.case-insensitive", Must,
		"GetEnvironmentVariable finds a variable by its name whatever the case of its ASCII letters; the variable reaches "+
			"the child with the name as it was given.",
		About(Windows),
		Cite(MSLearn(".NET, System.Environment.GetEnvironmentVariable methods",
			"dotnet/fundamentals/runtime-libraries/system-environment-getenvironmentvariable"), changing),
		Matters("A program ported from Unix that sets both Path and PATH sets one variable."),
		Was("win.env.case-insensitive"),
		Try(func(t *Trial) {
			c := t.Start(Inspect(), Env("Spawnspec_Case=1", "\u00e4x=2"))
			t.Observe("variables that arrive", only(c.Snapshot(), "Spawnspec_Case", "\u00e4x")).
				To(ConsistOf("Spawnspec_Case=1", "\u00e4x=2"))
			t.Observe("value of SPAWNSPEC_CASE", string(MustCall(c, agent.LookupEnv, "SPAWNSPEC_CASE").Value)).To(Equal("1"))
			// No page says so of letters beyond ASCII.
			t.Observe("value of \u00c4X", string(MustCall(c, agent.LookupEnv, "\u00c4X").Value))
		}))

	Behaviour("environment.name.duplicate", Observed,
		"A block may hold names that differ only in case; a lookup finds one of them.",
		About(Windows), On(CreateProcess),
		Cite(variables),
		Matters("Nothing promises which PATH is used when a launcher passes Path and PATH."),
		Remedy("Remove repeated names, without regard to case, before the start."),
		Was("win.env.duplicate"),
		Try(func(t *Trial) {
			c := t.Start(Inspect(), Env("Foo=1", "FOO=2"))
			t.Observe("variables that arrive", only(c.Snapshot(), "Foo", "FOO"))
			t.Observe("value of foo", string(MustCall(c, agent.LookupEnv, "foo").Value))
		}))

	Behaviour("environment.name.equals-sign", Observed,
		"Names that begin with \"=\", which hold the current directory of each drive, and entries without \"=\" pass "+
			"through a block.",
		About(Windows), On(CreateProcess),
		Cite(variables),
		Matters("A launcher that drops or refuses them changes what C:name means to its children."),
		Was("win.env.equals-names"),
		Try(func(t *Trial) {
			r := t.Start(Inspect(), Env("=Q:=Q:\\directory", "A=1", "NO-EQUALS")).Snapshot()
			t.Observe("entries that arrive", only(r, "=Q:", "A", "NO-EQUALS"))
		}))
})
