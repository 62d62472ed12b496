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
		"A fork that succeeds returns twice: 0 in the child, and in the parent the child's process id, which is greater "+
			"than 0.",
		About(Unix), On(Fork), Needs("script-image"), Cite(POSIX("fork"), LinuxMan("fork(2)")),
		Matters("A program that confuses the two waits for a process that does not exist, or does the child's work twice."),
		Was("fork.return.two-values"),
		Try(func(t *Trial) {
			var s linux.Script
			own := s.Call("getpid")
			c := play(t, &s)
			id, _ := s.Returned(own)
			t.Observe("result above 0 in the parent", c.Pid() > 0).To(BeTrue())
			t.Observe("result in the parent equal to the child's process id", int(id) == c.Pid()).To(BeTrue())
			t.Observe("process id other than the parent's", c.Pid() != os.Getpid()).To(BeTrue())
			// A launcher's script cannot look at the result in the child.
			_, child, forked := views(t, new(linux.Script), func(linux.Result) {})
			t.Observe("result 0 in the process with the id that the parent got", child == forked).To(BeTrue())
		}))

	Behaviour("fork.process.ppid", Must,
		"The parent of the child of fork or vfork is the process that called it, as long as that process lives and no "+
			"debugger has attached, which on macOS and OpenBSD is the parent meanwhile, and it stays the parent when the child "+
			"executes an image.",
		About(Unix), On(Every...), Cite(POSIX("fork"), LinuxMan("vfork(2)"), POSIX("exec"), POSIX("getppid")),
		Matters("A launcher that puts a helper process in between takes the exit status and the parent-death signal away "+
			"from its caller."),
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
			t.Observe("getppid in the child equal to the caller's id", parent == os.Getpid()).To(BeTrue())
		}))

	Behaviour("fork.process.directory-independent", Must,
		"The child of a fork starts in the working directory of its parent, or of the thread, where that has its own "+
			"(unshare(CLONE_FS) of Linux, pthread_chdir_np of macOS); changing it in the child does not change the parent's.",
		About(Unix), On(Fork), Cite(POSIX("fork"), POSIX("chdir"), LinuxMan("unshare(2)"), MacDirectory),
		Matters("A tool that changes directory for one command must not be in that directory afterwards."),
		Was("fork.cwd-root.inherited-independent"),
		Try(func(t *Trial) {
			here, err := linux.Getcwd()
			t.NoError(err)
			var s linux.Script
			before, after := s.Buffer(4096), s.Buffer(4096)
			s.Must("getcwd", before, before.Size)
			s.Must("chdir", t.Dir())
			s.Must("getcwd", after, after.Size)
			play(t, &s)
			// By their names: a directory above it may not be searched.
			t.Observe("same directory as the parent at the start", text(s.Bytes(before)) == here).To(BeTrue())
			t.Observe("new directory after chdir in the child", SameFile(text(s.Bytes(after)), t.Dir())).To(BeTrue())
			still, err := linux.Getcwd()
			t.NoError(err)
			t.Observe("same directory of the parent after it", still == here).To(BeTrue())
		}))

	Behaviour("fork.process.umask-independent", Must,
		"The child of a fork starts with the file mode creation mask of its parent (on Linux of the thread, after "+
			"unshare(CLONE_FS)); changing it in the child does not change the parent's.",
		About(Unix), On(System), Needs("fork"), Cite(POSIX("fork"), POSIX("umask"), LinuxMan("unshare(2)")),
		Matters("A tool that sets the mask for one command must not create its own files with it."),
		Was("fork.umask.inherited-independent"),
		Try(func(t *Trial) {
			parent := t.Start(Agent())
			MustCall(parent, agent.SetUmask, 0o026)
			got := MustCall(parent, agent.Fork, []agent.Syscall{
				{Name: "umask", Args: []int{0o777}}, {Name: "umask", Args: []int{0}},
			})
			t.Observe("mask in the child", octal(got[0].Value)).To(Equal("026"))
			t.Observe("mask in the child after a change", octal(got[1].Value)).To(Equal("777"))
			t.Observe("mask in the parent after the change", octal(int64(MustCall(parent, agent.SetUmask, 0o022)))).
				To(Equal("026"))
		}))

	Behaviour("fork.process.only-calling-thread", Must,
		"The child of a process with several threads has one thread, a copy of the one that called fork.",
		About(Unix), On(Fork), Needs("proc"), Cite(POSIX("fork"), LinuxMan("fork(2)")),
		Matters("Work for a thread pool that was started before the fork is never done in the child, and a lock that "+
			"another thread held is never released there."),
		Remedy("Execute an image after the fork, or fork before the first thread is started."),
		Seen("python/cpython#100228"),
		Was("fork.thread.only-caller"),
		Try(func(t *Trial) {
			threads, err := os.ReadDir("/proc/self/task")
			t.NoError(err)
			t.Observe("several threads in the parent", len(threads) > 1).To(BeTrue())
			var s linux.Script
			b := s.Buffer(4096)
			const readOnly = 0
			n := s.Must("getdents64", s.Must("openat", linux.AT_FDCWD, "/proc/self/task", readOnly), b, b.Size)
			process, thread := s.Call("getpid"), s.Call("gettid")
			play(t, &s)
			size, _ := s.Returned(n)
			t.Observe("threads in the child", len(linux.Entries(s.Bytes(b)[:size]))).To(Equal(1))
			pid, _ := s.Returned(process)
			tid, _ := s.Returned(thread)
			t.Observe("thread id equal to the process id in the child", pid == tid).To(BeTrue())
		}))
})
