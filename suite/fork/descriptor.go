package fork

import (
	"io"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("fork", title, func() {
	Behaviour("fork.descriptor.same-number", Must,
		"Every open descriptor is there in the child under the same number, close-on-exec ones included.",
		On(Fork), Cite(POSIX("fork"), LinuxMan("fork(2)")),
		Matters("A worker that never executes anything keeps every connection and every pipe of its parent open."),
		Remedy("Close in the child what it does not need, or execute an image."),
		Was("fork.fd.inherited-same-number"),
		Try(func(t *Trial) {
			f := opened(t)
			var s linux.Script
			flags := s.Call("fcntl", int(f.Fd()), linux.F_GETFD)
			b := s.Buffer(16)
			s.Call("read", int(f.Fd()), b, 4)
			play(t, &s)
			t.ObserveError("error of F_GETFD in the child", failure(&s, flags)).To(Equal("none"))
			set, _ := s.Returned(flags)
			t.Observe("it is marked close-on-exec there", set == linux.FD_CLOEXEC).To(BeTrue())
			t.Observe("the child reads from it", text(s.Bytes(b))).To(Equal("0123"))
		}))

	Behaviour("fork.descriptor.shares-offset", Must,
		"The descriptors of parent and child share one open file description: reading, writing or seeking in one process moves the offset of the other.",
		On(Fork), Cite(POSIX("fork"), LinuxMan("open(2)")),
		Matters("Workers that read the same open file each get a part of it, and none gets all."),
		Remedy("Open the file again in the child, or read at explicit offsets (pread)."),
		Was("fork.fd.shares-offset"),
		Try(func(t *Trial) {
			f := opened(t)
			var s linux.Script
			s.Must("read", int(f.Fd()), s.Buffer(16), 3)
			play(t, &s)
			at, err := f.Seek(0, io.SeekCurrent)
			t.NoError(err)
			t.Observe("the parent's offset after the child has read 3 bytes", at).To(Equal(int64(3)))
		}))

	Behaviour("fork.descriptor.shares-status-flags", Must,
		"File status flags such as O_NONBLOCK and O_APPEND belong to the shared open file description: what the child sets is set for the parent.",
		On(Fork), Cite(POSIX("fcntl"), LinuxMan("open(2)")),
		Matters("A child that makes its standard input non-blocking makes the next read of its parent or of a shell fail with EAGAIN."),
		Remedy("Give a child a pipe of its own rather than a terminal or a pipe that others read."),
		Seen("nodejs/node#42826"),
		Was("fork.fd.shares-status-flags"),
		Try(func(t *Trial) {
			f := opened(t)
			fd := int(f.Fd())
			shared := func() bool {
				flags, err := posix.GetFl(fd)
				t.NoError(err)
				return flags&(linux.O_APPEND|linux.O_NONBLOCK) == linux.O_APPEND|linux.O_NONBLOCK
			}
			t.Observe("set in the parent before", shared()).To(BeFalse())
			var s linux.Script
			s.Must("fcntl", fd, linux.F_SETFL, linux.O_APPEND|linux.O_NONBLOCK)
			play(t, &s)
			t.Observe("set in the parent after", shared()).To(BeTrue())
		}))

	Behaviour("fork.descriptor.private-flags", Must,
		"The close-on-exec flag belongs to one process's descriptor: changing it in the child leaves the parent's as it is.",
		On(Fork), Cite(POSIX("fcntl"), POSIX("fork")),
		Matters("That is what lets a launcher clear the flag in the child without leaking the descriptor into whatever the parent starts meanwhile."),
		Was("fork.fd.descriptor-flags-private"),
		Try(func(t *Trial) {
			f := opened(t)
			var s linux.Script
			s.Must("fcntl", int(f.Fd()), linux.F_SETFD, 0)
			cleared := s.Must("fcntl", int(f.Fd()), linux.F_GETFD)
			play(t, &s)
			flags, _ := s.Returned(cleared)
			t.Observe("the child's flags", flags).To(BeZero())
			own, err := posix.GetFd(int(f.Fd()))
			t.NoError(err)
			t.Observe("the parent's flags", own).To(Equal(linux.FD_CLOEXEC))
		}))

	Behaviour("fork.descriptor.close-independent", Must,
		"Closing a descriptor in the child does not close the parent's.",
		On(Fork), Cite(POSIX("fork"), POSIX("close")),
		Matters("Both sides of a pipe are closed in the one process that does not need them, and only there."),
		Was("fork.fd.close-independent"),
		Try(func(t *Trial) {
			f := opened(t)
			var s linux.Script
			s.Must("close", int(f.Fd()))
			gone := s.Call("fcntl", int(f.Fd()), linux.F_GETFD)
			play(t, &s)
			t.ObserveError("error of F_GETFD in the child", failure(&s, gone)).To(Equal("EBADF"))
			_, err := posix.GetFd(int(f.Fd()))
			t.ObserveError("error of F_GETFD in the parent", err).To(Equal("none"))
		}))
})
