package boundary

import (
	. "github.com/onsi/gomega"

	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// valuing is about what a value is on the other side.
func valuing() {
	Behaviour("bnd.val.by-value", Should,
		"A value is handed over as a copy: what the child changes in it the parent does not see.",
		On(ValueLaunchers()...), Cite(pickling),
		Matters("Code that was written for threads changes a value and waits for the other side to notice."),
		Try(func(t *Trial) {
			t.Observe("by value", t.RunScenario("identity").Value("by value")).To(BeTrue())
		}))

	Behaviour("bnd.val.graph", Observed,
		"Whether cycles arrive as cycles, and two references to one object as references to one, within a value and across two, is compared.",
		On(ValueLaunchers()...),
		Matters("A codec without identity turns a graph into a tree: it grows, and a change of one copy is not seen in the other."),
		Try(func(t *Trial) {
			s := t.RunScenario("identity")
			for _, key := range []string{"cycle", "shared", "shared across"} {
				t.Observe(key, s.Value(key))
			}
		}))
}
