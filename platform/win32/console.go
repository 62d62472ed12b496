package win32

// Console is what a process sees of its console.
type Console struct {
	CodePage bool // GetConsoleCP gives one
	Opens    bool // CONOUT$ can be opened
	Window   bool // GetConsoleWindow gives one
}
