package runtime

import (
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("runtime", title, func() {
	Behaviour("runtime.circumstance.sigchld-ignored", Should,
		"A program that was started with SIGCHLD ignored, and so may not learn how its own child ended, is told the exit "+
			"status all the same or that it is unknown, and never another one.",
		About(Unix),
		Cite(POSIX("wait"), POSIX("_Exit")),
		Brief("With SIGCHLD ignored a child's exit status is told, or is unknown."),
		Diverges("cpython/subprocess", "whether another exit status is told", true,
			"Popen takes a child that it cannot wait for as one that ended with 0.",
			"https://github.com/python/cpython/blob/main/Lib/subprocess.py"),
		Diverges("cpython/asyncio", "whether another exit status is told", true,
			"The child watchers report the return code 255 for a child that they cannot wait for, and log a warning.",
			"https://github.com/python/cpython/blob/main/Lib/asyncio/unix_events.py"),
		Matters("A failed command reads as a successful one. Who starts the program decides it: a container's or a "+
			"service's first process, a shell's trap, a parent that does not want to wait."),
		Remedy("Set SIGCHLD to its default action at the start of a program that waits for children, before the first one."),
		Remedy("In what starts other programs, do not ignore SIGCHLD, or restore it in the child before the exec."),
		Seen("util-linux/util-linux#4014"),
		Try(func(t *Trial) {
			starter := t.Start(Agent())
			MustCall(starter, agent.Ignore, []int{posix.SIGCHLD})
			c, err := starter.TryStart(Exit(3))
			status := platform.ErrorName(err) // a start can need to look at the child
			if err == nil {
				status = c.Wait().String()
			}
			if !t.ObserveReturns("whether the wait for it returns", status != "hang") {
				return
			}
			t.Observe("status of a child that exits with 3", status)
			t.Observe("whether another exit status is told", strings.HasPrefix(status, "exit ") && status != "exit 3").
				To(BeFalse())
		}))
})
