package wait

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("wait", title, func() {
	Behaviour("wait.reap.leaves-nothing", Should,
		"After a wait the child is gone: no process has its id, not even as a zombie.",
		On(Every...),
		Cite(POSIX("wait"), MSLearn("GetExitCodeProcess function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-getexitcodeprocess")),
		Matters("A parent that runs for long fills the process table with zombies, until nothing can be started."),
		Remedy("Wait for every child; in a container, run an init that reaps."),
		Was("wait.leaves-nothing"),
		Try(func(t *Trial) {
			c := t.Start(Exit(3))
			t.Observe("the child's end", c.Wait().String()).To(Equal("exit 3"))
			// Windows forgets an id a moment after the last handle is closed.
			t.Observe("it is gone", t.Eventually(func() bool { return gone(c.Pid()) })).To(BeTrue())
		}))

	Behaviour("wait.reap.once", Must,
		"A wait that has returned a child's status consumes it: a second one is told that there is no such child.",
		About(Unix), On(Every...),
		Cite(POSIX("wait")),
		Matters("Of two waits for the same child one fails, and has no status to show."),
		Was("wait.consumes"),
		Try(func(t *Trial) {
			c := t.Start(Exit(7))
			t.Observe("the first", c.Wait().String()).To(Equal("exit 7"))
			_, _, err := posix.Wait4(c.Pid(), 0)
			t.ObserveError("the second", err).To(Equal("ECHILD"))
		}))
})
