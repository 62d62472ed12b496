package platform

import "github.com/spawnspec/spawnspec/platform/posix"

// Zombies reports whether this process has a child that has ended and has not
// been waited for. Where waitid cannot be reached it sees none.
func Zombies() bool {
	state, err := posix.Waitid(posix.P_ALL, 0, posix.WEXITED|posix.WNOHANG|posix.WNOWAIT)
	return err == nil && state.PID != 0
}
