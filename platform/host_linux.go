package platform

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// probeImplementation knows what only one implementation has:
// gVisor shows its own memory use in /proc and opens its kernel log, which
// anyone may read there, with a line about itself. QEMU's user mode answers
// /proc/self/exe with the program, as it should, and leaves /proc/thread-self
// to the kernel, which names the emulator. WSL1 has a root file system of its
// own; WSL2 registers an interpreter for Windows programs.
func probeImplementation() (name, marker string) {
	if _, err := os.Stat("/proc/sentry-meminfo"); err == nil {
		return "gVisor", "/proc/sentry-meminfo"
	}
	// The oldest part of a log that is longer comes first in gVisor; Linux would
	// give the newest.
	log := make([]byte, 64)
	if n, err := unix.Klogctl(unix.SYSLOG_ACTION_READ_ALL, log); err == nil && bytes.Contains(log[:n], []byte("Starting gVisor")) {
		return "gVisor", "kernel log"
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	self, selfErr := os.Readlink("/proc/self/exe")
	thread, threadErr := os.Readlink("/proc/thread-self/exe")
	if selfErr == nil && threadErr == nil && self != thread {
		base := filepath.Base(thread)
		if strings.HasPrefix(base, "qemu-") {
			return "qemu-user", "/proc/thread-self/exe is " + base
		}
		return "emulator " + base, "/proc/thread-self/exe"
	}
	if name, _, err := filesystem("/"); err == nil && (name == "wslfs" || name == "lxfs") {
		return "WSL1", "root file system " + name
	}
	for _, path := range []string{"/proc/sys/fs/binfmt_misc/WSLInterop", "/proc/sys/fs/binfmt_misc/WSLInterop-late", "/run/WSL"} {
		if _, err := os.Stat(path); err == nil {
			return "WSL2", path
		}
	}
	// In a container none of these is seen, but the name that Microsoft gives its
	// kernel is.
	var u unix.Utsname
	if unix.Uname(&u) == nil && strings.HasSuffix(unix.ByteSliceToString(u.Release[:]), "microsoft-standard-WSL2") {
		return "WSL2", "kernel release"
	}
	return "Linux", "no marker of another"
}

// osName is the distribution's own name for itself; see os-release(5).
func osName() (string, error) {
	text, err := os.ReadFile("/etc/os-release")
	if errors.Is(err, fs.ErrNotExist) {
		text, err = os.ReadFile("/usr/lib/os-release")
	}
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
			return strings.Trim(v, `"'`), nil
		}
	}
	return "", errors.New("no PRETTY_NAME in os-release")
}

func translation() (string, error) {
	name := Implementation()
	if name == "qemu-user" || strings.HasPrefix(name, "emulator ") {
		return name, nil
	}
	return "none seen", nil
}

// libc is that of the system, as /bin/sh is linked with it, and whether it is in
// this process at all.
func libc() (string, error) {
	loader, err := loaderOf("/bin/sh")
	if errors.Is(err, fs.ErrNotExist) {
		return "none found: no /bin/sh", nil
	}
	if err != nil {
		return "", err
	}
	own := "this binary is static"
	if l, err := loaderOf("/proc/self/exe"); err != nil {
		own = "this binary cannot be read"
	} else if l != "" {
		own = "this binary is linked dynamically"
	}
	if loader == "" {
		return "none found: /bin/sh is static; " + own, nil
	}
	f, err := os.Open(loader)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	const most = 4 << 20 // loaders are a quarter to one megabyte
	image, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return "", err
	}
	name := "unknown, loader " + filepath.Base(loader)
	if _, version, ok := bytes.Cut(image, []byte("stable release version ")); ok {
		name = "glibc " + digits(version)
	} else if bytes.Contains(image, []byte("musl libc")) {
		name = "musl " + muslVersion(image)
	} else if strings.HasPrefix(filepath.Base(loader), "linker") {
		name = "bionic"
	}
	return name + " of the system; " + own, nil
}

