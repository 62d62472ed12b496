package pipe

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// take reads so many bytes.
func take(r, size int) ([]byte, error) {
	b := make([]byte, size)
	for at := 0; at < size; {
		n, err := posix.Read(r, b[at:])
		if err != nil {
			return b[:at], err
		}
		at += n
	}
	return b, nil
}

// pipeBuf is the largest power of two of up to 64 KiB for which no write of that size is
// split, although there is room for a part of it. With room for one byte Linux splits
// whatever leaves one byte in the last page.
func pipeBuf(t *Trial) int {
	for size := 256; size < 1<<16; size *= 2 {
		_, w := leaving(t, 1)
		if n, err := posix.Write(w, make([]byte, size)); err == nil && n < size {
			return size / 2
		}
		_, w = leaving(t, 1)
		if n, err := posix.Write(w, make([]byte, size+1)); err == nil && n < size+1 {
			return size
		}
	}
	return 1 << 16
}

// leaving fills a pipe up to a room of so many bytes, as far as the system
// counts its room in bytes.
func leaving(t *Trial, room int) (r, w int) {
	r, w = nonblockingPipe(t)
	capacity := fill(t, w, os.Getpagesize())
	_, err := take(r, capacity)
	t.NoError(err)
	_, err = posix.Write(w, make([]byte, capacity-room))
	t.NoError(err)
	return r, w
}

