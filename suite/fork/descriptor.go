package fork

import (
	"io"
	"os"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("fork", title, func() {
	Behaviour("fork.descriptor.same-number", Must,
		"The child of a fork has a copy of every open descriptor under the same number, of close-on-exec ones too, except "+
			"close-on-fork ones of POSIX.1-2024, which Linux does not have, and those of kqueue on the BSDs and macOS, which "+
			"FreeBSD 15 copies when asked (KQUEUE_CPONFORK).",
		About(Unix), On(Fork), Cite(POSIX("fork"), LinuxMan("fork(2)"), FreeBSDMan("fork(2)"), FreeBSDMan("kqueue(2)")),
		Matters("A worker that executes no image keeps every connection and every pipe of its parent open."),
		Remedy("Close in the child what it does not need, or execute an image."),
		Was("fork.fd.inherited-same-number"),
		Try(func(t *Trial) {
			f := opened(t)
			r, w := t.Pipe()
			t.NoError(posix.SetFd(int(w.Fd()), 0))
			var s linux.Script
			flags := map[string]linux.Result{}
			open := []struct {
				name string
				*os.File
				flags int
			}{{"a file", f, linux.FD_CLOEXEC}, {"a read end", r, linux.FD_CLOEXEC}, {"an inheritable write end", w, 0}}
			for _, d := range open {
				flags[d.name] = s.Call("fcntl", int(d.Fd()), linux.F_GETFD)
			}
			b, through := s.Buffer(16), s.Buffer(16)
			s.Call("read", int(f.Fd()), b, 4)
			s.Call("write", int(w.Fd()), "sent", 4)
			s.Call("read", int(r.Fd()), through, 4)
			play(t, &s)
			for _, d := range open {
				t.ObserveError("error of F_GETFD in the child for "+d.name, failure(&s, flags[d.name])).To(Equal("none"))
				set, _ := s.Returned(flags[d.name])
				t.Observe("same flags in the child for "+d.name, int(set) == d.flags).To(BeTrue())
			}
			t.Observe("bytes read by the child", text(s.Bytes(b))).To(Equal("0123"))
			t.Observe("bytes that the child has sent itself through the pipe", text(s.Bytes(through))).To(Equal("sent"))
		}))

	Behaviour("fork.descriptor.shares-offset", Must,
		"After a fork the descriptors of parent and child refer to one open file description: a read, write or seek in one "+
			"process moves the offset in the other.",
		About(Unix), On(Fork), Cite(POSIX("fork"), LinuxMan("open(2)")),
		Matters("Of workers that read the same open file each gets only what the others have not read before it."),
		Remedy("Open the file again in the child, or read at explicit offsets (pread)."),
		Was("fork.fd.shares-offset"),
		Try(func(t *Trial) {
			f := opened(t)
			offset := func() int64 {
				at, err := f.Seek(0, io.SeekCurrent)
				t.NoError(err)
				return at
			}
			for _, move := range []struct {
				what string
				by   func(*linux.Script)
				to   int64
			}{
				{"read of 3 bytes", func(s *linux.Script) { s.Must("read", int(f.Fd()), s.Buffer(16), 3) }, 3},
				{"write of 2 bytes", func(s *linux.Script) { s.Must("write", int(f.Fd()), "xy", 2) }, 5},
				{"seek to 8", func(s *linux.Script) { s.Must("lseek", int(f.Fd()), 8, io.SeekStart) }, 8},
			} {
				var s linux.Script
				move.by(&s)
				play(t, &s)
				t.Observe("offset in the parent after the child's "+move.what, offset()).To(Equal(move.to))
			}

			for _, move := range []struct {
				what string
				by   func() error
				to   int64
			}{
				{"seek to 6", func() error { _, err := f.Seek(6, io.SeekStart); return err }, 6},
				{"read of 1 byte", func() error { _, err := f.Read(make([]byte, 1)); return err }, 7},
				{"write of 2 bytes", func() error { _, err := f.WriteString("xy"); return err }, 9},
			} {
				r, w := t.Pipe()
				var s linux.Script
				s.Must("read", 0, s.Buffer(1), 1) // until the parent has moved the offset
				at := s.Must("lseek", 1, 0, io.SeekCurrent)
				c := t.Start(Script(&s), Stdin(r), Stdout(f))
				t.NoError(move.by())
				_, err := w.Write([]byte{0})
				t.NoError(err)
				c.Wait()
				moved, _ := s.Returned(at)
				t.Observe("offset in the child after the parent's "+move.what, moved).To(Equal(move.to))
			}
		}))

	Behaviour("fork.descriptor.shares-status-flags", Must,
		"File status flags such as O_NONBLOCK and O_APPEND belong to the shared open file description: a flag that the "+
			"child of a fork sets is set for the parent.",
		About(Unix), On(Fork), Cite(POSIX("fcntl"), LinuxMan("open(2)")),
		Matters("A child that makes its standard input non-blocking makes a read of its parent or of a shell fail with "+
			"EAGAIN while there is nothing to read."),
		Remedy("Give a child a separate pipe rather than a terminal or a pipe that other processes read."),
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
			t.Observe("flags set in the parent before the child sets them", shared()).To(BeFalse())
			var s linux.Script
			s.Must("fcntl", fd, linux.F_SETFL, linux.O_APPEND|linux.O_NONBLOCK)
			play(t, &s)
			t.Observe("flags set in the parent after the child has set them", shared()).To(BeTrue())
		}))

	Behaviour("fork.descriptor.private-flags", Must,
		"The close-on-exec flag belongs to the descriptor of one process: changing it in the child of a fork does not "+
			"change the parent's.",
		About(Unix), On(Fork), Cite(POSIX("fcntl"), POSIX("fork")),
		Matters("A launcher can therefore clear the flag in the child without leaking the descriptor to other children "+
			"that the parent starts meanwhile."),
		Was("fork.fd.descriptor-flags-private"),
		Try(func(t *Trial) {
			f := opened(t)
			var s linux.Script
			s.Must("fcntl", int(f.Fd()), linux.F_SETFD, 0)
			cleared := s.Must("fcntl", int(f.Fd()), linux.F_GETFD)
			play(t, &s)
			flags, _ := s.Returned(cleared)
			t.Observe("descriptor flags in the child", flags).To(BeZero())
			own, err := posix.GetFd(int(f.Fd()))
			t.NoError(err)
			t.Observe("descriptor flags in the parent", own).To(Equal(linux.FD_CLOEXEC))
		}))

	Behaviour("fork.descriptor.close-independent", Must,
		"Closing a descriptor in the child of a fork does not close the parent's.",
		About(Unix), On(Fork), Cite(POSIX("fork"), POSIX("close")),
		Matters("Each process closes the end of a pipe that it does not need, and keeps the other end usable."),
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
