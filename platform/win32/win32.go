// Package win32 wraps the calls of the Windows API that behaviours, launchers
// and children need, over golang.org/x/sys/windows. It compiles everywhere; on
// other systems every call returns errors.ErrUnsupported.
//
// Authorities are pages of Microsoft Learn, named by their title.
package win32

// Handle is a Windows HANDLE.
type Handle = uintptr

// Start is one call of CreateProcessW. See "CreateProcessW" and
// "UpdateProcThreadAttribute".
type Start struct {
	Application string   // lpApplicationName; empty passes NULL
	CommandLine string   // lpCommandLine; empty passes NULL
	Env         []string // nil passes NULL: the creator's block; else the block, in this order
	Dir         string   // lpCurrentDirectory; empty passes NULL
	Flags       uint32   // dwCreationFlags; two that other fields require are added
	Inherit     bool     // bInheritHandles
	UseStd      bool     // STARTF_USESTDHANDLES
	Std         [3]Handle
	List        []Handle // PROC_THREAD_ATTRIBUTE_HANDLE_LIST, unless nil
	Jobs        []Handle // PROC_THREAD_ATTRIBUTE_JOB_LIST, unless nil
	Parent      Handle   // PROC_THREAD_ATTRIBUTE_PARENT_PROCESS, unless 0
	Reserved2   []byte   // lpReserved2 and cbReserved2
	Hide        bool     // STARTF_USESHOWWINDOW with SW_HIDE
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
	CREATE_DEFAULT_ERROR_MODE   = 0x04000000
	CREATE_NO_WINDOW            = 0x08000000
)
