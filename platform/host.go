package platform

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"unsafe"
)

// Fact is one probed property of the host, for example kernel.release.
type Fact struct {
	Name  string
	Value string
	// Volatile facts differ from run to run on the same machine; they are shown
	// and never compared.
	Volatile bool
}

// Host probes the machine, in the order in which a reader wants to know it.
// What cannot be found out has the value "unknown: " and the reason. Facts name
// no machine, no user and no private path, since recordings are published.
//
// Host asks /bin/sh on Unix, which costs one short-lived child.
func Host() []Fact {
	var h host
	h.ask("os", func() (string, error) { return runtime.GOOS, nil })
	h.ask("os.name", osName)
	h.ask("implementation", func() (string, error) { return Implementation(), nil })
	h.ask("implementation.marker", func() (string, error) { _, marker := implementation(); return marker, nil })
	h.kernel()
	h.ask("arch", func() (string, error) { return runtime.GOARCH, nil })
	h.ask("arch.translation", translation)
	h.ask("byte.order", byteOrder)
	h.ask("page.size", func() (string, error) { return strconv.Itoa(os.Getpagesize()), nil })
	h.ask("cpus", func() (string, error) { return strconv.Itoa(runtime.NumCPU()), nil })
	h.ask("libc", libc)
	h.ask("go.version", func() (string, error) { return runtime.Version(), nil })
	h.privilege()
	h.surroundings()
	h.limits()
	h.ask("terminal.stdin", func() (string, error) { return terminal(0) })
	h.ask("terminal.stdout", func() (string, error) { return terminal(1) })
	h.ask("terminal.stderr", func() (string, error) { return terminal(2) })
	h.ask("temp.filesystem", func() (string, error) { name, _, err := filesystem(os.TempDir()); return name, err })
	h.ask("temp.flags", func() (string, error) { _, flags, err := filesystem(os.TempDir()); return flags, err })
	h.volatile("temp.path", tempPath)
	h.settings()
	return h.facts
}

// Implementation names what really answers the system calls: Linux, gVisor,
// qemu-user, WSL1, WSL2, Windows, Wine, macOS, FreeBSD, NetBSD, OpenBSD, or
// "emulator NAME" for a user-mode emulator that is not QEMU. It is probed by
// what only that implementation has or does, never read out of a version,
// save for WSL2, which is Linux but for its name.
func Implementation() string {
	name, _ := implementation()
	return name
}

// implementation gives the name and the marker that told.
var implementation = sync.OnceValues(probeImplementation)

// host collects facts.
type host struct{ facts []Fact }

// ask adds a fact. A probe that fails or panics costs its own fact only.
func (h *host) ask(name string, probe func() (string, error)) {
	fact := Fact{Name: name}
	func() {
		defer func() {
			if p := recover(); p != nil {
				fact.Value = fmt.Sprintf("unknown: panic: %v", p)
			}
		}()
		value, err := probe()
		switch {
		case err != nil:
			fact.Value = "unknown: " + ErrorName(err)
		case value == "":
			fact.Value = "unknown: empty"
		default:
			fact.Value = value
		}
	}()
	h.facts = append(h.facts, fact)
}

// volatile adds a fact that the next run need not see.
func (h *host) volatile(name string, probe func() (string, error)) {
	h.ask(name, probe)
	h.facts[len(h.facts)-1].Volatile = true
}

// yes is how a fact says that something is so.
func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

func byteOrder() (string, error) {
	one := uint16(1)
	if binary.LittleEndian.Uint16((*[2]byte)(unsafe.Pointer(&one))[:]) == 1 {
		return "little", nil
	}
	return "big", nil
}

// tempPath names the temporary directory only where it is everybody's: another
// may well have the user's name in it.
func tempPath() (string, error) {
	path := filepath.Clean(os.TempDir())
	switch path {
	case "/tmp", "/var/tmp", "/dev/shm", `C:\Windows\Temp`:
		return path, nil
	}
	return "not a shared one", nil
}

// list joins words, or says none.
func list(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}
