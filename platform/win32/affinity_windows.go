package win32

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	getProcessAffinityMask = windows.NewLazySystemDLL("kernel32.dll").NewProc("GetProcessAffinityMask")
	setProcessAffinityMask = windows.NewLazySystemDLL("kernel32.dll").NewProc("SetProcessAffinityMask")
)

// ProcessAffinity lists the processors that this process may run on:
// GetProcessAffinityMask.
func ProcessAffinity() (processors []int, err error) {
	var process, system uintptr
	ok, _, err := getProcessAffinityMask.Call(uintptr(windows.CurrentProcess()),
		uintptr(unsafe.Pointer(&process)), uintptr(unsafe.Pointer(&system)))
	if ok == 0 {
		return nil, err
	}
	for n := range int(unsafe.Sizeof(process)) * 8 {
		if process&(1<<n) != 0 {
			processors = append(processors, n)
		}
	}
	return processors, nil
}

// SetProcessAffinity confines this process to processors: SetProcessAffinityMask.
func SetProcessAffinity(processors []int) error {
	var mask uintptr
	for _, n := range processors {
		mask |= 1 << n
	}
	ok, _, err := setProcessAffinityMask.Call(uintptr(windows.CurrentProcess()), mask)
	if ok == 0 {
		return err
	}
	return nil
}
