//go:build unix

package posix

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// More signals, numbered as on this system.
const (
	SIGTTIN  = int(unix.SIGTTIN)
	SIGTTOU  = int(unix.SIGTTOU)
	SIGURG   = int(unix.SIGURG)
	SIGWINCH = int(unix.SIGWINCH)
)

// Change names what a status word of a child that has not ended says, such as
// "stopped by SIGSTOP" or "continued".
func Change(raw uint32) string {
	// Continued is 0xffff on Linux, NetBSD and OpenBSD, a stop by SIGCONT on
	// macOS, and a death by SIGCONT on FreeBSD.
	const stopped, cont = 0x7f, uint32(unix.SIGCONT)
	switch {
	case raw == 0xffff || raw == cont<<8|stopped || raw == cont:
		return "continued"
	case raw&0xff == stopped:
		return "stopped by " + SignalName(int(raw>>8&0xff))
	}
	return "status 0x" + strconv.FormatUint(uint64(raw), 16)
}
