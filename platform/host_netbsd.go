package platform

import "golang.org/x/sys/unix"

// filesystem gives the type and the mount flags of what a path lies on.
func filesystem(path string) (name, flags string, err error) {
	var st unix.Statvfs_t
	err = unix.Statvfs(path, &st)
	return unix.ByteSliceToString(st.Fstypename[:]), mountFlags(uint64(st.Flag)), err
}

// free is the room below a path that this user may use, in bytes.
func free(path string) (uint64, error) {
	var st unix.Statvfs_t
	err := unix.Statvfs(path, &st)
	return uint64(st.Bavail) * uint64(st.Frsize), err
}
