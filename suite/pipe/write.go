package pipe

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/posix"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

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

var _ = Area("pipe", title, func() {
	Behaviour("pipe.write.nonblock-small", Must,
		"A write of at most PIPE_BUF bytes that does not block and has too little room writes nothing and fails with EAGAIN.",
		About(Unix), On(System),
		Cite(POSIX("write"), pipe7),
		Matters("Records of several writers stay whole only as long as this holds."),
		Was("pipe.write.nb-small-all-or-nothing"),
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

	Behaviour("pipe.write.nonblock-large", Must,
		"A write of more than PIPE_BUF bytes that does not block writes what there is room for, and returns how much that was.",
		About(Unix), On(System),
		Cite(POSIX("write"), pipe7),
		Matters("Every writer has to add up what was written and to go on from there."),
		Was("pipe.write.nb-large-partial"),
		Try(func(t *Trial) {
			_, w := raw(t)
			const size = 4 << 20
			n, err := posix.Write(w, make([]byte, size))
			t.ObserveError("error", err).To(Equal("none"))
			t.Observe("a part was written", 0 < n && n < size).To(BeTrue())
			_, err = posix.Write(w, make([]byte, size))
			t.ObserveError("error of the next one", err).To(Equal("EAGAIN"))
		}))

	Behaviour("pipe.write.pipe-buf", Must,
		"PIPE_BUF, the largest write that is never split, is at least 512 bytes.",
		About(Unix), On(System),
		Cite(POSIX("write"), Document("POSIX.1-2024 <limits.h>", "https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/limits.h.html"), pipe7),
		Matters("Writers that share a pipe line by line rely on lines of up to this length staying whole."),
		Was("pipe.buf.value"),
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

	Behaviour("pipe.write.atomic", Must,
		"Writes of at most PIPE_BUF bytes by several processes never mix.",
		About(Unix), On(System),
		Cite(POSIX("write"), pipe7),
		Matters("Several children can share a log or a result pipe, line by line, without a lock."),
		Was("pipe.buf.atomic"),
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

	Behaviour("pipe.write.edges", Should,
		"Data of every size comes back whole from a child that echoes it: nothing, one byte, a page and a pipe and one byte more or less, a mebibyte.",
		Matters("Off-by-one errors of buffers and short writes that nobody adds up show at these sizes."),
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
				if n, answered := Reply(c, agent.Echo); !whole || err != nil || answered != nil || n != size || string(back) != string(data) {
					wrong = append(wrong, size)
				}
			}
			t.Observe("sizes", sizes)
			t.Observe("sizes that did not come back whole", wrong).To(BeEmpty())
			t.NoError(Send(c, agent.Echo, 0))
			t.NoError(w.Close())
			ends(t, r, "")
		}))

	Behaviour("pipe.write.blocks", Must,
		"A child that writes more than its output's pipe holds does not end before somebody reads.",
		Cite(POSIX("write"), AnonymousPipeOperations),
		Matters("Waiting for the end of a child first and reading its output then works for short output only."),
		Remedy("Read while the child runs, then wait."), ProvedBy("pipe.write.edges"),
		Was("stdio.full-pipe-blocks"),
		Try(func(t *Trial) {
			c, r := writing(t)
			const much = 1 << 20
			t.NoError(Send(c, agent.WriteBlocks, agent.BlocksArgs{FD: 1, Count: much / 4096, Size: 4096, Letter: 'x'}))
			c.Exit(0)
			var end WaitResult
			wait := t.Go(func() error { end = c.Wait(); return nil })
			t.Observe("the wait lasts", wait.State() == Blocked).To(BeTrue())
			all, err := t.ReadAll(r)
			t.ObserveError("error of the reading", err).To(Equal("none"))
			t.Observe("bytes read", len(all)).To(Equal(much))
			t.Observe("then it ends", wait.Returned()).To(BeTrue())
			t.Observe("with", end.String()).To(Equal("exit 0"))
		}))

	Behaviour("pipe.write.blocks-windows", Must,
		"A write that does not fit waits until a reader has made room, and then has written everything.",
		OnWindows(System, createPipe, AnonymousPipeOperations),
		Matters("A child that prints more than the pipe holds stops until somebody reads: the parent that waits for it first waits for ever."),
		Remedy("Read while the child runs, or give it a file."),
		Was("win.pipe.write-blocks"),
		Try(func(t *Trial) {
			r, w := newPipe(t)
			n, err := w.write(strings.Repeat("x", quota))
			t.Observe("bytes of a write that fits", n).To(Equal(quota))
			t.ObserveError("its error", err).To(Equal("none"))
			writing := t.Go(func() error { n, err = win32.Write(w.Handle, []byte("more")); return nil })
			t.Observe("one that does not fit waits", writing.State() == Blocked).To(BeTrue())
			text, _ := r.read(quota)
			t.Observe("bytes that make room", len(text)).To(Equal(quota))
			t.Observe("then it ends", writing.Returned()).To(BeTrue())
			t.Observe("bytes it has written", n).To(Equal(4))
			t.ObserveError("with", err).To(Equal("none"))
		}))

	Behaviour("pipe.write.zero-length", Observed,
		"Whether a write of no bytes wakes a reader of an anonymous pipe: it succeeds and the reader goes on waiting.",
		OnWindows(System, ReadFile, WriteFile),
		Matters("The documentation of ReadFile can be read the other way; runtimes have taken such a read for the end of file."),
		Seen("ponylang/ponyc#5747", "msys2/msys2-runtime#271"),
		Was("win.pipe.zero-write"),
		Try(func(t *Trial) {
			r, w := newPipe(t)
			var text string
			buffer := make([]byte, 8)
			read := t.Go(func() error {
				n, err := win32.Read(r.Handle, buffer)
				text = string(buffer[:n])
				return err
			})
			t.Observe("a read of an empty pipe waits", read.State() == Blocked)
			n, werr := w.write("")
			t.Observe("bytes written", n)
			t.ObserveError("error of the write", werr)
			still := read.State() == Blocked
			t.Observe("the read waits on", still)
			if still {
				_, werr = w.write("data")
				t.ObserveError("a write of data", werr)
			}
			t.Observe("then the read ends", read.Returned())
			t.Observe("what it has read", text)
			t.ObserveError("its error", read.Err())
		}))
})
