package boundary

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/suite/internal/record"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const matters = "A remedy that has not been seen to work is advice, not evidence."

// remedied hands over what a remedy makes of a value that cannot cross.
func remedied(t *Trial, payload string, parameters ...string) {
	s := t.RunScenario("hand", append([]string{"payload=" + payload}, parameters...)...)
	t.Observe("works", works(s)).To(BeTrue())
	t.Observe("the parent's error", s.Text("parent"))
	t.Observe("left running", s.Left).To(BeEmpty())
}

var _ = Area("boundary", title, func() {
	Behaviour("boundary.remedy.name-the-serialization", Should,
		"With serialization: 'advanced', values that JSON cannot represent arrive unchanged.",
		Role(record.RoleRemedy), On("node/advanced"), Cite(advancedSerialization),
		Matters("With JSON they arrive as something else, without an error."),
		Was("bnd.remedy.name-the-serialization"),
		Try(func(t *Trial) {
			for _, payload := range []string{"map", "set", "date", "regex", "big-number", "not-a-number", "undefined", "buffer",
				"cycle", "exception"} {
				t.Observe(payload+" works", works(t.RunScenario("hand", "payload="+payload))).To(BeTrue())
			}
		}))

	Behaviour("boundary.remedy.handle", Must,
		"A listening net.Server, or a net.Socket without TLS whose connection lasts until then, that a program of Node.js "+
			"passes as the sendHandle of send() arrives in the child as one, on Windows if it is of TCP.",
		On(ValueLaunchersOf("node")...), Cite(subprocessSend),
		Matters("Inside the message itself it arrives as a plain object, or is an error. A TLSSocket cannot be sent."),
		Remedy("Make the net.Server with pauseOnConnect, so that the parent reads nothing of a connection, hand it over "+
			"before the TLS handshake, and make the TLSSocket of it in the child."),
		Seen("nodejs/help#865", "nodejs/node#4037"),
		Was("bnd.remedy.handle"),
		Try(func(t *Trial) {
			for _, payload := range []string{"server", "socket"} {
				for _, c := range []struct{ via, what string }{{"handle", payload}, {"tcp-handle", payload + " of TCP"}} {
					s := t.RunScenario("send", "payload="+payload, "via="+c.via)
					t.Observe("error with a "+c.what, s.Text("parent")).To(Equal("none"))
					t.Observe("whether a "+c.what+" arrives as an open instance of its class", works(s)).To(BeTrue())
				}
			}
		}))

	for _, r := range []struct{ id, sentence string }{
		{"module-function", "A function of a module, with plain values as its arguments, can be handed to a child " +
			"whatever the start method."},
		{"path", "The path of a file can be handed over, and the child opens the file."},
		{"separate-class", "A bound method of a separate class, whose instance holds nothing that cannot be serialized, " +
			"can be handed over from a running test."},
		{"getstate", "An object whose __getstate__ leaves out the stream can be handed over, and so can its bound methods."},
		{"reducer", "An object of a class that a function registered with copyreg reduces to plain values can be handed " +
			"over."},
	} {
		Behaviour("boundary.remedy."+r.id, Should, r.sentence,
			Role(record.RoleRemedy), On(ValueLaunchersOf("cpython")...), Cite(pickling), Matters(matters),
			Was("bnd.remedy."+r.id),
			Try(func(t *Trial) { remedied(t, "remedy-"+r.id) }))
	}

	Behaviour("boundary.remedy.name-the-method", Should,
		"With get_context(\"fork\") a bound method of a running test case reaches the child, whatever the default is.",
		Role(record.RoleRemedy), On("cpython/default"),
		Cite(pickling),
		Matters("It restores the former default until the code is changed; fork is unsafe in a process with several "+
			"threads."),
		Seen("python/cpython#84559"),
		Was("bnd.remedy.name-the-method"),
		Try(func(t *Trial) { remedied(t, "running-testcase", "method=fork") }))

	Behaviour("boundary.remedy.set-the-method", Should,
		"After set_start_method(\"fork\") a bound method of a running test case reaches the child, although the call that "+
			"starts it names no start method.",
		Role(record.RoleRemedy), On("cpython/default"), Cite(startMethods),
		Matters("A library that starts children by itself can be told the start method in no other way."),
		Seen("python/cpython#84559"),
		Try(func(t *Trial) { remedied(t, "running-testcase", "set=fork") }))
})
