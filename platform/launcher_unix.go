//go:build unix

package platform

import (
	"context"
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/spawnspec/spawnspec/platform/posix"
)

// forkExec is syscall.ForkExec, the layer below os.StartProcess: no search, no
// duplicate removal in the environment, no default for a missing descriptor.
type forkExec struct{}

func (forkExec) Name() string { return "unix/fork-exec" }

func (forkExec) Start(l *Launch) (Process, error) {
	files, err := l.files()
	if err != nil {
		return nil, err
	}
	attr := &syscall.ProcAttr{Dir: l.Dir, Env: l.environment(), Sys: sysProcAttr(l)}
	for _, f := range files {
		attr.Files = append(attr.Files, descriptor(f))
	}
	pid, err := syscall.ForkExec(l.Path, l.Args, attr)
	if err != nil {
		return nil, err
	}
	return &pidProcess{pid: pid}, nil
}

// noFile stands for a descriptor that stays closed in the child.
const noFile = ^uintptr(0)

func descriptor(f *os.File) uintptr {
	if f == nil {
		return noFile
	}
	return f.Fd()
}

// contain has nothing to add on Unix: the parent-death signal, where there is
// one, is part of the start.
func contain(*Launch, *os.Process) error { return nil }

// DecodeState is how a process ended that package os has waited for.
func DecodeState(s *os.ProcessState) Status {
	return Decode(uint32(s.Sys().(syscall.WaitStatus)))
}

// Decode decodes a status word of wait(2), undecoded and as wait gave it.
func Decode(raw uint32) Status {
	w := syscall.WaitStatus(raw)
	s := Status{Raw: raw}
	switch {
	case w.Exited():
		s.Exited, s.Code = true, w.ExitStatus()
	case w.Signaled():
		s.Signal, s.Core = int(w.Signal()), w.CoreDump()
	}
	return s
}

// pidProcess is a child known by its id alone, reaped by wait4.
type pidProcess struct {
	pid int
	waiting
}

func (p *pidProcess) Pid() int { return p.pid }

func (p *pidProcess) Kill() error {
	if p.ended() {
		return os.ErrProcessDone
	}
	err := posix.Kill(p.pid, posix.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

func (p *pidProcess) Wait(ctx context.Context) (Status, error) {
	return p.wait(ctx, func() (Status, error) {
		_, raw, err := posix.Wait4(p.pid, 0)
		if err != nil {
			return Status{}, err
		}
		return Decode(raw), nil
	})
}

// Child wraps the id of a child that was started by other means.
func Child(pid int) Process { return &pidProcess{pid: pid} }

// KillID ends the process of an id at once.
func KillID(pid int) error { return posix.Kill(pid, posix.SIGKILL) }

// KillTree ends a process and everyone in the process group it leads.
func KillTree(p Process) error {
	if group, err := posix.Getpgid(p.Pid()); err == nil && group == p.Pid() {
		_ = posix.Kill(-group, posix.SIGKILL)
	}
	return p.Kill()
}

func dupAbove(fd, least int) (int, error) {
	return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, least)
}
