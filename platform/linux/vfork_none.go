//go:build !linux || !(amd64 || arm64)

package linux

import "errors"

// Vfork needs a few lines of assembly that only amd64 and arm64 have so far.
func (s *Script) Vfork() (pid int, err error) { return 0, errors.ErrUnsupported }
