package boundary

import (
	. "github.com/onsi/gomega"

	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// startMethods is what Python says about its start methods.
var startMethods = Document("Python multiprocessing: contexts and start methods",
	"https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods")

// startMethod is about what start methods do beside handing over a value.
func startMethod() {
	Behaviour("default.start-method", Observed,
		"The start method of a caller who names none is compared.",
		DefaultOf("start method"), On("cpython/default"), Cite(startMethods),
		Matters("It decides what can be handed over, what a child sees of its parent, and whether the main module is imported again."),
		Remedy(nameTheMethod), For("cpython"), ProvedBy("bnd.remedy.name-the-method"),
		Seen("python/cpython#84559", "GAM-team/GAM#1843", "osbuild/osbuild#2115"),
		Try(func(t *Trial) { t.Observe("value", t.Default("start-method")) }))

	Behaviour("default.pickle-protocol", Observed,
		"The pickle protocol of a caller who names none is compared.",
		DefaultOf("pickle protocol"), On("cpython/default"), Cite(Document("Python pickle: data stream format", "https://docs.python.org/3/library/pickle.html#data-stream-format")),
		Matters("An older Python refuses a protocol that it does not know."),
		Try(func(t *Trial) { t.Observe("value", t.Default("pickle-protocol")) }))

	Behaviour("bnd.method.temporary-directory", Observed,
		"Whether a child can be started while the path of the temporary directory is short, of 78 bytes or of 100 bytes is compared.",
		On(ValueLaunchersOf("cpython")...), Cite(LinuxMan("unix(7)"), startMethods),
		Matters("The name of a socket has at most 107 bytes. A version that begins to use one in the temporary directory fails at every start, on machines where that has a long path."),
		Remedy("Set TMPDIR to a directory with a short path."),
		Try(func(t *Trial) {
			for _, length := range []string{"70", "78", "100"} {
				s := t.RunScenario("hand", "payload=plain", "tmpdir="+length)
				t.Observe("the parent's error with a path of "+length+" bytes", s.Text("parent"))
				t.Observe("the child with a path of "+length+" bytes", s.Text("child"))
			}
		}))

	Behaviour("bnd.val.cow-fork", Should,
		"A forked child starts with the globals that the parent has at that moment; one of a new interpreter or of the fork server starts with those that its modules are imported with.",
		On(ValueLaunchersOf("cpython")...), Cite(pickling),
		Matters("Settings that the parent has read and put into a global are silently back at their first values when the start method changes."),
		Remedy("Hand over what the child needs as an argument."), ProvedBy("bnd.remedy.module-function"),
		Seen("ungoogled-software/ungoogled-chromium#3866"),
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

	Behaviour("bnd.val.ids", Observed,
		"Whether an object has the same address in the child is compared.",
		On(ValueLaunchersOf("cpython")...), Cite(pickling),
		Matters("A key made of an address finds nothing on the other side."),
		Try(func(t *Trial) { t.Observe("the same address", t.RunScenario("method", "of=child").Value("same ids")) }))

	Behaviour("bnd.method.helper-processes", Observed,
		"Which helper processes there are while a child lives, and whose child it is, is compared.",
		On(ValueLaunchersOf("cpython")...), Cite(startMethods),
		Matters("Who waits for all children to end waits for the helpers too, and who asks for the parent is told of the server."),
		Seen("ZivaVatra/flac2all#73"),
		Try(func(t *Trial) {
			s := t.RunScenario("method", "of=child")
			t.Observe("helpers", s.Value("helpers"))
			t.Observe("the child's parent", s.Text("child's parent"))
		}))

	Behaviour("bnd.method.late-environment", Observed,
		"Whether a child sees what has changed in the environment since the first child was started is compared.",
		On(ValueLaunchersOf("cpython")...), Cite(startMethods),
		Matters("A fork server keeps the environment of its own start: what is set later never arrives, what is removed later is still there."),
		Seen("airspeed-velocity/asv#1551"),
		Try(func(t *Trial) {
			t.Observe("the second child's environment", t.RunScenario("method", "of=environment").Text("environment of the second child"))
		}))

	Behaviour("bnd.method.fork-threads-warning", Observed,
		"Whether a start while another thread is there warns of a lock-up is compared.",
		On(ValueLaunchersOf("cpython")...), Cite(Document("Python os.fork", "https://docs.python.org/3/library/os.html#os.fork")),
		Matters("The copy of a process with threads has their locks and not the threads; a run that treats warnings as errors stops here."),
		Seen("python/cpython#100228", "buildbot/buildbot#7276"),
		Try(func(t *Trial) {
			t.Observe("warns", t.RunScenario("method", "of=threads").Value("fork-threads-warning"))
		}))

	Behaviour("bnd.method.stdin-child", Should,
		"Descriptor 0 of a child is the parent's, and the child's own sys.stdin reads from the null device.",
		On(ValueLaunchersOf("cpython")...), Cite(Document("Python multiprocessing, programming guidelines: beware of replacing sys.stdin",
			"https://docs.python.org/3/library/multiprocessing.html#all-start-methods")),
		Matters("Children that read standard input take from one another what was meant for the parent."),
		Try(func(t *Trial) {
			s := t.RunScenario("method", "of=child")
			t.Observe("descriptor 0", s.Text("stdin")).To(Equal("the parent's"))
			t.Observe("sys.stdin", s.Text("sys.stdin")).To(Equal("the null device"))
		}))
}
