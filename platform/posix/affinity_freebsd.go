package posix

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Of <sys/cpuset.h>: which mask of which object; -1 is the calling one. The size is
// that of a cpuset_t of up to 1024 processors, which current kernels accept.
const (
	cpuLevelWhich = 3
	cpuWhichTid   = 1
	itself        = ^uintptr(0)
)

type cpuset [1024 / 64]uint64

func (s *cpuset) call(trap uintptr) error {
	_, _, errno := unix.Syscall6(trap, cpuLevelWhich, cpuWhichTid, itself, unsafe.Sizeof(*s), uintptr(unsafe.Pointer(s)), 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// Affinity lists the processors that the calling thread may run on: cpuset_getaffinity(2).
func Affinity() (processors []int, err error) {
	var set cpuset
	err = set.call(unix.SYS_CPUSET_GETAFFINITY)
	for n := range len(set) * 64 {
		if set[n/64]&(1<<(n%64)) != 0 {
			processors = append(processors, n)
		}
	}
	return processors, err
}

// SetAffinity confines the calling thread to processors: cpuset_setaffinity(2).
func SetAffinity(processors []int) error {
	var set cpuset
	for _, n := range processors {
		set[n/64] |= 1 << (n % 64)
	}
	return set.call(unix.SYS_CPUSET_SETAFFINITY)
}
