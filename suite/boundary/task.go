package boundary

import (
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("boundary", title, func() {
	Behaviour("boundary.task.unserializable-arg", Should,
		"A job whose argument cannot be serialized is an error for its caller, in bounded time, and for nobody else: the next job runs.",
		launchers, Cite(poolDocumentation),
		Matters("The argument is serialized in a thread of its own, whose errors have to find the way back to the caller."),
		known("executor: the caller's error", "hang", "before 3.7, an error of ProcessPoolExecutor's writing thread reaches nobody", 75880),
		known("executor: shutting down", "hang", "before 3.7, ProcessPoolExecutor waits for the job that was never written", 75880),
		Was("bnd.task.unserializable-arg"),
		Try(func(t *Trial) { asked(t, "task", "value=unserializable") }))

	Behaviour("boundary.task.undeserializable-arg", Should,
		"A job whose argument cannot be rebuilt in the worker is an error for its caller, in bounded time; the next job runs.",
		launchers, Cite(poolDocumentation, executorDocumentation),
		Matters("A class that the worker does not find, or a __setstate__ that raises, is enough to make the caller wait for ever."),
		Seen("python/cpython#83932"),
		poolLosesJob, poolStaysOpen, executorIsBroken,
		Was("bnd.task.undeserializable-arg"),
		Try(func(t *Trial) { asked(t, "task", "value=unrebuildable") }))

	Behaviour("boundary.task.exits-while-rebuilt", Should,
		"A job whose argument ends the worker that rebuilds it is an error for its caller, in bounded time; the next job runs.",
		launchers, Cite(poolDocumentation, executorDocumentation),
		Matters("An argument is rebuilt by code of its own choosing, before the worker's own code has a say."),
		poolLosesJob, poolStaysOpen, poolLosesLock, executorIsBroken,
		Was("bnd.task.exits-while-rebuilt"),
		Try(func(t *Trial) { asked(t, "task", "value=exit-while-rebuilt") }))
})
