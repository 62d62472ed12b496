package boundary

import (
	. "github.com/onsi/gomega"

	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("boundary", title, func() {
	Behaviour("boundary.method.temporary-directory", Observed,
		"Whether a child can be started while the path of the temporary directory is short, of 78 bytes or of 100 bytes is compared.",
		On(ValueLaunchersOf("cpython")...), Cite(LinuxMan("unix(7)"), startMethods),
		Matters("The name of a socket has at most 107 bytes. A version that begins to use one in the temporary directory fails at every start, on machines where that has a long path."),
		Remedy("Set TMPDIR to a directory with a short path."),
		Was("bnd.method.temporary-directory"),
		Try(func(t *Trial) {
			for _, length := range []string{"70", "78", "100"} {
				s := t.RunScenario("hand", "payload=plain", "tmpdir="+length)
				t.Observe("the parent's error with a path of "+length+" bytes", s.Text("parent"))
				t.Observe("the child with a path of "+length+" bytes", s.Text("child"))
			}
		}))

	Behaviour("boundary.method.helper-processes", Observed,
		"Which helper processes there are while a child lives, and whose child it is, is compared.",
		On(ValueLaunchersOf("cpython")...), Cite(startMethods),
		Matters("Who waits for all children to end waits for the helpers too, and who asks for the parent is told of the server."),
		Seen("ZivaVatra/flac2all#73"),
		Was("bnd.method.helper-processes"),
		Try(func(t *Trial) {
			s := t.RunScenario("method", "of=child")
			t.Observe("helpers", s.Value("helpers"))
			t.Observe("the child's parent", s.Text("child's parent"))
		}))

	Behaviour("boundary.method.late-environment", Observed,
		"Whether a child sees what has changed in the environment since the first child was started is compared.",
		On(ValueLaunchersOf("cpython")...), Cite(startMethods),
		Matters("A fork server keeps the environment of its own start: what is set later never arrives, what is removed later is still there."),
		Seen("airspeed-velocity/asv#1551"),
		Was("bnd.method.late-environment"),
		Try(func(t *Trial) {
			t.Observe("the second child's environment", t.RunScenario("method", "of=environment").Text("environment of the second child"))
		}))

	Behaviour("boundary.method.fork-threads-warning", Observed,
		"Whether a start while another thread is there warns of a lock-up is compared.",
		On(ValueLaunchersOf("cpython")...), Cite(Document("Python os.fork", "https://docs.python.org/3/library/os.html#os.fork")),
		Matters("The copy of a process with threads has their locks and not the threads; a run that treats warnings as errors stops here."),
		Seen("python/cpython#100228", "buildbot/buildbot#7276"),
		Was("bnd.method.fork-threads-warning"),
		Try(func(t *Trial) {
			t.Observe("warns", t.RunScenario("method", "of=threads").Value("fork-threads-warning"))
		}))

	Behaviour("boundary.method.stdin-child", Should,
		"Descriptor 0 of a child is the parent's, and the child's own sys.stdin reads from the null device.",
		On(ValueLaunchersOf("cpython")...), Cite(Document("Python multiprocessing, programming guidelines: beware of replacing sys.stdin",
			"https://docs.python.org/3/library/multiprocessing.html#all-start-methods")),
		Matters("Children that read standard input take from one another what was meant for the parent."),
		Was("bnd.method.stdin-child"),
		Try(func(t *Trial) {
			s := t.RunScenario("method", "of=child")
			t.Observe("descriptor 0", s.Text("stdin")).To(Equal("the parent's"))
			t.Observe("sys.stdin", s.Text("sys.stdin")).To(Equal("the null device"))
		}))
})
