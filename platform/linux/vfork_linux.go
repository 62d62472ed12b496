//go:build amd64 || arm64

package linux

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// rawVfork is clone(2) with the given flags on the caller's own stack. It
// returns twice, first in the child; the return address is kept in a register,
// since the child overwrites the stack that the suspended parent comes back to.
func rawVfork(flags uintptr) (pid uintptr)

// Vfork plays the script in a child made with CLONE_VM and CLONE_VFORK: it runs
// in this process's memory while the calling thread is suspended, until it
// ends or executes another image. Results are there when Vfork returns.
func (s *Script) Vfork() (pid int, err error) {
	if err := s.prepare(); err != nil {
		return 0, err
	}
	syscall.ForkLock.Lock()
	defer syscall.ForkLock.Unlock()
	p := player{calls: &s.calls[0], n: uintptr(len(s.calls)), mem: unsafe.Pointer(&s.mem[0])}
	id := vfork(&p)
	runtime.KeepAlive(s)
	if v := int64(id); v < 0 {
		return 0, syscall.Errno(-v)
	}
	return int(id), nil
}

//go:norace
//go:nosplit
func vfork(p *player) (pid uintptr) {
	runtimeBeforeFork()
	pid = rawVfork(unix.CLONE_VM | unix.CLONE_VFORK | uintptr(unix.SIGCHLD))
	if pid != 0 { // the parent, or no process: nothing kept on the stack may be used
		runtimeAfterFork()
		return pid
	}
	runtimeAfterForkInChild()
	play(p)
	return
}
