package platform

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Adopt makes this process the parent of every orphan below it, so that it can
// find and wait for them (PR_SET_CHILD_SUBREAPER).
func Adopt() error {
	err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	switch err {
	case unix.EINVAL, unix.ENOSYS, unix.EPERM:
		// A kernel or an emulator that does not know the option (qemu-user), or a
		// filter that forbids the call.
		return fmt.Errorf("PR_SET_CHILD_SUBREAPER: %w (%w)", errors.ErrUnsupported, err)
	}
	return err
}

// Below lists the processes below one, as /proc shows them. What ends
// meanwhile is left out, and so may be what somebody else adopts meanwhile.
func Below(root int) ([]Relative, error) {
	children, err := childrenOf(root)
	if err != nil {
		return nil, err
	}
	var below []Relative
	for _, pid := range children {
		f, err := stat(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		below = append(below, detail(Relative{PID: pid, Parent: root, Command: "[" + f.name + "]", Zombie: f.state == "Z" || f.state == "X", CPU: f.cpu}))
		if deeper, err := Below(pid); err == nil {
			below = append(below, deeper...)
		}
	}
	return below, nil
}

// childrenOf lists the children of a process. The kernel has a file for that
// for each thread (CONFIG_PROC_CHILDREN); without, every process has to be
// asked for its parent, which costs a busy machine dearly.
func childrenOf(pid int) (children []int, err error) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, path := range threads {
		list, err := os.ReadFile(path)
		if err != nil {
			continue // the thread has ended
		}
		for _, child := range strings.Fields(string(list)) {
			n, _ := strconv.Atoi(child)
			children = append(children, n)
		}
	}
	if len(threads) > 0 {
		return children, nil
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		n, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if f, err := stat("/proc/" + e.Name() + "/stat"); err == nil && f.parent == pid {
			children = append(children, n)
		}
	}
	return children, nil
}

// detail adds what is asked only of the processes that are in the tree.
func detail(r Relative) Relative {
	dir := fmt.Sprintf("/proc/%d/", r.PID)
	if line, err := os.ReadFile(dir + "cmdline"); err == nil && len(line) > 0 {
		r.Command = strings.Join(strings.Split(strings.TrimRight(string(line), "\x00"), "\x00"), " ")
	}
	threads, _ := filepath.Glob(dir + "task/*/stat")
	for _, path := range threads {
		if f, err := stat(path); err == nil && (f.state == "R" || f.state == "D") {
			r.Busy = true
		}
	}
	return r
}

// fields of /proc/PID/stat, see proc_pid_stat(5).
type fields struct {
	name, state string
	parent      int
	cpu         uint64
}

func stat(path string) (f fields, err error) {
	line, err := os.ReadFile(path)
	if err != nil {
		return f, err
	}
	// The name is in parentheses, and may itself hold blanks and parentheses.
	open, end := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return f, fmt.Errorf("%s: no name in %q", path, line)
	}
	rest := strings.Fields(string(line[end+1:]))
	if len(rest) < 13 {
		return f, fmt.Errorf("%s: %d fields", path, len(rest))
	}
	f.name, f.state = string(line[open+1:end]), rest[0]
	f.parent, _ = strconv.Atoi(rest[1])
	for _, ticks := range rest[11:13] { // utime and stime
		n, _ := strconv.ParseUint(ticks, 10, 64)
		f.cpu += n
	}
	return f, nil
}
