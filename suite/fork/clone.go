package fork

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// waitAll waits until a child has ended, whatever its exit signal, and leaves
// it to be waited for.
func waitAll(pid int) error {
	_, err := posix.Waitid(posix.P_PID, pid, posix.WEXITED|posix.WNOWAIT|linux.WALL)
	return err
}

var _ = Area("fork", title, func() {
	Behaviour("fork.clone.exit-signal-zero", Must,
		"A child cloned with another exit signal than SIGCHLD is not found by a plain wait, only with __WALL; executing an image makes it an ordinary child.",
		About(Linux), On(System), Needs("fork", "script-image", "waitid"), Cite(LinuxMan("clone(2)"), LinuxMan("wait(2)")),
		Matters("A runtime's own helper processes can hide from a program that waits for any child, and are left behind by one that does not know the flag."),
		Was("clone.exit-signal.zero"),
		Try(func(t *Trial) {
			var s linux.Script
			pid, err := s.Exit(3).ForkWith(0)
			t.NoError(err)
			adopt(t, &s, pid)
			_, _, err = posix.Wait4(pid, 0)
			t.ObserveError("a plain wait for it", err).To(Equal("ECHILD"))
			_, raw, err := posix.Wait4(pid, linux.WALL)
			t.ObserveError("a wait with __WALL", err).To(Equal("none"))
			t.Observe("it gives", platform.Decode(raw).String()).To(Equal("exit 3"))

			var image linux.Script
			path := t.ScriptImage(image.Exit(4))
			var executing linux.Script
			executing.Exec(path, []string{path}, nil)
			pid, err = executing.ForkWith(0)
			t.NoError(err)
			adopt(t, &executing, pid)
			t.NoError(waitAll(pid))
			_, raw, err = posix.Wait4(pid, 0)
			t.ObserveError("a plain wait for one that executed an image", err).To(Equal("none"))
			t.Observe("that gives", platform.Decode(raw).String()).To(Equal("exit 4"))
		}))
})
