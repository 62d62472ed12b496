package platform

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

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
// meanwhile is left out, and so may be what another process adopts meanwhile.
func Below(root int) ([]Relative, error) {
	below, err := tree(root)
	for i, r := range below {
		below[i] = detail(r)
	}
	return below, err
}

// tree is Below without what is asked of each process by itself.
func tree(root int) ([]Relative, error) {
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
		below = append(below, Relative{PID: pid, Parent: root, Command: "[" + f.name + "]", Zombie: f.ended(), CPU: f.cpu})
		if deeper, err := tree(pid); err == nil {
			below = append(below, deeper...)
		}
	}
	return below, nil
}

// Activity says what processes do: those with these ids and all below them, and at
// last this one, of which only Calls is said. What has been waited for is left out. More is asked than Below asks: Switches are told, and Busy is also who
// was deprived of the processor on its way to sleep or from it, whose state is that of
// a sleeper (/proc/PID/wchan tells). It is an error where the system does not tell as
// much, as gVisor does not.
func Activity(pids ...int) ([]Relative, error) {
	if !threadsAreTold.Load() {
		own := threads(os.Getpid())
		if !slices.ContainsFunc(own, thread.blocked) || !slices.ContainsFunc(own, thread.counted) {
			return nil, fmt.Errorf("what threads do is not told: %w", errors.ErrUnsupported)
		}
		threadsAreTold.Store(true)
	}
	var all []Relative
	for _, pid := range pids {
		f, err := stat(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		below, err := tree(pid)
		if err != nil {
			return nil, err
		}
		for _, r := range append(below, Relative{PID: pid, Parent: f.parent, Command: "[" + f.name + "]", Zombie: f.ended(), CPU: f.cpu}) {
			if slices.ContainsFunc(all, func(other Relative) bool { return other.PID == r.PID }) {
				continue // below another one that was asked for
			}
			for _, t := range threads(r.PID) {
				r.Busy = r.Busy || t.awake()
				r.Switches += t.switches
			}
			all = append(all, r)
		}
	}
	// This process comes last: whom the others woke is awake by now. What its threads
	// do says little of its goroutines: to look wakes threads, and the busier the
	// machine, the longer they want to run before they find that there is nothing to do.
	own := Relative{PID: os.Getpid()}
	for _, t := range threads(own.PID) {
		if t.calls() {
			own.Calls++
		}
	}
	return append(all, own), nil
}

// threadsAreTold is set once it has been seen where a thread is blocked. On a busy
// machine there are times at which no thread of this process is.
var threadsAreTold atomic.Bool

// thread is a thread of a process.
type thread struct {
	id       int
	state    string
	where    string // the function of the kernel in which it is blocked; "0" if in none
	switches uint64 // how often it has got a processor or left it
}

func (t thread) counted() bool { return t.switches > 0 }
func (t thread) blocked() bool { return t.state == "S" && t.where != "0" && t.where != "" }

// calls reports whether the thread is blocked in a system call that is not one by
// which Go's runtime waits for work.
func (t thread) calls() bool {
	return t.blocked() && !slices.ContainsFunc([]string{"futex", "ep_poll", "do_epoll", "hrtimer_nanosleep", "do_nanosleep"},
		func(name string) bool { return strings.HasPrefix(t.where, name) })
}

// awake counts a dead thread in: it is still to be released, which is when the parent of a
// process hears of its end if it is the last one.
func (t thread) awake() bool {
	return t.state == "R" || t.state == "D" || t.state == "X" || t.state == "S" && !t.blocked()
}

// tasks are the directories of the threads of a process.
func tasks(pid int) (dirs []string) {
	task := fmt.Sprintf("/proc/%d/task/", pid)
	entries, _ := os.ReadDir(task)
	for _, e := range entries {
		dirs = append(dirs, task+e.Name())
	}
	return dirs
}

// threads lists those of a process that are there, see proc_pid_stat(5),
// proc_pid_wchan(5) and proc_pid_status(5).
func threads(pid int) (all []thread) {
	for _, dir := range tasks(pid) {
		f, err := stat(dir + "/stat")
		if err != nil {
			continue // it has ended
		}
		t := thread{state: f.state}
		t.id, _ = strconv.Atoi(filepath.Base(dir))
		where, _ := os.ReadFile(dir + "/wchan")
		t.where = string(where)
		t.switches = switches(dir)
		all = append(all, t)
	}
	return all
}

// switches is how often a thread has got a processor, or has left it. The file schedstat
// (CONFIG_SCHED_INFO) takes half the time of status.
func switches(dir string) (times uint64) {
	if told, err := os.ReadFile(dir + "/schedstat"); err == nil {
		if f := strings.Fields(string(told)); len(f) == 3 {
			times, _ = strconv.ParseUint(f[2], 10, 64)
		}
	}
	if times > 0 {
		return times
	}
	status, _ := os.ReadFile(dir + "/status")
	for line := range strings.Lines(string(status)) {
		if _, count, ok := strings.Cut(line, "voluntary_ctxt_switches:"); ok { // and nonvoluntary
			n, _ := strconv.ParseUint(strings.TrimSpace(count), 10, 64)
			times += n
		}
	}
	return times
}

// childrenOf lists the children of a process. The kernel has a file for that
// for each thread (CONFIG_PROC_CHILDREN); without, every process has to be
// asked for its parent, which costs a busy machine dearly.
func childrenOf(pid int) (children []int, err error) {
	told := false
	for _, dir := range tasks(pid) {
		list, err := os.ReadFile(dir + "/children")
		if err != nil {
			continue // the thread has ended, or there is no such file
		}
		told = true
		for _, child := range strings.Fields(string(list)) {
			n, _ := strconv.Atoi(child)
			children = append(children, n)
		}
	}
	if told {
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
	for _, task := range tasks(r.PID) {
		if f, err := stat(task + "/stat"); err == nil && (f.state == "R" || f.state == "D") {
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

// ended reports whether it is a zombie, or about to be gone.
func (f fields) ended() bool { return f.state == "Z" || f.state == "X" }

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
