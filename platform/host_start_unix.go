//go:build unix

package platform

import (
	"fmt"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/spawnspec/spawnspec/platform/posix"
)

// What this process was started with is looked at before main: afterwards
// signal.Notify changes the mask, and every package may open files.
//
// It cannot be looked at before Go's runtime, save by a program whose ELF entry
// is its own (go build -ldflags -E), which `go run` and `go install` do not
// make. So what the runtime has replaced by then is unknown, and the facts say so:
// it installs handlers for every signal but SIGHUP and SIGINT, which it leaves
// ignored for nohup and for background jobs, and it unblocks some signals.
var (
	ignoredAtStart = slices.DeleteFunc([]syscall.Signal{syscall.SIGHUP, syscall.SIGINT},
		func(s syscall.Signal) bool { return !signal.Ignored(s) })
	openAtStart = inheritedDescriptors()
)

func (h *host) start() {
	h.ask("signals.ignored", func() (string, error) {
		return list(signalNames(ignoredAtStart)) + " of SIGHUP and SIGINT; unknown of the others, which Go handles", nil
	})
	h.ask("descriptors.inherited", func() (string, error) {
		kinds := make([]string, len(openAtStart))
		for i, fd := range openAtStart {
			kinds[i] = strconv.Itoa(fd) + " " + kindOf(fd)
		}
		return list(kinds), nil
	})
}

func signalNames(signals []syscall.Signal) []string {
	names := make([]string, len(signals))
	for i, s := range signals {
		if names[i] = posix.SignalName(int(s)); names[i] == "" {
			names[i] = strconv.Itoa(int(s))
		}
	}
	return names
}

// inheritedDescriptors are those above the standard streams that are open, up to
// 255, where a shell keeps its script.
func inheritedDescriptors() (open []int) {
	for fd := 3; fd <= 255; fd++ {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil {
			open = append(open, fd)
		}
	}
	return open
}

// kindOf names what a descriptor refers to, and no path.
func kindOf(fd int) string {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return "unknown: " + ErrorName(err)
	}
	switch kind := uint32(st.Mode) & unix.S_IFMT; kind {
	case unix.S_IFREG:
		return "file"
	case unix.S_IFDIR:
		return "directory"
	case unix.S_IFIFO:
		return "pipe"
	case unix.S_IFSOCK:
		return "socket"
	case unix.S_IFCHR:
		return "character device"
	case unix.S_IFBLK:
		return "block device"
	default:
		return strings.TrimSpace(fmt.Sprintf("kind %#o", kind)) // an event or timer descriptor of Linux has none
	}
}
