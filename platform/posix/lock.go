package posix

// Operations of Flock.
const (
	LOCK_EX = 2
	LOCK_NB = 4
	LOCK_UN = 8
)
