// Command under executes a program under conditions that no shell can make: with
// signals blocked, and with a seccomp filter that refuses system calls.
//
//	under -block PIPE,TERM -refuse clone3=ENOSYS,prctl=EPERM -- PROGRAM [ARGUMENT...]
//
// It exists for .ci/hostile and is for Linux on amd64 and arm64.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// architectures are the values of seccomp_data.arch; see <linux/audit.h>.
var architectures = map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}

// calls are the numbers of system calls that can be refused, without those that
// this architecture does not have.
var calls = map[string]uintptr{
	"clone3": unix.SYS_CLONE3, "close_range": unix.SYS_CLOSE_RANGE, "faccessat2": unix.SYS_FACCESSAT2,
	"fstat": unix.SYS_FSTAT, "kill": unix.SYS_KILL, "pidfd_open": unix.SYS_PIDFD_OPEN, "prctl": unix.SYS_PRCTL,
	"prlimit64": unix.SYS_PRLIMIT64, "waitid": unix.SYS_WAITID,
}

// errnos are the answers of a filter.
var errnos = map[string]unix.Errno{"EPERM": unix.EPERM, "ENOSYS": unix.ENOSYS}

func main() {
	block := flag.String("block", "", "block these `SIGNALS`, for example PIPE,TERM")
	refuse := flag.String("refuse", "", "answer these `CALLS` with an error, for example clone3=ENOSYS")
	flag.Parse()
	if flag.NArg() == 0 {
		fail("no program is given")
	}
	path, err := exec.LookPath(flag.Arg(0))
	if err != nil {
		fail("%v", err)
	}
	// The mask and the filter are those of the thread that executes the program.
	runtime.LockOSThread()
	if *block != "" {
		blockSignals(strings.Split(*block, ","))
	}
	if *refuse != "" {
		refuseCalls(strings.Split(*refuse, ","))
	}
	fail("execve %s: %v", path, unix.Exec(path, flag.Args(), os.Environ()))
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "under: "+format+"\n", args...)
	os.Exit(2)
}

func blockSignals(names []string) {
	var set unix.Sigset_t
	for _, name := range names {
		n := unix.SignalNum("SIG" + name)
		if n == 0 {
			fail("no signal is called %q", name)
		}
		set.Val[0] |= 1 << (n - 1)
	}
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &set, nil); err != nil {
		fail("rt_sigprocmask: %v", err)
	}
}

// refuseCalls installs a filter; see seccomp(2) and the layout of struct seccomp_data there.
func refuseCalls(rules []string) {
	const numberAt, architectureAt = 0, 4
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	unless := func(k uint32) unix.SockFilter { // skips the next instruction unless equal
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: k}
	}
	answer := func(k uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k} }

	architecture, ok := architectures[runtime.GOARCH]
	if !ok {
		fail("not on %s", runtime.GOARCH)
	}
	program := []unix.SockFilter{
		load(architectureAt), {Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: 1, K: architecture},
		answer(unix.SECCOMP_RET_ALLOW), load(numberAt),
	}
	for _, rule := range rules {
		call, name, _ := strings.Cut(rule, "=")
		errno, known := errnos[name]
		number, here := calls[call]
		if !known || !here {
			fail("%q cannot be refused on %s", rule, runtime.GOARCH)
		}
		program = append(program, unless(uint32(number)), answer(unix.SECCOMP_RET_ERRNO|uint32(errno)))
	}
	program = append(program, answer(unix.SECCOMP_RET_ALLOW))

	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if os.Geteuid() != 0 { // who has no privilege must first give up gaining any
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			fail("PR_SET_NO_NEW_PRIVS: %v", err)
		}
	}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&filter)))
	if errno != 0 {
		fail("seccomp: %v", errno)
	}
}
