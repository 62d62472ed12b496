// Package wait is the area of how a child's exit is learned: the status, the wait that consumes it,
// zombies, orphans and SIGCHLD.
//
// Subjects, in the order of reading: status, zombie, reap, option, select, sigchld, orphan, rusage, go.
package wait

import (
	"errors"
	"os"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const title = "Waiting and exit status"

// gone reports whether no process has this id any more, not even one that has
// ended and has not been waited for.
func gone(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return true
	}
	defer func() { _ = p.Release() }()
	return errors.Is(p.Signal(platform.Signal(0)), os.ErrProcessDone)
}

// parent starts a process whose children are waited for by system
// calls, apart from those of this process.
func parent(t *Trial) *Process {
	return t.Start(Agent())
}

// wait4 calls wait4(2) in the child c.
func wait4(c *Process, pid, options int) (agent.Wait4Result, error) {
	return Call(c, agent.Wait4, agent.Wait4Args{PID: pid, Options: options})
}
