//go:build !linux

package linux

import "time"

// WriteLock needs Linux.
func WriteLock() string { return "" }

// Duration needs Linux.
func Duration(time.Duration) string { return "" }

// Entries needs Linux.
func Entries([]byte) []string { return nil }
