package wait

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// goneAfterWait observes that no process has the id of a child after its launcher's wait; look is how that is seen.
func goneAfterWait(t *Trial, look func(isGone func() bool) bool) {
	c := t.Start(Exit(3))
	t.Observe("exit status of the child", c.Wait().String()).To(Equal("exit 3"))
	t.Observe("child gone after the wait", look(func() bool { return gone(c.Pid()) })).To(BeTrue())
}

var _ = Area("wait", title, func() {
	Behaviour("wait.reap.leaves-nothing", Must,
		"After a wait without WNOWAIT that returns the end of a child, the child is gone: no process has its id, not even "+
			"as a zombie, until the id is given to a new process.",
		About(Unix), On(Every...),
		Cite(POSIX("_Exit"), POSIX("wait")),
		Matters("A parent that runs for long without waiting fills the process table with zombies, until nothing can be "+
			"started."),
		Remedy("Wait for every child; in a container, run an init that reaps."),
		Was("wait.leaves-nothing"),
		Try(func(t *Trial) { goneAfterWait(t, func(isGone func() bool) bool { return isGone() }) }))

	Behaviour("wait.reap.closes-handles", Should,
		"A launcher's wait closes its handles to the child, so that the id of a child that has exited is free.",
		About(Windows),
		Cite(MSLearn("Process Handles and Identifiers", "windows/win32/procthread/process-handles-and-identifiers")),
		Matters("Each handle that stays open keeps the process object and its id, as a zombie does on Unix."),
		Remedy("Close the process handle and the thread handle after the wait."),
		// Windows forgets an id a moment after the last handle is closed.
		Try(func(t *Trial) { goneAfterWait(t, t.Eventually) }))

	Behaviour("wait.reap.once", Must,
		"A wait without WNOWAIT that returns the status of a child that has ended consumes it: a second wait for that child "+
			"fails with ECHILD.",
		About(Unix), On(Every...),
		Cite(POSIX("wait")),
		Matters("Of two waits for the same child one fails, and gets no status."),
		Was("wait.consumes"),
		Try(func(t *Trial) {
			c := t.Start(Exit(7))
			t.Observe("result of the first wait", c.Wait().String()).To(Equal("exit 7"))
			_, _, err := posix.Wait4(c.Pid(), 0)
			t.ObserveError("error of the second wait", err).To(Equal("ECHILD"))
		}))
})
