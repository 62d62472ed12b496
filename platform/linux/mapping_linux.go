package linux

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Map maps zeroed memory, MAP_SHARED or MAP_PRIVATE. See mmap(2).
func Map(size int, shared bool) (*Mapping, error) {
	flags := unix.MAP_ANONYMOUS | unix.MAP_PRIVATE
	if shared {
		flags = unix.MAP_ANONYMOUS | unix.MAP_SHARED
	}
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, flags)
	return &Mapping{b}, err
}

// Address is where the mapping starts, as an argument of a script's call.
func (m *Mapping) Address() int { return int(uintptr(unsafe.Pointer(&m.bytes[0]))) }

// Advise is madvise(2) on the whole mapping.
func (m *Mapping) Advise(advice int) error { return unix.Madvise(m.bytes, advice) }

// Unmap ends the mapping.
func (m *Mapping) Unmap() error { return unix.Munmap(m.bytes) }
