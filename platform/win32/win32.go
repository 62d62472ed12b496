// Package win32 wraps the calls of the Windows API that behaviours, launchers
// and children need, over golang.org/x/sys/windows. It compiles everywhere; on
// other systems every call returns errors.ErrUnsupported.
//
// Authorities are pages of Microsoft Learn, named by their title.
package win32

import "syscall"

// Handle is a Windows HANDLE.
type Handle = uintptr

// Start is one call of CreateProcessW. See "CreateProcessW" and
// "UpdateProcThreadAttribute".
type Start struct {
	Application string   // lpApplicationName; empty passes NULL
	CommandLine string   // lpCommandLine; empty passes NULL
	Env         []string // nil passes NULL: the creator's block; else the block, in this order
	Dir         string   // lpCurrentDirectory; empty passes NULL
	Flags       uint32   // dwCreationFlags, CREATE_UNICODE_ENVIRONMENT and EXTENDED_STARTUPINFO_PRESENT are added as needed
	Inherit     bool     // bInheritHandles
	UseStd      bool     // STARTF_USESTDHANDLES
	Std         [3]Handle
	List        []Handle // PROC_THREAD_ATTRIBUTE_HANDLE_LIST, unless nil
	Jobs        []Handle // PROC_THREAD_ATTRIBUTE_JOB_LIST, unless nil
	Parent      Handle   // PROC_THREAD_ATTRIBUTE_PARENT_PROCESS, unless 0
	Reserved2   []byte   // lpReserved2 and cbReserved2
	Cb          uint32   // overrides the size of the STARTUPINFO
	NotExtended bool     // leaves EXTENDED_STARTUPINFO_PRESENT out although there are attributes
}

// Started is PROCESS_INFORMATION: two handles to close, two ids.
type Started struct {
	Process, Thread Handle
	PID, TID        uint32
}

// Process creation flags, by the names of the page "Process Creation Flags".
const (
	CREATE_SUSPENDED            = 0x00000004
	DETACHED_PROCESS            = 0x00000008
	CREATE_NEW_CONSOLE          = 0x00000010
	IDLE_PRIORITY_CLASS         = 0x00000040
	CREATE_NEW_PROCESS_GROUP    = 0x00000200
	BELOW_NORMAL_PRIORITY_CLASS = 0x00004000
	CREATE_BREAKAWAY_FROM_JOB   = 0x01000000
	CREATE_NO_WINDOW            = 0x08000000
)

var errorNames = map[syscall.Errno]string{
	1: "ERROR_INVALID_FUNCTION", 2: "ERROR_FILE_NOT_FOUND", 3: "ERROR_PATH_NOT_FOUND", 5: "ERROR_ACCESS_DENIED",
	6: "ERROR_INVALID_HANDLE", 8: "ERROR_NOT_ENOUGH_MEMORY", 24: "ERROR_BAD_LENGTH", 32: "ERROR_SHARING_VIOLATION",
	50: "ERROR_NOT_SUPPORTED", 87: "ERROR_INVALID_PARAMETER", 109: "ERROR_BROKEN_PIPE", 122: "ERROR_INSUFFICIENT_BUFFER",
	123: "ERROR_INVALID_NAME", 126: "ERROR_MOD_NOT_FOUND", 145: "ERROR_DIR_NOT_EMPTY", 183: "ERROR_ALREADY_EXISTS",
	193: "ERROR_BAD_EXE_FORMAT", 203: "ERROR_ENVVAR_NOT_FOUND", 206: "ERROR_FILENAME_EXCED_RANGE", 216: "ERROR_EXE_MACHINE_TYPE_MISMATCH",
	230: "ERROR_BAD_PIPE", 231: "ERROR_PIPE_BUSY", 232: "ERROR_NO_DATA", 233: "ERROR_PIPE_NOT_CONNECTED", 234: "ERROR_MORE_DATA",
	258: "WAIT_TIMEOUT", 267: "ERROR_DIRECTORY", 535: "ERROR_PIPE_CONNECTED", 536: "ERROR_PIPE_LISTENING", 698: "ERROR_OBJECT_NAME_EXISTS",
	740: "ERROR_ELEVATION_REQUIRED", 995: "ERROR_OPERATION_ABORTED", 996: "ERROR_IO_INCOMPLETE", 997: "ERROR_IO_PENDING",
	1168: "ERROR_NOT_FOUND", 1816: "ERROR_NOT_ENOUGH_QUOTA",
}
