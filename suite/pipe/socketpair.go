package pipe

import (
	"io"
	"os"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// pair makes connected sockets, which the caller closes.
func pair(t *Trial) (a, b int) {
	a, b, err := posix.Socketpair()
	t.NoError(err)
	return a, b
}

var _ = Area("pipe", title, func() {
	Behaviour("pipe.socketpair.half-close", Must,
		"SHUT_WR on one stream socket of a pair is the end of file for the other, while the way back still works; a further "+
			"write on the first fails with EPIPE, if SIGPIPE does not end the writer.",
		About(Unix), On(System),
		Cite(POSIX("shutdown"), POSIX("recv"), POSIX("send")),
		Matters("A child with one socket for both directions learns so that its input is over; a pipe has to be closed for "+
			"that."),
		Was("sp.half-close"),
		Try(func(t *Trial) {
			a, b := pair(t)
			t.Defer(func() { _ = posix.Close(a); _ = posix.Close(b) })
			t.ObserveError("error of shutdown", posix.Shutdown(a, posix.SHUT_WR)).To(Equal("none"))
			n, err := posix.Read(b, make([]byte, 1))
			t.ObserveError("error of the other socket's read", err).To(Equal("none"))
			t.Observe("bytes of the other socket's read", n).To(Equal(0))
			_, err = posix.Write(b, []byte("x"))
			t.ObserveError("error of a write on the way back", err).To(Equal("none"))
			n, err = posix.Read(a, make([]byte, 1))
			t.ObserveError("error of a read on the way back", err).To(Equal("none"))
			t.Observe("bytes that came back", n).To(Equal(1))
			_, err = posix.Write(a, []byte("x"))
			t.ObserveError("error of a write after the shutdown", err).To(Equal("EPIPE"))
		}))

	Behaviour("pipe.socketpair.close-unread-reset", Observed,
		"When one socket of a pair is closed with data that it has not read, what the other one then reads is not "+
			"promised: on Linux ECONNRESET, and then the end of file.",
		About(Unix), On(System),
		Cite(LinuxMan("unix(7)")),
		Matters("Where it is ECONNRESET, the parent of a child that exits without reading its last message gets an error "+
			"for the end of file."),
		Was("sp.close-unread-reset"),
		Try(func(t *Trial) {
			a, b := pair(t)
			t.Defer(func() { _ = posix.Close(a) })
			t.NoError(posix.SetNonblock(a, true))
			_, err := posix.Write(a, []byte("unread"))
			t.NoError(err)
			t.NoError(posix.Close(b))
			for _, read := range []string{"first read", "second read"} {
				n, err := posix.Read(a, make([]byte, 1))
				t.ObserveError("error of the "+read, err)
				t.Observe("bytes of the "+read, n)
			}
		}))

	Behaviour("pipe.socketpair.passes-descriptor", Must,
		"A descriptor that is sent over a Unix-domain socket arrives, in a recvmsg that has room for it and in a process "+
			"that may open one more, as a new descriptor for the same open file description.",
		About(Unix),
		Cite(Document("POSIX.1-2024 <sys/socket.h>",
			"https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/sys_socket.h.html"),
			LinuxMan("unix(7)"), FreeBSDMan("unix(4)"), MacOSMan("unix(4)"), NetBSDMan("unix(4)"), OpenBSDMan("unix(4)")),
		Matters("It is how a child gets files after its start, which inheritance cannot do. A receiver that takes the byte "+
			"with read loses the descriptor without an error."),
		Was("scm.basic"),
		Try(func(t *Trial) {
			a, b := pair(t)
			socket := os.NewFile(uintptr(b), "socket")
			t.Defer(func() { _ = posix.Close(a); _ = socket.Close() })
			f := t.OpenFiles("0123456789")[0]
			_, err := f.Seek(4, io.SeekStart)
			t.NoError(err)
			c := t.Start(Agent(), Stdin(socket))
			before := Ask(c, agent.Descriptors)
			t.ObserveError("error of sending", posix.SendFD(a, int(f.Fd()))).To(Equal("none"))
			fd := MustCall(c, agent.ReceiveFD, 0)
			t.Observe("whether the descriptor is a new one", fileAt(before, fd).FD < 0).To(BeTrue())
			t.Observe("kind of the file that arrived", fileAt(Ask(c, agent.Descriptors), fd).Kind).To(Equal("file"))
			got, err := Call(c, agent.Read, agent.ReadArgs{FD: fd, Max: 3})
			t.ObserveError("error of the child's read", err).To(Equal("none"))
			t.Observe("data that the child reads from the sender's offset on", string(got)).To(Equal("456"))
			at, err := f.Seek(0, io.SeekCurrent)
			t.NoError(err)
			t.Observe("the sender's offset after the read", at).To(Equal(int64(7)))
		}))
})
