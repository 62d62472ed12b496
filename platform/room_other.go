//go:build !linux

package platform

import "math"

// OOMKills is always 0: nothing but Linux is known to count what it kills for memory.
func OOMKills() int { return 0 }

// TaskRoom is no limit: only Linux counts threads, which Go's runtime starts at any time.
func TaskRoom() int { return math.MaxInt32 }
