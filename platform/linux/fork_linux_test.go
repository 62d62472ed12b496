package linux_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/spawnspec/spawnspec/platform/linux"
)

// churn keeps goroutines, the allocator and the collector busy until stopped:
// what holds the locks that a forked child would wait for in vain.
func churn(t *testing.T) {
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var keep [][]byte
			for n := 0; !stop.Load(); n++ {
				keep = append(keep, make([]byte, 512+n%4096))
				if len(keep) > 256 {
					keep = nil
					runtime.Gosched()
				}
				if n%4096 == 0 {
					runtime.GC()
				}
			}
		})
	}
	t.Cleanup(func() { stop.Store(true); wg.Wait() })
}

func exitCode(t *testing.T, pid int) int {
	t.Helper()
	var status syscall.WaitStatus
	for {
		_, err := syscall.Wait4(pid, &status, 0, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if !status.Exited() {
			t.Fatalf("status %#x", uint32(status))
		}
		return status.ExitStatus()
	}
}

// forksWanted is how often the churn tests fork; the full proof, which .ci/run asks
// for, takes 20000.
var forksWanted = flag.Int("forks", 300, "how often the churn tests fork")

func forks(t *testing.T, n int, fork func(*linux.Script) (int, error)) {
	churn(t)
	for i := range n {
		var s linux.Script
		ppid := s.Call("getppid")
		s.Exit(i & 0xff)
		pid, err := fork(&s)
		if err != nil {
			t.Fatalf("fork %d: %v", i, err)
		}
		if code := exitCode(t, pid); code != i&0xff {
			t.Fatalf("fork %d: exit code %d", i, code)
		}
		if v, errno := s.Returned(ppid); errno != 0 || int(v) != os.Getpid() {
			t.Fatalf("fork %d: getppid said %d, %v", i, v, errno)
		}
		if err := s.Release(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestForkHoldsUnderChurn(t *testing.T) { forks(t, *forksWanted, (*linux.Script).Fork) }

func TestBareForkHoldsUnderChurn(t *testing.T) { forks(t, *forksWanted/10, (*linux.Script).ForkBare) }

func TestVforkHoldsUnderChurn(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("no assembly for this architecture")
	}
	forks(t, *forksWanted, (*linux.Script).Vfork)
}

func TestMustEndsTheChild(t *testing.T) {
	var s linux.Script
	s.Must("chdir", "/no such directory")
	s.Exit(0)
	pid, err := s.Fork()
	if err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, pid); code != 127 {
		t.Fatalf("exit code %d", code)
	}
	if _, errno := s.Returned(0); errno != syscall.ENOENT {
		t.Fatalf("chdir said %v", errno)
	}
	_ = s.Release()
}

// An image does what the same script does after a fork: constants, strings,
// buffers and results of earlier calls arrive alike.
func TestImageRuns(t *testing.T) {
	var s linux.Script
	at := s.Buffer(64)
	fd := s.Must("openat", -100, "/proc/self/comm", 0, 0)
	n := s.Must("read", fd, at, 64)
	s.Must("write", 1, at, n)
	s.Exit(7)
	image, err := s.Image()
	if err != nil {
		t.Skip(err)
	}
	path := filepath.Join(t.TempDir(), "tiny")
	if err := os.WriteFile(path, image, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	out, err := cmd.Output()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 7 || string(out) != "tiny\n" {
		t.Fatalf("%v, printed %q", err, out)
	}
	var must linux.Script
	must.Must("chdir", "/no such directory")
	image, _ = must.Image()
	path += "-must"
	if err := os.WriteFile(path, image, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(path)
	if _ = cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 127 {
		t.Fatal(cmd.ProcessState)
	}
}
