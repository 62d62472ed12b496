package win32

import (
	"fmt"
	"syscall"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
)

// procThreadAttributeJobList is missing from x/sys; see "UpdateProcThreadAttribute".
const procThreadAttributeJobList = 0x0002000D

// Create calls CreateProcessW. Strings with a NUL give EINVAL and no call.
func Create(s Start) (Started, error) {
	var app, dir *uint16
	var line []uint16
	var err error
	if s.Application != "" {
		if app, err = windows.UTF16PtrFromString(s.Application); err != nil {
			return Started{}, err
		}
	}
	if s.Dir != "" {
		if dir, err = windows.UTF16PtrFromString(s.Dir); err != nil {
			return Started{}, err
		}
	}
	var linePtr *uint16
	if s.CommandLine != "" {
		// CreateProcessW may write into this buffer, so it is ours alone.
		if line, err = windows.UTF16FromString(s.CommandLine); err != nil {
			return Started{}, err
		}
		linePtr = &line[0]
	}
	var block *uint16
	flags := s.Flags
	if s.Env != nil {
		if block, err = environmentBlock(s.Env); err != nil {
			return Started{}, err
		}
		flags |= windows.CREATE_UNICODE_ENVIRONMENT
	}
	si := new(windows.StartupInfoEx)
	si.Cb = uint32(unsafe.Sizeof(si.StartupInfo))
	if s.UseStd {
		si.Flags |= windows.STARTF_USESTDHANDLES
		si.StdInput, si.StdOutput, si.StdErr = windows.Handle(s.Std[0]), windows.Handle(s.Std[1]), windows.Handle(s.Std[2])
	}
	if s.Hide {
		si.Flags |= windows.STARTF_USESHOWWINDOW
		si.ShowWindow = windows.SW_HIDE
	}
	if len(s.Reserved2) > 0 {
		// x/sys does not name these two fields.
		reserved := (*startupInfo)(unsafe.Pointer(si))
		reserved.cbReserved2, reserved.lpReserved2 = uint16(len(s.Reserved2)), &s.Reserved2[0]
	}
	n := uint32(0)
	for _, used := range []bool{s.List != nil, s.Jobs != nil, s.Parent != 0} {
		if used {
			n++
		}
	}
	if n > 0 {
		list, err := windows.NewProcThreadAttributeList(n)
		if err != nil {
			return Started{}, err
		}
		defer list.Delete()
		update := func(attribute uintptr, handles []Handle) error {
			var p unsafe.Pointer
			if len(handles) > 0 {
				p = unsafe.Pointer(&handles[0])
			}
			if err := list.Update(attribute, p, uintptr(len(handles))*unsafe.Sizeof(Handle(0))); err != nil {
				return fmt.Errorf("UpdateProcThreadAttribute %#x: %w", attribute, err)
			}
			return nil
		}
		if s.List != nil {
			if err := update(windows.PROC_THREAD_ATTRIBUTE_HANDLE_LIST, s.List); err != nil {
				return Started{}, err
			}
		}
		if s.Jobs != nil {
			if err := update(procThreadAttributeJobList, s.Jobs); err != nil {
				return Started{}, err
			}
		}
		if s.Parent != 0 {
			if err := update(windows.PROC_THREAD_ATTRIBUTE_PARENT_PROCESS, []Handle{s.Parent}); err != nil {
				return Started{}, err
			}
		}
		si.ProcThreadAttributeList = list.List()
		si.Cb = uint32(unsafe.Sizeof(*si))
		if !s.NotExtended {
			flags |= windows.EXTENDED_STARTUPINFO_PRESENT
		}
	}
	if s.Cb != 0 {
		si.Cb = s.Cb
	}
	var pi windows.ProcessInformation
	err = windows.CreateProcess(app, linePtr, nil, nil, s.Inherit, flags, block, dir, &si.StartupInfo, &pi)
	if err != nil {
		return Started{}, err
	}
	return Started{Handle(pi.Process), Handle(pi.Thread), pi.ProcessId, pi.ThreadId}, nil
}

// startupInfo is STARTUPINFOW with the fields meant for the C runtime.
type startupInfo struct {
	_           [unsafe.Offsetof(windows.StartupInfo{}.ShowWindow)]byte
	_           uint16
	cbReserved2 uint16
	lpReserved2 *byte
}

