package platform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Answer of a feature probe.
type Answer string

// Answers.
const (
	Yes   Answer = "yes"
	No    Answer = "no"
	Broke Answer = "broke" // the probe itself failed
)

// Feature is something that a host can or cannot do, found out by trying. The
// zero value is no feature; take them from Features or LookupFeature.
type Feature struct {
	// Name is what behaviours require, in lower case, for example "pidfd-waitid".
	Name string
	// Question is what the probe answers, in one sentence.
	Question string

	probe func() (Answer, string)
}

// Probe tries the feature, once for the whole process, and gives its answer
// with the reason: never empty unless the answer is a plain yes. A probe leaves
// the process as it found it.
func (f Feature) Probe() (answer Answer, detail string) { return f.probe() }

// Features is the closed list of all features, each known on every system.
func Features() []Feature { return features() }

// LookupFeature finds a feature by its name.
func LookupFeature(name string) (Feature, bool) {
	for _, f := range features() {
		if f.Name == name {
			return f, true
		}
	}
	return Feature{}, false
}

// features is made when first asked for: a child that asks for none pays nothing.
// probes() holds those that are about this system; the answer to the others is no.
var features = sync.OnceValue(func() []Feature {
	probes := probes()
	probes["null-device"] = func() (Answer, string) { return isNull(os.DevNull) }
	list := []Feature{
		{"proc", "Is a /proc mounted in which this process is?", nil},
		{"dev-fd", "Does /dev/fd show every open descriptor?", nil},
		{"null-device", "Can the null device be opened, and does it read as empty and take what is written?", nil},
		{"shell", "Does /bin/sh start?", nil},
		{"temp-exec", "Can a program in the temporary directory be executed?", nil},
		{"symlink", "Can symbolic links be made in the temporary directory, and are they followed?", nil},
		{"fifo", "Can a FIFO be made in the temporary directory?", nil},
		{"unix-socket", "Can a Unix-domain socket in the temporary directory be listened on and dialled?", nil},
		{"controlling-terminal", "Is there a controlling terminal?", nil},
		{"root", "Is this root, or elevated on Windows?", nil},
		{"permission-bits", "Do the permission bits of a file keep this process out?", nil},
		{"fork", "Can a child be forked that makes system calls without an exec?", nil},
		{"vfork", "Can a child be started that shares this memory until it ends or executes?", nil},
		{"script-image", "Can a few system calls be written out as a program, and does it run?", nil},
		{"clone3", "Is there clone3(2)?", nil},
		{"execveat", "Is there execveat(2)?", nil},
		{"close_range", "Is there close_range(2)?", nil},
		{"close_range-cloexec", "Can close_range(2) mark descriptors close-on-exec (CLOSE_RANGE_CLOEXEC)?", nil},
		{"faccessat2", "Is there faccessat2(2)?", nil},
		{"prctl", "May a process ask and change what prctl(2) is for, such as whether it leaves a core?", nil},
		{"waitid", "Does waitid(2) report the end of a child?", nil},
		{"pidfd_open", "Can a process be held by a descriptor?", nil},
		{"pidfd-waitid", "Does waitid(2) take such a descriptor?", nil},
		{"subreaper", "Can a process adopt the orphans below it (PR_SET_CHILD_SUBREAPER)?", nil},
		{"pid-namespace", "Can this user start a process 1 in a namespace of its own, which cannot kill itself?", nil},
		{"userns", "Can this user start a child in user and process id namespaces of its own?", nil},
		{"setrlimit", "May a process set its own resource limits?", nil},
		{"core-dumps-to-file", "Does a crash write a core file?", nil},
		{"job-objects", "Can job objects be made?", nil},
		{"job-nested", "Can a process be in two jobs, one within the other?", nil},
		{"named-pipes", "Can a named pipe be listened on and dialled?", nil},
		{"console", "Is there a console?", nil},
	}
	for i, f := range list {
		if f.probe = probes[f.Name]; f.probe == nil {
			f.probe = func() (Answer, string) { return No, "this is " + runtime.GOOS }
		}
		list[i].probe = sync.OnceValues(func() (Answer, string) { return bounded(f.probe) })
	}
	return list
})

