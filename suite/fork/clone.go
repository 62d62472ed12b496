package fork

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// waitZombie waits until a child has exited, whatever its exit signal, and leaves it
// to be waited for.
func waitZombie(pid int) error {
	_, err := posix.Waitid(posix.P_PID, pid, posix.WEXITED|posix.WNOWAIT|linux.WALL)
	return err
}

var _ = Area("fork", title, func() {
	Behaviour("fork.clone.exit-signal-zero", Must,
		"A plain wait of the process that cloned it does not find a child with another exit signal than SIGCHLD, or with "+
			"none, unless it traces it; a wait with __WALL or __WCLONE does. Executing an image makes it an ordinary child.",
		About(Linux), On(System), Needs("fork", "script-image", "waitid"),
		Cite(LinuxMan("clone(2)"), LinuxMan("wait(2)"), LinuxMan("execve(2)")),
		Matters("A runtime's own helper processes can hide from a program that waits for any child, and stay as zombies in "+
			"one that does not know the flag."),
		Was("clone.exit-signal.zero"),
		Try(func(t *Trial) {
			signals := []struct {
				name string
				int
			}{{"none", 0}, {"SIGWINCH", posix.SIGWINCH}}
			for _, signal := range signals {
				for _, flag := range []struct {
					name string
					int
				}{{"__WALL", linux.WALL}, {"__WCLONE", linux.WCLONE}} {
					var s linux.Script
					pid, err := s.Exit(3).ForkWith(signal.int)
					t.NoError(err)
					adopt(t, &s, pid)
					t.NoError(waitZombie(pid))
					name := "exit signal " + signal.name + ", " + flag.name + ": "
					_, _, err = posix.Wait4(pid, 0)
					t.ObserveError(name+"error of a plain wait", err).To(Equal("ECHILD"))
					_, raw, err := posix.Wait4(pid, flag.int)
					t.ObserveError(name+"error of a wait with the flag", err).To(Equal("none"))
					t.Observe(name+"result of a wait with the flag", platform.Decode(raw).String()).To(Equal("exit 3"))
				}
			}

			var image linux.Script
			path := t.ScriptImage(image.Exit(4))
			for _, signal := range signals {
				var executing linux.Script
				executing.Exec(path, []string{path}, nil)
				pid, err := executing.ForkWith(signal.int)
				t.NoError(err)
				adopt(t, &executing, pid)
				t.NoError(waitZombie(pid))
				_, raw, err := posix.Wait4(pid, 0)
				name := "a plain wait after exec"
				if signal.int != 0 {
					name += " with exit signal " + signal.name
				}
				t.ObserveError("error of "+name, err).To(Equal("none"))
				t.Observe("result of "+name, platform.Decode(raw).String()).To(Equal("exit 4"))
			}
		}))
})
