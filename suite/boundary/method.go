package boundary

import (
	. "github.com/onsi/gomega"

	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("boundary", title, func() {
	Behaviour("boundary.method.temporary-directory", Observed,
		"A start method that makes a socket in the temporary directory fails where the path of that directory is long; "+
			"70, 78 and 100 bytes are tried.",
		On(ValueLaunchersOf("cpython")...), Cite(LinuxMan("unix(7)"), startMethods),
		Subject("a temporary directory with a long path"),
		Matters("The address of a Unix-domain socket has at most 107 bytes on Linux. A version that begins to make one "+
			"there fails at every start on machines with a long path."),
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
		"A start method may run helper processes (a fork server, a resource tracker), and the child's parent may be one "+
			"of them.",
		Brief("Helper processes run."),
		On(ValueLaunchersOf("cpython")...), Cite(startMethods),
		Matters("A wait for all children waits for helper processes too, and getppid in the child names the fork server."),
		Seen("ZivaVatra/flac2all#73"),
		Was("bnd.method.helper-processes"),
		Try(func(t *Trial) {
			s := t.RunScenario("method", "of=child")
			t.Observe("helpers", s.Value("helpers"))
			t.Observe("the child's parent", s.Text("child's parent"))
		}))

	Behaviour("boundary.method.late-environment", Observed,
		"A second child sees the environment as it is when it is started, or as it was when the first one was: that "+
			"depends on the start method.",
		Brief("A second child has its parent's environment."),
		On(ValueLaunchersOf("cpython")...), Cite(startMethods),
		Matters("A fork server keeps the environment it was started with: a variable set later never reaches a child, one "+
			"removed later still does."),
		Seen("airspeed-velocity/asv#1551"),
		Was("bnd.method.late-environment"),
		Try(func(t *Trial) {
			t.Observe("the second child's environment",
				t.RunScenario("method", "of=environment").Text("environment of the second child"))
		}))

	Behaviour("boundary.method.fork-threads-warning", Observed,
		"A fork in a process with several threads may be reported by a DeprecationWarning: that depends on the version.",
		Brief("A fork in a process with several threads gives a warning."),
		On(ValueLaunchersOf("cpython")...),
		Cite(Document("Python os.fork", "https://docs.python.org/3/library/os.html#os.fork")),
		Matters("The copy of a process with threads has their locks but not the threads; a run that treats warnings as "+
			"errors stops here."),
		Seen("python/cpython#100228", "buildbot/buildbot#7276"),
		Was("bnd.method.fork-threads-warning"),
		Try(func(t *Trial) {
			t.Observe("warns", t.RunScenario("method", "of=threads").Value("fork-threads-warning"))
		}))

	Behaviour("boundary.method.stdin-child", Should,
		"Descriptor 0 of a child is the parent's, and the child's own sys.stdin reads from the null device.",
		On(ValueLaunchersOf("cpython")...), Cite(Document("Python multiprocessing, programming guidelines: beware of "+
			"replacing sys.stdin",
			"https://docs.python.org/3/library/multiprocessing.html#all-start-methods")),
		Matters("Children that read standard input would take input that is meant for the parent."),
		Was("bnd.method.stdin-child"),
		Try(func(t *Trial) {
			s := t.RunScenario("method", "of=child")
			t.Observe("descriptor 0", s.Text("stdin")).To(Equal("the parent's"))
			t.Observe("sys.stdin", s.Text("sys.stdin")).To(Equal("the null device"))
		}))
})
