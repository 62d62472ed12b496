package exec

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("exec", title, func() {
	Behaviour("exec.attribute.ids-unchanged", Must,
		"A successful exec keeps the process id, the parent, the process group and the session.",
		About(Unix), On(System),
		Cite(POSIX("exec"), LinuxMan("execve(2)")),
		Matters("A supervisor that watches a process id loses a wrapper which ends in exec."),
		Was("exec.ids.unchanged"),
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

	Behaviour("exec.attribute.comm-and-exe", Must,
		"The kernel's name of a process becomes the first 15 bytes of the last component of the path that was executed, a script's own for a script, whatever the argument vector says; /proc/self/exe is the image itself.",
		About(Linux), On(System), Needs("proc", "symlink"),
		Cite(LinuxMan("execve(2)"), LinuxMan("proc_pid_comm(5)"), LinuxMan("proc_pid_exe(5)")),
		Matters("pgrep, killall and crash reports find a program by this name, not by its first argument."),
		Remedy("Match the whole command line (pgrep -f), or let the program set its name with prctl(PR_SET_NAME)."),
		Was("exec.comm-and-exe"),
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

	Behaviour("exec.attribute.threads-destroyed", Must,
		"An exec from any thread ends all others, and the thread that made it takes over the process id.",
		About(Linux), On(System), Needs("proc", "script-image"),
		Cite(LinuxMan("execve(2)"), POSIX("exec")),
		Matters("A multi-threaded program that replaces itself, such as a server at an upgrade, must not keep threads of the old image."),
		Was("exec.thread.others-destroyed"),
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

	Behaviour("exec.attribute.itimer-preserved", Must,
		"An interval timer that is running at exec runs on in the new image, with the time it had left.",
		About(Linux), On(Fork), Needs("script-image"),
		Cite(POSIX("exec"), LinuxMan("getitimer(2)")),
		Matters("A wrapper that sets alarm() and then executes a program limits that program's time."),
		Was("exec.timer.itimer-preserved"),
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
})
