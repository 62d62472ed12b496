package platform

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// LimitDescriptors sets the soft limit of the descriptors that another process of this
// user's can have open.
func LimitDescriptors(pid int, soft uint64) error {
	var limit unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &limit); err != nil {
		return err
	}
	limit.Cur = soft
	return unix.Prlimit(pid, unix.RLIMIT_NOFILE, &limit, nil)
}

// Look looks at another process of this user's. What the system's /proc does not tell is
// an error.
func Look(pid int) (Sight, error) {
	at := filepath.Join("/proc", strconv.Itoa(pid))
	status, err := os.ReadFile(filepath.Join(at, "status"))
	if err != nil {
		return Sight{}, err
	}
	fields := map[string]string{}
	for line := range strings.Lines(string(status)) {
		if name, value, ok := strings.Cut(line, ":"); ok {
			fields[name] = strings.TrimSpace(value)
		}
	}
	s := Sight{Descriptors: map[int]string{}, Umask: fields["Umask"]}
	for name, set := range map[string]*[]string{"SigIgn": &s.Ignored, "SigBlk": &s.Blocked, "SigCgt": &s.Caught} {
		bits, err := strconv.ParseUint(fields[name], 16, 64)
		if err != nil {
			return Sight{}, fmt.Errorf("its status does not tell %s: %w", name, errors.ErrUnsupported)
		}
		*set = SignalSet(bits)
	}
	if s.Dir, err = os.Readlink(filepath.Join(at, "cwd")); err != nil {
		return Sight{}, err
	}
	entries, err := os.ReadDir(filepath.Join(at, "fd"))
	if err != nil {
		return Sight{}, err
	}
	for _, e := range entries {
		n, err := strconv.Atoi(e.Name())
		target, gone := os.Readlink(filepath.Join(at, "fd", e.Name()))
		if err == nil && gone == nil {
			s.Descriptors[n] = target
		}
	}
	below, err := Below(pid)
	for _, r := range below {
		if r.Parent == pid {
			s.Children = append(s.Children, r)
		}
	}
	return s, err
}
