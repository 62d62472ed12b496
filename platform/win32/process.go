package win32

// Parentage is what a snapshot of all processes says of one.
type Parentage struct {
	Parent uint32 // its creator's id, whether that still runs or not
	Listed bool   // it runs
}
