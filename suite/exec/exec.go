// Package exec is the area of what exec keeps, resets and refuses, and of
// interpreter scripts.
package exec

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("exec", "Executing an image", func() {
	Behaviour("exec.ids.unchanged", Must,
		"A successful exec keeps the process id, the parent, the process group and the session.",
		About(Unix), On(System),
		Cite(POSIX("exec"), LinuxMan("execve(2)")),
		Matters("A supervisor that watches a process id loses a wrapper which ends in exec."),
		Try(func(t *Trial) {
			c := t.Start(Inspect(), NewGroup())
			before := c.Snapshot()
			t.ObserveError("exec", c.Exec(Inspect())).To(Equal("none"))
			after := c.Snapshot()
			t.Observe("same process", after.PID == before.PID).To(BeTrue())
			t.Observe("same parent", after.PPID == before.PPID).To(BeTrue())
			t.Observe("same process group", after.Group == before.Group).To(BeTrue())
			t.Observe("same session", after.Session == before.Session).To(BeTrue())
		}))

	Behaviour("exec.fd.cloexec-only-on-success", Must,
		"Close-on-exec descriptors are closed by an exec that succeeds and left alone by one that fails, after which the process goes on.",
		About(Unix), On(System),
		Cite(POSIX("exec"), LinuxMan("execve(2)")),
		Matters("Launchers report a failed exec through a close-on-exec pipe: closed too early, every failed start looks like a success."),
		Try(func(t *Trial) {
			r, _ := t.Pipe()
			c := t.Start(Agent(), Descriptor(3, r))
			before := Ask(c, agent.Descriptors)
			_, err := Call(c, agent.Exec, platform.Launch{Path: filepath.Join(t.Dir(), "missing")})
			t.ObserveError("exec of a missing image", err).To(Equal("ENOENT"))
			after := Ask(c, agent.Descriptors)
			t.Observe("descriptors are as before the failed exec", slices.Equal(before, after)).To(BeTrue())
			t.ObserveError("exec of an image", c.Exec(Inspect())).To(Equal("none"))
			open := c.Snapshot().Files
			// The descriptor 3 it was given, and its channel, the only socket it opened.
			channel := slices.IndexFunc(before, func(f platform.File) bool { return f.Kind == "socket" && f.CloseOnExec })
			given := slices.IndexFunc(before, func(f platform.File) bool { return f.FD == 3 })
			if channel < 0 || given < 0 {
				t.Fail("the child has no such descriptors")
			}
			t.Observe("a descriptor without the flag is kept", slices.Contains(open, before[given])).To(BeTrue())
			t.Observe("a descriptor with the flag is kept", slices.ContainsFunc(open, func(f platform.File) bool {
				return f.Object == before[channel].Object
			})).To(BeFalse())
		}))

	Behaviour("exec.comm-and-exe", Must,
		"The kernel's name of a process becomes the first 15 bytes of the last component of the path that was executed, a script's own for a script, whatever the argument vector says; /proc/self/exe is the image itself.",
		About(Linux), On(System), Needs("proc", "symlink"),
		Cite(LinuxMan("execve(2)"), LinuxMan("proc_pid_comm(5)"), LinuxMan("proc_pid_exe(5)")),
		Matters("pgrep, killall and crash reports find a program by this name, not by its first argument."),
		Remedy("Match the whole command line (pgrep -f), or let the program set its name with prctl(PR_SET_NAME)."),
		Try(func(t *Trial) {
			link := interpreter(t, "a-name-of-more-than-15-bytes")
			image, err := filepath.EvalSymlinks(link)
			t.NoError(err)
			r := t.Start(Inspect(), Image(link), Args("another-name")).Snapshot()
			t.Observe("name of the process", string(r.Command)).To(Equal("a-name-of-more-"))
			t.Observe("the executable is the image itself", string(r.Executable) == image).To(BeTrue())
			script := t.File("script", "#!"+link+"\n", 0o755)
			r = t.Start(Inspect(), Image(script), Args("another-name")).Snapshot()
			t.Observe("name of a process that runs a script", string(r.Command)).To(Equal("script"))
			t.Observe("its executable is the interpreter", string(r.Executable) == image).To(BeTrue())
		}))

	Behaviour("exec.thread.others-destroyed", Must,
		"An exec from any thread ends all others, and the thread that made it takes over the process id.",
		About(Linux), On(System), Needs("proc", "script-image"),
		Cite(LinuxMan("execve(2)"), POSIX("exec")),
		Matters("A multi-threaded program that replaces itself, such as a server at an upgrade, must not keep threads of the old image."),
		Try(func(t *Trial) {
			var s linux.Script
			id := s.Call("gettid")
			s.Call("getpid")
			s.Must("write", 3, s.Results(id), 16)
			s.Call("read", 0, s.Buffer(1), 1) // until nobody holds the other end
			image := t.ScriptImage(s.Exit(7))
			r, w := t.Pipe()
			hold, release := t.Pipe()
			c := t.Start(Agent(), Stdin(hold), Descriptor(3, w))
			t.NoError(w.Close())
			t.NoError(Send(c, agent.ExecElsewhere, platform.Launch{Path: image, Args: []string{image}}))
			report := make([]byte, 16)
			if _, err := io.ReadFull(r, report); err != nil {
				t.Fail("the new image did not report: %v", err)
			}
			t.Observe("the thread has the process id", binary.NativeEndian.Uint64(report) == uint64(c.Pid())).To(BeTrue())
			t.Observe("the process keeps its id", binary.NativeEndian.Uint64(report[8:]) == uint64(c.Pid())).To(BeTrue())
			tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", c.Pid()))
			t.NoError(err)
			t.Observe("threads after exec", len(tasks)).To(Equal(1))
			t.NoError(release.Close())
			t.Observe("the new image ends", c.Wait().String()).To(Equal("exit 7"))
		}))

	Behaviour("exec.timer.itimer-preserved", Must,
		"An interval timer that is running at exec runs on in the new image, with the time it had left.",
		About(Linux), On(Fork), Needs("script-image"),
		Cite(POSIX("exec"), LinuxMan("getitimer(2)")),
		Matters("A wrapper that sets alarm() and then executes a program limits that program's time."),
		Try(func(t *Trial) {
			var after linux.Script
			left := after.Buffer(32)
			after.Must("getitimer", 0, left)
			after.Must("write", 1, left, left.Size)
			image := t.ScriptImage(after.Exit(0))
			r, w := t.Pipe()
			// struct itimerval: no interval, the first expiry in 1000 s.
			timer := make([]byte, 32)
			binary.NativeEndian.PutUint64(timer[16:], 1000)
			var s linux.Script
			s.Must("setitimer", 0, string(timer), 0)
			s.Exec(image, []string{image}, nil)
			c := t.Start(Script(&s), Stdout(w))
			t.NoError(w.Close())
			report, err := t.ReadAll(r)
			t.ObserveError("report of the new image", err).To(Equal("none"))
			t.Observe("it ends", c.Wait().String()).To(Equal("exit 0"))
			if len(report) != 32 {
				t.Fail("the new image reported %d bytes", len(report))
			}
			seconds := binary.NativeEndian.Uint64(report[16:])
			t.Observe("the timer runs on", seconds > 0 && seconds <= 1000).To(BeTrue())
			t.Measure("time left of 1000 s", float64(seconds), "s")
		}))

	Behaviour("exec.image.unlinked-runs-on", Should,
		"A process runs on after its image has been removed, and after another file has been renamed over it.",
		About(Unix), On(System),
		Cite(POSIX("unlink"), POSIX("rename"), LinuxMan("proc_pid_exe(5)")),
		Matters("A program upgraded in place goes on as the old one, but can no longer start itself by the path it came from."),
		Remedy("Start oneself through /proc/self/exe, or keep the old file until the last process is gone."),
		Seen("openai/codex#19132", "gravitational/teleport#11283"),
		Try(func(t *Trial) {
			for _, how := range []string{"removed", "renamed over"} {
				path := t.CopyOfSelf(strings.ReplaceAll(how, " ", "-"))
				c := t.Start(Agent(), Image(path))
				Ask(c, agent.Getppid)
				if how == "removed" {
					t.NoError(os.Remove(path))
				} else {
					t.NoError(os.Rename(t.File("other", "other", 0o755), path))
				}
				_, err := TryAsk(c, agent.Descriptors)
				t.ObserveError("it obeys after its image was "+how, err).To(Equal("none"))
				_, err = Call(c, agent.Exec, platform.Launch{Path: path})
				t.ObserveError("executing the path again after it was "+how, err).NotTo(Equal("none"))
				c.Exit(3)
				t.Observe("its end after it was "+how, c.Wait().String()).To(Equal("exit 3"))
			}
		}))

	Behaviour("exec.ok.unreadable-binary", Should,
		"Permission to execute is enough for a binary; a script also has to be readable, by its interpreter.",
		About(Unix), On(System), Needs("not-root", "symlink"),
		Cite(LinuxMan("execve(2)"), POSIX("exec")),
		Matters("A script of mode 0111 starts, and then fails inside its interpreter with a message that names neither the mode nor the caller."),
		Try(func(t *Trial) {
			path := t.CopyOfSelf("copy")
			t.NoError(os.Chmod(path, 0o111))
			t.Observe("a binary of mode 0111", t.Start(Exit(7), Image(path)).Wait().String()).To(Equal("exit 7"))
			script := t.File("script", "#!"+interpreter(t, "i")+"\n", 0o111)
			c := t.Start(Agent(), Image(script), Args(script))
			_, err := TryAsk(c, agent.Getppid)
			t.ObserveError("the interpreter of a script of mode 0111 starts", err).To(Equal("none"))
			_, err = os.ReadFile(script)
			t.ObserveError("reading the script", err).To(Equal("EACCES"))
		}))

	Behaviour("execveat.empty-path", Must,
		"With AT_EMPTY_PATH execveat executes the file behind the descriptor; without it an empty path is ENOENT; a directory is EACCES.",
		About(Linux), On(Fork), Needs("execveat", "script-image"),
		Cite(LinuxMan("execveat(2)")),
		Matters("Container runtimes execute programs that no path leads to, from memory or from a descriptor that was checked before."),
		Try(func(t *Trial) {
			image := t.ScriptImage(new(linux.Script).Exit(7))
			try := func(path string, flags int) string {
				f, err := os.Open(path)
				t.NoError(err)
				defer f.Close()
				var s linux.Script
				s.ExecAt(3, "", []string{"name"}, nil, flags)
				c := t.Start(Script(&s), Descriptor(3, f))
				if end := c.Wait().String(); end != "exit 127" {
					return end
				}
				return platform.ErrorName(s.Failure())
			}
			t.Observe("an image", try(image, linux.AT_EMPTY_PATH)).To(Equal("exit 7"))
			t.Observe("an image, without the flag", try(image, 0)).To(Equal("ENOENT"))
			t.Observe("a directory", try(t.Dir(), linux.AT_EMPTY_PATH)).To(Equal("EACCES"))
		}))

	Behaviour("fexecve.script-needs-open-fd", Must,
		"A script that is executed by descriptor is named /dev/fd/N to its interpreter; when that descriptor is close-on-exec, the exec fails with ENOENT.",
		About(Linux), On(Fork), Needs("execveat", "script-image"),
		Cite(LinuxMan("execveat(2)"), LinuxMan("fexecve(3)")),
		Matters("fexecve of a descriptor opened with O_CLOEXEC works for every binary and fails for every script."),
		Remedy("Clear close-on-exec on the descriptor before executing a script by it."),
		Try(func(t *Trial) {
			image := t.ScriptImage(cmdline())
			script, err := os.Open(t.File("script", "#!"+image+"\n", 0o755))
			t.NoError(err)
			defer script.Close()
			try := func(flag int) (argv string, end string) {
				r, w := t.Pipe()
				var s linux.Script
				s.Must("fcntl", 3, linux.F_SETFD, flag)
				s.ExecAt(3, "", []string{"dropped", "argument"}, nil, linux.AT_EMPTY_PATH)
				c := t.Start(Script(&s), Stdout(w), Descriptor(3, script))
				t.NoError(w.Close())
				report, err := t.ReadAll(r)
				t.NoError(err)
				if end = c.Wait().String(); end == "exit 127" {
					end = platform.ErrorName(s.Failure())
				}
				return strings.ReplaceAll(strings.TrimPrefix(string(report), image), "\x00", " "), end
			}
			argv, end := try(0)
			t.Observe("an open descriptor", end).To(Equal("exit 0"))
			t.Observe("arguments of the interpreter", argv).To(Equal(" /dev/fd/3 argument "))
			_, end = try(linux.FD_CLOEXEC)
			t.Observe("a close-on-exec descriptor", end).To(Equal("ENOENT"))
		}))
})

// cmdline is a child that writes its argument vector, as the kernel keeps it,
// to descriptor 1.
func cmdline() *linux.Script {
	const atFDCWD = -100
	s := &linux.Script{}
	f := s.Must("openat", atFDCWD, "/proc/self/cmdline", 0)
	b := s.Buffer(4096)
	n := s.Must("read", f, b, b.Size)
	s.Must("write", 1, b, n)
	return s.Exit(0)
}

// interpreter makes a short path of the trial's own that leads to this binary.
func interpreter(t *Trial, name string) string {
	path := filepath.Join(t.Dir(), name)
	t.NoError(os.Symlink(t.Self(), path))
	return path
}