// loaderOf is the program interpreter of an ELF file, "" if it needs none.
func loaderOf(path string) (string, error) {
	f, err := elf.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			b, err := io.ReadAll(io.LimitReader(p.Open(), 4096))
			return strings.TrimRight(string(b), "\x00"), err
		}
	}
	return "", nil
}

// digits is the version number that text begins with.
func digits(text []byte) string {
	n := 0
	for n < len(text) && (text[n] == '.' || '0' <= text[n] && text[n] <= '9') {
		n++
	}
	return strings.TrimRight(string(text[:n]), ".")
}

// muslVersion finds the string of three numbers that musl keeps of itself.
func muslVersion(image []byte) string {
	for part := range bytes.SplitSeq(image, []byte{0}) {
		if len(part) >= 5 && len(part) <= 10 && bytes.Count(part, []byte(".")) == 2 && len(digits(part)) == len(part) {
			return string(part)
		}
	}
	return "of unknown version"
}

// status is /proc/thread-self/status by key.
func status() (map[string]string, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	text, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		return nil, err
	}
	m := map[string]string{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		m[key] = strings.TrimSpace(value)
	}
	return m, nil
}

var errNotTold = errors.New("not in /proc/thread-self/status")

func (h *host) privilege() {
	st, statusErr := status()
	field := func(key string, show func(string) (string, error)) func() (string, error) {
		return func() (string, error) {
			if statusErr != nil {
				return "", statusErr
			}
			value, ok := st[key]
			if !ok {
				return "", errNotTold
			}
			return show(value)
		}
	}
	h.ask("user", user)
	h.ask("capabilities.effective", field("CapEff", capabilities))
	h.ask("capabilities.bounding", field("CapBnd", capabilities))
	h.ask("no_new_privs", func() (string, error) {
		on, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
		return yes(on == 1), err
	})
	h.ask("seccomp", field("Seccomp", func(mode string) (string, error) {
		switch mode {
		case "0":
			return "off", nil
		case "1":
			return "strict", nil
		case "2":
			return "filter", nil
		}
		return "mode " + mode, nil
	}))
}

// blockedAtStart is the mask of the first thread before main, when nothing has
// asked for a signal yet. Go's runtime has already unblocked those in unblockedByGo.
var blockedAtStart, blockedAtStartError = func() (mask unix.Sigset_t, err error) {
	err = unix.PthreadSigmask(unix.SIG_BLOCK, nil, &mask)
	return mask, err
}()

// unblockedByGo are the signals that the runtime never leaves blocked; see
// blockableSig in runtime/signal_unix.go.
const unblockedByGo = "SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGTERM, SIGCHLD, SIGURG, SIGPROF and those of faults"

func blockedSignals() (string, error) {
	if blockedAtStartError != nil {
		return "", blockedAtStartError
	}
	const word = int(unsafe.Sizeof(blockedAtStart.Val[0])) * 8
	var blocked []syscall.Signal
	for i := range 64 {
		if uint64(blockedAtStart.Val[i/word])>>(i%word)&1 != 0 {
			blocked = append(blocked, syscall.Signal(i+1))
		}
	}
	return list(signalNames(blocked)) + "; unknown of " + unblockedByGo + ", which Go unblocks", nil
}

// capabilities shows a set with its names; see <linux/capability.h>.
func capabilities(hex string) (string, error) {
	set, err := strconv.ParseUint(hex, 16, 64)
	if err != nil {
		return "", err
	}
	known := strings.Fields("chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable " +
		"net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace " +
		"sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control " +
		"setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore")
	last := len(known) - 1
	if text, err := os.ReadFile("/proc/sys/kernel/cap_last_cap"); err == nil {
		if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && n < 64 {
			last = n
		}
	}
	var have, lack []string
	for i := range last + 1 {
		name := strconv.Itoa(i)
		if i < len(known) {
			name = known[i]
		}
		if set>>i&1 == 1 {
			have = append(have, name)
		} else {
			lack = append(lack, name)
		}
	}
	what := list(have)
	switch {
	case len(lack) == 0:
		what = fmt.Sprintf("all %d", last+1)
	case len(lack) < len(have):
		what = fmt.Sprintf("%d of %d, without %s", len(have), last+1, list(lack))
	}
	return fmt.Sprintf("%#x (%s)", set, what), nil
}

