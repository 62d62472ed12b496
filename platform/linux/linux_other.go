//go:build !linux

package linux

import "errors"

var traps map[string]uintptr

func nativeInt64([]byte) int64 { return 0 }

// Fork needs Linux.
func (s *Script) Fork() (pid int, err error) { return 0, errors.ErrUnsupported }

// ForkWith needs Linux.
func (s *Script) ForkWith(flags int) (pid int, err error) { return 0, errors.ErrUnsupported }

// ForkBare needs Linux.
func (s *Script) ForkBare() (pid int, err error) { return 0, errors.ErrUnsupported }

// Release needs Linux.
func (s *Script) Release() error { return nil }
