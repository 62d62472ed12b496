package spec

import "github.com/spawnspec/spawnspec/suite/internal/record"

// Pages of Microsoft Learn that sentences of several areas rest on.
var (
	CreateProcessW = MSLearn("CreateProcessW function",
		"windows/win32/api/processthreadsapi/nf-processthreadsapi-createprocessw")
	ProcessCreationFlags      = MSLearn("Process Creation Flags", "windows/win32/procthread/process-creation-flags")
	UpdateProcThreadAttribute = MSLearn("UpdateProcThreadAttribute function",
		"windows/win32/api/processthreadsapi/nf-processthreadsapi-updateprocthreadattribute")
	GetExitCodeProcess = MSLearn("GetExitCodeProcess function",
		"windows/win32/api/processthreadsapi/nf-processthreadsapi-getexitcodeprocess")
	TerminateProcess = MSLearn("TerminateProcess function",
		"windows/win32/api/processthreadsapi/nf-processthreadsapi-terminateprocess")
	WaitForSingleObject = MSLearn("WaitForSingleObject function",
		"windows/win32/api/synchapi/nf-synchapi-waitforsingleobject")
	CreatePipe = MSLearn("CreatePipe function", "windows/win32/api/namedpipeapi/nf-namedpipeapi-createpipe")
	CreateFile = MSLearn("CreateFileW function", "windows/win32/api/fileapi/nf-fileapi-createfilew")
	ReadFile   = MSLearn("ReadFile function", "windows/win32/api/fileapi/nf-fileapi-readfile")
	WriteFile  = MSLearn("WriteFile function", "windows/win32/api/fileapi/nf-fileapi-writefile")

	ProcessInheritance  = MSLearn("Inheritance (Processes and Threads)", "windows/win32/procthread/inheritance")
	TerminatingAProcess = MSLearn("Terminating a Process", "windows/win32/procthread/terminating-a-process")

	AnonymousPipeOperations = MSLearn("Anonymous Pipe Operations", "windows/win32/ipc/anonymous-pipe-operations")
	PipeHandleInheritance   = MSLearn("Pipe Handle Inheritance", "windows/win32/ipc/pipe-handle-inheritance")

	// MeasuredConsoles is what was measured of standard handles and consoles on Windows XP to 10.
	MeasuredConsoles = Document("win32-console-docs: what was measured on Windows XP to 10",
		"https://github.com/rprichard/win32-console-docs")
)

// What security modules of Linux change in a process that an exec moves into another domain
// or profile.
var (
	// SELinuxCommitted resets signals and timers, unless the policy lets them be inherited
	// (siginh).
	SELinuxCommitted = Document("Linux: selinux_bprm_committed_creds()",
		"https://github.com/torvalds/linux/blob/v6.12/security/selinux/hooks.c")
	// SELinuxCommitting takes away descriptors and the parent-death signal, and sets soft
	// limits, unless the policy lets them be inherited (rlimitinh).
	SELinuxCommitting = Document("Linux: selinux_bprm_committing_creds()",
		"https://github.com/torvalds/linux/blob/v6.12/security/selinux/hooks.c")
	// AppArmorCommitting takes away descriptors and the parent-death signal, and sets limits.
	AppArmorCommitting = Document("Linux: apparmor_bprm_committing_creds()",
		"https://github.com/torvalds/linux/blob/v6.12/security/apparmor/lsm.c")
)

// LinuxExec is where Linux executes an image.
var LinuxExec = Document("Linux: fs/exec.c",
	"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/fs/exec.c?h=v6.12")

// MacDirectory is where macOS takes the working directory of a child from a thread that has
// one of its own.
var MacDirectory = Document("XNU: kern_descrip.c",
	"https://github.com/apple-oss-distributions/xnu/blob/main/bsd/kern/kern_descrip.c")

// WineTest cites a test that Wine's project runs on Windows, as far as it passes
// there: what was measured and no page says, an error's number mostly.
func WineTest(file string) record.Citation {
	return Document("what Wine's tests found on Windows: "+file, "https://github.com/wine-mirror/wine/blob/wine-10.0/"+file)
}

// WineProcess is where Wine makes a CreateProcessW of what it is given.
const WineProcess = "https://github.com/wine-mirror/wine/blob/wine-10.0/dlls/kernelbase/process.c"

// OnWindows is what behaviours of Windows have in common: the sentence is about
// Windows, a launcher of Windows tries it, and these authorities promise it.
func OnWindows(launcher string, cites ...record.Citation) Part {
	return func(d *Declaration) {
		About(Windows)(d)
		On(launcher)(d)
		Cite(cites...)(d)
	}
}
