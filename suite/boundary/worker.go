package boundary

import (
	"fmt"

	. "github.com/onsi/gomega"

	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// What both of CPython's ways to keep workers say about jobs whose worker is gone.
var (
	poolDocumentation     = Document("Python multiprocessing.pool", "https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.pool")
	executorDocumentation = Document("Python concurrent.futures: BrokenProcessPool", "https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.process.BrokenProcessPool")
)

// brokenForGood is what an executor says of every job after one whose worker is gone.
const brokenForGood = "concurrent.futures.process.BrokenProcessPool: A child process terminated abruptly, the process pool is not usable anymore"

// asked gives workers a job and observes what becomes of it, of the next one
// and of the workers when they are shut down.
func asked(t *Trial, scenario, parameter string) {
	through(t, workers, func(prefix string, s Scenario) {
		t.Observe(prefix+"the caller's error", s.Text("parent")).To(anError)
		t.Observe(prefix+"the next job", s.Text("again")).To(Equal("ran"))
		t.Observe(prefix+"shutting down", s.Text("shutdown")).To(Equal("none"))
		if s.Has("terminate") {
			t.Observe(prefix+"terminating then", s.Text("terminate"))
		}
		t.Observe(prefix+"left running", s.Left).To(BeEmpty())
	}, scenario, parameter)
}

// What is known of CPython's workers, by what is seen of it.
var (
	poolLosesJob = all(
		known("pool: the caller's error", "hang", "multiprocessing.Pool replaces the worker and forgets its job: whoever waits for that waits for ever", 66587),
		poolEndsThere,
		known("pool: shutting down", "not reached", endsThere, 66587))
	poolEndsThere     = known("pool: the next job", "not reached", endsThere, 66587)
	poolStaysOpen     = known("pool: shutting down", "hang", "multiprocessing.Pool waits in join for the job that it has forgotten", 66587)
	poolLosesLock     = known("pool: the next job", "hang", "the worker died with the lock of the job queue, which nobody can release any more", 96062)
	executorStaysOpen = known("executor: shutting down", "hang", "ProcessPoolExecutor waits for the thread that writes to a worker that is gone: 3.9 and later, until it was mended in 3.11 and 3.12", 94777)
	executorIsBroken  = ofCPython("executor: the next job", brokenForGood, "ProcessPoolExecutor gives up all workers with the first that is gone; a new one is needed", executorDocumentation.Link)
)

const endsThere = "where the system does not tell who sleeps, a caller that waits for ever is ended, and asks for nothing more"

// known pins what CPython's issue tracker knows of.
func known(observation string, value any, reason string, issue int) Part {
	return ofCPython(observation, value, reason, fmt.Sprintf("https://github.com/python/cpython/issues/%d", issue))
}

// all is several parts as one.
func all(parts ...Part) Part {
	return func(d *Declaration) {
		for _, p := range parts {
			p(d)
		}
	}
}

func working() {
	launchers := On("cpython/fork", "cpython/spawn")

	Behaviour("bnd.task.unserializable-arg", Should,
		"A job whose argument cannot be serialized is an error for its caller, in bounded time, and for nobody else: the next job runs.",
		launchers, Cite(poolDocumentation),
		Matters("The argument is serialized in a thread of its own, whose errors have to find the way back to the caller."),
		known("executor: the caller's error", "hang", "before 3.7, an error of ProcessPoolExecutor's writing thread reaches nobody", 75880),
		known("executor: shutting down", "hang", "before 3.7, ProcessPoolExecutor waits for the job that was never written", 75880),
		Try(func(t *Trial) { asked(t, "task", "value=unserializable") }))

	Behaviour("bnd.task.undeserializable-arg", Should,
		"A job whose argument cannot be rebuilt in the worker is an error for its caller, in bounded time; the next job runs.",
		launchers, Cite(poolDocumentation, executorDocumentation),
		Matters("A class that the worker does not find, or a __setstate__ that raises, is enough to make the caller wait for ever."),
		Seen("python/cpython#83932"),
		poolLosesJob, poolStaysOpen, executorIsBroken,
		Try(func(t *Trial) { asked(t, "task", "value=unrebuildable") }))

	Behaviour("bnd.task.exits-while-rebuilt", Should,
		"A job whose argument ends the worker that rebuilds it is an error for its caller, in bounded time; the next job runs.",
		launchers, Cite(poolDocumentation, executorDocumentation),
		Matters("An argument is rebuilt by code of its own choosing, before the worker's own code has a say."),
		poolLosesJob, poolStaysOpen, poolLosesLock, executorIsBroken,
		Try(func(t *Trial) { asked(t, "task", "value=exit-while-rebuilt") }))

	Behaviour("bnd.worker.dies", Should,
		"When a worker is killed, its job is an error for its caller, in bounded time; the next job runs.",
		launchers, Cite(poolDocumentation, executorDocumentation),
		Matters("The out-of-memory killer takes a worker, and the program waits for a result that will never come, without an error or a line in a log."),
		Remedy("Use concurrent.futures.ProcessPoolExecutor, which says BrokenProcessPool, and make a new one then."),
		Seen("python/cpython#66587", "python/cpython#82265"),
		poolLosesJob, poolStaysOpen, executorIsBroken,
		Try(func(t *Trial) { asked(t, "worker", "end=kill") }))

	for _, end := range []struct{ id, value, what string }{
		{"exits", "exit", "A job that ends its worker with an exit status"},
		{"raises-system-exit", "system-exit", "A job that raises SystemExit in its worker"},
		{"raises-keyboard-interrupt", "keyboard-interrupt", "A job that raises KeyboardInterrupt in its worker"},
	} {
		Behaviour("bnd.worker."+end.id, Should,
			end.what+" is an error for its caller, in bounded time; the next job runs.",
			launchers, Cite(poolDocumentation, executorDocumentation),
			Matters("One sys.exit deep in a library, or one Ctrl-C, and the caller waits for ever."),
			Seen("python/cpython#66587"),
			poolLosesJob, poolStaysOpen, executorIsBroken,
			Try(func(t *Trial) { asked(t, "worker", "end="+end.value) }))
	}

	Behaviour("bnd.worker.dies-idle", Should,
		"When a worker is killed that has no job, the next job runs all the same.",
		launchers, Cite(poolDocumentation, executorDocumentation),
		Matters("An idle worker holds the lock of the job queue; where that dies with it, no worker gets a job any more."),
		Seen("python/cpython#96062"),
		poolLosesLock, poolStaysOpen, executorIsBroken,
		Try(func(t *Trial) {
			through(t, workers, func(prefix string, s Scenario) {
				t.Observe(prefix+"the next job", s.Text("again")).To(Equal("ran"))
				t.Observe(prefix+"shutting down", s.Text("shutdown")).To(Equal("none"))
				t.Observe(prefix+"left running", s.Left).To(BeEmpty())
			}, "worker", "end=while-idle")
		}))

	Behaviour("bnd.worker.dies-while-parent-writes", Should,
		"When a worker is killed while its parent is writing it a job that is larger than the pipe, the job fails and the workers can be shut down, both in bounded time.",
		launchers, Cite(poolDocumentation, executorDocumentation),
		Matters("A program that has its error still cannot end: the thread that writes is waited for, and nobody reads."),
		Seen("python/cpython#94777"),
		poolLosesJob, poolLosesLock, poolStaysOpen, executorIsBroken, executorStaysOpen,
		Try(func(t *Trial) { asked(t, "worker", "end=while-parent-writes") }))
}
