//go:build unix

package platform

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// OpenDescriptors lists the descriptors of this process by number. Each is
// named with the object it is, so that a number that was closed and opened
// again is told from one that stayed.
func OpenDescriptors() (map[int]string, error) {
	// Asking for each number opens nothing itself; the kernel hands out the
	// lowest free one, so a gap of 64 means that there are no more, but for
	// those that were put high up on purpose.
	open := map[int]string{}
	for fd, gap := 0, 0; gap < 64; fd++ {
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil {
			gap++
			continue
		}
		gap = 0
		open[fd] = fmt.Sprintf("descriptor %d (mode %o, inode %d)", fd, st.Mode, st.Ino)
	}
	return open, nil
}
