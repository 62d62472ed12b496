//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package posix

import "golang.org/x/sys/unix"

// NameMax is NAME_MAX of the file system that a path lies on: the length of the
// longest name in a directory there, in bytes.
func NameMax(path string) (int, error) {
	const pcNameMax = 4 // _PC_NAME_MAX of unistd.h, on all of these
	return unix.Pathconf(path, pcNameMax)
}
