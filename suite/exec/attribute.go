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
		Matters("A supervisor that watches a process id would otherwise lose the program that a wrapper executes."),
		Was("exec.ids.unchanged"),
		Try(func(t *Trial) {
			// A group that is neither the parent's nor led by the process itself, in a session that it does not lead.
			leader := t.Start(Agent(), NewGroup())
			c := t.Start(Inspect())
			before := c.Snapshot()
			MustCall(c, agent.Setpgid, agent.SetpgidArgs{Group: leader.Pid()})
			t.ObserveError("error of exec", c.Exec(Inspect())).To(Equal("none"))
			after := c.Snapshot()
			t.Observe("same process id", after.PID == before.PID).To(BeTrue())
			t.Observe("same parent", after.PPID == before.PPID).To(BeTrue())
			t.Observe("same process group", after.Group == leader.Pid()).To(BeTrue())
			t.Observe("same session", after.Session == before.Session).To(BeTrue())
		}))

	Behaviour("exec.attribute.comm-and-exe", Must,
		"An exec by a path sets the command name of the process to the first 15 bytes of the name of the executed file, by "+
			"the kernel's source the last component of the path, whatever argument 0 says; /proc/self/exe leads to the image.",
		About(Linux), Needs("proc", "symlink"),
		Cite(LinuxMan("execve(2)"), LinuxMan("proc_pid_comm(5)"), LinuxMan("proc_pid_exe(5)"),
			LinuxExec),
		Matters("pgrep and crash reports find a program by its command name, not by its argument 0; killall, from 15 bytes "+
			"on, may go by argument 0."),
		Remedy("Match the whole command line (pgrep -f), or let the program set its name with prctl(PR_SET_NAME)."),
		Was("exec.comm-and-exe"),
		Try(func(t *Trial) {
			link := interpreter(t, "a-name-of-more-than-15-bytes")
			image, err := filepath.EvalSymlinks(link)
			t.NoError(err)
			r := t.Start(Inspect(), Image(link), Args("another-name")).Snapshot()
			t.Observe("command name", string(r.Command)).To(Equal("a-name-of-more-"))
			t.Observe("same executable as the image", string(r.Executable) == image).To(BeTrue())
		}))

	Behaviour("exec.attribute.comm-of-script", Observed,
		"A process that executes a script has the script's name as its command name, although its executable is the "+
			"interpreter; no manual page says which of the two names it gets.",
		About(Linux), Needs("proc", "symlink"),
		Cite(LinuxMan("proc_pid_comm(5)")),
		Matters("pgrep and killall find a script by its own name, and tools that look at the executable find only the "+
			"interpreter."),
		Try(func(t *Trial) {
			link := interpreter(t, "i")
			image, err := filepath.EvalSymlinks(link)
			t.NoError(err)
			script := t.File("script", "#!"+link+"\n", 0o755)
			r := t.Start(Inspect(), Image(script), Args("another-name")).Snapshot()
			t.Observe("command name", string(r.Command))
			t.Observe("same executable as the interpreter", string(r.Executable) == image)
		}))

	Behaviour("exec.attribute.threads-destroyed", Must,
		"A successful exec ends all other threads of the process, as POSIX asks of every system; on Linux the thread that "+
			"calls exec takes over the process id.",
		About(Linux), On(System), Needs("proc", "script-image"),
		Cite(POSIX("exec"), LinuxMan("execve(2)"), LinuxMan("clone(2)")),
		Matters("A multi-threaded program that replaces itself, such as a server at an upgrade, must not keep threads of "+
			"the old image."),
		Was("exec.thread.others-destroyed"),
		Try(func(t *Trial) {
			var s linux.Script
			id := s.Call("gettid")
			s.Call("getpid")
			s.Must("write", 3, s.Results(id), 16)
			s.Call("read", 0, s.Buffer(1), 1) // until the write end is closed
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
			t.Observe("thread id equal to the process id", binary.NativeEndian.Uint64(report) == uint64(c.Pid())).To(BeTrue())
			t.Observe("same process id", binary.NativeEndian.Uint64(report[8:]) == uint64(c.Pid())).To(BeTrue())
			tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", c.Pid()))
			t.NoError(err)
			t.Observe("threads after exec", len(tasks)).To(Equal(1))
			t.NoError(release.Close())
			t.Observe("exit status of the new image", c.Wait().String()).To(Equal("exit 7"))
		}))

	Behaviour("exec.attribute.itimer-preserved", Must,
		"A timer of setitimer (ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF) that is armed when a process executes an image "+
			"stays armed in the new image, "+withoutDomain+".",
		About(Linux), On(Fork), Needs("script-image"),
		Cite(LinuxMan("getitimer(2)"), LinuxMan("alarm(2)"), SELinuxCommitted),
		Matters("A wrapper that sets alarm() and then executes a program limits that program's time."),
		Was("exec.timer.itimer-preserved"),
		Try(func(t *Trial) {
			timers := []struct {
				name  string
				which int
			}{{"ITIMER_REAL", linux.ITIMER_REAL}, {"ITIMER_VIRTUAL", linux.ITIMER_VIRTUAL}, {"ITIMER_PROF", linux.ITIMER_PROF}}
			const size = 32 // of a struct itimerval: the interval, then the time left, in seconds and microseconds
			var s, after linux.Script
			left := after.Buffer(size * len(timers))
			armed := make([]byte, size)
			binary.NativeEndian.PutUint64(armed[16:], 1000)
			for i, timer := range timers {
				s.Must("setitimer", timer.which, string(armed), 0)
				after.Must("getitimer", timer.which, left.At(i*size))
			}
			after.Must("write", 1, left, left.Size)
			image := t.ScriptImage(after.Exit(0))
			s.Exec(image, []string{image}, nil)
			r, w := t.Pipe()
			c := t.Start(Script(&s), Stdout(w))
			t.NoError(w.Close())
			report, err := t.ReadAll(r)
			t.ObserveError("error of reading the report", err).To(Equal("none"))
			t.Observe("exit status of the new image", c.Wait().String()).To(Equal("exit 0"))
			if len(report) != left.Size {
				t.Fail("the new image reported %d bytes", len(report))
			}
			for i, timer := range timers {
				seconds := binary.NativeEndian.Uint64(report[i*size+16:])
				t.Observe(timer.name+" armed in the new image", seconds > 0 && seconds <= 1000).To(BeTrue())
			}
		}))
})