// probeDeadline is far above what any probe needs, a few milliseconds.
const probeDeadline = 10 * time.Second

// bounded turns a probe that panics or hangs into one that broke.
func bounded(probe func() (Answer, string)) (Answer, string) {
	type result struct {
		answer Answer
		detail string
	}
	done := make(chan result, 1)
	go func() {
		r := result{Broke, "the probe ended its goroutine"}
		defer func() {
			if p := recover(); p != nil {
				r = result{Broke, fmt.Sprintf("panic: %v", p)}
			}
			done <- r
		}()
		r.answer, r.detail = probe()
	}()
	select {
	case r := <-done:
		return r.answer, r.detail
	case <-time.After(probeDeadline):
		return Broke, fmt.Sprintf("no answer within %v", probeDeadline)
	}
}

// childDeadline ends a child of a probe; each lives for a millisecond or two.
const childDeadline = 5 * time.Second

// ended waits for a child of a probe, and ends one that does not end.
func ended(p Process) (Status, error) {
	ctx, cancel := context.WithTimeout(context.Background(), childDeadline)
	defer cancel()
	status, err := p.Wait(ctx)
	if errors.Is(err, ErrHang) {
		_ = p.Kill()
		_, _ = p.Wait(context.Background())
	}
	return status, err
}

// isNull asks whether a path works as the null device.
func isNull(path string) (Answer, string) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return tried("open", err, fs.ErrNotExist, syscall.ENXIO)
	}
	defer f.Close()
	if _, err := f.WriteString("x"); err != nil {
		return No, "write: " + ErrorName(err)
	}
	// What is a plain file by this name would give back what was written.
	if _, err := f.Seek(0, io.SeekStart); err == nil {
		if n, err := f.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			return No, "it is a file that keeps what is written"
		}
	}
	return Yes, ""
}

// tried is the answer of a probe that is a single attempt: yes if it went well,
// no if the system does not have it or does not permit it, or gave one of the
// further errors that mean no.
func tried(what string, err error, no ...error) (Answer, string) {
	if err == nil {
		return Yes, ""
	}
	detail := what + ": " + ErrorName(err)
	for _, e := range append(no, errors.ErrUnsupported, fs.ErrPermission) {
		if errors.Is(err, e) {
			return No, detail
		}
	}
	return Broke, detail
}

// ProbeDir is where probes make their own directories; the system's temporary
// directory if it is empty.
var ProbeDir string

// inTemp hands a probe an empty directory below the temporary one.
func inTemp(probe func(dir string) (Answer, string)) func() (Answer, string) {
	return func() (Answer, string) {
		dir, err := os.MkdirTemp(ProbeDir, "spawnspec-probe-")
		if err != nil {
			return Broke, "temporary directory: " + ErrorName(err)
		}
		defer func() { _ = RemoveAll(dir) }()
		if err := os.Chmod(dir, 0o700); err != nil { // whatever the umask is
			return Broke, "temporary directory: " + ErrorName(err)
		}
		return probe(dir)
	}
}

func probeSymlink(dir string) (Answer, string) {
	// Without developer mode Windows gives this to administrators only.
	const privilegeNotHeld = syscall.Errno(1314)
	link := filepath.Join(dir, "link")
	if err := os.Symlink(".", link); err != nil {
		return tried("symlink", err, privilegeNotHeld)
	}
	if _, err := os.Stat(link); err != nil { // mount(8): nosymfollow
		return No, "a link is not followed: " + ErrorName(err)
	}
	return Yes, ""
}

// probeListener tries the way in which children report.
func probeListener(dir string) (Answer, string) {
	l, err := Listen(dir)
	if err != nil {
		return tried("listen", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			f, err := l.Accept()
			if err != nil {
				return
			}
			_ = f.Close()
		}
	}()
	f, err := Dial(l.Address())
	if err == nil {
		_ = f.Close()
	}
	if closeErr := l.Close(); closeErr != nil {
		return Broke, "close: " + ErrorName(closeErr)
	}
	<-done
	return tried("dial", err)
}
