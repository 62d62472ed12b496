//go:build !linux && !windows

package platform

import "errors"

// Adopt makes this process the parent of every orphan below it; here it cannot.
func Adopt() error { return errors.ErrUnsupported }

// Below lists the processes below one; here it cannot.
func Below(int) ([]Relative, error) { return nil, errors.ErrUnsupported }

// Activity says what processes do; here it cannot.
func Activity(...int) ([]Relative, error) { return nil, errors.ErrUnsupported }
