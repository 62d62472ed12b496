package platform

// Relative is a process below another one.
type Relative struct {
	PID, Parent int
	// Command is its command line, or its name in brackets when it has none; on
	// Windows the path of its image.
	Command string
	// Zombie is set when it has ended and has not been waited for.
	Zombie bool
	// Busy is set when one of its threads runs, wants to run, or waits for a disk.
	Busy bool
	// CPU is the processor time it has used, in clock ticks.
	CPU uint64
	// Switches is how often its threads have got a processor or left it; only
	// Activity tells.
	Switches uint64
	// Calls is how many threads of this process are blocked in a system call, those
	// apart that wait for work of Go's runtime; only Activity tells.
	Calls int
}
