package platform_test

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/spawnspec/spawnspec/platform"
)

// A kernel that does not know subreapers, as an emulator may be, says so with EINVAL;
// a filter may forbid the call. Neither is an error of the process that would adopt.
func TestAdoptWhereItIsRefused(t *testing.T) {
	const variable = "SPAWNSPEC_TEST_REFUSES"
	if errno, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		refuseSubreapers(t, uint32(errno))
		if err := platform.Adopt(); !errors.Is(err, errors.ErrUnsupported) || !errors.Is(err, unix.Errno(errno)) {
			t.Fatalf("%v", err)
		}
		return
	}
	for _, errno := range []unix.Errno{unix.EINVAL, unix.ENOSYS, unix.EPERM} {
		c := exec.Command(os.Args[0], "-test.run=^TestAdoptWhereItIsRefused$")
		c.Env = append(os.Environ(), variable+"="+strconv.Itoa(int(errno)))
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", errno, err, out)
		}
	}
}

// refuseSubreapers makes prctl(PR_SET_CHILD_SUBREAPER) fail in every thread of this
// process, for good.
func refuseSubreapers(t *testing.T, errno uint32) {
	t.Helper()
	// Offsets in struct seccomp_data: the call's number, and the low half of args[0].
	number, argument := uint32(0), uint32(16)
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		argument += 4
	}
	const (
		load   = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal  = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		answer = unix.BPF_RET | unix.BPF_K
	)
	filter := []unix.SockFilter{
		{Code: load, K: number},
		{Code: equal, K: unix.SYS_PRCTL, Jf: 3},
		{Code: load, K: argument},
		{Code: equal, K: unix.PR_SET_CHILD_SUBREAPER, Jf: 1},
		{Code: answer, K: unix.SECCOMP_RET_ERRNO | errno},
		{Code: answer, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread() // no new privileges are the thread's own
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	_, _, failed := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&program)))
	if failed != 0 {
		t.Skipf("seccomp: %v", failed)
	}
}