var _ = Area("pipe", title, func() {
	Behaviour("pipe.write.nonblock-small", Must,
		"A write of at most PIPE_BUF bytes to a pipe that has a reader and too little room, through a descriptor that does "+
			"not block, writes nothing and fails with EAGAIN.",
		About(Unix), On(System),
		Cite(POSIX("write"), pipe7),
		Matters("Records of several writers stay whole only as long as this holds."),
		Was("pipe.write.nb-small-all-or-nothing"),
		Try(func(t *Trial) {
			r, w := leaving(t, 100)
			for _, c := range []struct {
				shown string
				size  int
			}{{"512", 512}, {"PIPE_BUF", min(pipeBuf(t), 4096)}} {
				n, err := posix.Write(w, bytes.Repeat([]byte("y"), c.size))
				t.Observe("bytes written of "+c.shown+" into a room of 100", n).To(Equal(0))
				t.ObserveError("error of the write of "+c.shown+" bytes into a room of 100", err).To(Equal("EAGAIN"))
			}
			held := make([]byte, 1<<20)
			made, err := posix.Read(r, held)
			t.ObserveError("error of a read", err).To(Equal("none"))
			n, err := posix.Write(w, make([]byte, 512))
			t.Observe("bytes written after a read that made room", n).To(Equal(512))
			t.ObserveError("error of the write after a read that made room", err).To(Equal("none"))
			t.Observe("whether the read made room for more than 512 bytes", made > 512).To(BeTrue())
			rest, err := take(r, 1<<20)
			t.ObserveError("error of reading to the end of what the pipe holds", err).To(Equal("EAGAIN"))
			t.Observe("whether a part of what was refused is in the pipe",
				bytes.Contains(append(held[:made], rest...), []byte("y"))).To(BeFalse())
		}))

	Behaviour("pipe.write.nonblock-large", Must,
		"A write of more than PIPE_BUF bytes to a pipe that has a reader, through a descriptor that does not block, writes "+
			"all or a part and returns how much that was, or fails with EAGAIN; it never waits.",
		About(Unix), On(System),
		Cite(POSIX("write"), pipe7),
		Matters("Every writer has to add up what was written and to go on from there."),
		Was("pipe.write.nb-large-partial"),
		Try(func(t *Trial) {
			r, w := nonblockingPipe(t)
			data := pattern(beyondPipe)
			write := func(w, size int) (n int, state State, err error) {
				call := t.Go(func() error { n, err = posix.Write(w, data[:size]); return nil })
				state = call.Final()
				return n, state, err
			}
			n, state, err := write(w, beyondPipe)
			t.Observe("state of a write of 4 MiB into an empty pipe", state).To(Equal(Returned))
			t.ObserveError("error of a write of 4 MiB into an empty pipe", err).To(Equal("none"))
			t.Observe("whether it wrote a part", 0 < n && n < beyondPipe).To(BeTrue())
			_, state, err = write(w, beyondPipe)
			t.Observe("state of a write into a full pipe", state).To(Equal(Returned))
			t.ObserveError("error of a write into a full pipe", err).To(Equal("EAGAIN"))
			got, err := take(r, n)
			t.ObserveError("error of reading the part", err).To(Equal("none"))
			t.Observe("whether the part is what was written", string(got) == string(data[:n])).To(BeTrue())
			_, err = posix.Read(r, make([]byte, 1))
			t.ObserveError("error of reading more", err).To(Equal("EAGAIN"))

			whole := min(n, 4200) // a user with many pipes gets small ones
			n, state, err = write(w, whole)
			t.Observe("state of a write into an empty pipe that has room for it", state).To(Equal(Returned))
			t.ObserveError("error of a write into an empty pipe that has room for it", err).To(Equal("none"))
			t.Observe("whether all of it was written", n == whole).To(BeTrue())

			const room, size = 100, 4200
			_, almostFull := leaving(t, room)
			n, state, err = write(almostFull, size)
			t.Observe("state of a write of 4200 bytes into a room of 100", state).To(Equal(Returned))
			t.Observe("whether it wrote a part or failed with EAGAIN",
				err == nil && 0 < n && n < size || platform.ErrorName(err) == "EAGAIN" && n == 0).To(BeTrue())
		}))

	Behaviour("pipe.write.nonblock-room", Observed,
		"A write of more than PIPE_BUF bytes that does not block need not use the room that there is: Linux uses what "+
			"is left of the last page only where the rest of the request, beyond whole pages, fits into it.",
		About(Unix), On(System),
		Cite(POSIX("write"), pipe7),
		Matters("A writer that POSIX lets expect progress from any room gets EAGAIN, although poll may report POLLOUT."),
		Remedy("After EAGAIN wait with poll and then write no more than PIPE_BUF bytes: for those there is room."),
		Try(func(t *Trial) {
			for _, size := range []int{4097, 4196, 4200, 5000} {
				_, w := leaving(t, 100)
				n, err := posix.Write(w, make([]byte, size))
				t.Observe(fmt.Sprintf("bytes written of %d into a room of 100", size), n)
				t.ObserveError(fmt.Sprintf("error of a write of %d bytes into a room of 100", size), err)
			}
		}))

	Behaviour("pipe.write.pipe-buf", Must,
		"PIPE_BUF, the largest write that is guaranteed not to be split, is at least 512 bytes, on Linux 4096.",
		About(Unix), On(System),
		Cite(POSIX("write"), Document("POSIX.1-2024 <limits.h>",
			"https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/limits.h.html"), pipe7),
		Matters("Writers that share a pipe line by line rely on lines of up to this length staying whole."),
		Was("pipe.buf.value"),
		Try(func(t *Trial) {
			atLeast := func(n int) types.GomegaMatcher { return BeNumerically(">=", n) }
			t.Observe("largest write of up to 64 KiB that is not split", pipeBuf(t)).
				To(PerSystem(map[string]types.GomegaMatcher{"linux": atLeast(4096), "darwin": atLeast(512),
					"freebsd": atLeast(512), "netbsd": atLeast(512), "openbsd": atLeast(512)}))
		}))

	Behaviour("pipe.write.atomic", Must,
		"Writes of at most PIPE_BUF bytes to one pipe by several processes never mix.",
		About(Unix), On(System),
		Cite(POSIX("write"), pipe7),
		Matters("Several children can share a log or a result pipe without a lock, in lines of up to PIPE_BUF bytes, each "+
			"written in one call."),
		Was("pipe.buf.atomic"),
		Try(func(t *Trial) {
			const writers, count = 4, 100
			limit := min(pipeBuf(t), 4096)
			for _, blocks := range []struct {
				which string
				size  int
			}{
				{"", limit},
				// Sizes that do not fill a pipe evenly: for some writes there is room for a part.
				{", each 3 bytes less", limit - 3}, {", each less than three quarters", limit*3/4 - 72},
			} {
				size := blocks.size
				r, w := t.Pipe()
				for i := range writers {
					c := t.Start(Agent(), Stdout(w))
					t.NoError(Send(c, agent.WriteBlocks, agent.BlocksArgs{FD: 1, Count: count, Size: size, Letter: 'a' + byte(i)}))
					c.Exit(0)
				}
				t.NoError(w.Close())
				all, err := t.ReadAll(r)
				t.ObserveError("error of the reading"+blocks.which, err).To(Equal("none"))
				t.Observe("bytes read"+blocks.which, len(all)).To(Equal(writers * count * size))
				mixed := 0
				for ; len(all) >= size; all = all[size:] {
					if !bytes.Equal(all[:size], bytes.Repeat(all[:1], size)) {
						mixed++
					}
				}
				t.Observe("blocks that are mixed"+blocks.which, mixed).To(Equal(0))
			}
		}))

	Behaviour("pipe.write.edges", Should,
		"Data of every size comes back whole from a child that echoes it: nothing, one byte, a mebibyte, and one byte "+
			"more or less than 512 bytes, 4 KiB and 64 KiB, the limits and sizes of common pipes.",
		Matters("Off-by-one errors of buffers and short writes whose rest is lost show at these sizes."),
		Was("pipe.size.edges"),
		Try(func(t *Trial) {
			in, w := t.Pipe()
			r, out := t.Pipe()
			c := t.Start(Agent(), Stdin(in), Stdout(out))
			t.NoError(errors.Join(in.Close(), out.Close()))
			sizes := []int{1, 2, 511, 512, 513, 4095, 4096, 4097, 65535, 65536, 65537, 1 << 20}
			wrong := []int{}
			for _, size := range sizes {
				if err := Send(c, agent.Echo, size); err != nil {
					t.Fail("the child did not come up: %v", err)
				}
				data := pattern(size)
				go func() { _, _ = w.Write(data) }()
				back := make([]byte, size)
				var err error
				whole := t.Go(func() error { _, err = io.ReadFull(r, back); return nil }).Returned()
				n, answered := Reply(c, agent.Echo)
				if !whole || err != nil || answered != nil || n != size || string(back) != string(data) {
					wrong = append(wrong, size)
				}
			}
			t.Observe("sizes", sizes)
			t.Observe("sizes that did not come back whole", wrong).To(BeEmpty())
			t.NoError(Send(c, agent.Echo, 0))
			c.Exit(0) // then; who started it may hold the write end as long as it runs
			t.NoError(w.Close())
			endsAfter(t, r, "")
		}))

	Behaviour("pipe.write.blocks", Must,
		"A child that writes more than a pipe holds, through a descriptor or handle that blocks, to a pipe that keeps a "+
			"reader, waits in its write, and does not exit, until the reader has made room; then everything is written.",
		Cite(POSIX("write"), AnonymousPipeOperations),
		Matters("Waiting for the exit of a child first and reading its output then works for short output only."),
		Remedy("Read while the child runs, then wait; or give the child a file."), ProvedBy("pipe.write.edges"),
		Was("stdio.full-pipe-blocks", "win.pipe.write-blocks"),
		Try(func(t *Trial) {
			c, r := startWriter(t)
			t.NoError(Send(c, agent.WriteBlocks,
				agent.BlocksArgs{FD: 1, Count: beyondPipe / 4096, Size: 4096, Letter: 'x'}))
			c.Exit(0)
			var end WaitResult
			wait := t.Go(func() error { end = c.Wait(); return nil })
			t.Observe("state of the wait before the reading", wait.State()).To(Equal(Blocked))
			all, err := t.ReadAll(r)
			t.ObserveError("error of the reading", err).To(Equal("none"))
			t.Observe("bytes read", len(all)).To(Equal(beyondPipe))
			t.Observe("state of the wait after the reading", wait.Final()).To(Equal(Returned))
			t.Observe("exit status of the child", end.String()).To(Equal("exit 0"))
		}))

	Behaviour("pipe.write.zero-length", Observed,
		"Whether a write of no bytes wakes the reader of an anonymous pipe is open: the documentation of ReadFile says "+
			"that its read returns no bytes, Wine's goes on waiting.",
		OnWindows(System, ReadFile, WriteFile),
		Matters("A reader that takes a read of no bytes for the end of file stops listening to a child that lives."),
		Seen("joyent/libuv#985"),
		Was("win.pipe.zero-write"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			var text string
			buffer := make([]byte, 8)
			read := t.Go(func() error {
				n, err := win32.Read(p.R.Handle, buffer)
				text = string(buffer[:n])
				return err
			})
			t.Observe("state of a read of an empty pipe", read.State())
			n, err := p.W.Write("")
			t.Observe("bytes of the write of none", n)
			t.ObserveError("error of the write of none", err)
			state := read.State()
			t.Observe("state of the read after the write of none", state)
			if state == Blocked {
				_, err = p.W.Write("data")
				t.ObserveError("error of a write of data", err)
			}
			t.Observe("state of the read in the end", read.Final())
			t.Observe("data of the read", text)
			t.ObserveError("error of the read", read.Err())
		}))
})
