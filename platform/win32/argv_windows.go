package win32

import (
	"syscall"
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

var (
	ucrtbase          = windows.NewLazySystemDLL("ucrtbase.dll")
	configureWideArgv = ucrtbase.NewProc("_configure_wide_argv")
	wideArgc          = ucrtbase.NewProc("__p___argc")
	wideArgv          = ucrtbase.NewProc("__p___wargv")
)

// CRTArguments is what the C runtime (ucrtbase) makes of the command line of this process,
// as its startup code would hand it to wmain.
func CRTArguments() ([]string, error) {
	const unexpanded = 1 // _crt_argv_unexpanded_arguments: without expanding wildcards
	if err := configureWideArgv.Find(); err != nil {
		return nil, err
	}
	if code, _, _ := configureWideArgv.Call(unexpanded); code != 0 {
		return nil, syscall.Errno(code)
	}
	count, _, _ := wideArgc.Call()
	vector, _, _ := wideArgv.Call()
	// The C runtime's memory, which stays where it is.
	n := **(**int32)(unsafe.Pointer(&count))
	argv := **(***[1 << 16]*uint16)(unsafe.Pointer(&vector))
	var out []string
	for _, a := range argv[:n] {
		out = append(out, windows.UTF16PtrToString(a))
	}
	return out, nil
}
