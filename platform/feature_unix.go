//go:build unix

package platform

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
)

// posixProbes are those of every Unix.
func posixProbes() map[string]func() (Answer, string) {
	return map[string]func() (Answer, string){
		"proc":   probeProc,
		"dev-fd": probeDevFd,
		"shell":  probeShell,
		"temp-exec": inTemp(func(dir string) (Answer, string) {
			return runFile(filepath.Join(dir, "program"))
		}),
		"symlink":     inTemp(probeSymlink),
		"unix-socket": inTemp(probeListener),
		"fifo": inTemp(func(dir string) (Answer, string) {
			return tried("mkfifo", posix.Mkfifo(filepath.Join(dir, "fifo"), 0o600))
		}),
		"controlling-terminal": probeControllingTerminal,
		"root": func() (Answer, string) {
			if os.Geteuid() == 0 {
				return Yes, ""
			}
			return No, "the effective user id is not 0"
		},
		"permission-bits": inTemp(probePermissionBits),
		"setrlimit": func() (Answer, string) {
			limits, err := posix.Getrlimit(posix.RLIMIT_CORE)
			if err != nil {
				return tried("getrlimit", err)
			}
			return tried("setrlimit", posix.Setrlimit(posix.RLIMIT_CORE, limits)) // to what they are
		},
		"core-dumps-to-file": probeCore,
	}
}

func probeProc() (Answer, string) {
	// A /proc of another process id namespace may be mounted here.
	target, err := os.Readlink("/proc/self")
	if errors.Is(err, fs.ErrNotExist) {
		target, err = os.Readlink("/proc/curproc") // the BSDs
	}
	if err != nil {
		return tried("/proc/self", err, fs.ErrNotExist)
	}
	if target != strconv.Itoa(os.Getpid()) && target != "curproc" {
		return No, "/proc/self is another process: /proc belongs to another namespace"
	}
	return Yes, ""
}

// probePermissionBits looks for a file in a directory of mode 0. Root finds
// it, and so does every process with CAP_DAC_OVERRIDE or CAP_DAC_READ_SEARCH.
func probePermissionBits(dir string) (Answer, string) {
	closed := filepath.Join(dir, "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		return Broke, "mkdir: " + ErrorName(err)
	}
	if err := os.WriteFile(filepath.Join(closed, "file"), nil, 0o600); err != nil {
		return Broke, "write: " + ErrorName(err)
	}
	if err := os.Chmod(closed, 0); err != nil {
		return Broke, "chmod: " + ErrorName(err)
	}
	_, err := os.Stat(filepath.Join(closed, "file"))
	if err := os.Chmod(closed, 0o700); err != nil { // so that it can be removed
		return Broke, "chmod: " + ErrorName(err)
	}
	switch {
	case err == nil:
		return No, "a directory of mode 0 is searched all the same"
	case errors.Is(err, syscall.EACCES):
		return Yes, ""
	}
	return Broke, "stat: " + ErrorName(err)
}

func probeDevFd() (Answer, string) {
	r, w, err := os.Pipe()
	if err != nil {
		return Broke, "pipe: " + ErrorName(err)
	}
	defer r.Close()
	defer w.Close()
	// 0 to 2 are there even where no file system is mounted for the rest.
	if _, err := os.Stat(fmt.Sprintf("/dev/fd/%d", r.Fd())); err == nil {
		return Yes, ""
	}
	if _, err := os.Stat("/dev/fd"); err != nil {
		return No, "no /dev/fd"
	}
	return No, "0 to 2 at most"
}

func probeShell() (Answer, string) {
	return exits7(&Launch{Path: "/bin/sh", Args: []string{"sh", "-c", "exit 7"}, Env: []string{}})
}

// exits7 starts a program that leaves with exit code 7, a number that no
// failure happens to have.
func exits7(l *Launch) (Answer, string) {
	p, err := forkExec{}.Start(l)
	if err != nil {
		return tried("exec", err, fs.ErrNotExist, syscall.ENOEXEC)
	}
	return ended7(p)
}

func ended7(p Process) (Answer, string) {
	status, err := ended(p)
	switch {
	case err != nil:
		return Broke, "wait: " + ErrorName(err)
	case !status.Exited || status.Code != 7:
		return No, "it ended with " + status.String()
	}
	return Yes, ""
}

// waited takes the exit of a child, with 7, from waitid, and reaps the child in any case.
func waited(pid, kind, id int) (Answer, string) {
	state, err := posix.Waitid(kind, id, posix.WEXITED)
	if err != nil {
		_, _ = ended(Child(pid))
		return tried("waitid", err, syscall.EINVAL)
	}
	if state != (posix.State{PID: pid, Code: "CLD_EXITED", Status: 7}) {
		return No, "waitid reports something else than CLD_EXITED 7"
	}
	return Yes, ""
}

// runFile writes a program to path and executes it: an image where this
// architecture has them, otherwise a shell script.
func runFile(path string) (Answer, string) {
	program := []byte("#!/bin/sh\nexit 7\n")
	if image, err := new(linux.Script).Exit(7).Image(); err == nil {
		program = image
	}
	if err := WriteExecutable(path, program); err != nil {
		return Broke, "write: " + ErrorName(err)
	}
	return exits7(&Launch{Path: path, Args: []string{path}, Env: []string{}})
}

func probeControllingTerminal() (Answer, string) {
	f, err := os.OpenFile("/dev/tty", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err == nil {
		_ = f.Close()
	}
	return tried("/dev/tty", err, syscall.ENXIO, fs.ErrNotExist)
}

// orphansReaped reports whether the process that adopts an orphan of ours reaps it. It
// makes one, a subshell that reads a pipe of ours, and ends it by closing the
// pipe. An adopter that only looks now and then may be lucky, so the fact is
// volatile.
func orphansReaped() (string, error) {
	stdin, hold, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer hold.Close()
	out, stdout, err := os.Pipe()
	if err != nil {
		_ = stdin.Close()
		return "", err
	}
	defer out.Close()
	p, err := forkExec{}.Start(&Launch{Path: "/bin/sh", Env: []string{}, Files: []FD{FD(stdin.Fd()), FD(stdout.Fd())},
		Args: []string{"sh", "-c", "exec 3<&0; (read x <&3) >&- & echo $!"}})
	_, _ = stdin.Close(), stdout.Close()
	if err != nil {
		return "", err
	}
	_ = out.SetReadDeadline(time.Now().Add(childDeadline))
	line, readErr := bufio.NewReader(out).ReadString('\n')
	if _, err := ended(p); err != nil || readErr != nil {
		return "", errors.Join(err, readErr)
	}
	orphan, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || orphan <= 1 {
		return "", fmt.Errorf("/bin/sh said %q", line)
	}
	_ = hold.Close()
	const patience = 60 * time.Millisecond
	for start := time.Now(); time.Since(start) < patience; time.Sleep(200 * time.Microsecond) { //nolint:forbidigo // who reaps it does not tell us
		if pid, _, err := posix.Wait4(orphan, posix.WNOHANG); err == nil && pid == orphan {
			return "they come to this process", nil
		}
		if errors.Is(posix.Kill(orphan, 0), syscall.ESRCH) {
			return "at once", nil
		}
	}
	return fmt.Sprintf("not within %v", patience), nil
}
