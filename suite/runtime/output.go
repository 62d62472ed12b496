package runtime

import (
	"errors"
	"io"
	"os"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// arrives observes that a program has exited, and that all of the text has arrived.
func arrives(t *Trial, end WaitResult, read []byte) {
	begins, whole := runtimes.Written(string(read))
	t.Observe("exit status", end.String()).To(Equal("exit 0"))
	t.Observe("whether what arrives is what was written first", begins).To(BeTrue())
	t.Measure("bytes that arrive", float64(len(read)), "bytes")
	t.Observe("whether all of it arrives", whole).To(BeTrue())
}

// fileOf runs a program whose standard output is a regular file, and reads that.
func fileOf(t *Trial) (WaitResult, []byte) {
	path := t.File("output", strings.Repeat("x", 1000000), 0o600) // a host without room for it is no verdict
	f, err := os.Create(path)
	t.NoError(err)
	c := t.Start(Itself(), Stdout(f))
	t.NoError(f.Close())
	end := c.Wait()
	read, err := os.ReadFile(path)
	t.NoError(err)
	return end, read
}

// readLate observes what arrives at a reader that begins when the program has exited or
// can write no more.
func readLate(t *Trial, r, w *os.File) {
	c := t.Start(Itself(), Stdout(w))
	t.NoError(w.Close())
	first := make([]byte, 1)
	n, err := r.Read(first) // it has begun to write
	if err != nil && !errors.Is(err, io.EOF) {
		t.NoError(err)
	}
	var end WaitResult
	wait := t.Go(func() error { end = c.Wait(); return nil })
	// A runtime that does not wait for its writes has to have asked for all of them. Where the
	// system does not show who sleeps, one that is slow looks like one that waits.
	for n := 0; n < 50 && wait.State() == Blocked && !c.HasWritten(); n++ {
	}
	rest, err := t.ReadAll(r)
	t.NoError(err)
	wait.Returned()
	arrives(t, end, append(first[:n], rest...))
}

var _ = Area("runtime", title, func() {
	Behaviour("runtime.output.pipe", Should,
		"All of 1000000 bytes that a program of the runtime has written to its standard output before it exits arrives in "+
			"a pipe, however late that is read.",
		On(Exits()...),
		Brief("What was written to a pipe before the exit arrives whole."),
		WritesLater("whether all of it arrives"),
		Matters("A log or a result ends in the middle, at the size of a pipe, and only where the reader is slower than the "+
			"program: in a pipeline, in CI, below a supervisor."),
		Remedy("Return from the program and let the runtime end it, with the status set beforehand; or exit from what is "+
			"called when the last write is done."), ProvedBy("runtime.output.file"),
		Seen("nodejs/node#784", "oven-sh/bun#25432", "oven-sh/bun#7638"),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			readLate(t, r, w)
		}))

	Behaviour("runtime.output.socket", Should,
		"All of 1000000 bytes that a program of the runtime has written to its standard output before it exits arrives at "+
			"the other end of a stream socket, however late that is read.",
		About(Unix), On(Exits()...),
		Brief("What was written to a socket before the exit arrives whole."),
		WritesLater("whether all of it arrives"),
		Matters("A super-server, and a parent whose runtime makes sockets for the streams of its children as Node.js does, "+
			"gives a program a socket for its standard output."),
		Try(func(t *Trial) {
			a, b, err := posix.Socketpair()
			t.NoError(err)
			reader, writer := os.NewFile(uintptr(a), "socket"), os.NewFile(uintptr(b), "socket")
			t.Defer(func() { _ = reader.Close(); _ = writer.Close() })
			readLate(t, reader, writer)
		}))

	Behaviour("runtime.output.file", Should,
		"All of 1000000 bytes that a program of the runtime has written to its standard output before it exits is in a "+
			"regular file.",
		On(Exits()...),
		Brief("What was written to a file before the exit is there whole."),
		Matters("What is lost at an exit is what a buffer of the program holds: the end of the output, or, where that is "+
			"short, all of it."),
		Try(func(t *Trial) {
			end, read := fileOf(t)
			arrives(t, end, read)
		}))

	Behaviour("runtime.output.immediate-exit", Observed,
		"An exit that skips the end of the runtime, as _exit does, loses what buffers of the program hold of 1000000 bytes "+
			"that it has written to a regular file, or nothing where the runtime has written all of it before.",
		On(ImmediateExits()...),
		Cite(POSIX("_Exit")),
		Brief("What an exit that flushes nothing loses."),
		Matters("A forked child has to leave in this way, not to flush the buffers of its parent a second time, and loses "+
			"its own."),
		Remedy("Flush standard output before it."), ProvedBy("runtime.output.file"),
		Try(func(t *Trial) {
			end, read := fileOf(t)
			t.Observe("exit status", end.String())
			t.Measure("bytes that arrive", float64(len(read)), "bytes")
			_, whole := runtimes.Written(string(read))
			t.Observe("whether all of it arrives", whole)
		}))
})
