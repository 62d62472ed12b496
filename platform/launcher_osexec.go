package platform

import (
	"context"
	"os/exec"
	"sync"
	"sync/atomic"
)

// osExec is Go's os/exec: what most Go programs use.
type osExec struct{}

func (osExec) Name() string { return "go/os-exec" }

func (osExec) usable() error { return osExecUsable() }

func (osExec) Start(l *Launch) (Process, error) {
	files, err := l.files()
	if err != nil {
		return nil, err
	}
	cmd := &exec.Cmd{Path: l.Path, Args: l.Args, Env: l.Env, Dir: l.Dir, SysProcAttr: sysProcAttr(l)}
	if l.AddEnv != nil {
		cmd.Env = l.environment()
	}
	for i, f := range files {
		switch {
		case i > 2:
			cmd.ExtraFiles = append(cmd.ExtraFiles, f)
		case f == nil: // a nil *os.File in an interface would not be a nil reader
		case i == 0:
			cmd.Stdin = f
		case i == 1:
			cmd.Stdout = f
		case i == 2:
			cmd.Stderr = f
		}
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &osProcess{cmd: cmd}
	if err := contain(l, cmd.Process); err != nil {
		_ = p.Kill()
		_, _ = p.Wait(context.Background())
		return nil, err
	}
	return p, nil
}

type osProcess struct {
	cmd *exec.Cmd
	waiting
}

func (p *osProcess) Pid() int    { return p.cmd.Process.Pid }
func (p *osProcess) Kill() error { return p.cmd.Process.Kill() }

func (p *osProcess) Wait(ctx context.Context) (Status, error) {
	return p.wait(ctx, func() (Status, error) {
		err := p.cmd.Wait()
		if state := p.cmd.ProcessState; state != nil {
			return DecodeState(state), nil
		}
		return Status{}, err
	})
}

// waiting runs a wait that blocks once, in the background, and hands its
// result to every caller.
type waiting struct {
	begin  sync.Once
	done   atomic.Pointer[chan struct{}] // nil before the first wait
	status Status
	err    error
}

func (w *waiting) wait(ctx context.Context, blocking func() (Status, error)) (Status, error) {
	w.begin.Do(func() {
		done := make(chan struct{})
		w.done.Store(&done)
		go func() {
			w.status, w.err = blocking()
			close(done)
		}()
	})
	done := *w.done.Load()
	select {
	case <-done:
		return w.status, w.err
	case <-ctx.Done():
		// What ended at the very moment of the deadline still ended.
		select {
		case <-done:
			return w.status, w.err
		default:
			return Status{}, ErrHang
		}
	}
}

// ended reports whether the wait is over, so that the id may belong to another
// process by now. It may be asked while another goroutine waits.
func (w *waiting) ended() bool {
	done := w.done.Load()
	if done == nil {
		return false
	}
	select {
	case <-*done:
		return true
	default:
		return false
	}
}
