//go:build !linux

package linux

// OnThread needs Linux.
func OnThread(f func()) {}
