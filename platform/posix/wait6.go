//go:build freebsd || netbsd

package posix

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"
)

// waitid is wait6(2), of which waitid is a part there.
func waitid(kind, id int, si *siginfo, options int) error {
	if unsafe.Sizeof(uintptr(0)) < 8 { // id_t has 64 bits, which take two registers
		return errors.ErrUnsupported
	}
	var status int32
	_, _, errno := unix.Syscall6(sysWait6, uintptr(kind), uintptr(id), uintptr(unsafe.Pointer(&status)), uintptr(options),
		0, uintptr(unsafe.Pointer(si)))
	if errno != 0 {
		return errno
	}
	return nil
}
