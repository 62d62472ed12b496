package pipe

import (
	"path/filepath"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// fifo makes a FIFO in the trial's directory.
func fifo(t *Trial) string {
	path := filepath.Join(t.Dir(), "fifo")
	t.NoError(posix.Mkfifo(path, 0o600))
	return path
}

var _ = Area("pipe", title, func() {
	Behaviour("pipe.fifo.open-blocks", Must,
		"Opening a FIFO waits for somebody to open the other end.",
		About(Unix), On(System), Needs("fifo"),
		Cite(POSIX("open")),
		Matters("A launcher that opens a FIFO for its child between fork and exec hangs, and so does the start."),
		Remedy("Open FIFOs with O_NONBLOCK, or leave opening them to the child."), ProvedBy("pipe.fifo.open-nonblock-read"),
		Was("fifo.open.blocks"),
		Try(func(t *Trial) {
			path := fifo(t)
			reader, writer := t.Start(Agent()), t.Start(Agent())
			t.NoError(Send(reader, agent.Open, agent.OpenArgs{Path: path, Flags: posix.O_RDONLY}))
			open := t.Go(func() error { _, err := Reply(reader, agent.Open); return err })
			t.Observe("opening it for reading waits", open.State() == Blocked).To(BeTrue())
			MustCall(writer, agent.Open, agent.OpenArgs{Path: path, Flags: posix.O_WRONLY})
			t.Observe("until it is opened for writing", open.Returned()).To(BeTrue())
			t.ObserveError("error", open.Err()).To(Equal("none"))
		}))

	Behaviour("pipe.fifo.open-nonblock-read", Must,
		"Opening a FIFO for reading with O_NONBLOCK succeeds at once; as long as nobody writes a read returns 0.",
		About(Unix), On(System), Needs("fifo"),
		Cite(POSIX("open"), POSIX("read")),
		Matters("No writer yet looks like the end of file."),
		Was("fifo.open.nb-read"),
		Try(func(t *Trial) {
			fd, err := posix.Open(fifo(t), posix.O_RDONLY|posix.O_NONBLOCK)
			t.ObserveError("error of the open", err).To(Equal("none"))
			n, err := posix.Read(fd, make([]byte, 1))
			t.ObserveError("error of a read", err).To(Equal("none"))
			t.Observe("bytes", n).To(Equal(0))
			t.NoError(posix.Close(fd))
		}))

	Behaviour("pipe.fifo.open-nonblock-write", Must,
		"Opening a FIFO for writing with O_NONBLOCK fails with ENXIO as long as nobody reads.",
		About(Unix), On(System), Needs("fifo"),
		Cite(POSIX("open")),
		Matters("A writer that must not wait for its reader tells by this error alone that nobody is there."),
		Was("fifo.open.nb-write"),
		Try(func(t *Trial) {
			_, err := posix.Open(fifo(t), posix.O_WRONLY|posix.O_NONBLOCK)
			t.ObserveError("error", err).To(Equal("ENXIO"))
		}))

	Behaviour("pipe.fifo.open-read-write", Observed,
		"What opening a FIFO for reading and writing does is not defined by POSIX.",
		About(Unix), On(System), Needs("fifo"),
		Cite(POSIX("open"), LinuxMan("fifo(7)")),
		Matters("Where it works the opener is its own writer, and never sees the end of file."),
		Was("fifo.open.rdwr"),
		Try(func(t *Trial) {
			fd, err := posix.Open(fifo(t), posix.O_RDWR|posix.O_NONBLOCK)
			t.ObserveError("error", err)
			if err != nil {
				return
			}
			_, err = posix.Read(fd, make([]byte, 1))
			t.ObserveError("error of a read", err)
			t.NoError(posix.Close(fd))
		}))
})
