package pipe

import (
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
		"SHUT_WR on one socket of a pair is the end of file for the other, while the way back still works.",
		About(Unix), On(System),
		Cite(POSIX("shutdown"), POSIX("socketpair")),
		Matters("A child with one socket for both directions can be told that its input is over; a pipe for each has to be closed for that."),
		Was("sp.half-close"),
		Try(func(t *Trial) {
			a, b := pair(t)
			t.Defer(func() { _ = posix.Close(a); _ = posix.Close(b) })
			t.ObserveError("error of shutdown", posix.Shutdown(a, posix.SHUT_WR)).To(Equal("none"))
			n, err := posix.Read(b, make([]byte, 1))
			t.ObserveError("error of the other's read", err).To(Equal("none"))
			t.Observe("bytes it gets", n).To(Equal(0))
			_, err = posix.Write(b, []byte("x"))
			t.ObserveError("error of the way back", err).To(Equal("none"))
			n, err = posix.Read(a, make([]byte, 1))
			t.ObserveError("error of reading it", err).To(Equal("none"))
			t.Observe("bytes that came back", n).To(Equal(1))
			_, err = posix.Write(a, []byte("x"))
			t.ObserveError("error of one's own write", err).To(Equal("EPIPE"))
		}))

	Behaviour("pipe.socketpair.close-unread-reset", Observed,
		"What the other socket of a pair sees when one is closed with data that it has not read is not promised.",
		About(Unix), On(System),
		Cite(LinuxMan("unix(7)")),
		Matters("Where it is ECONNRESET a child that ends without reading its last message takes its own last words for an error."),
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
		"A descriptor sent over a Unix-domain socket arrives as a new descriptor for the same open file.",
		About(Unix),
		Cite(Document("POSIX.1-2024 <sys/socket.h>", "https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/sys_socket.h.html"), LinuxMan("unix(7)")),
		Matters("It is how a child gets files after its start, which inheritance cannot do."),
		Was("scm.basic"),
		Try(func(t *Trial) {
			a, b := pair(t)
			socket := os.NewFile(uintptr(b), "socket")
			t.Defer(func() { _ = posix.Close(a); _ = socket.Close() })
			r, w := t.Pipe()
			c := t.Start(Agent(), Stdin(socket))
			t.ObserveError("error of sending", posix.SendFD(a, int(w.Fd()))).To(Equal("none"))
			fd := MustCall(c, agent.ReceiveFD, 0)
			t.NoError(w.Close())
			got := file(Ask(c, agent.Descriptors), fd)
			t.Observe("what arrived", got.Kind+" "+got.Access).To(Equal("pipe w"))
			MustCall(c, agent.Write, agent.WriteArgs{FD: fd, Data: "through it"})
			c.Exit(0)
			ends(t, r, "through it")
		}))
})
