package linux

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// traps are the calls a script may make. Only calls that every architecture
// has are listed: no fork, dup2, pipe, poll, alarm or getpgrp on the newer ones. After
// a clone both processes make the calls that follow it.
var traps = map[string]uintptr{
	"brk": unix.SYS_BRK, "chdir": unix.SYS_CHDIR, "clock_nanosleep": unix.SYS_CLOCK_NANOSLEEP,
	"clone": unix.SYS_CLONE,
	"close": unix.SYS_CLOSE, "dup3": unix.SYS_DUP3, "execve": unix.SYS_EXECVE, "execveat": unix.SYS_EXECVEAT,
	"exit": unix.SYS_EXIT, "exit_group": unix.SYS_EXIT_GROUP, "fchdir": unix.SYS_FCHDIR, "fcntl": unix.SYS_FCNTL,
	"flock": unix.SYS_FLOCK, "fstat": unix.SYS_FSTAT, "getcwd": unix.SYS_GETCWD, "getdents64": unix.SYS_GETDENTS64,
	"getitimer": unix.SYS_GETITIMER, "getpgid": unix.SYS_GETPGID, "getpid": unix.SYS_GETPID,
	"getppid": unix.SYS_GETPPID, "getsid": unix.SYS_GETSID, "gettid": unix.SYS_GETTID, "ioctl": unix.SYS_IOCTL,
	"kill": unix.SYS_KILL, "lseek": unix.SYS_LSEEK, "mincore": unix.SYS_MINCORE, "openat": unix.SYS_OPENAT,
	"pipe2": unix.SYS_PIPE2, "ppoll": unix.SYS_PPOLL, "prctl": unix.SYS_PRCTL, "prlimit64": unix.SYS_PRLIMIT64,
	"read": unix.SYS_READ, "rt_sigaction": unix.SYS_RT_SIGACTION, "rt_sigpending": unix.SYS_RT_SIGPENDING,
	"rt_sigprocmask": unix.SYS_RT_SIGPROCMASK, "setitimer": unix.SYS_SETITIMER, "setpgid": unix.SYS_SETPGID,
	"setsid": unix.SYS_SETSID, "tgkill": unix.SYS_TGKILL, "umask": unix.SYS_UMASK, "unlinkat": unix.SYS_UNLINKAT,
	"wait4": unix.SYS_WAIT4, "waitid": unix.SYS_WAITID, "write": unix.SYS_WRITE,
}

func nativeInt64(b []byte) int64 { return int64(binary.NativeEndian.Uint64(b)) }

// The runtime's hooks around a fork; the runtime promises gVisor and others to
// keep their signatures. Between Before and After the goroutine neither moves
// to another thread nor grows its stack, and every signal is blocked.
//
//go:linkname runtimeBeforeFork syscall.runtime_BeforeFork
func runtimeBeforeFork()

//go:linkname runtimeAfterFork syscall.runtime_AfterFork
func runtimeAfterFork()

//go:linkname runtimeAfterForkInChild syscall.runtime_AfterForkInChild
func runtimeAfterForkInChild()

// Fork plays the script in a child made by a raw clone(2) with SIGCHLD as its
// exit signal: a fork without exec. The child inherits everything that fork(2)
// lets it inherit; the runtime's hooks reset the signal handlers it would
// otherwise share and restore the mask that the forking thread had.
// A script can be forked once.
func (s *Script) Fork() (pid int, err error) { return s.fork(uintptr(unix.SIGCHLD), true) }

// ForkWith is Fork with further clone(2) flags and an exit signal of one's
// own. Flags that share memory or the descriptor table are refused.
func (s *Script) ForkWith(flags int) (pid int, err error) {
	if flags&(unix.CLONE_VM|unix.CLONE_FILES|unix.CLONE_SIGHAND|unix.CLONE_THREAD) != 0 {
		return 0, syscall.EINVAL
	}
	return s.fork(uintptr(flags), true)
}

