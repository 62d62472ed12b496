//go:build !unix

package posix

import "time"

// Whose time CPUTime tells.
const RUSAGE_SELF, RUSAGE_CHILDREN = 0, 0

func CPUTime(who int) (time.Duration, error) { return 0, errNone }