func (h *host) surroundings() {
	h.ask("container", container)
	h.ask("cgroup", func() (string, error) {
		name, _, err := filesystem("/sys/fs/cgroup")
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return "none", nil
		case name == "cgroup2":
			return "v2", nil
		case name == "tmpfs":
			return "v1 or hybrid", nil
		}
		return name, err
	})
	h.ask("pid1", func() (string, error) {
		if os.Getpid() == 1 {
			return "this process", nil
		}
		text, err := os.ReadFile("/proc/1/comm")
		name := strings.TrimSpace(string(text))
		switch name {
		case "systemd", "init", "openrc-init", "runit", "s6-svscan", "tini", "dumb-init", "docker-init", "catatonit", "conmon":
			return name, err // what such a program does with orphans is known
		}
		return "another program", err
	})
	h.ask("signals.blocked", blockedSignals)
	h.volatile("orphans.reaped", orphansReaped)
	h.start()
	h.session()
	h.ask("shell", shellName)
	h.ask("proc", procMount)
	h.ask("dev.fd", devFd)
}

// container names the container manager and the marker that told, as each of
// them documents it; see container_interface of systemd for $container.
func container() (string, error) {
	exists := func(path string) bool { _, err := os.Lstat(path); return err == nil }
	var found []string
	if os.Getenv("KUBERNETES_SERVICE_HOST") != "" {
		found = append(found, "kubernetes ($KUBERNETES_SERVICE_HOST)")
	}
	if exists("/.dockerenv") {
		found = append(found, "docker (/.dockerenv)")
	}
	if exists("/run/.containerenv") {
		found = append(found, "podman (/run/.containerenv)")
	}
	if text, err := os.ReadFile("/run/host/container-manager"); err == nil {
		found = append(found, strings.TrimSpace(string(text))+" (/run/host/container-manager)")
	} else if text, err := os.ReadFile("/run/systemd/container"); err == nil {
		found = append(found, strings.TrimSpace(string(text))+" (/run/systemd/container)")
	} else if name := os.Getenv("container"); name != "" {
		found = append(found, name+" ($container)")
	}
	if len(found) == 0 && exists("/dev/.lxc-boot-id") {
		found = append(found, "lxc (/dev/.lxc-boot-id)")
	}
	if len(found) == 0 {
		return "none seen", nil
	}
	return list(found), nil
}

// procMount reads how /proc is mounted; see proc_pid_mountinfo(5).
func procMount() (string, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if errors.Is(err, fs.ErrNotExist) {
		return "not mounted", nil
	}
	if err != nil {
		return "", err
	}
	state := "mounted, but not in mountinfo"
	for line := range strings.Lines(string(text)) { // the last mount is on top
		before, after, _ := strings.Cut(line, " - ")
		mount, super := strings.Fields(before), strings.Fields(after)
		if len(mount) < 6 || len(super) < 3 || mount[4] != "/proc" {
			continue
		}
		state = "mounted"
		for option := range strings.SplitSeq(mount[5]+","+super[2], ",") {
			if option == "ro" || strings.HasPrefix(option, "hidepid=") || strings.HasPrefix(option, "subset=") {
				state += ", " + option
			}
		}
	}
	return state, nil
}

