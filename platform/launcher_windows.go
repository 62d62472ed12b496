package platform

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"github.com/spawnspec/spawnspec/platform/win32"
)

func sysProcAttr(l *Launch) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{CmdLine: l.CommandLine, CreationFlags: l.Flags}
	if l.NewGroup {
		a.CreationFlags |= win32.CREATE_NEW_PROCESS_GROUP
	}
	for _, h := range l.Handles {
		a.AdditionalInheritedHandles = append(a.AdditionalInheritedHandles, syscall.Handle(h))
	}
	return a
}

// run is the job that holds every child of this process which is not meant to
// be orphaned. It is never closed: when this process ends, however it ends,
// the last handle goes and the members are ended.
var run = sync.OnceValues(func() (win32.Handle, error) {
	return win32.NewJob(win32.JobKillOnClose | win32.JobBreakawayOK)
})

func contain(l *Launch, p *os.Process) error {
	if l.Orphan {
		return nil
	}
	h, err := win32.OpenProcess(win32.ProcessSetQuota|win32.ProcessTerminate, uint32(p.Pid))
	if err != nil {
		return fmt.Errorf("containment: %w", err)
	}
	defer win32.Close(h)
	return assign(h)
}

func assign(process win32.Handle) error {
	job, err := run()
	if err == nil {
		err = win32.Assign(job, process)
	}
	if errors.Is(err, syscall.ERROR_ACCESS_DENIED) {
		// It has ended already, which is as contained as it gets.
		if win32.Wait(process, 0) == nil {
			return nil
		}
	}
	if err != nil {
		return fmt.Errorf("containment: %w", err)
	}
	return nil
}

// DecodeState is how a process ended that package os has waited for.
func DecodeState(s *os.ProcessState) Status { return Decode(uint32(s.ExitCode())) }

// Decode decodes an exit code.
func Decode(raw uint32) Status { return Status{Raw: raw, Exited: true, Code: int(raw)} }

// createProcess is CreateProcessW, called as the page says: the three standard
// handles and the further ones inheritable and named in a handle list.
type createProcess struct{}

func (createProcess) Name() string { return "win32/create-process" }

func (createProcess) Start(l *Launch) (Process, error) {
	s := win32.Start{UseStd: true}
	if l.Create != nil {
		s = *l.Create
	}
	s.Application, s.CommandLine, s.Env, s.Dir = l.Path, l.CommandLine, l.Env, l.Dir
	if l.AddEnv != nil {
		s.Env = l.environment()
	}
	s.Flags |= l.Flags
	if s.CommandLine == "" {
		s.CommandLine = win32.CommandLine(l.Args)
	}
	if l.NewGroup {
		s.Flags |= win32.CREATE_NEW_PROCESS_GROUP
	}
	if len(l.Files) > 3 {
		return nil, syscall.EWINDOWS // descriptors above 2 are the C runtime's invention
	}
	if l.Create == nil {
		files, err := l.files()
		if err != nil {
			return nil, err
		}
		for i, f := range files {
			if f == nil {
				continue
			}
			h, err := win32.Duplicate(f.Fd(), true)
			if err != nil {
				return nil, err
			}
			defer win32.Close(h)
			s.Std[i] = h
			s.List = append(s.List, h)
		}
		s.List = append(s.List, l.Handles...)
		s.Inherit = len(s.List) > 0
	}
	suspended := s.Flags&win32.CREATE_SUSPENDED != 0
	if !l.Orphan {
		s.Flags |= win32.CREATE_SUSPENDED // assigned to the job before it can start another
	}
	started, err := win32.Create(s)
	if err != nil {
		return nil, err
	}
	p := &handleProcess{started: started}
	if !l.Orphan {
		if err := assign(started.Process); err != nil {
			_ = p.Kill()
			return nil, err
		}
		if !suspended {
			if _, err := win32.Resume(started.Thread); err != nil {
				_ = p.Kill()
				return nil, err
			}
		}
	}
	return p, nil
}

// handleProcess is a child known by its handle.
type handleProcess struct {
	started win32.Started
	waiting
}

func (p *handleProcess) Pid() int { return int(p.started.PID) }

func (p *handleProcess) Kill() error {
	if p.ended() {
		return os.ErrProcessDone
	}
	return win32.Terminate(p.started.Process, 1)
}

func (p *handleProcess) Wait(ctx context.Context) (Status, error) {
	return p.wait(ctx, func() (Status, error) {
		defer win32.Close(p.started.Thread)
		defer win32.Close(p.started.Process)
		if err := win32.Wait(p.started.Process, win32.Infinite); err != nil {
			return Status{}, err
		}
		code, err := win32.ExitCode(p.started.Process)
		return Status{Raw: code, Exited: true, Code: int(code)}, err
	})
}

// KillID ends the process of an id at once.
func KillID(pid int) error {
	h, err := win32.OpenProcess(win32.ProcessTerminate, uint32(pid))
	if err != nil {
		return err
	}
	defer win32.Close(h)
	return win32.Terminate(h, 1)
}

// KillTree ends a process. Those it started and that are in the run's job end
// with this process at the latest.
func KillTree(p Process) error { return p.Kill() }

type (
	forkExec  struct{}
	fork      struct{}
	vforkExec struct{}
)

func (forkExec) Name() string                    { return "unix/fork-exec" }
func (forkExec) Start(*Launch) (Process, error)  { return nil, errors.ErrUnsupported }
func (forkExec) usable() error                   { return NotHere("windows") }
func (fork) Name() string                        { return "unix/fork" }
func (fork) Start(*Launch) (Process, error)      { return nil, errors.ErrUnsupported }
func (fork) usable() error                       { return NotHere("windows") }
func (vforkExec) Name() string                   { return "linux/vfork-exec" }
func (vforkExec) Start(*Launch) (Process, error) { return nil, errors.ErrUnsupported }
func (vforkExec) usable() error                  { return NotHere("windows") }

func osExecUsable() error { return nil }
