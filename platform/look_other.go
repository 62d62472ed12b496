//go:build !linux

package platform

import "errors"

// Look looks at another process; here it cannot.
func Look(int) (Sight, error) { return Sight{}, errors.ErrUnsupported }
