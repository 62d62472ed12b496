package boundary

import (
	. "github.com/onsi/gomega"

	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("boundary", title, func() {
	Behaviour("boundary.value.cow-fork", Should,
		"A forked child starts with the globals that its parent has at that moment; a child of spawn or forkserver starts "+
			"with those that importing its modules gives.",
		Brief("A child has its parent's globals."),
		On(ValueLaunchersOf("cpython")...), Cite(pickling),
		Matters("Settings that the parent keeps in a global silently return to their initial values when the start method "+
			"changes."),
		Remedy("Hand over what the child needs as an argument."), ProvedBy("boundary.remedy.module-function"),
		Seen("ungoogled-software/ungoogled-chromium#3866"),
		Was("bnd.val.cow-fork"),
		Try(func(t *Trial) {
			method, want := any(t.Method()), "initial"
			if method == "default" {
				method = t.Default("start-method")
			}
			if method == "fork" {
				want = "changed in the parent"
			}
			t.Observe("the child's globals", t.RunScenario("method", "of=child").Text("globals")).To(Equal(want))
		}))

	Behaviour("boundary.value.ids", Observed,
		"A value may or may not have the same id() in the child.",
		Brief("A value has the same id() in the child."),
		On(ValueLaunchersOf("cpython")...), Cite(pickling),
		Matters("A key made of an id() finds nothing in the other process."),
		Was("bnd.val.ids"),
		Try(func(t *Trial) { t.Observe("the same address", t.RunScenario("method", "of=child").Value("same ids")) }))

	Behaviour("boundary.value.by-value", Should,
		"A value is handed over as a copy: the parent does not see what the child changes in it.",
		On(ValueLaunchers()...), Cite(pickling),
		Matters("Code that was written for threads changes a value and waits for the other side to notice."),
		Was("bnd.val.by-value"),
		Try(func(t *Trial) {
			t.Observe("by value", t.RunScenario("identity").Value("by value")).To(BeTrue())
		}))

	Behaviour("boundary.value.graph", Observed,
		"Whether cycles, and several references to one object, survive within one value and across two depends on the "+
			"serialization.",
		On(ValueLaunchers()...),
		Matters("A codec without identity turns a graph into a tree: it grows, and a change of one copy is not seen in "+
			"the other."),
		Was("bnd.val.graph"),
		Try(func(t *Trial) {
			s := t.RunScenario("identity")
			for _, key := range []string{"cycle", "shared", "shared across"} {
				t.Observe(key, s.Value(key))
			}
		}))
})
