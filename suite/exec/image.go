package exec

import (
	"os"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// cmdline is a child that writes its argument vector, as the kernel keeps it,
// to descriptor 1.
func cmdline() *linux.Script {
	s := &linux.Script{}
	f := s.Must("openat", linux.AT_FDCWD, "/proc/self/cmdline", 0)
	b := s.Buffer(4096)
	n := s.Must("read", f, b, b.Size)
	s.Must("write", 1, b, n)
	return s.Exit(0)
}

var _ = Area("exec", title, func() {
	Behaviour("exec.image.unlinked-runs-on", Should,
		"A process goes on after its image has been removed, and after another file has been renamed over it; the path no "+
			"longer leads to that image.",
		About(Unix), On(System),
		Cite(POSIX("unlink"), POSIX("rename"), LinuxMan("proc_pid_exe(5)")),
		Matters("A program that is upgraded in place goes on as the old version, which can no longer start itself by its "+
			"path."),
		Remedy("On Linux start the running version through /proc/self/exe, and the new version by its path."),
		Remedy("Keep the old file under another path until the last process that runs it has exited."),
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
				t.ObserveError("error of a call after the image was "+how, err).To(Equal("none"))
				_, err = Call(c, agent.Exec, platform.Launch{Path: path})
				t.ObserveError("error of exec by the path after the image was "+how, err).NotTo(Equal("none"))
				c.Exit(3)
				t.Observe("exit status after the image was "+how, c.Wait().String()).To(Equal("exit 3"))
			}
		}))

	Behaviour("exec.image.unreadable", Should,
		"Permission to execute is enough to start a binary; a script must also be readable by its interpreter, which "+
			"otherwise starts and cannot open it.",
		About(Unix), On(System), Needs("permission-bits", "symlink"),
		Cite(LinuxMan("execve(2)"), POSIX("exec")),
		Matters("A script of mode 0111 starts, and then fails inside its interpreter with a message that names neither the "+
			"mode nor the caller."),
		Was("exec.ok.unreadable-binary"),
		Try(func(t *Trial) {
			path := t.CopyOfSelf("copy")
			t.NoError(os.Chmod(path, 0o111))
			t.Observe("exit status of a binary of mode 0111", t.Start(Exit(7), Image(path)).Wait().String()).To(Equal("exit 7"))
			script := t.File("script", "#!"+interpreter(t, "i")+"\n", 0o111)
			c := t.Start(Agent(), Image(script), Args(script))
			_, err := TryAsk(c, agent.Getppid)
			t.ObserveError("error of starting a script of mode 0111", err).To(Equal("none"))
			_, err = os.ReadFile(script)
			t.ObserveError("error of opening that script", err).To(Equal("EACCES"))
		}))

	Behaviour("exec.image.by-descriptor", Must,
		"With AT_EMPTY_PATH and an empty path execveat executes the file that the descriptor refers to (a script only when "+
			"it is not close-on-exec), and fails with EACCES for a directory; without the flag an empty path fails with "+
			"ENOENT.",
		About(Linux), On(Fork), Needs("execveat", "script-image"),
		Cite(LinuxMan("execveat(2)"), LinuxMan("execve(2)"), LinuxMan("path_resolution(7)")),
		Matters("Container runtimes execute programs that have no path: from memory, or by a descriptor that was checked "+
			"before."),
		Was("execveat.empty-path"),
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
			t.Observe("outcome for an image", try(image, linux.AT_EMPTY_PATH)).To(Equal("exit 7"))
			t.Observe("outcome for an image without the flag", try(image, 0)).To(Equal("ENOENT"))
			t.Observe("outcome for a directory", try(t.Dir(), linux.AT_EMPTY_PATH)).To(Equal("EACCES"))
		}))

	Behaviour("exec.image.script-by-descriptor", Must,
		"The interpreter of a script that is executed by descriptor gets the path /dev/fd/N; when the descriptor is "+
			"close-on-exec, the exec fails with ENOENT.",
		About(Linux), On(Fork), Needs("execveat", "script-image", "proc"),
		Cite(LinuxMan("execveat(2)"), LinuxMan("fexecve(3)")),
		Matters("fexecve of a descriptor opened with O_CLOEXEC works for a binary that the kernel loads itself, and fails "+
			"for every script and for what binfmt_misc hands to an interpreter."),
		Remedy("Execute the script by its path, which may name another file by then. Or clear close-on-exec in the child, "+
			"between fork and exec; the descriptor then stays open in the script and in all that it starts."),
		Was("fexecve.script-needs-open-fd"),
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
			t.Observe("outcome by an inheritable descriptor", end).To(Equal("exit 0"))
			t.Observe("arguments of the interpreter", argv).To(Equal(" /dev/fd/3 argument "))
			_, end = try(linux.FD_CLOEXEC)
			t.Observe("outcome by a close-on-exec descriptor", end).To(Equal("ENOENT"))
		}))
})
