//go:build !linux

package linux

import "errors"

// SetTimer needs Linux.
func SetTimer(which, seconds int) error { return errors.ErrUnsupported }

// TimerLeft needs Linux.
func TimerLeft(which int) (int, error) { return 0, errors.ErrUnsupported }

// Block needs Linux.
func Block(signals []int) error { return errors.ErrUnsupported }

// RaiseInThread needs Linux.
func RaiseInThread(signal int) error { return errors.ErrUnsupported }

// Pending needs Linux.
func Pending() (uint64, error) { return 0, errors.ErrUnsupported }
