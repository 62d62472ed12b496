package platform_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/spawnspec/spawnspec/platform"
)

func TestOOMKills(t *testing.T) {
	counters, err := os.ReadFile("/proc/vmstat")
	if err != nil {
		t.Skip(err)
	}
	n := platform.OOMKills()
	if line := fmt.Sprintf("oom_kill %d\n", n); strings.Contains(string(counters), "oom_kill ") && !strings.Contains(string(counters), line) {
		t.Errorf("%d, which /proc/vmstat does not say", n)
	}
}

// A user with a limit has room for as many tasks less than it as there are.
func TestTaskRoom(t *testing.T) {
	if os.Getuid() == 0 {
		if room := platform.TaskRoom(); room < 1<<30 {
			t.Errorf("root has room for %d", room)
		}
		t.Skip("no limit binds root")
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &limit); err != nil || limit.Cur > 1<<30 {
		t.Skip("no limit", err)
	}
	if room := platform.TaskRoom(); room >= int(limit.Cur) || room < 0 {
		t.Errorf("room for %d of %d", room, limit.Cur)
	}
}
