package platform

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
)

func sysProcAttr(l *Launch) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: l.NewGroup && !l.NewSession, Setsid: l.NewSession}
	if !l.Orphan && hasDeathSignal() {
		a.Pdeathsig = syscall.SIGKILL
	}
	if l.PIDNamespace {
		a.Cloneflags = unix.CLONE_NEWPID
	}
	return a
}

// hasDeathSignal reports whether a child can be given a parent-death signal. A
// sandbox may refuse prctl(2); without the signal a child outlives a parent that is
// killed until it notices by its channel, which is better than not to start at all.
var hasDeathSignal = sync.OnceValue(func() bool {
	var signal int32
	return unix.Prctl(unix.PR_GET_PDEATHSIG, uintptr(unsafe.Pointer(&signal)), 0, 0, 0) == nil
})

// osExecUsable asks whether os.Process.Wait can work, which calls waitid(2) where
// it is there and does not go on to wait4(2) when a filter refuses it.
func osExecUsable() error {
	const none = 1 << 30 // above every process id
	if _, err := posix.Waitid(posix.P_PID, none, posix.WEXITED); errors.Is(err, syscall.EPERM) {
		return fmt.Errorf("waitid, which os.Process.Wait needs: %w", err)
	}
	return nil
}

// fork is a clone(2) with nothing but SIGCHLD as its exit signal, and no exec:
// the child is this very process image and makes the system calls of a script.
type fork struct{}

func (fork) Name() string { return "unix/fork" }

func (fork) Start(l *Launch) (Process, error) {
	if l.Script == nil {
		return nil, errors.New("unix/fork: only a script can run without exec")
	}
	s, err := prelude(l, l.Script)
	if err != nil {
		return nil, err
	}
	pid, err := s.Fork()
	if err != nil {
		return nil, err
	}
	return &pidProcess{pid: pid}, nil
}

// vforkExec is what posix_spawn of today's libcs does: clone(2) with CLONE_VM
// and CLONE_VFORK, then exec, the caller being suspended in between.
type vforkExec struct{}

func (vforkExec) Name() string { return "linux/vfork-exec" }

func (vforkExec) usable() error {
	var s linux.Script
	s.Exit(0)
	pid, err := s.Vfork()
	if err != nil {
		return err
	}
	var status unix.WaitStatus
	for {
		if _, err = unix.Wait4(pid, &status, 0, nil); !errors.Is(err, unix.EINTR) {
			return errors.Join(err, s.Release())
		}
	}
}

func (vforkExec) Start(l *Launch) (Process, error) {
	env := l.environment()
	for _, s := range append(append([]string{l.Path, l.Dir}, l.Args...), env...) {
		for i := range len(s) {
			if s[i] == 0 {
				return nil, syscall.EINVAL
			}
		}
	}
	s, err := prelude(l, &linux.Script{})
	if err != nil {
		return nil, err
	}
	s.Exec(l.Path, l.Args, env)
	defer func() { _ = s.Release() }()
	pid, err := s.Vfork()
	if err != nil {
		return nil, err
	}
	// The child shared our memory until it executed the image or gave up.
	if errno := s.Failure(); errno != 0 {
		var status unix.WaitStatus
		for {
			if _, err := unix.Wait4(pid, &status, 0, nil); !errors.Is(err, unix.EINTR) {
				return nil, errno
			}
		}
	}
	return &pidProcess{pid: pid}, nil
}

// prelude puts in front of a script what a launch asks for: group, session,
// death signal, working directory and descriptors, in the order in which
// syscall.ForkExec does it.
func prelude(l *Launch, body *linux.Script) (*linux.Script, error) {
	files, err := l.files()
	if err != nil {
		return nil, err
	}
	var s linux.Script
	if l.NewSession {
		s.Must("setsid")
	} else if l.NewGroup {
		s.Must("setpgid", 0, 0)
	}
	if l.Dir != "" {
		s.Must("chdir", l.Dir)
	}
	if !l.Orphan && hasDeathSignal() {
		s.Must("prctl", unix.PR_SET_PDEATHSIG, int(unix.SIGKILL))
	}
	// As syscall.ForkExec does it: first a source that an earlier one would
	// overwrite goes above all others, then each comes into its place.
	sources := make([]int, len(l.Files))
	above := len(l.Files)
	for i, f := range files {
		sources[i] = -1
		if f != nil {
			sources[i] = int(f.Fd())
			above = max(above, sources[i]+1)
		}
	}
	moved := above
	for i, source := range sources {
		if source >= 0 && source < i {
			s.Must("dup3", source, moved, unix.O_CLOEXEC)
			sources[i] = moved
			moved++
		}
	}
	for i, source := range sources {
		switch source {
		case -1:
			s.Call("close", i)
		case i:
			s.Must("fcntl", i, unix.F_SETFD, 0)
		default:
			s.Must("dup3", source, i, 0)
		}
	}
	for ; moved > above; moved-- {
		s.Must("close", moved-1)
	}
	if len(l.Files) > 0 || l.Script == nil {
		for i := len(l.Files); i < 3; i++ {
			s.Call("close", i)
		}
	}
	body.Prepend(&s)
	return body, nil
}
