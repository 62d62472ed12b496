//go:build unix && !linux

package platform

import (
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

func probeImplementation() (name, marker string) {
	name, err := unix.Sysctl("kern.ostype")
	if err != nil {
		return runtime.GOOS, "built for it"
	}
	if name == "Darwin" {
		name = "macOS"
	}
	return name, "kern.ostype"
}

func osName() (string, error) {
	if runtime.GOOS == "darwin" {
		version, err := unix.Sysctl("kern.osproductversion")
		return "macOS " + version, err
	}
	return unix.Sysctl("kern.ostype")
}

// translation asks whether Rosetta runs this process; machines that know
// nothing of Rosetta do not know the name either.
func translation() (string, error) {
	if runtime.GOOS != "darwin" {
		return "none seen", nil
	}
	on, err := unix.SysctlUint32("sysctl.proc_translated")
	switch {
	case err == syscall.ENOENT:
		return "none", nil
	case on == 1:
		return "Rosetta", err
	}
	return "none", err
}

func libc() (string, error) {
	if runtime.GOOS == "darwin" || runtime.GOOS == "openbsd" {
		return "the system's own, in this process too", nil
	}
	return "the system's own; this binary needs none without cgo", nil
}

func (h *host) privilege() { h.ask("user", user) }

func (h *host) surroundings() {
	h.ask("container", container)
	h.ask("pid1", func() (string, error) {
		if os.Getpid() == 1 {
			return "this process", nil
		}
		return "another process", nil
	})
	h.volatile("orphans.reaped", orphansReaped)
	h.start()
	h.session()
	h.ask("shell", shellName)
	h.ask("dev.fd", devFd)
}

func container() (string, error) {
	if runtime.GOOS != "freebsd" {
		return "none: " + runtime.GOOS + " has no jails", nil
	}
	in, err := unix.SysctlUint32("security.jail.jailed")
	if in == 1 {
		return "jail (security.jail.jailed)", err
	}
	return "none seen", err
}

func (h *host) settings() {}

// mountFlags names the bits of a mount that matter to a program in it.
func mountFlags(set uint64) string {
	var names []string
	for _, f := range []struct {
		bit  uint64
		name string
	}{{unix.MNT_RDONLY, "ro"}, {unix.MNT_NOSUID, "nosuid"}, {unix.MNT_NOEXEC, "noexec"}} {
		if set&f.bit != 0 {
			names = append(names, f.name)
		}
	}
	return list(names)
}
