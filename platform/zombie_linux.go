package platform

import (
	"os"

	"github.com/spawnspec/spawnspec/platform/posix"
)

// Zombie returns the id of a child that has ended and has not been waited for,
// 0 if there is none or, where waitid cannot be reached, if it cannot tell.
// A process 1 first reaps what it adopted, as is its duty: children that mine,
// by the caller's word, does not name.
func Zombie(mine func(pid int) bool) int {
	for {
		state, err := posix.Waitid(posix.P_ALL, 0, posix.WEXITED|posix.WNOHANG|posix.WNOWAIT)
		if err != nil || state.PID == 0 {
			return 0
		}
		if os.Getpid() != 1 || mine(state.PID) {
			return state.PID
		}
		if _, _, err := posix.Wait4(state.PID, 0); err != nil {
			return state.PID
		}
	}
}
