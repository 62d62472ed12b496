package linux

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// SetTimer arms an interval timer of this process once: setitimer(2).
func SetTimer(which, seconds int) error {
	_, err := unix.Setitimer(unix.ItimerWhich(which), unix.Itimerval{Value: unix.NsecToTimeval(int64(seconds) * 1e9)})
	return err
}

// TimerLeft is the number of seconds that an interval timer still has to run,
// rounded up; 0 when it is not armed. See getitimer(2).
func TimerLeft(which int) (int, error) {
	t, err := unix.Getitimer(unix.ItimerWhich(which))
	left := int(t.Value.Sec)
	if t.Value.Usec > 0 {
		left++
	}
	return left, err
}

// Block makes signals the mask of the calling thread: these are blocked, and no others.
func Block(signals []int) error {
	var set unix.Sigset_t
	const bits = 8 * int(unsafe.Sizeof(set.Val[0]))
	for _, s := range signals {
		set.Val[(s-1)/bits] |= 1 << ((s - 1) % bits)
	}
	return unix.PthreadSigmask(unix.SIG_SETMASK, &set, nil)
}
