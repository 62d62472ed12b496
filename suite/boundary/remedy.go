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

var _ = Area("boundary", title, func() {
	Behaviour("boundary.remedy.name-the-serialization", Should,
		"With advanced serialization named, values that JSON has no notation for arrive as what they are.",
		Role(record.RoleRemedy), On("node/advanced"), Cite(advancedSerialization),
		Matters("With JSON they arrive as something else, and nobody says so."),
		Was("bnd.remedy.name-the-serialization"),
		Try(func(t *Trial) {
			for _, payload := range []string{"map", "set", "date", "regex", "big-number", "not-a-number", "undefined", "buffer", "cycle", "exception"} {
				t.Observe(payload+" works", works(t.RunScenario("hand", "payload="+payload))).To(BeTrue())
			}
		}))

	Behaviour("boundary.remedy.handle", Must,
		"A socket or a server that is given as the handle of a message arrives as one.",
		On(ValueLaunchersOf("node")...), Cite(subprocessSend),
		Matters("Inside a message it is a plain object, or an error."),
		Was("bnd.remedy.handle"),
		Try(func(t *Trial) {
			for _, payload := range []string{"server", "socket"} {
				s := t.RunScenario("send", "payload="+payload, "via=handle")
				t.Observe("error with a "+payload, s.Text("parent")).To(Equal("none"))
				t.Observe("a "+payload+" works", works(s)).To(BeTrue())
			}
		}))

	for _, r := range []struct{ id, sentence string }{
		{"module-function", "A function of a module, with plain values as its arguments, can be handed to a child whatever the start method."},
		{"path", "The path of a file can be handed over, and the child opens it by itself."},
		{"separate-class", "A bound method of a class of its own, which holds nothing that cannot be serialized, can be handed over out of a running test."},
		{"getstate", "An object whose __getstate__ leaves out the stream can be handed over, and so can its bound methods."},
		{"reducer", "An object of a class that a function registered with copyreg reduces to plain values can be handed over."},
	} {
		Behaviour("boundary.remedy."+r.id, Should, r.sentence,
			Role(record.RoleRemedy), On(ValueLaunchersOf("cpython")...), Cite(pickling), Matters(matters),
			Was("bnd.remedy."+r.id),
			Try(func(t *Trial) { remedied(t, "remedy-"+r.id) }))
	}

	Behaviour("boundary.remedy.name-the-method", Should,
		"With the start method fork named, a bound method of a running test case reaches the child, whatever the default is.",
		Role(record.RoleRemedy), On("cpython/default"),
		Cite(pickling),
		Matters("It restores what a changed default has taken away, while the code is being mended: fork has dangers of its own in a process with threads."),
		Seen("python/cpython#84559"),
		Was("bnd.remedy.name-the-method"),
		Try(func(t *Trial) { remedied(t, "running-testcase", "method=fork") }))
})
