package fork

import (
	"fmt"
	"os"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/linux"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

func octal(mode int64) string { return fmt.Sprintf("%03o", mode) }

var _ = Area("fork", title, func() {
	Behaviour("fork.process.two-returns", Must,
		"A fork returns twice: 0 in the child and the id of the child, which is greater than 0, in the parent.",
		On(Fork), Cite(POSIX("fork"), LinuxMan("fork(2)")),
		Matters("Whoever takes the parent's side for the child's waits for a process that is not there, or runs the program twice."),
		Was("fork.return.two-values"),
		Try(func(t *Trial) {
			var s linux.Script
			own := s.Call("getpid")
			c := play(t, &s)
			id, _ := s.Returned(own)
			t.Observe("the parent's value is above 0", c.Pid() > 0).To(BeTrue())
			t.Observe("it is the child's own id", int(id) == c.Pid()).To(BeTrue())
			t.Observe("it is not the parent's", c.Pid() != os.Getpid()).To(BeTrue())
		}))

	Behaviour("fork.process.ppid", Must,
		"The parent of a new child is the process that made it, for as long as that one lives.",
		About(Unix), On(Every...), Cite(POSIX("fork"), POSIX("getppid")),
		Matters("A launcher that puts a process of its own in between takes signals, waiting and the parent-death signal away from the caller."),
		Was("fork.ppid.is-caller"),
		Try(func(t *Trial) {
			parent := 0
			if t.Launcher() == Fork {
				var s linux.Script
				call := s.Call("getppid")
				play(t, &s)
				id, _ := s.Returned(call)
				parent = int(id)
			} else {
				parent = t.Start(Inspect()).Snapshot().PPID
			}
			t.Observe("getppid in the child is the caller", parent == os.Getpid()).To(BeTrue())
		}))

	Behaviour("fork.process.directory-independent", Must,
		"A child starts in the working directory of its parent, and moving to another one moves nobody else.",
		On(Fork), Cite(POSIX("fork"), POSIX("chdir")),
		Matters("A tool that changes directory for one command must not find itself there afterwards."),
		Was("fork.cwd-root.inherited-independent"),
		Try(func(t *Trial) {
			here, err := os.Getwd()
			t.NoError(err)
			var s linux.Script
			before, after := s.Buffer(4096), s.Buffer(4096)
			s.Must("getcwd", before, before.Size)
			s.Must("chdir", t.Dir())
			s.Must("getcwd", after, after.Size)
			play(t, &s)
			t.Observe("the child starts where the parent is", text(s.Bytes(before)) == here).To(BeTrue())
			t.Observe("the child has moved", text(s.Bytes(after)) == t.Dir()).To(BeTrue())
			still, err := os.Getwd()
			t.NoError(err)
			t.Observe("the parent has not", still == here).To(BeTrue())
		}))

	Behaviour("fork.process.umask-independent", Must,
		"A child starts with the file mode creation mask of its parent, and changing it changes it for nobody else.",
		About(Unix), On(System), Needs("fork"), Cite(POSIX("fork"), POSIX("umask")),
		Matters("Files appear with the permissions of whoever set the mask last, secrets readable by all among them."),
		Was("fork.umask.inherited-independent"),
		Try(func(t *Trial) {
			parent := t.Start(Agent())
			MustCall(parent, agent.SetUmask, 0o026)
			got := MustCall(parent, agent.Fork, []agent.Syscall{{Name: "umask", Args: []int{0o777}}, {Name: "umask", Args: []int{0}}})
			t.Observe("the child's mask", octal(got[0].Value)).To(Equal("026"))
			t.Observe("the child's mask after a change", octal(got[1].Value)).To(Equal("777"))
			t.Observe("the parent's mask then", octal(int64(MustCall(parent, agent.SetUmask, 0o022)))).To(Equal("026"))
		}))

	Behaviour("fork.process.only-calling-thread", Must,
		"The child of a process with many threads has one, a copy of the thread that called fork.",
		On(Fork), Needs("proc"), Cite(POSIX("fork"), LinuxMan("fork(2)")),
		Matters("Work handed to a thread pool before the fork is never done in the child, and a lock that another thread held is never released."),
		Remedy("Execute another image after the fork, or fork before the first thread is started."),
		Seen("python/cpython#100228"),
		Was("fork.thread.only-caller"),
		Try(func(t *Trial) {
			threads, err := os.ReadDir("/proc/self/task")
			t.NoError(err)
			t.Observe("the parent has more than one thread", len(threads) > 1).To(BeTrue())
			var s linux.Script
			b := s.Buffer(4096)
			const readOnly = 0
			n := s.Must("getdents64", s.Must("openat", linux.AT_FDCWD, "/proc/self/task", readOnly), b, b.Size)
			process, thread := s.Call("getpid"), s.Call("gettid")
			play(t, &s)
			size, _ := s.Returned(n)
			t.Observe("threads of the child", len(linux.Entries(s.Bytes(b)[:size]))).To(Equal(1))
			pid, _ := s.Returned(process)
			tid, _ := s.Returned(thread)
			t.Observe("it is the child's first thread", pid == tid).To(BeTrue())
		}))
})
