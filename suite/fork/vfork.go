package fork

import (
	"os"
	"time"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// vfork plays a script in a child that shares this process's memory. The script must
// exit without help: until then the Go runtime of this process does not run.
func vfork(t *Trial, s *linux.Script) {
	pid, err := s.Vfork()
	t.NoError(err)
	adopt(t, s, pid)
}

var _ = Area("fork", title, func() {
	Behaviour("fork.vfork.parent-suspended", Must,
		"The thread that calls vfork is suspended until the child has exited or executed an image.",
		About(Linux), On(VforkExec), Needs("script-image"), Cite(LinuxMan("vfork(2)")),
		Matters("Where vfork is a plain fork, a launcher that relies on this looks for the error of the child's exec too "+
			"early."),
		Remedy("Report a failed exec through a close-on-exec pipe, which works either way."),
		Was("vfork.parent-suspended"),
		Try(func(t *Trial) {
			var s linux.Script
			const monotonic = 1
			s.Must("clock_nanosleep", monotonic, 0, linux.Duration(20*time.Millisecond))
			last := s.Must("getpid")
			vfork(t, &s)
			id, _ := s.Returned(last)
			t.Observe("last call of the child made when vfork returned", id > 0).To(BeTrue())

			// The image waits for the parent, which is not suspended any more.
			hold, release := t.Pipe()
			var image, executing linux.Script
			image.Must("read", 0, image.Buffer(1), 1)
			path := t.ScriptImage(image.Exit(7))
			executing.Must("dup3", int(hold.Fd()), 0, 0)
			executing.Must("clock_nanosleep", monotonic, 0, linux.Duration(20*time.Millisecond))
			last = executing.Must("getpid")
			executing.Exec(path, []string{path}, nil)
			pid, err := executing.Vfork()
			t.NoError(err)
			ended, _, err := posix.Wait4(pid, posix.WNOHANG)
			_, _ = release.Write([]byte{0})
			t.NoError(err)
			id, _ = executing.Returned(last)
			t.Observe("last call before an exec made when vfork returned", id > 0).To(BeTrue())
			t.Observe("image still running when vfork returned", ended == 0).To(BeTrue())
			_, status, err := posix.Wait4(pid, 0)
			t.NoError(err)
			t.NoError(executing.Release())
			t.Observe("exit status of the image", status>>8).To(BeEquivalentTo(7))

			// The child of a fork waits for its parent, which is not suspended.
			r, w := t.Pipe()
			var forked linux.Script
			forked.Must("read", int(r.Fd()), forked.Buffer(1), 1)
			last = forked.Must("getpid")
			pid, err = forked.Fork()
			t.NoError(err)
			id, _ = forked.Returned(last)
			_, err = w.Write([]byte{0})
			t.NoError(err)
			adopt(t, &forked, pid)
			t.Observe("last call of the child made when fork returned, for comparison", id > 0).To(BeFalse())
		}))

	Behaviour("fork.vfork.memory-shared", Must,
		"The child of vfork runs in the memory of its parent, which sees what the child has written.",
		About(Linux), On(VforkExec), Cite(LinuxMan("vfork(2)")),
		Matters("A child of vfork may do next to nothing before it executes an image: all that it writes goes into its "+
			"parent's memory."),
		Remedy("Use posix_spawn, which takes care of this."),
		Was("vfork.memory-shared"),
		Try(func(t *Trial) {
			m := mapped(t, false)
			f := opened(t)
			var s linux.Script
			s.Must("read", int(f.Fd()), m.Address(), 4)
			vfork(t, &s)
			t.Observe("private memory of the parent after the child's write", string(m.Bytes()[:4])).To(Equal("0123"))
		}))

	Behaviour("fork.vfork.directory-and-descriptors-separate", Must,
		"The child of vfork has a separate descriptor table and working directory: changing them does not change the "+
			"parent's.",
		About(Linux), On(VforkExec), Cite(LinuxMan("vfork(2)"), LinuxMan("clone(2)")),
		Matters("posix_spawn of glibc and musl relies on this to redirect streams and to change the directory in such a "+
			"child."),
		Was("vfork.fs-and-fds-separate"),
		Try(func(t *Trial) {
			f := opened(t)
			here, err := os.Getwd()
			t.NoError(err)
			var s linux.Script
			closed := s.Call("close", int(f.Fd()))
			moved := s.Call("chdir", t.Dir())
			vfork(t, &s)
			t.ObserveError("error of close in the child", failure(&s, closed)).To(Equal("none"))
			t.ObserveError("error of chdir in the child", failure(&s, moved)).To(Equal("none"))
			_, err = posix.GetFd(int(f.Fd()))
			t.ObserveError("error of F_GETFD in the parent after it", err).To(Equal("none"))
			still, err := os.Getwd()
			t.NoError(err)
			t.Observe("same directory of the parent after it", still == here).To(BeTrue())
		}))
})
