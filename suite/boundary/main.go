package boundary

import (
	. "github.com/onsi/gomega"

	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// inModule is the remedy for what only exists in the main module.
var inModule = []Part{
	Remedy("Put the target into a module of its own and import it."), ProvedBy("boundary.remedy.module-function"),
	Remedy(nameTheMethod), For("cpython"), ProvedBy("boundary.remedy.name-the-method"),
}

// methods are the start methods of Python that treat the main module differently.
var methods = []string{"cpython/fork", "cpython/spawn", "cpython/forkserver", "cpython/default"}

// safeImport is what Python says about the main module in children.
var safeImport = Document("Python multiprocessing, programming guidelines: safe importing of main module",
	"https://docs.python.org/3/library/multiprocessing.html#the-spawn-and-forkserver-start-methods")

// serverLost is what becomes of a program whose main module raises in the fork server.
var serverLost = known("the parent's exit status", 1,
	"from 3.14.1 until 3.15, the fork server dies of what the main module raises in it, and start fails with a broken connection", 141860)

var _ = Area("boundary", title, func() {
	Behaviour("boundary.main.guarded", Should,
		"A program that starts its child behind the main guard has the child run a target of its main module, and ends well.",
		On(methods...), Cite(safeImport),
		Matters("It is what every example does; what does not hold for it holds for nothing."),
		Was("bnd.main.guarded"),
		Try(func(t *Trial) {
			s := ran(t, "", "guarded")
			t.Observe("the child", s.Text("child")).To(Equal("ran"))
			t.Observe("the parent's exit status", s.Value("parent")).To(BeEquivalentTo(0))
		}))

	Behaviour("boundary.main.guard-missing", Should,
		"A program without the main guard never starts children without end, and when its child fails for that the program itself goes on.",
		On(methods...), Cite(safeImport),
		Matters("A program that was never told about the guard works with fork, fails with another default, and with the fork server may lose the server and itself."),
		Remedy(`Start children behind if __name__ == "__main__".`), ProvedBy("boundary.main.guarded"),
		Seen("python/cpython#52341", "python/cpython#141860"),
		serverLost,
		Was("bnd.main.guard-missing"),
		Try(func(t *Trial) {
			s := ran(t, "", "guard-missing")
			// Its own, the fork server's and the child's.
			t.Observe("it is imported without end", s.Value("top level").(float64) > 3).To(BeFalse())
			t.Observe("the parent's exit status", s.Value("parent")).To(BeEquivalentTo(0))
		}))

	Behaviour("boundary.main.reimport-count", Observed,
		"How many times the top level of a program runs that starts two children is compared.",
		On(methods...), Cite(safeImport),
		Matters("What stands at the top level, a download, a connection, a log file, happens once for each child or once for all."),
		Seen("python/cpython#126631", "python/cpython#137996"),
		Was("bnd.main.reimport-count"),
		Try(func(t *Trial) {
			t.Observe("runs of the top level", t.RunScenario("main", "kind=reimport-count").Value("top level"))
		}))

	for _, k := range []struct{ kind, what string }{
		{"dash-c", "given on the command line (-c)"},
		{"package-main", "that is the __main__ of a package (-m)"},
		{"directory", "that is the __main__ of a directory"},
		{"zip", "that is the __main__ of an archive"},
	} {
		Behaviour("boundary.main.no-reimport-kinds."+k.kind, Observed,
			"Whether a child finds its target in a main module "+k.what+" is compared.",
			append([]Part{
				On(methods...), Cite(safeImport),
				Matters("Such a main module is never imported again: its functions are targets for fork alone, and stop being any when the default moves."),
				Seen("thonny/thonny#2544", "priv-kweihmann/multimetric#57"),
				Was("bnd.main.no-reimport-kinds." + k.kind),
				Try(func(t *Trial) { ran(t, "", k.kind) }),
			}, inModule...)...)
	}

	Behaviour("boundary.main.stdin-script", Observed,
		"What becomes of the child of a program that is read from standard input is compared.",
		append([]Part{
			On(methods...), Cite(safeImport),
			Matters("A here-document that starts processes looks for a file called <stdin>, and with the fork server may lose the server to it."),
			Was("bnd.main.stdin-script"),
			Try(func(t *Trial) { ran(t, "", "stdin") }),
		}, inModule...)...)

	Behaviour("boundary.main.odd-names", Should,
		"A main module whose file's name is no name of a module, with a dash in it or without a suffix, has its targets found all the same.",
		On(methods...), Cite(Document("What's new in Python 3.4: multiprocessing", "https://docs.python.org/3/whatsnew/3.4.html#multiprocessing")),
		Matters("Installed commands are called so."),
		Was("bnd.main.odd-names"),
		Try(func(t *Trial) {
			for _, kind := range []string{"dashed-name", "no-suffix"} {
				t.Observe(kind+": the child", ran(t, kind+": ", kind).Text("child")).To(Equal("ran"))
			}
		}))

	Behaviour("boundary.main.top-level-raises", Should,
		"When the top level of a program fails in its children alone, the children fail and the program goes on.",
		On(methods...), Cite(safeImport),
		Matters("A child's error that breaks the start itself takes the whole program along."),
		Seen("python/cpython#141860"),
		serverLost,
		Was("bnd.main.top-level-raises"),
		Try(func(t *Trial) {
			s := ran(t, "", "top-level-raises")
			t.Observe("the parent's exit status", s.Value("parent")).To(BeEquivalentTo(0))
		}))
})
