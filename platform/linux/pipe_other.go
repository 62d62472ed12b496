//go:build !linux

package linux

import "errors"

// PipeSize is the capacity of a pipe in bytes.
func PipeSize(fd int) (int, error) { return 0, errors.ErrUnsupported }

// SetPipeSize asks for a capacity and returns the one that was given.
func SetPipeSize(fd, size int) (int, error) { return 0, errors.ErrUnsupported }
