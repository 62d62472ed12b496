package pipe

import (
	"errors"
	"path/filepath"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
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
		"Opening a FIFO for reading only, or for writing only, without O_NONBLOCK waits until another open has the other "+
			"end; on NetBSD, by its source, opening for reading does not wait while the FIFO, open for reading elsewhere, "+
			"holds data or the end of file of a writer that has gone.",
		About(Unix), On(System), Needs("fifo"),
		Cite(POSIX("open"), Document("NetBSD: sys/miscfs/fifofs/fifo_vnops.c (fifo_open)",
			"https://github.com/NetBSD/src/blob/trunk/sys/miscfs/fifofs/fifo_vnops.c")),
		Matters("A launcher that opens a FIFO for its child between fork and exec hangs, and so does the start."),
		Remedy("Leave opening it to the child; or open it for reading with O_NONBLOCK, where a read returns 0 until a "+
			"writer has come, wait with poll for the first data, and clear the flag before the child gets the descriptor."),
		ProvedBy("pipe.fifo.open-nonblock-read"),
		Was("fifo.open.blocks"),
		Try(func(t *Trial) {
			path := fifo(t)
			first, second := t.Start(Agent()), t.Start(Agent())
			for _, c := range []struct {
				what         string
				flags, other int
			}{{"for reading", posix.O_RDONLY, posix.O_WRONLY}, {"for writing", posix.O_WRONLY, posix.O_RDONLY}} {
				t.NoError(Send(first, agent.Open, agent.OpenArgs{Path: path, Flags: c.flags}))
				var fd int
				open := t.Go(func() (err error) { fd, err = Reply(first, agent.Open); return err })
				t.Observe("state of the open "+c.what, open.State()).To(Equal(Blocked))
				other := MustCall(second, agent.Open, agent.OpenArgs{Path: path, Flags: c.other})
				t.Observe("state of the open "+c.what+" after the other end is opened", open.Final()).To(Equal(Returned))
				t.ObserveError("error of the open "+c.what, open.Err()).To(Equal("none"))
				MustCall(first, agent.Close, platform.FD(fd))
				MustCall(second, agent.Close, platform.FD(other))
			}
		}))

	Behaviour("pipe.fifo.open-nonblock-read", Must,
		"Opening a FIFO for reading only with O_NONBLOCK succeeds at once; a read of it returns 0 while it is empty and no "+
			"process has it open for writing.",
		About(Unix), On(System), Needs("fifo"),
		Cite(POSIX("open"), POSIX("read")),
		Matters("No writer yet looks like the end of file."),
		Was("fifo.open.nb-read"),
		Try(func(t *Trial) {
			path := fifo(t)
			fd, err := posix.Open(path, posix.O_RDONLY|posix.O_NONBLOCK)
			t.ObserveError("error of the open", err).To(Equal("none"))
			n, err := posix.Read(fd, make([]byte, 1))
			t.ObserveError("error of a read", err).To(Equal("none"))
			t.Observe("bytes read", n).To(Equal(0))
			w, err := posix.Open(path, posix.O_WRONLY|posix.O_NONBLOCK)
			t.NoError(err)
			_, err = posix.Read(fd, make([]byte, 1))
			t.ObserveError("error of a read once it is open for writing", err).To(Equal("EAGAIN"))
			t.NoError(errors.Join(posix.Close(w), posix.Close(fd)))
		}))

	Behaviour("pipe.fifo.open-nonblock-write", Must,
		"Opening a FIFO for writing only with O_NONBLOCK fails with ENXIO as long as no process has it open for reading or, "+
			"by measurement, waits in opening it for reading.",
		About(Unix), On(System), Needs("fifo"),
		Cite(POSIX("open")),
		Matters("A writer that must not wait for its reader learns from this error alone that there is none."),
		Was("fifo.open.nb-write"),
		Try(func(t *Trial) {
			path := fifo(t)
			_, err := posix.Open(path, posix.O_WRONLY|posix.O_NONBLOCK)
			t.ObserveError("error", err).To(Equal("ENXIO"))
			waiting := t.Start(Agent())
			open := t.Go(func() error {
				_, err := Call(waiting, agent.Open, agent.OpenArgs{Path: path, Flags: posix.O_RDONLY})
				return err
			})
			t.Observe("state of an open for reading", open.State()).To(Equal(Blocked))
			met, err := posix.Open(path, posix.O_WRONLY|posix.O_NONBLOCK)
			// Where the system does not show who sleeps, the open may still be on its way to the FIFO.
			for tries := 0; platform.ErrorName(err) == "ENXIO" && tries < 50 && open.State() == Blocked; tries++ {
				met, err = posix.Open(path, posix.O_WRONLY|posix.O_NONBLOCK)
			}
			if !t.ObserveError("error while an open for reading waits", err).To(Equal("none")) {
				return // the other one waits on
			}
			t.ObserveError("error of that open", open.Err()).To(Equal("none"))
			waiting.Exit(0)
			t.Observe("exit status of the reader", waiting.Wait().String()).To(Equal("exit 0"))
			t.NoError(posix.Close(met))
			r, err := posix.Open(path, posix.O_RDONLY|posix.O_NONBLOCK)
			t.NoError(err)
			w, err := posix.Open(path, posix.O_WRONLY|posix.O_NONBLOCK)
			t.ObserveError("error once it is open for reading", err).To(Equal("none"))
			t.NoError(errors.Join(posix.Close(r), posix.Close(w)))
		}))

	Behaviour("pipe.fifo.open-read-write", Observed,
		"POSIX leaves undefined what opening a FIFO for reading and writing does; Linux opens it at once.",
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
