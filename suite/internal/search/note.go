package search

import (
	"fmt"
	"regexp"
	"sync"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Note is what a message means that no trial can show, because it is about the machine
// or a runtime's policy: which signal an exit status stands for, and who sends that
// one. It is told before the behaviour, and is no promise.
type Note struct {
	Says    string
	Helps   []string
	Sources []record.Citation
}

// noted is a note with the messages that it is about.
type noted struct {
	// like is a regular expression of the message, as plain gives it.
	like  func() *regexp.Regexp
	means string
	first string
	Note
	// unlessRecorded says that a message that a recording holds is about what that is of.
	unlessRecorded bool
}

// like makes a regular expression that is compiled when the first message is looked up.
func like(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// status is a message that says a number is an exit status, or is nothing else.
func status(n string) func() *regexp.Regexp {
	return like(`^` + n + `$|\b(?:exit(?:ed|s|ing)?|exit ?code|exitcode|status|returned|return ?code|returncode|rc|code)\b[^0-9]{0,24}\b` + n + `\b`)
}

var (
	shellStatus = record.Citation{Name: "POSIX.1-2024, Shell Command Language: exit status for commands",
		Link: "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02"}
	oomKiller = record.Citation{Name: "Linux: control group v2, memory.events",
		Link: "https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files"}
	nodeBatch = record.Citation{Name: "Node.js: security releases of April 2024 (CVE-2024-27980)",
		Link: "https://nodejs.org/en/blog/vulnerability/april-2024-security-releases-2"}
	nodeWindows = record.Citation{Name: "Node.js child_process: spawning .bat and .cmd files on Windows",
		Link: "https://nodejs.org/api/child_process.html#spawning-bat-and-cmd-files-on-windows"}
	pickleRefuses = record.Citation{Name: "Python pickle: what can be pickled and unpickled",
		Link: "https://docs.python.org/3/library/pickle.html#what-can-be-pickled-and-unpickled"}
	brokenPool = record.Citation{Name: "Python concurrent.futures.process.BrokenProcessPool",
		Link: "https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.process.BrokenProcessPool"}
	execRefused = record.Citation{Name: "Linux execve(2): EPERM", Link: "https://man7.org/linux/man-pages/man2/execve.2.html"}
	filters     = record.Citation{Name: "Linux seccomp(2): SECCOMP_RET_ERRNO", Link: "https://man7.org/linux/man-pages/man2/seccomp.2.html"}
	openFiles   = record.Citation{Name: "Linux getrlimit(2): RLIMIT_NOFILE", Link: "https://man7.org/linux/man-pages/man2/getrlimit.2.html"}
	ntStatus    = record.Citation{Name: "Microsoft Learn: NTSTATUS Values",
		Link: "https://learn.microsoft.com/openspecs/windows_protocols/ms-erref/596a1078-e883-4972-9bbc-49e60bebca55"}
	forkLimits   = record.Citation{Name: "Linux fork(2): EAGAIN", Link: "https://man7.org/linux/man-pages/man2/fork.2.html"}
	systemErrors = record.Citation{Name: "Microsoft Learn: System Error Codes",
		Link: "https://learn.microsoft.com/windows/win32/debug/system-error-codes--0-499-"}
)

// bySignal is the note about an exit status that a shell or a container makes of a signal.
func bySignal(status, signal, says string, helps ...string) Note {
	return Note{Says: "Exit status " + status + " is 128 + the number of " + signal + ": " + says, Helps: helps, Sources: []record.Citation{shellStatus}}
}

// ntstatus is a message with a status of Windows, as hexadecimal digits, or as a decimal
// number with a sign or without one.
func ntstatus(code uint32) func() *regexp.Regexp {
	return like(fmt.Sprintf(`\b(?:(?:0x)?%x|%d|%d)\b`, code, code, 1<<32-int64(code)))
}

// endedBy is the note about an exit code that is a status of Windows.
func endedBy(code uint32, name, says string, helps ...string) Note {
	return Note{Says: fmt.Sprintf("Exit code 0x%X, or %d as a signed number, is %s: %s", code, int32(code), name, says), Helps: helps, Sources: []record.Citation{ntStatus}}
}

// notes are tried in this order, and the last one that fits is told.
var notes = []noted{
	{status("129"), "SIGHUP signal", "wait.status.signal-encoding",
		bySignal("129", "SIGHUP (1)", "the terminal or the session that the program ran in has ended."), false},
	{status("130"), "SIGINT signal", "wait.status.signal-encoding",
		bySignal("130", "SIGINT (2)", "it was interrupted, as by Ctrl-C."), false},
	{status("134"), "SIGABRT signal core", "wait.status.signal-encoding",
		bySignal("134", "SIGABRT (6)", "it has called abort: a failed assertion, a damaged heap, an uncaught exception of C++."), false},
	{like(`^killed$|\bline \d+ \d+ killed\b|\bsignal killed\b|\bsigkill\b|\bsignal 9\b|\boom ?killed\b|\bout of memory killed process\b`),
		"SIGKILL signal", "wait.status.signal-encoding", killed("The program was killed by SIGKILL"), false},
	{status("137"), "128 SIGKILL shell status signal", "wait.status.signal-encoding",
		killed("Exit status 137 is 128 + 9: killed by SIGKILL"), false},
	{status("9"), "SIGKILL signal", "wait.status.signal-encoding", Note{
		Says: "A status of -9 (in Python) or signal 9 is SIGKILL, often sent because the memory limit was reached; a plain exit status of 9 is the program's own."}, false},
	{status("139"), "128 SIGSEGV status signal core", "wait.status.signal-encoding",
		bySignal("139", "SIGSEGV (11)", "it has used memory that is not its own: a bug in the program or a native extension.",
			"Have the program say where: a core dump, or for Python faulthandler (python -X faulthandler)."), false},
	{status("141"), "128 SIGPIPE shell status", "pipe.sigpipe.default-kills",
		bySignal("141", "SIGPIPE (13)", "it wrote to a pipe whose reader had gone, as in “program | head”."), false},
	{status("143"), "128 SIGTERM shell status signal", "wait.status.signal-encoding",
		bySignal("143", "SIGTERM (15)", "it was asked to end: a service or container that was stopped, a timeout."), false},
	{status("126"), "126 executable EACCES ENOEXEC permission", "exec.error.eacces-permission", Note{
		Says: "Exit status 126 of a shell or a container: the command was found and could not be executed. It lacks the execute " +
			"permission, it is a directory, its file system is mounted noexec, or it is of another format or architecture.",
		Helps: []string{"Look at it: ls -l and file of the path. chmod +x it, or start it through its interpreter."}, Sources: []record.Citation{shellStatus}}, false},
	{like(status127), "127 PATH found ENOENT", "lookup.path.first-match-wins", Note{
		Says: "Exit status 127 of a shell or a container: the command was not found. It is not on the PATH of the process that " +
			"started it, or it is there and the interpreter that its #! line or its header names is not.",
		Helps:   []string{"Print PATH where it fails: that of a service, of cron or of a container is not that of your terminal. Or give the whole path."},
		Sources: []record.Citation{shellStatus}}, false},
	{like(`\bfork\b.*\bresource temporarily unavailable\b|\bfork retry\b|\bblockingioerror errno 11\b|\bcannot fork\b|\bfork failed\b|\bspawn (?:\S+ )?eagain\b|\bpthread create failed\b|\bcan t start new thread\b`),
		"limit processes RLIMIT_NPROC EAGAIN", "inherit.limit.inherited", Note{
			Says: "EAGAIN from fork or from the start of a thread (from a read or write it says only that there is nothing yet): a limit on the number of processes and threads is reached, the " +
				"user's (RLIMIT_NPROC, ulimit -u), the container's (pids.max of the control group) or the system's.",
			Helps: []string{"Compare what runs (ps -eLf | wc -l) with ulimit -u and with pids.current and pids.max of the control group; " +
				"look for children that are not waited for (state Z), and for a program that starts itself without a main guard."},
			Sources: []record.Citation{forkLimits}}, false},
	{like(`\bwinerror 2\b|\bcreateprocess error 2\b|\bsystem cannot find the file specified\b`), "ERROR_FILE_NOT_FOUND PATHEXT",
		"exec.error.file-not-found", Note{
			Says: "Windows found no image of that name (error 2). CreateProcess adds .exe to a bare name and nothing else: npm, yarn, mvn " +
				"and gradle are .cmd or .bat files, which only a shell finds by their bare name.",
			Helps:   []string{"Find it first with a function that uses PATHEXT (Python: shutil.which), and start what that returns; or name the extension: npm.cmd."},
			Sources: []record.Citation{systemErrors}}, false},
	{like(`\bwinerror 193\b|\bcreateprocess error 193\b|\bnot a valid win32 application\b`), "ERROR_BAD_EXE_FORMAT", "exec.error.bad-exe-format", Note{
		Says: "The file was found and is no program that this Windows can start (error 193): a script, a file that was cut off, or an image of " +
			"another architecture.",
		Helps: []string{"Start a script by its interpreter: python script.py, cmd /c file.cmd, powershell -File file.ps1."}, Sources: []record.Citation{systemErrors}}, false},
	{like(`\bwinerror 206\b|\bcreateprocess error 206\b|\bfilename or extension is too long\b|\b(?:command|input) line is too long\b|^(?:8191|32767|32 767|8 191)$`), "ERROR_FILENAME_EXCED_RANGE",
		"argument.limit.command-line", Note{
			Says:    "The command line is longer than 32,767 UTF-16 units (error 206); through cmd.exe the limit is 8,191.",
			Helps:   []string{"Pass the arguments in a file: response files (@file), argument files of Java (-classpath in a jar or @argfile)."},
			Sources: []record.Citation{systemErrors}}, false},
	{like(`\bspawn(?:sync)? (?:\S+ )*enoent\b|\bnpm enoent\b`), "PATHEXT extension found search ENOENT", "lookup.application.pathext-ignored", Note{
		Says: "Node.js found no program of that name. On Windows npm, npx and yarn are .cmd files, which are not found without their extension; " +
			"everywhere it can also be that the option cwd names a directory that is not there, that PATH of options.env lacks it, or, of " +
			"a path, that the interpreter which its #! line or its header names is not there.",
		Helps: []string{"On Windows use shell: true with arguments that you trust; npm.cmd alone is refused with EINVAL since Node.js 18.20.2, " +
			"20.12.2 and 21.7.3.", "Or start the script without npm's command file: process.execPath with the path of npm-cli.js."},
		Sources: []record.Citation{nodeWindows}}, false},
	{like(`\bspawn(?:sync)? (?:\S+ )*einval\b`), "batch file cmd shell arguments", "argument.batch.run", Note{
		Says: "Node.js refuses to start a .bat or .cmd file without a shell since 18.20.2, 20.12.2 and 21.7.3: cmd would interpret the " +
			"arguments, so that a chosen argument runs commands (CVE-2024-27980).",
		Helps:   []string{"Use shell: true, with arguments that you trust or have quoted for cmd.", "Or start what the batch file starts: node with the script's path."},
		Sources: []record.Citation{nodeBatch, nodeWindows}}, false},
	{like(`\bposix spawnp? (?:.* )?operation not permitted\b|\bpermissionerror errno 1 operation not permitted\b|\bspawn(?:sync)? (?:\S+ )*eperm\b|` +
		`\bfork exec .*operation not permitted\b|\bclone3?\b.*\b(?:operation not permitted|eperm|seccomp)\b|\bfork operation not permitted\b|\bseccomp\b|` +
		`^(?:eperm|operation not permitted)$`),
		"start failed error", "runtime.failure.told", Note{
			Says: "EPERM from the start of a program is seldom about the file: a missing execute permission is EACCES. A filter of system calls " +
				"(seccomp: that of a container or a sandbox), a security module or a missing privilege refuses a step of the start. CPython's " +
				"subprocess starts programs by posix_spawn since 3.13 where it can, and the C library tries clone3 there: a filter that answers EPERM " +
				"for clone3, where ENOSYS would have it take clone, makes every start fail.",
			Helps: []string{"Start the same program without the filter (docker run --security-opt seccomp=unconfined, to find out and not to keep); " +
				"if that helps, update the container's runtime and its profile, so that clone3 is allowed or fails with ENOSYS.",
				"Look at what else was asked of the start, another user, group, root directory or namespace: each needs a privilege. strace -f names the call.",
				"spawnspec run in the same container tries the starts that there are; the feature clone3 in its recording says what the filter answers."},
			Sources: []record.Citation{filters, execRefused}}, false},
	{like(`\btoo many open files\b|\bemfile\b|\benfile\b|\b(?:errno|os error) 24\b`), "limit descriptors", "inherit.limit.inherited", Note{
		Says: "EMFILE: the process has as many descriptors as its limit allows (RLIMIT_NOFILE, ulimit -n; children inherit it). Each pipe to a child " +
			"takes two until one end is closed. “In system” (ENFILE) it is the limit of the whole system.",
		Helps: []string{"See what is open: ls -l /proc/PID/fd, or lsof -p PID. Close the ends that the parent does not use, and wait for children, " +
			"whose pipes and pidfds stay open until then.", "If all of it is needed: a higher soft limit (ulimit -n, LimitNOFILE= of a service)."},
		Sources: []record.Citation{openFiles}}, false},
	{ntstatus(0xC0000135), "exit code status", "wait.status.32-bits", endedBy(0xC0000135, "STATUS_DLL_NOT_FOUND",
		"the program was started, and a DLL that it needs was not found. It has not run its own code.",
		"Name the DLL: the message box of a start by hand does. Put its directory on PATH, beside the program, or install the runtime that it belongs to."), false},
	{ntstatus(0xC0000142), "exit code status", "wait.status.32-bits", endedBy(0xC0000142, "STATUS_DLL_INIT_FAILED",
		"the program was started, and the initialisation of a DLL failed; often there was no desktop or no room for another one (a service, many children)."), false},
	{ntstatus(0xC0000139), "exit code status", "wait.status.32-bits", endedBy(0xC0000139, "STATUS_ENTRYPOINT_NOT_FOUND",
		"a DLL was found and lacks a function that the program needs: it is of another version."), false},
	{ntstatus(0xC000007B), "exit code status", "wait.status.32-bits", endedBy(0xC000007B, "STATUS_INVALID_IMAGE_FORMAT",
		"a DLL that was found is of another architecture: 32 bits and 64 bits do not mix in a process."), false},
	{ntstatus(0xC000013A), "control console ctrl-c exit code", "wait.status.32-bits", endedBy(0xC000013A, "STATUS_CONTROL_C_EXIT",
		"it was interrupted: Ctrl-C, Ctrl-Break, or its console was closed."), false},
	{ntstatus(0xC00000FD), "exception exit code", "wait.status.exception", endedBy(0xC00000FD, "STATUS_STACK_OVERFLOW", "a recursion without an end, or a stack that is too small."), false},
	{ntstatus(0xC0000374), "exception exit code", "wait.status.exception", endedBy(0xC0000374, "STATUS_HEAP_CORRUPTION", "the heap is damaged: a bug in the program or a native extension."), false},
	{ntstatus(0xC0000409), "exception exit code", "wait.status.exception", endedBy(0xC0000409, "STATUS_STACK_BUFFER_OVERRUN", "the program has ended itself at once (__fastfail, abort): a bug in it or in a native extension."), false},
	{like(`\bcannot (?:pickle|serialize) \S+(?: \S+)* (?:object|instances)\b|\bcan t pickle \S+(?: \S+)* objects\b`), "",
		"boundary.send.error-in-parent", Note{
			Says: "The quotes name the type that pickle refuses. It is the value that was handed over or, more often, an attribute of it: " +
				"a client, a lock, a file, a logger that the object has kept.",
			Helps: []string{"Leave it out of the state that is serialized (__getstate__) and make it anew in the child; " +
				"or make the whole object in the child and hand over what it is made of.",
				"Find it: pickle.dumps of each value of vars(obj), one at a time; from 3.14 on the notes of the exception name the way."},
			Sources: []record.Citation{pickleRefuses}}, true},
	{like(`\bbrokenprocesspool\b|\bbroken process pool\b|\bterminated abruptly\b`), "worker dies pool", "boundary.worker.dies", Note{
		Says: "A worker of the pool has ended before its job was done, and the pool is of no use any more. It was killed (often at the memory " +
			"limit: then its exit code is -9), it crashed in a native extension, it called os._exit, or it could not import the main module.",
		Helps: []string{"Find out how it ended: the kernel's log for “Out of memory: Killed process”, faulthandler.enable() in the worker for a crash; " +
			"and whether the main module has its guard: if __name__ == \"__main__\".",
			"Make a new executor, and submit again what has no result; fewer workers (max_workers) need less memory."},
		Sources: []record.Citation{brokenPool}}, false},
}

// status127 is like status, and what a shell says with it.
const status127 = `^127$|\b(?:exit(?:ed|s)?|exit ?code|exitcode|status|returned|return ?code|returncode|rc|code)\b[^0-9]{0,24}\b127\b|\bcommand not found\b|\bsh \d+ .+ not found$`

// killed is the note about SIGKILL.
func killed(what string) Note {
	return Note{
		Says: what + ", which no program can catch. It is often the memory limit: the kernel's out-of-memory killer, or that of the " +
			"container or CI job; else a kill -9 by another process, a timeout that was not heeded, or the end of the container.",
		Helps: []string{"Look for it: dmesg or journalctl -k for “Killed process”, docker inspect for OOMKilled, memory.events of the control group " +
			"for oom_kill.", "If it is the memory: a higher limit, fewer workers at a time, or smaller jobs."},
		Sources: []record.Citation{oomKiller, shellStatus}}
}
