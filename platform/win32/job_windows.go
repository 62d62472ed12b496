package win32

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"
)

var isProcessInJob = kernel32.NewProc("IsProcessInJob")

// InJob reports whether a process is in a job, or with job 0 in any.
func InJob(process, job Handle) (bool, error) {
	var in uint32
	err := succeed(isProcessInJob, process, job, uintptr(unsafe.Pointer(&in)))
	return in != 0, err
}

// TerminateJob ends every member with a code.
func TerminateJob(job Handle, code uint32) error {
	return windows.TerminateJobObject(windows.Handle(job), code)
}

// SetActiveProcessLimit sets ActiveProcessLimit.
func SetActiveProcessLimit(job Handle, limit uint32) error {
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_ACTIVE_PROCESS
	info.BasicLimitInformation.ActiveProcessLimit = limit
	_, err := windows.SetInformationJobObject(windows.Handle(job), windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	return err
}

// JobAccounting counts the processes that a job has had and has.
func JobAccounting(job Handle) (Accounting, error) {
	var info struct { // JOBOBJECT_BASIC_ACCOUNTING_INFORMATION
		times                                  [4]int64
		faults, total, active, endedByTheLimit uint32
	}
	err := windows.QueryInformationJobObject(windows.Handle(job), windows.JobObjectBasicAccountingInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)), nil)
	return Accounting{info.total, info.active}, err
}

// JobProcesses lists the ids of the processes in a job, of 256 at most.
func JobProcesses(job Handle) ([]uint32, error) {
	var list struct { // JOBOBJECT_BASIC_PROCESS_ID_LIST
		assigned, listed uint32
		ids              [256]uintptr
	}
	err := windows.QueryInformationJobObject(windows.Handle(job), windows.JobObjectBasicProcessIdList,
		uintptr(unsafe.Pointer(&list)), uint32(unsafe.Sizeof(list)), nil)
	if err != nil && !errors.Is(err, windows.ERROR_MORE_DATA) {
		return nil, err
	}
	ids := make([]uint32, list.listed)
	for i := range ids {
		ids[i] = uint32(list.ids[i])
	}
	return ids, nil
}

// JobPort makes a completion port and associates it with a job.
func JobPort(job Handle, key uintptr) (Handle, error) {
	port, err := windows.CreateIoCompletionPort(windows.InvalidHandle, 0, 0, 1)
	if err != nil {
		return 0, err
	}
	info := struct { // JOBOBJECT_ASSOCIATE_COMPLETION_PORT
		key  uintptr
		port windows.Handle
	}{key, port}
	if _, err := windows.SetInformationJobObject(windows.Handle(job), windows.JobObjectAssociateCompletionPortInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info))); err != nil {
		_ = windows.CloseHandle(port)
		return 0, err
	}
	return Handle(port), nil
}

// NextJobMessage waits for the next message, up to a number of milliseconds;
// then the error is WAIT_TIMEOUT (258).
func NextJobMessage(port Handle, milliseconds uint32) (JobMessage, error) {
	var message uint32
	var key uintptr
	// The port carries the process id in place of a pointer. In a variable of pointer
	// type it would be one that Go's runtime follows when it moves the stack.
	var pid uintptr
	err := windows.GetQueuedCompletionStatus(windows.Handle(port), &message, &key,
		(**windows.Overlapped)(unsafe.Pointer(&pid)), milliseconds)
	return JobMessage{message, key, uint32(pid)}, err
}
