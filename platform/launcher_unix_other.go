//go:build unix && !linux

package platform

import (
	"errors"
	"runtime"
	"syscall"
)

func osExecUsable() error { return nil }

type fork struct{}

func (fork) Name() string                   { return "unix/fork" }
func (fork) Start(*Launch) (Process, error) { return nil, errors.ErrUnsupported }
func (fork) usable() error {
	return NotHere(runtime.GOOS)
}

type vforkExec struct{}

func (vforkExec) Name() string                   { return "linux/vfork-exec" }
func (vforkExec) Start(*Launch) (Process, error) { return nil, errors.ErrUnsupported }
func (vforkExec) usable() error                  { return NotHere(runtime.GOOS) }

func sysProcAttr(l *Launch) *syscall.SysProcAttr {
	a := syscall.SysProcAttr{Setpgid: l.NewGroup && !l.NewSession, Setsid: l.NewSession}
	if a == (syscall.SysProcAttr{}) {
		return nil
	}
	return &a
}
