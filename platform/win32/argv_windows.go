package win32

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// SplitCommandLine calls CommandLineToArgvW.
func SplitCommandLine(line string) ([]string, error) {
	text, err := windows.UTF16PtrFromString(line)
	if err != nil {
		return nil, err
	}
	var n int32
	argv, err := windows.CommandLineToArgv(text, &n)
	if err != nil {
		return nil, err
	}
	defer windows.LocalFree(windows.Handle(unsafe.Pointer(argv)))
	var out []string
	for _, a := range argv[:n] {
		out = append(out, windows.UTF16PtrToString(&a[0]))
	}
	return out, nil
}
