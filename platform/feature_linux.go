package platform

import (
	"errors"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
)

func probes() map[string]func() (Answer, string) {
	m := posixProbes()
	maps.Copy(m, map[string]func() (Answer, string){
		"fork":  func() (Answer, string) { return plays((*linux.Script).Fork, "fork", "") },
		"vfork": func() (Answer, string) { return sharesMemory((*linux.Script).Vfork, "vfork") },
		"script-image": inTemp(func(dir string) (Answer, string) {
			if _, err := new(linux.Script).Exit(7).Image(); err != nil {
				return tried("image", err)
			}
			return runFile(filepath.Join(dir, "image"))
		}),
		"clone3": func() (Answer, string) {
			// No arguments at all: refused before anything is cloned.
			_, _, errno := unix.Syscall(unix.SYS_CLONE3, 0, 0, 0)
			return refused("clone3", errno)
		},
		"execveat": func() (Answer, string) {
			empty := new(byte)
			// An empty path relative to no descriptor: refused before anything is executed.
			_, _, errno := unix.Syscall6(unix.SYS_EXECVEAT, ^uintptr(0), uintptr(unsafe.Pointer(empty)), 0, 0, unix.AT_EMPTY_PATH, 0)
			return refused("execveat", errno)
		},
		"close_range": func() (Answer, string) {
			const beyond = math.MaxInt32 // no descriptor has this number
			return tried("close_range", unix.CloseRange(beyond, beyond, 0))
		},
		"close_range-cloexec": func() (Answer, string) {
			const beyond = math.MaxInt32
			// EINVAL: Linux 5.9 and 5.10 have the call and not the flag.
			return tried("close_range", unix.CloseRange(beyond, beyond, unix.CLOSE_RANGE_CLOEXEC), syscall.EINVAL)
		},
		"prctl": func() (Answer, string) {
			_, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
			return tried("prctl", err)
		},
		"faccessat2": func() (Answer, string) {
			return tried("faccessat2", unix.Faccessat2(unix.AT_FDCWD, "/", unix.F_OK, unix.AT_EACCESS))
		},
		"waitid":       probeWaitid,
		"pidfd_open":   probePidfd,
		"pidfd-waitid": probePidfdWaitid,
		"subreaper": func() (Answer, string) {
			return plays((*linux.Script).Fork, "fork", "prctl", unix.PR_SET_CHILD_SUBREAPER, 1)
		},
		"pid-namespace": func() (Answer, string) {
			return plays(func(s *linux.Script) (int, error) {
				return s.ForkWith(unix.CLONE_NEWPID | int(unix.SIGCHLD))
			}, "clone", "kill", 1, int(unix.SIGKILL)) // as Go's runtime does between fork and exec: its parent's id is another one
		},
		"userns": func() (Answer, string) {
			return plays(func(s *linux.Script) (int, error) {
				return s.ForkWith(unix.CLONE_NEWUSER | unix.CLONE_NEWPID | int(unix.SIGCHLD))
			}, "clone", "")
		},
	})
	return m
}

// plays makes a child with a start of that name, lets it make one system call, or
// none if call is empty, and leave with 7. Errors of the start and of the call
// both count as no.
func plays(start func(*linux.Script) (int, error), name, call string, args ...any) (Answer, string) {
	var s linux.Script
	if call != "" {
		s.Must(call, args...)
	}
	s.Exit(7)
	pid, err := start(&s)
	if err != nil {
		_ = s.Release()
		// ENOSPC and EUSERS: the limit of namespaces; EINVAL: a kernel without them.
		return tried(name, err, syscall.EINVAL, syscall.ENOSPC, syscall.EUSERS)
	}
	defer s.Release()
	answer, detail := ended7(Child(pid))
	if errno := s.Failure(); call != "" && errno != 0 {
		return No, call + ": " + ErrorName(errno)
	}
	return answer, detail
}

// sharesMemory lets a child write into memory of this process, which sees it only
// if the child has no copy of it: vfork is a plain fork under qemu-user.
func sharesMemory(start func(*linux.Script) (int, error), name string) (Answer, string) {
	r, w, err := os.Pipe()
	if err != nil {
		return Broke, "pipe: " + ErrorName(err)
	}
	defer r.Close()
	defer w.Close()
	if _, err := w.Write([]byte{7}); err != nil {
		return Broke, "write: " + ErrorName(err)
	}
	writtenByChild = 0
	answer, detail := plays(start, name, "read", int(r.Fd()), int(uintptr(unsafe.Pointer(&writtenByChild))), 1)
	if answer == Yes && writtenByChild != 7 {
		return No, "the child has memory of its own"
	}
	return answer, detail
}

var writtenByChild byte

// refused is the answer for a call that was made so that it can only fail: any
// error but those for a call that is missing or filtered says that it is there.
func refused(call string, errno syscall.Errno) (Answer, string) {
	switch errno {
	case unix.ENOSYS, unix.EPERM, unix.EACCES:
		return No, call + ": " + ErrorName(errno)
	case unix.EINVAL, unix.EBADF, unix.EFAULT, unix.ENOENT:
		return Yes, ""
	}
	return Broke, call + ": " + ErrorName(errno)
}

// child7 starts a child that leaves with 7 at once.
func child7() (pid int, err error) {
	var s linux.Script
	pid, err = s.Exit(7).Fork()
	return pid, errors.Join(err, s.Release())
}

func probeWaitid() (Answer, string) {
	pid, err := child7()
	if err != nil {
		return Broke, "fork: " + ErrorName(err)
	}
	return waited(pid, posix.P_PID, pid)
}

func probePidfd() (Answer, string) {
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err == nil {
		_ = unix.Close(fd)
	}
	return tried("pidfd_open", err)
}

func probePidfdWaitid() (Answer, string) {
	pid, err := child7()
	if err != nil {
		return Broke, "fork: " + ErrorName(err)
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		_, _ = ended(Child(pid))
		return tried("pidfd_open", err)
	}
	defer unix.Close(fd)
	return waited(pid, posix.P_PIDFD, fd)
}

// probeCore goes by the rules of core(5); it crashes nothing.
func probeCore() (Answer, string) {
	pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	if err != nil {
		return tried("core_pattern", err, fs.ErrNotExist)
	}
	l, err := posix.Getrlimit(posix.RLIMIT_CORE)
	switch kind := strings.TrimSpace(string(pattern)); {
	case err != nil:
		return Broke, "getrlimit: " + ErrorName(err)
	case strings.HasPrefix(kind, "|"):
		return No, "core_pattern is a pipe to a program"
	case strings.HasPrefix(kind, "@"):
		return No, "core_pattern is a socket"
	case kind == "":
		return No, "core_pattern is empty"
	case l.Hard == 0:
		return No, "the hard limit of core files is 0"
	}
	return Yes, ""
}
