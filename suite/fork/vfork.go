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

// vfork plays a script in a child that shares this process's memory. It must
// end by itself: until it does, the Go runtime of this process stands still.
func vfork(t *Trial, s *linux.Script) {
	pid, err := s.Vfork()
	t.NoError(err)
	adopt(t, s, pid)
}

var _ = Area("fork", title, func() {
	Behaviour("fork.vfork.parent-suspended", Must,
		"The thread that calls vfork goes on only when the child has ended or executed an image.",
		On(VforkExec), Cite(LinuxMan("vfork(2)")),
		Matters("Where vfork is a plain fork, a launcher that relies on this looks for the child's error before the child has met it."),
		Remedy("Learn of a failed exec through a close-on-exec pipe, which works either way."),
		Was("vfork.parent-suspended"),
		Try(func(t *Trial) {
			var s linux.Script
			const monotonic = 1
			s.Must("clock_nanosleep", monotonic, 0, linux.Duration(20*time.Millisecond))
			last := s.Must("getpid")
			vfork(t, &s)
			id, _ := s.Returned(last)
			t.Observe("the child had come to its end when vfork returned", id > 0).To(BeTrue())

			// The child of a fork waits until its parent, which goes on, lets it go.
			r, w := t.Pipe()
			var forked linux.Script
			forked.Must("read", int(r.Fd()), forked.Buffer(1), 1)
			last = forked.Must("getpid")
			pid, err := forked.Fork()
			t.NoError(err)
			id, _ = forked.Returned(last)
			_, err = w.Write([]byte{0})
			t.NoError(err)
			adopt(t, &forked, pid)
			t.Observe("after the same with fork, for comparison", id > 0).To(BeFalse())
		}))

	Behaviour("fork.vfork.memory-shared", Must,
		"The child of vfork runs in the memory of its parent, which sees what it wrote.",
		On(VforkExec), Cite(LinuxMan("vfork(2)")),
		Matters("A child of vfork may do next to nothing before it executes an image; whatever else it does it does to its parent."),
		Remedy("Use posix_spawn, which knows how."),
		Was("vfork.memory-shared"),
		Try(func(t *Trial) {
			m := mapped(t, false)
			f := opened(t)
			var s linux.Script
			s.Must("read", int(f.Fd()), m.Address(), 4)
			vfork(t, &s)
			t.Observe("what the child wrote into private memory", string(m.Bytes()[:4])).To(Equal("0123"))
		}))

	Behaviour("fork.vfork.directory-and-descriptors-separate", Must,
		"The child of vfork has descriptors and a working directory of its own: changing them changes nothing for the parent.",
		On(VforkExec), Cite(LinuxMan("vfork(2)")),
		Matters("That is what allows posix_spawn to redirect and to change directory in such a child."),
		Was("vfork.fs-and-fds-separate"),
		Try(func(t *Trial) {
			f := opened(t)
			here, err := os.Getwd()
			t.NoError(err)
			var s linux.Script
			closed := s.Call("close", int(f.Fd()))
			moved := s.Call("chdir", t.Dir())
			vfork(t, &s)
			t.ObserveError("the child closes a descriptor", failure(&s, closed)).To(Equal("none"))
			t.ObserveError("the child moves to another directory", failure(&s, moved)).To(Equal("none"))
			_, err = posix.GetFd(int(f.Fd()))
			t.ObserveError("the parent's descriptor", err).To(Equal("none"))
			still, err := os.Getwd()
			t.NoError(err)
			t.Observe("the parent has not moved", still == here).To(BeTrue())
		}))
})
