//go:build !linux

package platform

import "errors"

// LimitDescriptors limits the descriptors of another process; here it cannot.
func LimitDescriptors(int, uint64) error { return errors.ErrUnsupported }

// Look looks at another process; here it cannot.
func Look(int) (Sight, error) { return Sight{}, errors.ErrUnsupported }
