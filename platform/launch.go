// Package platform is the only place for operating-system code: who this host
// is, what it can do, how a process is started and waited for, and what this
// process was given. It compiles everywhere, so the code above it carries no
// build tags.
package platform

//go:generate go run ./internal/stubs/generate posix linux win32

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"syscall"

	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	"github.com/spawnspec/spawnspec/platform/win32"
)

// Launch is everything that is asked of one start. It means the same for a child
// of this process and, sent to another process as JSON, for a child of that one.
// The zero value of a field leaves it to the launcher.
type Launch struct {
	// Path is the image, taken as it is: nothing searches for it.
	Path string
	// Args is the whole argument vector, Args[0] included.
	Args []string
	// Env is the whole environment; nil hands over the starter's own, an empty
	// slice hands over nothing.
	Env []string
	// AddEnv is added to either of them.
	AddEnv []string
	// Dir is the child's working directory; empty is the starter's own.
	Dir string
	// Files become descriptors 0, 1, 2 and so on of the child; on Windows the
	// three standard handles. nil leaves the standard streams to the launcher:
	// go/os-exec opens the null device for them, the others leave them closed.
	Files []FD
	// Held are descriptors that the starter has open and is not asked to hand on, for a
	// launcher whose starter is a process of its own.
	Held map[int]FD
	// Script is what a child made without exec does, in place of an image.
	Script *linux.Script `json:"-"`
	// NewGroup starts the child as the leader of a process group of its own;
	// CREATE_NEW_PROCESS_GROUP on Windows.
	NewGroup bool
	// NewSession starts the child as the leader of a session (setsid). Unix.
	NewSession bool
	// Orphan lets the child outlive a starter that is killed: no parent-death
	// signal, no job object.
	Orphan bool
	// PIDNamespace starts the child as process 1 of a PID namespace of its own. Linux, and there
	// the launchers that can be asked for it: go/os-exec and unix/fork-exec.
	PIDNamespace bool
	// CommandLine replaces Args on Windows, taken as it is.
	CommandLine string
	// Flags are further process creation flags of Windows.
	Flags uint32
	// Handles are further handles that the child inherits under the same value. Windows.
	Handles []win32.Handle
	// Create is the call that win32/create-process makes, in place of what
	// Files and Handles ask for; path, command line, environment, directory
	// and further flags are the launch's.
	Create *win32.Start

	given map[int]*os.File // the files that Give was given
}

// Descriptor is what a child can be given: an *os.File, or an FD.
type Descriptor interface{ Fd() uintptr }

// Give makes d the child's descriptor number i. Those below it that nothing was
// given for yet are the null device up to 2, and closed from 3 on.
func (l *Launch) Give(i int, d Descriptor) {
	l.Files = slices.Clone(l.Files) // those of a copy of the launch stay as they are
	for n := len(l.Files); n <= i; n++ {
		if n <= 2 {
			l.Files = append(l.Files, Null)
		} else {
			l.Files = append(l.Files, Closed)
		}
	}
	l.Files[i] = FD(int(d.Fd()))
	f, ok := d.(*os.File)
	if !ok {
		return
	}
	given := map[int]*os.File{i: f}
	for n, f := range l.given {
		if n != i {
			given[n] = f
		}
	}
	l.given = given
}

// GiveAs makes descriptor number j of another launch the child's descriptor number i.
func (l *Launch) GiveAs(i int, from *Launch, j int) {
	if f := from.given[j]; f != nil && FD(int(f.Fd())) == from.Files[j] {
		l.Give(i, f)
		return
	}
	l.Give(i, from.Files[j])
}

// environment is the child's, where the launcher has to name it.
func (l *Launch) environment() []string {
	env := l.Env
	if env == nil {
		env = os.Environ()
	}
	return slices.Concat(env, l.AddEnv)
}

// file is the child's descriptor i as a file, nil for a closed one.
func (l *Launch) file(i int) (*os.File, error) {
	fd := l.Files[i]
	switch {
	case fd == Closed:
		return nil, nil
	case fd == Null:
		return NullDevice()
	case l.given[i] != nil && FD(int(l.given[i].Fd())) == fd:
		return l.given[i], nil
	}
	return fd.file(), nil
}

// files are all of the child's descriptors.
func (l *Launch) files() ([]*os.File, error) {
	all := make([]*os.File, len(l.Files))
	for i := range l.Files {
		var err error
		if all[i], err = l.file(i); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// NullDevice is the null device, open for reading and writing as long as this
// process runs.
var NullDevice = sync.OnceValues(func() (*os.File, error) { return os.OpenFile(os.DevNull, os.O_RDWR, 0) })

// sentLaunch is a Launch on its way to another process. Its strings may be of any
// bytes, so they cannot cross as strings of JSON; these here hide those of the
// launch itself.
type sentLaunch struct {
	plainLaunch
	Path, Dir, CommandLine []byte
	Args, Env, AddEnv      [][]byte
}

type plainLaunch Launch

// MarshalJSON encodes the launch for another process, the script excepted.
func (l Launch) MarshalJSON() ([]byte, error) {
	return json.Marshal(sentLaunch{plainLaunch(l), []byte(l.Path), []byte(l.Dir), []byte(l.CommandLine),
		bytesOf(l.Args), bytesOf(l.Env), bytesOf(l.AddEnv)})
}

// UnmarshalJSON decodes what MarshalJSON encoded.
func (l *Launch) UnmarshalJSON(raw []byte) error {
	var sent sentLaunch
	err := json.Unmarshal(raw, &sent)
	*l = Launch(sent.plainLaunch)
	l.Path, l.Dir, l.CommandLine = string(sent.Path), string(sent.Dir), string(sent.CommandLine)
	l.Args, l.Env, l.AddEnv = stringsOf(sent.Args), stringsOf(sent.Env), stringsOf(sent.AddEnv)
	return err
}

// bytesOf keeps nil and empty apart, and so does stringsOf.
func bytesOf(all []string) [][]byte {
	if all == nil {
		return nil
	}
	out := make([][]byte, len(all))
	for i, s := range all {
		out[i] = []byte(s)
	}
	return out
}

func stringsOf(all [][]byte) []string {
	if all == nil {
		return nil
	}
	out := make([]string, len(all))
	for i, b := range all {
		out[i] = string(b)
	}
	return out
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

// NamedError is an error that a runtime knows by a name of its own and not by a number of
// this system, such as ENOENT on Windows.
type NamedError string

func (e NamedError) Error() string { return string(e) }

// ErrorName is the stable name of an error in observations: "none", an errno
// such as "ENOENT", a Windows error such as "ERROR_FILE_NOT_FOUND (2)", "hang", a
// NamedError, or the text of an error that has no number.
func ErrorName(err error) string {
	var errno syscall.Errno
	var named NamedError
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
	case errors.As(err, &named):
		return string(named)
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
