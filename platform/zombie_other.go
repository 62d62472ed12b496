//go:build !linux

package platform

// Zombie returns the id of a child that has ended and has not been waited for;
// here it cannot tell and finds none.
func Zombie(mine func(pid int) bool) int { return 0 }
