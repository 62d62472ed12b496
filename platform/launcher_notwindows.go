//go:build !windows

package platform

import (
	"errors"
	"runtime"
)

// createProcess is CreateProcessW.
type createProcess struct{}

func (createProcess) Name() string                   { return "win32/create-process" }
func (createProcess) Start(*Launch) (Process, error) { return nil, errors.ErrUnsupported }
func (createProcess) usable() error                  { return NotHere(runtime.GOOS) }
