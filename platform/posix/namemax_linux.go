package posix

import "golang.org/x/sys/unix"

// NameMax is NAME_MAX of the file system that a path lies on: the length of the
// longest name in a directory there, in bytes. Linux has no system call pathconf.
func NameMax(path string) (int, error) {
	var st unix.Statfs_t
	err := unix.Statfs(path, &st)
	return int(st.Namelen), err
}
