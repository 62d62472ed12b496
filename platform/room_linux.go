package platform

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// OOMKills is how many processes the kernel has killed since it started because there
// was no memory left, on the machine or in a control group; see oom_kill in
// /proc/vmstat. It is 0 where that is not counted.
func OOMKills() int {
	counters, _ := os.ReadFile("/proc/vmstat")
	_, rest, _ := bytes.Cut(counters, []byte("\noom_kill "))
	number, _, _ := bytes.Cut(rest, []byte("\n"))
	n, _ := strconv.Atoi(string(number))
	return n
}

// TaskRoom is how many more processes and threads this user may have by the limit of
// getrlimit(2), RLIMIT_NPROC, which does not bind root.
func TaskRoom() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &limit); err != nil || limit.Cur > math.MaxInt32 || os.Getuid() == 0 {
		return math.MaxInt32
	}
	room := int(limit.Cur)
	tasks, _ := filepath.Glob("/proc/[0-9]*/task/[0-9]*")
	for _, task := range tasks {
		if info, err := os.Stat(task); err == nil && int(info.Sys().(*syscall.Stat_t).Uid) == os.Getuid() {
			room--
		}
	}
	return room
}
