//go:build unix

package platform

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
)

func (h *host) kernel() {
	var u unix.Utsname
	err := unix.Uname(&u)
	h.ask("kernel.name", func() (string, error) { return unix.ByteSliceToString(u.Sysname[:]), err })
	h.ask("kernel.release", func() (string, error) { return unix.ByteSliceToString(u.Release[:]), err })
	h.ask("kernel.version", func() (string, error) { return unix.ByteSliceToString(u.Version[:]), err })
	h.ask("kernel.machine", func() (string, error) { return unix.ByteSliceToString(u.Machine[:]), err })
}

func user() (string, error) {
	switch real, effective := os.Getuid(), os.Geteuid(); {
	case real != effective:
		return "set-user-ID", nil
	case effective == 0:
		return "root", nil
	}
	return "not root", nil
}

// session adds what this process is within its session.
func (h *host) session() {
	h.ask("session.leader", func() (string, error) {
		sid, err := posix.Getsid(0)
		return yes(sid == os.Getpid()), err
	})
	h.ask("session.group-leader", func() (string, error) {
		group, err := posix.Getpgid(0)
		return yes(group == os.Getpid()), err
	})
	h.ask("terminal.controlling", func() (string, error) {
		answer, _ := probeControllingTerminal()
		return string(answer), nil
	})
}

// limits adds the resource limits. The soft limit of descriptors is the one
// that a child gets: Go's runtime raises that of this process and takes it back
// in children, so a shell is asked.
func (h *host) limits() {
	shell, shellErr := askShell()
	h.ask("umask", func() (string, error) {
		if shellErr == nil {
			return shell[0], nil
		}
		return umask()
	})
	h.ask("limit.nofile", func() (string, error) {
		l, err := posix.Getrlimit(posix.RLIMIT_NOFILE)
		if err != nil {
			return "", err
		}
		soft := "unknown: " + ErrorName(shellErr)
		if shellErr == nil {
			soft = shell[1]
		}
		return fmt.Sprintf("soft %s, hard %s", soft, amount(l.Hard)), nil
	})
	resources := []resource{{"nproc", unix.RLIMIT_NPROC}, {"stack", unix.RLIMIT_STACK}, {"core", unix.RLIMIT_CORE}}
	for _, r := range append(resources, addressSpace...) {
		h.ask("limit."+r.name, func() (string, error) {
			l, err := posix.Getrlimit(r.number)
			return fmt.Sprintf("soft %s, hard %s", amount(l.Soft), amount(l.Hard)), err
		})
	}
}

// resource is a limit and its number on this system.
type resource struct {
	name   string
	number int
}

// amount shows a limit; x/sys reports none as all ones or, on some systems,
// all ones but for the sign.
func amount(n uint64) string {
	if n >= 1<<63-1 {
		return "unlimited"
	}
	return strconv.FormatUint(n, 10)
}

// askShell gives the umask and the soft limit of descriptors that a child gets.
func askShell() (answers [2]string, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return answers, err
	}
	defer r.Close()
	p, err := forkExec{}.Start(&Launch{Path: "/bin/sh", Args: []string{"sh", "-c", "umask; ulimit -S -n"},
		Env: []string{}, Files: []FD{Closed, FD(w.Fd())}})
	_ = w.Close()
	if err != nil {
		return answers, err
	}
	_ = r.SetReadDeadline(time.Now().Add(childDeadline))
	text, err := io.ReadAll(r)
	if _, waitErr := ended(p); err == nil {
		err = waitErr
	}
	if lines := strings.Fields(string(text)); err == nil && len(lines) == 2 {
		return [2]string{lines[0], lines[1]}, nil
	}
	if err == nil {
		err = fmt.Errorf("sh said %q", text)
	}
	return answers, err
}

// umask lets a child without exec set its mask, which returns the old one, so
// that this process need not: the way where there is no shell. Linux only.
func umask() (string, error) {
	var s linux.Script
	old := s.Call("umask", 0)
	pid, err := s.Fork()
	if err != nil {
		return "", err
	}
	defer s.Release()
	if _, err := ended(Child(pid)); err != nil {
		return "", err
	}
	mask, errno := s.Returned(old)
	if errno != 0 {
		return "", errno
	}
	return fmt.Sprintf("%04o", mask), nil
}

// shellName resolves /bin/sh, which is dash, bash, busybox or another.
func shellName() (string, error) {
	path, err := filepath.EvalSymlinks("/bin/sh")
	if errors.Is(err, os.ErrNotExist) {
		return "none", nil
	}
	return filepath.Base(path), err
}

func devFd() (string, error) {
	answer, detail := probeDevFd()
	if answer == Yes {
		return "every descriptor", nil
	}
	return detail, nil
}

func terminal(fd int) (string, error) {
	_, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
	switch {
	case err == nil:
		return "yes", nil
	case errors.Is(err, syscall.EBADF):
		return "closed", nil
	}
	return "no", nil
}
