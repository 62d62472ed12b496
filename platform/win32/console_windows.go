package win32

import "golang.org/x/sys/windows"

var getConsoleWindow = kernel32.NewProc("GetConsoleWindow")

// TakeConsoleState looks at the console of this process.
func TakeConsoleState() (Console, error) {
	var c Console
	if cp, err := windows.GetConsoleCP(); err == nil {
		c.CodePage = cp != 0
	}
	if h, err := windows.CreateFile(windows.StringToUTF16Ptr("CONOUT$"), windows.GENERIC_READ|windows.GENERIC_WRITE,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, nil, windows.OPEN_EXISTING, 0, 0); err == nil {
		c.Opens = true
		_ = windows.CloseHandle(h)
	}
	window, _, _ := getConsoleWindow.Call()
	c.Window = window != 0
	return c, nil
}

// IsConsole reports whether a handle has a console mode, which only consoles do.
func IsConsole(h Handle) (bool, error) {
	var mode uint32
	return windows.GetConsoleMode(windows.Handle(h), &mode) == nil, nil
}
