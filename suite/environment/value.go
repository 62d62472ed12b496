package environment

import (
	. "github.com/onsi/gomega"

	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("environment", title, func() {
	Behaviour("environment.value.bytes-verbatim", Must,
		"Linux passes the environment on as it is: the order, repeated names, entries without \"=\", empty entries "+
			"and bytes that are valid in no encoding.",
		About(Linux), On(ForkExec, VforkExec), Needs("proc"),
		Cite(POSIX("exec"), LinuxMan("execve(2)"), LinuxMan("environ(7)")),
		Matters("Of a repeated name one program takes the first value and the next the last: a check and its use see "+
			"different ones."),
		Remedy("Remove repeated names before the start."),
		Was("exec.env.bytes-verbatim"),
		Try(func(t *Trial) {
			sent := []string{"B=2", "A=1", "A=2", "a=3", "NO-EQUALS", "", "=empty name", "EMPTY=",
				"BYTES=\xff\xfe", "LINES=a\nb", "B=1"}
			r := t.Start(Inspect(), Env(sent...)).Snapshot()
			if r.EnvSource != "/proc/self/environ" {
				t.Unmet("a child sees its environment only through its runtime here: %s", r.EnvSource)
			}
			t.Observe("entries that arrive", Strings(r.Env)).To(Equal(sent))
		}))

	Behaviour("environment.value.unicode", Must,
		"Names and values of variables arrive as they are, in whatever script they are written.",
		About(Windows),
		Cite(CreateProcessW, variables),
		Matters("Paths in variables contain users' names."),
		Was("win.env.unicode"),
		Try(func(t *Trial) {
			sent := []string{"\u65e5\u672c=\u00e9\U0001f600", "A=\u20ac e\u0301"}
			r := t.Start(Inspect(), Env(sent...)).Snapshot()
			t.Observe("variables that arrive", only(r, "\u65e5\u672c", "A")).To(ConsistOf(sent))
		}))
})
