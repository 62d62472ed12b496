//go:build unix

package trial

import (
	"errors"
	"os"
	"syscall"
)

// gone reports whether a process is there no more.
func gone(p *os.Process) bool {
	err := p.Signal(syscall.Signal(0))
	return errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH)
}
