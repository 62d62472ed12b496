package linux

// Constants for the arguments of scripts, from the kernel's headers; they are
// the same on every architecture that the suite is built for.
const (
	AT_FDCWD = -100

	F_GETFD = 1
	F_SETFD = 2
	F_GETFL = 3
	F_SETFL = 4
	F_SETLK = 6

	FD_CLOEXEC = 1
	O_APPEND   = 0x400
	O_NONBLOCK = 0x800

	SIG_SETMASK = 2

	ITIMER_REAL    = 0
	ITIMER_VIRTUAL = 1
	ITIMER_PROF    = 2

	// WALL makes wait4 and waitid find children whatever their exit signal is.
	WALL = 0x40000000
	// WCLONE makes them find only children with another exit signal than SIGCHLD.
	WCLONE = -1 << 31
)
