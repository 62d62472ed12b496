package boundary

import (
	. "github.com/onsi/gomega"

	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var executorStaysOpen = known("executor: shutting down", "hang",
	"ProcessPoolExecutor waits for the thread that writes to a worker that has exited: from 3.9 until fixed in 3.11 "+
		"and 3.12", 94777)

var _ = Area("boundary", title, func() {
	Behaviour("boundary.worker.dies", Should,
		"When a worker is killed, its job is an error for its caller, in bounded time; the next job runs.",
		launchers, Cite(poolDocumentation, executorDocumentation),
		Matters("The out-of-memory killer ends a worker, and the program waits for its result forever, without an error."),
		Remedy("Use concurrent.futures.ProcessPoolExecutor, which raises BrokenProcessPool, and make a new one then."),
		Seen("python/cpython#66587", "python/cpython#82265"),
		poolLosesJob, poolStaysOpen, executorIsBroken,
		Was("bnd.worker.dies"),
		Try(func(t *Trial) { asked(t, "worker", "end=kill") }))

	for _, end := range []struct{ id, value, what string }{
		{"exits", "exit", "A job that makes its worker exit"},
		{"raises-system-exit", "system-exit", "A job that raises SystemExit in its worker"},
		{"raises-keyboard-interrupt", "keyboard-interrupt", "A job that raises KeyboardInterrupt in its worker"},
	} {
		Behaviour("boundary.worker."+end.id, Should,
			end.what+" is an error for its caller, in bounded time; the next job runs.",
			launchers, Cite(poolDocumentation, executorDocumentation),
			Matters("After one sys.exit deep in a library, or one Ctrl-C, the caller waits forever."),
			Seen("python/cpython#66587"),
			poolLosesJob, poolStaysOpen, executorIsBroken,
			Was("bnd.worker."+end.id),
			Try(func(t *Trial) { asked(t, "worker", "end="+end.value) }))
	}

	Behaviour("boundary.worker.dies-idle", Should,
		"When an idle worker is killed, the next job runs all the same.",
		launchers, Cite(poolDocumentation, executorDocumentation),
		Matters("An idle worker holds the lock of the job queue; if the lock stays locked, no worker gets a job any more."),
		Seen("python/cpython#96062"),
		poolLosesLock, poolStaysOpen, executorIsBroken,
		Was("bnd.worker.dies-idle"),
		Try(func(t *Trial) {
			through(t, workers, func(prefix string, s Scenario) {
				t.Observe(prefix+"the next job", s.Text("again")).To(Equal("ran"))
				t.Observe(prefix+"shutting down", s.Text("shutdown")).To(Equal("none"))
				t.Observe(prefix+"left running", s.Left).To(BeEmpty())
			}, "worker", "end=while-idle")
		}))

	Behaviour("boundary.worker.dies-while-parent-writes", Should,
		"When a worker is killed while its parent writes a job that is larger than the pipe, the job fails and the pool "+
			"can be shut down, both in bounded time.",
		launchers, Cite(poolDocumentation, executorDocumentation),
		Matters("A program that has its error cannot exit: it waits for the thread that writes, and no process reads."),
		Seen("python/cpython#94777"),
		poolLosesJob, poolLosesLock, poolStaysOpen, executorIsBroken, executorStaysOpen,
		Was("bnd.worker.dies-while-parent-writes"),
		Try(func(t *Trial) { asked(t, "worker", "end=while-parent-writes") }))
})