// ForkBare is Fork without the runtime's hooks: the child keeps the very signal
// mask that the kernel copied, which is the one the parent had at the clone:
// every signal blocked. For behaviours about the mask itself.
func (s *Script) ForkBare() (pid int, err error) { return s.fork(uintptr(unix.SIGCHLD), false) }

func (s *Script) fork(flags uintptr, hooks bool) (pid int, err error) {
	if err := s.prepare(); err != nil {
		return 0, err
	}
	syscall.ForkLock.Lock()
	defer syscall.ForkLock.Unlock()
	p := player{calls: &s.calls[0], n: uintptr(len(s.calls)), mem: unsafe.Pointer(&s.mem[0])}
	id, errno := clone(flags, &p, hooks)
	runtime.KeepAlive(s)
	if errno != 0 {
		return 0, errno
	}
	return int(id), nil
}

// prepare maps the memory that parent and child share.
func (s *Script) prepare() error {
	if err := s.Err(); err != nil {
		return err
	}
	if s.mem != nil {
		return fmt.Errorf("linux: the script was played already: %w", syscall.EBUSY)
	}
	if len(s.calls) == 0 {
		s.Exit(0)
	}
	mem, err := unix.Mmap(-1, 0, resultBytes+MaxMemory, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_ANONYMOUS)
	if err != nil {
		return err
	}
	copy(mem[resultBytes:], s.data)
	s.mem = mem
	return nil
}

// Release unmaps the memory shared with the child; results are gone after it.
func (s *Script) Release() error {
	if s.mem == nil {
		return nil
	}
	mem := s.mem
	s.mem = nil
	return unix.Munmap(mem)
}

type player struct {
	calls *call
	n     uintptr
	mem   unsafe.Pointer
}

// clone makes the child. In the parent it returns the child's id; the child
// never returns. Nothing here may grow the stack, allocate or take a lock.
//
//go:norace
//go:nosplit
func clone(flags uintptr, p *player, hooks bool) (pid uintptr, errno syscall.Errno) {
	runtimeBeforeFork()
	if runtime.GOARCH == "s390x" { // (stack, flags) instead of (flags, stack)
		pid, _, errno = syscall.RawSyscall6(unix.SYS_CLONE, 0, flags, 0, 0, 0, 0)
	} else {
		pid, _, errno = syscall.RawSyscall6(unix.SYS_CLONE, flags, 0, 0, 0, 0, 0)
	}
	if errno != 0 || pid != 0 {
		runtimeAfterFork()
		return pid, errno
	}
	if hooks {
		runtimeAfterForkInChild()
	}
	play(p)
	return
}

// play makes the calls and leaves. It runs in a child that has one thread and
// whose heap may be locked forever: raw system calls only.
//
//go:norace
//go:nosplit
//go:nocheckptr
func play(p *player) {
	for i := uintptr(0); i < p.n; i++ {
		c := (*call)(unsafe.Add(unsafe.Pointer(p.calls), i*unsafe.Sizeof(call{})))
		var a [6]uintptr
		for j := range a {
			switch c.kind[j] {
			case kindConst:
				a[j] = c.args[j]
			case kindBuffer:
				a[j] = uintptr(p.mem) + resultBytes + c.args[j]
			case kindPlace:
				a[j] = uintptr(p.mem) + c.args[j]*8
			case kindResult:
				a[j] = uintptr(*(*int64)(unsafe.Add(p.mem, c.args[j]*8)))
			}
		}
		r, _, errno := syscall.RawSyscall6(c.trap, a[0], a[1], a[2], a[3], a[4], a[5])
		v := int64(r)
		if errno != 0 {
			v = -int64(errno)
		}
		*(*int64)(unsafe.Add(p.mem, i*8)) = v
		if errno != 0 && c.must {
			leave(127)
		}
	}
	leave(0)
}

//go:norace
//go:nosplit
func leave(code uintptr) {
	for {
		_, _, _ = syscall.RawSyscall(unix.SYS_EXIT_GROUP, code, 0, 0)
	}
}
