package win32

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"
)

// parents are the running processes of a snapshot, each with the id of the process that
// has created it. See "CreateToolhelp32Snapshot".
func parents() (map[uint32]uint32, error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(snapshot)
	all := map[uint32]uint32{}
	e := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(snapshot, &e); err == nil; err = windows.Process32Next(snapshot, &e) {
		all[e.ProcessID] = e.ParentProcessID
	}
	if errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		err = nil
	}
	return all, err
}

// ParentOf looks a process up in a snapshot.
func ParentOf(pid uint32) (Parentage, error) {
	all, err := parents()
	parent, listed := all[pid]
	return Parentage{Parent: parent, Listed: listed}, err
}

// CountChildren counts the running processes that a process has created, in a
// snapshot. One that is older was created by an earlier process of the same id.
func CountChildren(pid uint32) (n int, err error) {
	all, err := parents()
	for child, parent := range all {
		if parent == pid && createdAfter(child, pid) {
			n++
		}
	}
	return n, err
}

// Descendants are the running processes that a process has created, those that these have
// created, and so on, in a snapshot.
func Descendants(pid uint32) (below []uint32, err error) {
	all, err := parents()
	for at := []uint32{pid}; len(at) > 0; at = at[1:] {
		for child, parent := range all {
			if parent == at[0] && child != pid && createdAfter(child, parent) {
				below, at = append(below, child), append(at, child)
				delete(all, child)
			}
		}
	}
	return below, err
}

// createdAfter reports whether a process is younger than the one whose id it has for that
// of its creator, which may be another one's by now.
func createdAfter(child, parent uint32) bool {
	var when [2]int64
	for i, pid := range []uint32{parent, child} {
		h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
		if err != nil {
			return false
		}
		var created, ended, kernel, user windows.Filetime
		err = errors.Join(windows.GetProcessTimes(h, &created, &ended, &kernel, &user), windows.CloseHandle(h))
		if err != nil {
			return false
		}
		when[i] = created.Nanoseconds()
	}
	return when[0] <= when[1]
}

// MainThread opens the thread of a process that was created suspended, to resume it.
func MainThread(pid uint32) (Handle, error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPTHREAD, 0)
	if err != nil {
		return 0, err
	}
	defer windows.CloseHandle(snapshot)
	e := windows.ThreadEntry32{Size: uint32(unsafe.Sizeof(windows.ThreadEntry32{}))}
	for err = windows.Thread32First(snapshot, &e); err == nil; err = windows.Thread32Next(snapshot, &e) {
		if e.OwnerProcessID == pid {
			h, err := windows.OpenThread(windows.THREAD_SUSPEND_RESUME, false, e.ThreadID)
			return Handle(h), err
		}
	}
	return 0, err
}

// ProcessID is the id of an open process, running or not.
func ProcessID(process Handle) (uint32, error) { return windows.GetProcessId(windows.Handle(process)) }

// TimesInOrder reports whether GetProcessTimes gives an end that is not before the start.
func TimesInOrder(process Handle) (bool, error) {
	var created, ended, kernel, user windows.Filetime
	err := windows.GetProcessTimes(windows.Handle(process), &created, &ended, &kernel, &user)
	return ended.Nanoseconds() >= created.Nanoseconds() && created.Nanoseconds() != 0, err
}

// PriorityClass calls GetPriorityClass.
func PriorityClass(process Handle) (uint32, error) {
	return windows.GetPriorityClass(windows.Handle(process))
}

// SetPriorityClass calls SetPriorityClass.
func SetPriorityClass(process Handle, class uint32) error {
	return windows.SetPriorityClass(windows.Handle(process), class)
}

var (
	getErrorMode       = kernel32.NewProc("GetErrorMode")
	createRemoteThread = kernel32.NewProc("CreateRemoteThread")
	getStartupInfo     = kernel32.NewProc("GetStartupInfoW")
)

// ErrorMode calls GetErrorMode.
func ErrorMode() (uint32, error) {
	mode, _, _ := getErrorMode.Call()
	return uint32(mode), nil
}

// SetErrorMode sets this process's error mode and returns the one before.
func SetErrorMode(mode uint32) (uint32, error) { return windows.SetErrorMode(mode), nil }

// HardErrorMode is the error mode of another process as NtQueryInformationProcess gives
// it (ProcessDefaultHardErrorMode): that of SetErrorMode, but for SEM_FAILCRITICALERRORS,
// which it has the other way round.
func HardErrorMode(process Handle) (uint32, error) {
	const processDefaultHardErrorMode = 12
	var mode, n uint32
	err := windows.NtQueryInformationProcess(windows.Handle(process), processDefaultHardErrorMode,
		unsafe.Pointer(&mode), uint32(unsafe.Sizeof(mode)), &n)
	return mode, err
}

// StartThread starts a thread of another process at an address there.
func StartThread(process Handle, address uintptr) error {
	h, _, err := createRemoteThread.Call(process, 0, 0, address, 0, 0, 0)
	if h == 0 {
		return err
	}
	return windows.CloseHandle(windows.Handle(h))
}

// Reserved2 is what this process was given in lpReserved2.
func Reserved2() ([]byte, error) {
	si := new(windows.StartupInfo)
	_, _, _ = getStartupInfo.Call(uintptr(unsafe.Pointer(si)))
	reserved := (*startupInfo)(unsafe.Pointer(si))
	if reserved.lpReserved2 == nil {
		return nil, nil
	}
	return append([]byte{}, unsafe.Slice(reserved.lpReserved2, reserved.cbReserved2)...), nil
}
