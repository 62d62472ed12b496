// Package pipe is the area of pipes between parent and child: anonymous ones, named ones of Unix and of
// Windows, and socket pairs.
//
// Subjects, in the order of reading: create, data, write, read, eof, broken, sigpipe, capacity, deadlock,
// mode, poll, fifo, socketpair, named.
package pipe

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const title = "Pipes between parent and child"

// barePipe makes a pipe whose ends the caller closes.
func barePipe(t *Trial) (r, w int) {
	r, w, err := posix.Pipe()
	t.NoError(err)
	return r, w
}

// fill writes equal pieces until no further one is taken whole, and returns how
// much the pipe holds then.
func fill(t *Trial, w, piece int) int {
	b := bytes.Repeat([]byte("x"), piece)
	for total := 0; ; {
		n, err := posix.Write(w, b)
		total += n
		if platform.ErrorName(err) == "EAGAIN" || n < piece && err == nil {
			return total
		}
		t.NoError(err)
	}
}

// nonblockingPipe makes a pipe that this process uses by system calls, which do not block.
func nonblockingPipe(t *Trial) (r, w int) {
	r, w = barePipe(t)
	t.Defer(func() { _ = posix.Close(r); _ = posix.Close(w) })
	t.NoError(errors.Join(posix.SetNonblock(r, true), posix.SetNonblock(w, true)))
	return r, w
}

// fileAt is the descriptor of that number in a list; its FD is -1 when it is not there.
func fileAt(files []platform.File, fd platform.FD) platform.File {
	if i := slices.IndexFunc(files, func(f platform.File) bool { return f.FD == fd }); i >= 0 {
		return files[i]
	}
	return platform.File{FD: -1}
}

var pipe7 = LinuxMan("pipe(7)")

// endsAfter observes that reading gives this and then the end of file, more than once.
func endsAfter(t *Trial, r io.Reader, rest string) {
	all, err := t.ReadAll(r)
	t.Observe("data read to the end of file", string(all)).To(Equal(rest))
	t.ObserveError("error of reading to the end of file", err).To(Equal("none"))
	_, err = r.Read(make([]byte, 1))
	t.ObserveError("error of one more read", err).To(Equal("EOF"))
}

// beyondPipe is more than pipes hold: 16 pages on Linux, which is 1 MiB where a page is
// 64 KiB.
const beyondPipe = 4 << 20

// pattern is data of which no part looks like another.
func pattern(size int) []byte {
	b := make([]byte, size)
	x := uint32(size) + 1
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// put makes a child write to its standard output.
func put(c *Process, data string) {
	MustCall(c, agent.Write, agent.WriteArgs{FD: 1, Data: platform.Text(data)})
}

// startReader starts a child whose standard input is a new pipe, and returns the
// write end; the parent's copy of the read end is closed.
func startReader(t *Trial) (*Process, *os.File) {
	r, w := t.Pipe()
	c := t.Start(Agent(), Stdin(r))
	t.NoError(r.Close())
	return c, w
}

// writeBroken writes one byte to a pipe whose reader has exited. Helpers of a runtime end a
// moment later than itself, and may hold the read end until then.
func writeBroken(t *Trial, reader *Process, w io.Writer) (n int, err error) {
	write := func() bool { n, err = w.Write([]byte("x")); return err != nil }
	if !write() && reader.Starter() != os.Getpid() {
		t.Eventually(write)
	}
	return n, err
}

// expectUnix expects the same of every Unix and something else of Windows.
func expectUnix(unix, windows types.GomegaMatcher) types.GomegaMatcher {
	return PerSystem(map[string]types.GomegaMatcher{"linux": unix, "darwin": unix, "freebsd": unix, "netbsd": unix,
		"openbsd": unix, "windows": windows})
}

// startWriter starts a child whose standard output is a new pipe, and returns the
// read end; the parent's copy of the write end is closed.
func startWriter(t *Trial) (*Process, *os.File) {
	r, w := t.Pipe()
	c := t.Start(Agent(), Stdout(w))
	t.NoError(w.Close())
	return c, r
}
