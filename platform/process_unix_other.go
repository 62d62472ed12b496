//go:build unix && !linux

package platform

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"
)

type fork struct{}

func (fork) Name() string                   { return "unix/fork" }
func (fork) Start(*Launch) (Process, error) { return nil, errors.ErrUnsupported }
func (fork) usable() error {
	return fmt.Errorf("a fork without exec out of a Go process is built for Linux only, this is %s", runtime.GOOS)
}

type vforkExec struct{}

func (vforkExec) Name() string                   { return "linux/vfork-exec" }
func (vforkExec) Start(*Launch) (Process, error) { return nil, errors.ErrUnsupported }
func (vforkExec) usable() error                  { return fmt.Errorf("this is %s", runtime.GOOS) }

func sysProcAttr(l *Launch) *syscall.SysProcAttr {
	a := syscall.SysProcAttr{Setpgid: l.NewGroup && !l.NewSession, Setsid: l.NewSession}
	if a == (syscall.SysProcAttr{}) {
		return nil
	}
	return &a
}
