package boundary

import (
	. "github.com/onsi/gomega"

	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// inModule is the remedy for what only exists in the main module.
var inModule = []Part{
	Remedy("Put the target into another module and import it."), ProvedBy("boundary.remedy.module-function"),
	Remedy(nameTheMethod), For("cpython"), ProvedBy("boundary.remedy.name-the-method"),
}

// methods are the start methods of Python that treat the main module differently.
var methods = []string{"cpython/fork", "cpython/spawn", "cpython/forkserver", "cpython/default"}

// safeImport is what Python says about the main module in children.
var safeImport = Document("Python multiprocessing, programming guidelines: safe importing of main module",
	"https://docs.python.org/3/library/multiprocessing.html#the-spawn-and-forkserver-start-methods")

// serverLost is what becomes of a program whose main module raises in the fork server.
var serverLost = known("the parent's exit status", 1,
	"from 3.14.1 until 3.15, the fork server exits when the main module raises in it, and start fails with a broken "+
		"connection", 141860)

var _ = Area("boundary", title, func() {
	Behaviour("boundary.main.guarded", Should,
		"A program that starts its child under the main guard can name a target in its main module: the child runs it, "+
			"and the program exits with 0.",
		On(methods...), Cite(safeImport),
		Matters("Every example is written like this; if this fails, everything does."),
		Was("bnd.main.guarded"),
		Try(func(t *Trial) {
			s := ran(t, "", "guarded")
			t.Observe("the child", s.Text("child")).To(Equal("ran"))
			t.Observe("the parent's exit status", s.Value("parent")).To(BeEquivalentTo(0))
		}))

	Behaviour("boundary.main.guard-missing", Should,
		"A program without the main guard does not start children endlessly, and goes on when its child fails for want of "+
			"the guard.",
		On(methods...), Subject("a program without the main guard"), Cite(safeImport),
		Matters("A program without the guard works with fork and fails with another default; with the fork server, the "+
			"server and the program may exit as well."),
		Remedy(`Start children under if __name__ == "__main__".`), ProvedBy("boundary.main.guarded"),
		Seen("python/cpython#52341", "python/cpython#141860"),
		serverLost,
		Was("bnd.main.guard-missing"),
		Try(func(t *Trial) {
			s := ran(t, "", "guard-missing")
			// Its own, the fork server's and the child's.
			t.Observe("more than three imports of the main module", s.Value("top level").(float64) > 3).To(BeFalse())
			t.Observe("the parent's exit status", s.Value("parent")).To(BeEquivalentTo(0))
		}))

	Behaviour("boundary.main.reimport-count", Observed,
		"The top level of the main module runs once in the program, and once more in each child, once for all children, "+
			"or never again: that depends on the start method.",
		Brief("The top level of the main module runs so often for two children."),
		On(methods...), Cite(safeImport),
		Matters("A download, a connection or a log file at the top level happens once for each child, or once for all."),
		Seen("python/cpython#126631", "python/cpython#137996"),
		Was("bnd.main.reimport-count"),
		Try(func(t *Trial) {
			t.Observe("runs of the top level", t.RunScenario("main", "kind=reimport-count").Value("top level"))
		}))

	for _, k := range []struct{ kind, what, subject string }{
		{"dash-c", "given on the command line (-c)", "a program given with -c"},
		{"package-main", "that is the __main__ of a package (-m)", "a package run with -m"},
		{"directory", "that is the __main__ of a directory", "a directory that is run"},
		{"zip", "that is the __main__ of an archive", "an archive that is run"},
	} {
		Behaviour("boundary.main.no-reimport-kinds."+k.kind, Observed,
			"Whether a child finds its target in a main module "+k.what+" depends on the start method.",
			append([]Part{
				On(methods...), Subject(k.subject), Cite(safeImport),
				Matters("Such a main module is not imported again: only a forked child finds its functions, until the default " +
					"moves."),
				Seen("thonny/thonny#2544", "priv-kweihmann/multimetric#57"),
				Was("bnd.main.no-reimport-kinds." + k.kind),
				Try(func(t *Trial) { ran(t, "", k.kind) }),
			}, inModule...)...)
	}

	Behaviour("boundary.main.stdin-script", Observed,
		"Whether a child finds its target in a program that was read from standard input depends on the start method.",
		append([]Part{
			On(methods...), Subject("a program read from standard input"), Cite(safeImport),
			Matters("The child of a here-document looks for a file called <stdin>; with the fork server, the server may exit " +
				"over it."),
			Was("bnd.main.stdin-script"),
			Try(func(t *Trial) { ran(t, "", "stdin") }),
		}, inModule...)...)

	Behaviour("boundary.main.odd-names", Should,
		"A child finds its target in a main module whose file name is not a module name: one with a dash, or without a "+
			"suffix.",
		On(methods...),
		Cite(Document("What's new in Python 3.4: multiprocessing",
			"https://docs.python.org/3/whatsnew/3.4.html#multiprocessing")),
		Matters("Installed commands have such names."),
		Was("bnd.main.odd-names"),
		Try(func(t *Trial) {
			for _, kind := range []string{"dashed-name", "no-suffix"} {
				t.Observe(kind+": the child", ran(t, kind+": ", kind).Text("child")).To(Equal("ran"))
			}
		}))

	Behaviour("boundary.main.top-level-raises", Should,
		"When the top level of the main module raises in the children only, the children fail and the program goes on.",
		On(methods...), Subject("a main module that raises in the child"), Cite(safeImport),
		Matters("An error of a child that breaks the start itself ends the whole program."),
		Seen("python/cpython#141860"),
		serverLost,
		Was("bnd.main.top-level-raises"),
		Try(func(t *Trial) {
			s := ran(t, "", "top-level-raises")
			t.Observe("the parent's exit status", s.Value("parent")).To(BeEquivalentTo(0))
		}))
})