// filesystem gives the type and the mount flags of what a path lies on.
func filesystem(path string) (name, flags string, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return "", "", err
	}
	switch magic := uint32(st.Type); magic {
	case unix.EXT4_SUPER_MAGIC:
		name = "ext2/3/4"
	case unix.XFS_SUPER_MAGIC:
		name = "xfs"
	case unix.BTRFS_SUPER_MAGIC:
		name = "btrfs"
	case unix.TMPFS_MAGIC:
		name = "tmpfs"
	case unix.RAMFS_MAGIC:
		name = "ramfs"
	case unix.OVERLAYFS_SUPER_MAGIC:
		name = "overlay"
	case unix.V9FS_MAGIC:
		name = "9p"
	case unix.FUSE_SUPER_MAGIC:
		name = "fuse"
	case unix.NFS_SUPER_MAGIC:
		name = "nfs"
	case unix.F2FS_SUPER_MAGIC:
		name = "f2fs"
	case unix.CGROUP2_SUPER_MAGIC:
		name = "cgroup2"
	case 0x2fc12fc1:
		name = "zfs"
	case 0x53464846:
		name = "wslfs"
	default:
		name = fmt.Sprintf("type %#x", magic)
	}
	const valid = 0x20 // ST_VALID: the kernel has filled f_flags in
	if st.Flags&valid == 0 {
		return name, "unknown: statfs gives none", nil
	}
	var set []string
	for _, f := range []struct {
		bit  uint32
		name string
	}{{1, "ro"}, {2, "nosuid"}, {4, "nodev"}, {8, "noexec"}} {
		if uint32(st.Flags)&f.bit != 0 {
			set = append(set, f.name)
		}
	}
	return name, list(set), nil
}

// free is the room below a path that this user may use, in bytes.
func free(path string) (uint64, error) {
	var st unix.Statfs_t
	err := unix.Statfs(path, &st)
	return st.Bavail * uint64(st.Bsize), err
}

// settings adds what an administrator may have turned.
func (h *host) settings() {
	file := func(path, absent string, show func(string) string) func() (string, error) {
		return func() (string, error) {
			text, err := os.ReadFile(path)
			if errors.Is(err, fs.ErrNotExist) && absent != "" {
				return absent, nil
			}
			return show(strings.TrimSpace(string(text))), err
		}
	}
	same := func(v string) string { return v }
	meaning := func(words ...string) func(string) string {
		return func(v string) string {
			if n, err := strconv.Atoi(v); err == nil && n >= 0 && n < len(words) {
				return v + " (" + words[n] + ")"
			}
			return v
		}
	}
	h.ask("pipe.capacity", pipeCapacity)
	h.ask("pipe.max", file("/proc/sys/fs/pipe-max-size", "", same))
	h.ask("pipe.soft-pages", file("/proc/sys/fs/pipe-user-pages-soft", "", same))
	h.ask("vm.overcommit", file("/proc/sys/vm/overcommit_memory", "", meaning("heuristic", "always", "never")))
	h.ask("ptrace.scope", file("/proc/sys/kernel/yama/ptrace_scope", "no Yama", meaning("classic", "descendants", "administrator", "nobody")))
	h.ask("core.pattern", file("/proc/sys/kernel/core_pattern", "", func(v string) string {
		switch {
		case strings.HasPrefix(v, "|"):
			return "pipe to a program"
		case strings.HasPrefix(v, "@"):
			return "socket"
		case strings.HasPrefix(v, "/"):
			return "file in a directory of its own"
		}
		return "file in the working directory"
	}))
	h.ask("binfmt_misc", func() (string, error) {
		entries, err := os.ReadDir("/proc/sys/fs/binfmt_misc")
		if errors.Is(err, fs.ErrNotExist) {
			return "not there", nil
		}
		var names []string
		registrable := false
		for _, e := range entries {
			switch e.Name() {
			case "register":
				registrable = true
			case "status":
			default:
				names = append(names, e.Name())
			}
		}
		if err == nil && !registrable {
			return "not mounted", nil
		}
		return list(names), err
	})
}

func pipeCapacity() (string, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer r.Close()
	defer w.Close()
	n, err := unix.FcntlInt(r.Fd(), unix.F_GETPIPE_SZ, 0)
	return strconv.Itoa(n), err
}
