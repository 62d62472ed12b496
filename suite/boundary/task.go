package boundary

import (
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("boundary", title, func() {
	Behaviour("boundary.task.unserializable-arg", Should,
		"A job whose argument cannot be serialized is an error for its caller, in bounded time; the next job runs.",
		launchers, Cite(poolDocumentation),
		Matters("The argument is serialized in another thread, whose error must reach the caller."),
		known("executor: the caller's error", "hang", "before 3.7, an error of the thread of ProcessPoolExecutor that "+
			"writes jobs is lost", 75880),
		known("executor: shutting down", "hang", "before 3.7, ProcessPoolExecutor waits for the job that was never written",
			75880),
		Was("bnd.task.unserializable-arg"),
		Try(func(t *Trial) { asked(t, "task", "value=unserializable") }))

	Behaviour("boundary.task.undeserializable-arg", Should,
		"A job whose argument cannot be deserialized in the worker is an error for its caller, in bounded time; the next "+
			"job runs.",
		launchers, Cite(poolDocumentation, executorDocumentation),
		Matters("A class that the worker does not find, or a __setstate__ that raises, makes the caller wait forever."),
		Seen("python/cpython#83932"),
		poolLosesJob, poolStaysOpen, executorIsBroken,
		Was("bnd.task.undeserializable-arg"),
		Try(func(t *Trial) { asked(t, "task", "value=unrebuildable") }))

	Behaviour("boundary.task.exits-while-rebuilt", Should,
		"A job whose argument makes the worker exit while it is deserialized is an error for its caller, in bounded time; "+
			"the next job runs.",
		launchers, Cite(poolDocumentation, executorDocumentation),
		Matters("Deserialization runs code that the argument names, before any code of the worker."),
		poolLosesJob, poolStaysOpen, poolLosesLock, executorIsBroken,
		Was("bnd.task.exits-while-rebuilt"),
		Try(func(t *Trial) { asked(t, "task", "value=exit-while-rebuilt") }))
})
