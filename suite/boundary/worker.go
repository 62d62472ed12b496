package boundary

import (
	. "github.com/onsi/gomega"

	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var executorStaysOpen = known("executor: shutting down", "hang", "ProcessPoolExecutor waits for the thread that writes to a worker that is gone: 3.9 and later, until it was mended in 3.11 and 3.12", 94777)

var _ = Area("boundary", title, func() {
	Behaviour("boundary.worker.dies", Should,
		"When a worker is killed, its job is an error for its caller, in bounded time; the next job runs.",
		launchers, Cite(poolDocumentation, executorDocumentation),
		Matters("The out-of-memory killer takes a worker, and the program waits for a result that will never come, without an error or a line in a log."),
		Remedy("Use concurrent.futures.ProcessPoolExecutor, which says BrokenProcessPool, and make a new one then."),
		Seen("python/cpython#66587", "python/cpython#82265"),
		poolLosesJob, poolStaysOpen, executorIsBroken,
		Was("bnd.worker.dies"),
		Try(func(t *Trial) { asked(t, "worker", "end=kill") }))

	for _, end := range []struct{ id, value, what string }{
		{"exits", "exit", "A job that ends its worker with an exit status"},
		{"raises-system-exit", "system-exit", "A job that raises SystemExit in its worker"},
		{"raises-keyboard-interrupt", "keyboard-interrupt", "A job that raises KeyboardInterrupt in its worker"},
	} {
		Behaviour("boundary.worker."+end.id, Should,
			end.what+" is an error for its caller, in bounded time; the next job runs.",
			launchers, Cite(poolDocumentation, executorDocumentation),
			Matters("One sys.exit deep in a library, or one Ctrl-C, and the caller waits for ever."),
			Seen("python/cpython#66587"),
			poolLosesJob, poolStaysOpen, executorIsBroken,
			Was("bnd.worker."+end.id),
			Try(func(t *Trial) { asked(t, "worker", "end="+end.value) }))
	}

	Behaviour("boundary.worker.dies-idle", Should,
		"When a worker is killed that has no job, the next job runs all the same.",
		launchers, Cite(poolDocumentation, executorDocumentation),
		Matters("An idle worker holds the lock of the job queue; where that dies with it, no worker gets a job any more."),
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
		"When a worker is killed while its parent is writing it a job that is larger than the pipe, the job fails and the workers can be shut down, both in bounded time.",
		launchers, Cite(poolDocumentation, executorDocumentation),
		Matters("A program that has its error still cannot end: the thread that writes is waited for, and nobody reads."),
		Seen("python/cpython#94777"),
		poolLosesJob, poolLosesLock, poolStaysOpen, executorIsBroken, executorStaysOpen,
		Was("bnd.worker.dies-while-parent-writes"),
		Try(func(t *Trial) { asked(t, "worker", "end=while-parent-writes") }))
})
