//go:build unix && !linux

package platform

import (
	"golang.org/x/sys/unix"

	"github.com/spawnspec/spawnspec/platform/posix"
)

func probes() map[string]func() (Answer, string) {
	m := posixProbes()
	m["waitid"] = func() (Answer, string) {
		p, err := forkExec{}.Start(&Launch{Path: "/bin/sh", Args: []string{"sh", "-c", "exit 7"}, Env: []string{}})
		if err != nil {
			return Broke, "exec: " + ErrorName(err)
		}
		return waited(p.Pid(), posix.P_PID, p.Pid())
	}
	return m
}

func probeCore() (Answer, string) {
	l, err := posix.Getrlimit(posix.RLIMIT_CORE)
	switch {
	case err != nil:
		return Broke, "getrlimit: " + ErrorName(err)
	case l.Hard == 0:
		return No, "the hard limit of core files is 0"
	}
	// Where the name is unknown there is no such switch.
	if on, err := unix.SysctlUint32("kern.coredump"); err == nil && on == 0 {
		return No, "kern.coredump is 0"
	}
	return Yes, ""
}
