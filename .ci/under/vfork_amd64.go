package main

import "golang.org/x/sys/unix"

// Other architectures have no vfork(2) of their own: their C libraries call clone(2).
func init() { calls["vfork"] = unix.SYS_VFORK }