// environmentBlock lays the variables out as they are: no sorting, no
// duplicate removal, no addition of SystemRoot.
func environmentBlock(env []string) (*uint16, error) {
	var block []uint16
	for _, v := range env {
		for i := range len(v) {
			if v[i] == 0 {
				return nil, syscall.EINVAL
			}
		}
		block = append(block, utf16.Encode([]rune(v))...)
		block = append(block, 0)
	}
	if len(env) == 0 {
		block = append(block, 0)
	}
	block = append(block, 0)
	return &block[0], nil
}

// Close closes a handle.
func Close(h Handle) error { return windows.CloseHandle(windows.Handle(h)) }

// Resume calls ResumeThread and returns the previous suspend count.
func Resume(thread Handle) (previous uint32, err error) {
	return windows.ResumeThread(windows.Handle(thread))
}

// Terminate calls TerminateProcess.
func Terminate(process Handle, code uint32) error {
	return windows.TerminateProcess(windows.Handle(process), code)
}

// Infinite is the timeout of Wait that never ends.
const Infinite = windows.INFINITE

// Wait waits until an object is signalled; after milliseconds it gives up with
// WAIT_TIMEOUT (258). See "WaitForSingleObject".
func Wait(h Handle, milliseconds uint32) error {
	event, err := windows.WaitForSingleObject(windows.Handle(h), milliseconds)
	if err != nil {
		return err
	}
	if event != windows.WAIT_OBJECT_0 {
		return syscall.Errno(event)
	}
	return nil
}

// ExitCode calls GetExitCodeProcess.
func ExitCode(process Handle) (code uint32, err error) {
	err = windows.GetExitCodeProcess(windows.Handle(process), &code)
	return code, err
}

// SetInherit sets or clears HANDLE_FLAG_INHERIT.
func SetInherit(h Handle, on bool) error {
	var flags uint32
	if on {
		flags = windows.HANDLE_FLAG_INHERIT
	}
	return windows.SetHandleInformation(windows.Handle(h), windows.HANDLE_FLAG_INHERIT, flags)
}

// Duplicate duplicates a handle within this process, with the same access.
func Duplicate(h Handle, inherit bool) (Handle, error) {
	var d windows.Handle
	self := windows.CurrentProcess()
	err := windows.DuplicateHandle(self, windows.Handle(h), self, &d, 0, inherit, windows.DUPLICATE_SAME_ACCESS)
	return Handle(d), err
}

// NewJob makes an unnamed job object; with killOnClose its last closed handle
// ends every member. See "Job Objects".
func NewJob(limits uint32) (Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	if limits != 0 {
		if err := SetJobLimits(Handle(job), limits); err != nil {
			_ = windows.CloseHandle(job)
			return 0, err
		}
	}
	return Handle(job), nil
}

// Limits of a job, JOBOBJECT_BASIC_LIMIT_INFORMATION.
const (
	JobKillOnClose     = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	JobBreakawayOK     = windows.JOB_OBJECT_LIMIT_BREAKAWAY_OK
	JobSilentBreakaway = windows.JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK
)

// SetJobLimits sets the limit flags of a job.
func SetJobLimits(job Handle, limits uint32) error {
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = limits
	_, err := windows.SetInformationJobObject(windows.Handle(job), windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	return err
}

// Assign puts a process into a job.
func Assign(job, process Handle) error {
	return windows.AssignProcessToJobObject(windows.Handle(job), windows.Handle(process))
}

// OpenProcess opens a process by its id.
func OpenProcess(access, pid uint32) (Handle, error) {
	h, err := windows.OpenProcess(access, false, pid)
	return Handle(h), err
}

// Access rights, see "Process Security and Access Rights".
const (
	ProcessTerminate     = windows.PROCESS_TERMINATE
	ProcessSetQuota      = windows.PROCESS_SET_QUOTA
	ProcessQueryLimited  = windows.PROCESS_QUERY_LIMITED_INFORMATION
	ProcessSynchronize   = windows.SYNCHRONIZE
	ProcessAllAccess     = 0x1fffff
	ProcessCreateProcess = windows.PROCESS_CREATE_PROCESS
	ProcessDupHandle     = windows.PROCESS_DUP_HANDLE
)

// CommandLine escapes and joins arguments so that CommandLineToArgvW and the C
// runtime split them the same way; see "Parsing C++ command-line arguments".
func CommandLine(args []string) string { return windows.ComposeCommandLine(args) }
