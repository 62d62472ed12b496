package platform

// Sight is what can be seen of another process from outside.
type Sight struct {
	// Descriptors are those that are open, with what each leads to.
	Descriptors map[int]string
	// Ignored, Blocked and Caught are signals, by name.
	Ignored, Blocked, Caught []string
	// Umask is the file mode creation mask in octal digits, Dir the working directory.
	Umask, Dir string
	// Children are those that have not been waited for.
	Children []Relative
}
