package boundary

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/suite/internal/record"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// remedied hands over what a remedy makes of a value that cannot cross.
func remedied(t *Trial, payload string, parameters ...string) {
	s := t.RunScenario("hand", append([]string{"payload=" + payload}, parameters...)...)
	t.Observe("works", works(s)).To(BeTrue())
	t.Observe("the parent's error", s.Text("parent"))
	t.Observe("left running", s.Left).To(BeEmpty())
}

// remedies that are tried for the values that findings are about.
func remedies() {
	const matters = "A remedy that was never seen to work is advice, not evidence."
	for _, r := range []struct{ id, sentence string }{
		{"module-function", "A function of a module, with plain values as its arguments, can be handed to a child whatever the start method."},
		{"path", "The path of a file can be handed over, and the child opens it by itself."},
		{"separate-class", "A bound method of a class of its own, which holds nothing that cannot be serialized, can be handed over out of a running test."},
		{"getstate", "An object whose __getstate__ leaves out the stream can be handed over, and so can its bound methods."},
		{"reducer", "An object of a class that a function registered with copyreg reduces to plain values can be handed over."},
	} {
		Behaviour("bnd.remedy."+r.id, Should, r.sentence,
			Role(record.RoleRemedy), On(ValueLaunchersOf("cpython")...), Cite(pickling), Matters(matters),
			Try(func(t *Trial) { remedied(t, "remedy-"+r.id) }))
	}

	Behaviour("bnd.remedy.name-the-method", Should,
		"With the start method fork named, a bound method of a running test case reaches the child, whatever the default is.",
		Role(record.RoleRemedy), On("cpython/default"),
		Cite(pickling),
		Matters("It restores what a changed default has taken away, while the code is being mended: fork has dangers of its own in a process with threads."),
		Seen("python/cpython#84559"),
		Try(func(t *Trial) { remedied(t, "running-testcase", "method=fork") }))
}
