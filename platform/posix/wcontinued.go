//go:build unix && !linux && !netbsd

package posix

import "golang.org/x/sys/unix"

const wcontinued = unix.WCONTINUED
