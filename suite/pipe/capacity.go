package pipe

import (
	"bytes"
	"errors"
	"os"
	"strconv"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// raw makes a pipe that this process uses by system calls, which do not block.
func raw(t *Trial) (r, w int) {
	r, w = bare(t)
	t.Defer(func() { _ = posix.Close(r); _ = posix.Close(w) })
	t.NoError(errors.Join(posix.SetNonblock(r, true), posix.SetNonblock(w, true)))
	return r, w
}

// bare makes a pipe whose ends the caller closes.
func bare(t *Trial) (r, w int) {
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

// leaving fills a pipe up to a room of so many bytes, as far as the system
// counts its room in bytes.
func leaving(t *Trial, room int) (r, w int) {
	r, w = raw(t)
	capacity := fill(t, w, os.Getpagesize())
	t.NoError(drain(r, capacity))
	_, err := posix.Write(w, make([]byte, capacity-room))
	t.NoError(err)
	return r, w
}

func drain(r, size int) error {
	for b := make([]byte, size); size > 0; {
		n, err := posix.Read(r, b)
		if err != nil {
			return err
		}
		size -= n
	}
	return nil
}

var _ = Area("pipe", title, func() {
	Behaviour("pipe.write.nb-small-all-or-nothing", Must,
		"A write of at most PIPE_BUF bytes that does not block and has too little room writes nothing and fails with EAGAIN.",
		About(Unix), On(System),
		Cite(POSIX("write"), pipe7),
		Matters("Records of several writers stay whole only as long as this holds."),
		Try(func(t *Trial) {
			r, w := leaving(t, 100)
			n, err := posix.Write(w, make([]byte, 512))
			t.Observe("written of 512 bytes into a room of 100", n).To(Equal(0))
			t.ObserveError("error", err).To(Equal("EAGAIN"))
			b := make([]byte, 1<<20)
			before, err := posix.Read(r, b)
			t.ObserveError("error of a read", err).To(Equal("none"))
			n, err = posix.Write(w, make([]byte, 512))
			t.Observe("written after a read that made room", n).To(Equal(512))
			t.ObserveError("error then", err).To(Equal("none"))
			t.Observe("the read got everything", before > 512).To(BeTrue())
		}))

	Behaviour("pipe.write.nb-large-partial", Must,
		"A write of more than PIPE_BUF bytes that does not block writes what there is room for, and returns how much that was.",
		About(Unix), On(System),
		Cite(POSIX("write"), pipe7),
		Matters("Every writer has to add up what was written and to go on from there."),
		Try(func(t *Trial) {
			_, w := raw(t)
			const size = 4 << 20
			n, err := posix.Write(w, make([]byte, size))
			t.ObserveError("error", err).To(Equal("none"))
			t.Observe("a part was written", 0 < n && n < size).To(BeTrue())
			_, err = posix.Write(w, make([]byte, size))
			t.ObserveError("error of the next one", err).To(Equal("EAGAIN"))
		}))

	Behaviour("pipe.buf.value", Must,
		"PIPE_BUF, the largest write that is never split, is at least 512 bytes.",
		About(Unix), On(System),
		Cite(POSIX("write"), Document("POSIX.1-2024 <limits.h>", "https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/limits.h.html"), pipe7),
		Matters("Writers that share a pipe line by line rely on lines of up to this length staying whole."),
		Try(func(t *Trial) {
			// The first power of two of which one byte more is split. With room for
			// one byte Linux splits whatever leaves one byte in the last page.
			buf := 0
			for size := 256; size <= 1<<16 && buf == 0; size *= 2 {
				_, w := leaving(t, 1)
				if n, err := posix.Write(w, make([]byte, size+1)); err == nil && n < size+1 {
					buf = size
				}
			}
			t.Observe("PIPE_BUF as found", buf).To(BeNumerically(">=", 512))
		}))

	Behaviour("pipe.buf.atomic", Must,
		"Writes of at most PIPE_BUF bytes by several processes never mix.",
		About(Unix), On(System),
		Cite(POSIX("write"), pipe7),
		Matters("Several children can share a log or a result pipe, line by line, without a lock."),
		Try(func(t *Trial) {
			const writers, count, size = 4, 100, 512
			r, w := t.Pipe()
			for i := range writers {
				c := t.Start(Agent(), Stdout(w))
				t.NoError(Send(c, agent.WriteBlocks, agent.BlocksArgs{FD: 1, Count: count, Size: size, Letter: 'a' + byte(i)}))
				c.Exit(0)
			}
			t.NoError(w.Close())
			all, err := t.ReadAll(r)
			t.ObserveError("error of the reading", err).To(Equal("none"))
			t.Observe("bytes read", len(all)).To(Equal(writers * count * size))
			mixed := 0
			for ; len(all) >= size; all = all[size:] {
				if !bytes.Equal(all[:size], bytes.Repeat(all[:1], size)) {
					mixed++
				}
			}
			t.Observe("blocks that are mixed", mixed).To(Equal(0))
		}))

	Behaviour("pipe.cap.default", Observed,
		"How much a pipe holds, filled in writes of one page, is not promised by any standard.",
		About(Unix), On(System),
		Cite(pipe7),
		Matters("A program that writes before anybody reads hangs from this size on; what is right for 64 KiB hangs with less."),
		Remedy("Never let correctness depend on it: read and write at the same time."), ProvedBy("pipe.size.edges"),
		Seen("rust-lang/cargo#9739", "ocaml/ocaml#14116"),
		Try(func(t *Trial) {
			_, w := raw(t)
			t.Observe("bytes", fill(t, w, os.Getpagesize()))
		}))

	Behaviour("pipe.cap.depends-on-write-size", Observed,
		"How much a pipe holds depends on the size of the writes where it is made of pages.",
		About(Unix), On(System),
		Cite(pipe7),
		Matters("A deadlock can come with smaller writes although the data is the same."),
		Try(func(t *Trial) {
			for _, size := range []int{8, 100, 4096, 4097} {
				_, w := raw(t)
				t.Observe("bytes in writes of "+strconv.Itoa(size), fill(t, w, size))
			}
		}))

	Behaviour("pipe.cap.set", Must,
		"F_SETPIPE_SZ gives at least the capacity asked for, on both ends, and fails with EBUSY rather than lose data.",
		About(Linux), On(System),
		Cite(LinuxMan("fcntl(2)"), pipe7),
		Matters("How far a capacity is rounded up differs, and with it how much can be written before anybody reads."),
		Try(func(t *Trial) {
			page := os.Getpagesize()
			r, w := raw(t)
			for _, c := range []struct {
				asked string
				size  int
			}{{"1 byte", 1}, {"a page and a byte", page + 1}, {"17 pages", 17 * page}} {
				got, err := linux.SetPipeSize(w, c.size)
				t.ObserveError("error of asking for "+c.asked, err).To(Equal("none"))
				t.Observe("bytes given for "+c.asked, got).To(BeNumerically(">=", c.size))
				seen, err := linux.PipeSize(r)
				t.NoError(err)
				t.Observe("the other end has them, asked for "+c.asked, seen == got).To(BeTrue())
			}
			fill(t, w, page)
			_, err := linux.SetPipeSize(w, page)
			t.ObserveError("one page for what is full", err).To(Equal("EBUSY"))
		}))

	Behaviour("pipe.cap.child-visible", Must,
		"A capacity that the parent has set holds for the child: both have the same pipe.",
		About(Linux),
		Cite(LinuxMan("fcntl(2)"), POSIX("fork")),
		Matters("A parent that makes the pipe larger means to keep its child from blocking."),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			page := os.Getpagesize()
			_, err := linux.SetPipeSize(int(w.Fd()), page)
			t.NoError(err)
			c := t.Start(Agent(), Stdin(r))
			t.Observe("pages in the child", MustCall(c, agent.PipeSize, 0)/page).To(Equal(1))
		}))

	Behaviour("pipe.read.empty-nonblock", Must,
		"A read that does not block fails with EAGAIN when the pipe is empty and has a writer, and returns 0 when it has none.",
		About(Unix), On(System),
		Cite(POSIX("read")),
		Matters("Nothing yet and nothing any more are two answers; a loop that takes one for the other spins or stops early."),
		Try(func(t *Trial) {
			r, w := bare(t)
			t.Defer(func() { _ = posix.Close(r) })
			t.NoError(posix.SetNonblock(r, true))
			_, err := posix.Read(r, make([]byte, 1))
			t.ObserveError("with a writer", err).To(Equal("EAGAIN"))
			t.NoError(posix.Close(w))
			n, err := posix.Read(r, make([]byte, 1))
			t.ObserveError("without one", err).To(Equal("none"))
			t.Observe("bytes", n).To(Equal(0))
		}))

	Behaviour("pipe.poll.hup-data", Observed,
		"What poll says of a pipe that has data and no writer.",
		About(Unix), On(System),
		Cite(POSIX("poll")),
		Matters("A loop that acts on POLLHUP before POLLIN loses the last data."),
		Remedy("Read until the read says that it is the end."), ProvedBy("pipe.data.survives-writer-exit"),
		Try(func(t *Trial) {
			r, w := bare(t)
			t.Observe("empty, with a writer", ready(t, r))
			_, err := posix.Write(w, []byte("x"))
			t.NoError(err)
			t.Observe("data, with a writer", ready(t, r))
			t.NoError(posix.Close(w))
			t.Observe("data, without a writer", ready(t, r))
			t.NoError(posix.Close(r))
		}))

	Behaviour("pipe.poll.hup-only", Observed,
		"What poll says of a drained pipe without a writer.",
		About(Unix), On(System),
		Cite(POSIX("poll")),
		Matters("A loop that waits for POLLIN alone misses the end of file where it is POLLHUP alone."),
		Remedy("Treat POLLHUP as a reason to read."), ProvedBy("pipe.read.empty-nonblock"),
		Seen("ziglang/zig#8988"),
		Try(func(t *Trial) {
			r, w := bare(t)
			t.NoError(posix.Close(w))
			t.Observe("ready", ready(t, r))
			t.NoError(posix.Close(r))
		}))

	Behaviour("pipe.poll.err-writer", Observed,
		"What poll says of a pipe that nobody reads any more, to its writer.",
		About(Unix), On(System),
		Cite(POSIX("poll"), pipe7),
		Matters("A loop that waits for room alone never learns that the reader is gone."),
		Seen("tokio-rs/tokio#2218"),
		Try(func(t *Trial) {
			r, w := bare(t)
			t.NoError(posix.Close(r))
			t.Observe("ready", ready(t, w))
			t.NoError(posix.Close(w))
		}))
})

// ready is what poll says of a descriptor.
func ready(t *Trial, fd int) []string {
	events, err := posix.Poll(fd)
	t.NoError(err)
	return events
}
