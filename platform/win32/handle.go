package win32

// Self is the pseudo-handle of the calling process, as GetCurrentProcess gives it.
const Self = ^Handle(0)

// Standard handles, as STARTUPINFO orders them.
const (
	StdInput = iota
	StdOutput
	StdError
)
