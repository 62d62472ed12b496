package posix

import "golang.org/x/sys/unix"

// Affinity lists the processors that the calling thread may run on: sched_getaffinity(2).
func Affinity() (processors []int, err error) {
	var set unix.CPUSet
	err = unix.SchedGetaffinity(0, &set)
	for n := range len(set) * 64 {
		if set.IsSet(n) {
			processors = append(processors, n)
		}
	}
	return processors, err
}

// SetAffinity confines the calling thread to processors: sched_setaffinity(2).
func SetAffinity(processors []int) error {
	var set unix.CPUSet
	for _, n := range processors {
		set.Set(n)
	}
	return unix.SchedSetaffinity(0, &set)
}
