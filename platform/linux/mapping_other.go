//go:build !linux

package linux

import "errors"

// Map needs Linux.
func Map(size int, shared bool) (*Mapping, error) { return nil, errors.ErrUnsupported }

// Address needs Linux.
func (m *Mapping) Address() int { return 0 }

// Advise needs Linux.
func (m *Mapping) Advise(advice int) error { return errors.ErrUnsupported }

// Unmap needs Linux.
func (m *Mapping) Unmap() error { return errors.ErrUnsupported }
