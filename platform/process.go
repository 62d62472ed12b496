// Package platform is the only place for operating-system code: who this host
// is, what it can do, and the portable pair that every area uses, a process and
// a pipe. It compiles everywhere, so the code above it carries no build tags.
package platform

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	"github.com/spawnspec/spawnspec/platform/win32"
)

// Launch says what to start and with what. The zero value of a field leaves it
// to the operating system.
type Launch struct {
	// Path is the image, taken as it is: nothing searches for it.
	Path string
	// Args is the whole argument vector, Args[0] included.
	Args []string
	// Env is the whole environment; nil hands over the starter's own, an empty
	// slice hands over nothing.
	Env []string
	// Dir is the child's working directory; empty is the starter's own.
	Dir string
	// Files become descriptors 0, 1, 2 and so on of the child. A nil entry
	// leaves that descriptor closed; go/os-exec opens the null device instead,
	// for 0 to 2. On Windows there are three, the standard handles.
	Files []*os.File
	// Script is what a child made without exec does, in place of an image.
	Script *linux.Script
	// NewGroup starts the child as the leader of a process group of its own;
	// CREATE_NEW_PROCESS_GROUP on Windows.
	NewGroup bool
	// NewSession starts the child as the leader of a session (setsid). Unix.
	NewSession bool
	// Orphan lets the child outlive a starter that is killed: no parent-death
	// signal, no job object. For behaviours about orphans.
	Orphan bool
	// CommandLine replaces Args on Windows, taken as it is.
	CommandLine string
	// Flags are further process creation flags of Windows.
	Flags uint32
	// Handles are further handles that the child inherits under the same value. Windows.
	Handles []uintptr
	// Create is the call that win32/create-process makes, in place of what
	// Files and Handles ask for; path, command line, environment, directory
	// and further flags are the launch's.
	Create *win32.Start
}

// Process is a started child that has not been waited for yet.
type Process interface {
	// Pid is the process id.
	Pid() int
	// Wait waits until the process has ended and returns its status; it may be
	// called again. A context that ends first gives ErrHang.
	Wait(ctx context.Context) (Status, error)
	// Kill ends the process at once: SIGKILL or TerminateProcess with code 1.
	// A process that has already been waited for gives os.ErrProcessDone.
	Kill() error
}

// Launcher is one way in which the operating system or a runtime starts a child.
type Launcher interface {
	// Name is the launcher's name in every key and report.
	Name() string
	// Start starts the child. The error is the launcher's own, unwrapped.
	Start(*Launch) (Process, error)
}

// ErrHang says that something did not end within its deadline.
var ErrHang = errors.New("hang")

// Status is how a process ended.
type Status struct {
	// Raw is the status word of wait(2), or the 32-bit exit code of Windows.
	Raw uint32
	// Exited is set when the process ended by itself, with Code: 8 bits on
	// Unix, 32 on Windows.
	Exited bool
	Code   int
	// Signal is the number of the signal that ended it, 0 if none did.
	Signal int
	// Core is set when the kernel says that it dumped core.
	Core bool
}

// String gives "exit 3", "SIGTERM", or "SIGABRT (core)".
func (s Status) String() string {
	switch {
	case s.Exited && s.Code > 0xff:
		return fmt.Sprintf("exit %#x", s.Code)
	case s.Exited:
		return fmt.Sprintf("exit %d", s.Code)
	case s.Signal != 0:
		name := posix.SignalName(s.Signal)
		if name == "" {
			name = fmt.Sprintf("signal %d", s.Signal)
		}
		if s.Core {
			name += " (core)"
		}
		return name
	}
	return fmt.Sprintf("status %#x", s.Raw)
}

// ErrorName is the stable name of an error in observations: "none", an errno
// such as "ENOENT", a Windows error such as "ERROR_FILE_NOT_FOUND (2)", "hang",
// or the text of an error that has no number.
func ErrorName(err error) string {
	var errno syscall.Errno
	switch {
	case err == nil:
		return "none"
	case errors.Is(err, ErrHang) || errors.Is(err, context.DeadlineExceeded):
		return "hang"
	case errors.As(err, &errno):
		if name := posix.ErrnoName(errno); name != "" {
			return name
		}
		if runtime.GOOS == "windows" {
			return win32.ErrorName(errno)
		}
		return fmt.Sprintf("errno %d", int(errno))
	case errors.Is(err, os.ErrProcessDone):
		return "os.ErrProcessDone"
	case errors.Is(err, errors.ErrUnsupported):
		return "unsupported"
	}
	return err.Error()
}

// BrokenPipe is the stable name of the error of a write to a pipe that has no reader
// any more, and whether err is such an error. Windows has two, and which one it is
// depends on the moment: ERROR_BROKEN_PIPE for a write that is under way when the
// reader closes, ERROR_NO_DATA for one that begins later. Both are named then.
func BrokenPipe(err error) (name string, ok bool) {
	const noData, brokenPipe = "ERROR_NO_DATA (232)", "ERROR_BROKEN_PIPE (109)"
	switch name = ErrorName(err); name {
	case "EPIPE":
		return name, true
	case noData, brokenPipe:
		return noData + " or " + brokenPipe, true
	}
	return name, false
}

// Launchers lists the launchers of this suite that start a child without the
// help of a foreign runtime, in the order in which reports show them. All are
// known everywhere; Usable tells which ones work here.
func Launchers() []Launcher { return []Launcher{OSExec, ForkExec, Fork, VforkExec, CreateProcess} }

// The launchers that start a child without the help of a foreign runtime.
var (
	OSExec        Launcher = osExec{}        // Go's os/exec
	ForkExec      Launcher = forkExec{}      // Go's syscall.ForkExec
	Fork          Launcher = fork{}          // fork(2) alone, no exec
	VforkExec     Launcher = vforkExec{}     // clone(2) with CLONE_VM and CLONE_VFORK, then execve(2)
	CreateProcess Launcher = createProcess{} // CreateProcessW
)

// LauncherNamed finds one of Launchers by its name.
func LauncherNamed(name string) (Launcher, bool) {
	for _, l := range Launchers() {
		if l.Name() == name {
			return l, true
		}
	}
	return nil, false
}

// Usable returns nil when a launcher works on this host, else the reason.
func Usable(l Launcher) error {
	if u, ok := l.(interface{ usable() error }); ok {
		return u.usable()
	}
	return nil
}

// NotHere is the reason why a launcher can never work on an operating system,
// which it names.
type NotHere string

func (n NotHere) Error() string { return "not on " + string(n) }

// LauncherVersion is the exact version of what a launcher stands for.
func LauncherVersion(l Launcher) string {
	switch l.(type) {
	case osExec, forkExec:
		return runtime.Version()
	}
	return "the system's own"
}
