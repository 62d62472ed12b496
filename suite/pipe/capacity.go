package pipe

import (
	"os"
	"strconv"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("pipe", title, func() {
	Behaviour("pipe.capacity.default", Observed,
		"How much a pipe holds, filled in writes of one page, is not promised by any standard.",
		About(Unix), On(System),
		Cite(pipe7),
		Matters("A program that writes before anybody reads hangs from this size on; what is right for 64 KiB hangs with less."),
		Remedy("Never let correctness depend on it: read and write at the same time."), ProvedBy("pipe.write.edges"),
		Seen("rust-lang/cargo#9739", "ocaml/ocaml#14116"),
		Was("pipe.cap.default"),
		Try(func(t *Trial) {
			_, w := raw(t)
			t.Observe("bytes", fill(t, w, os.Getpagesize()))
		}))

	Behaviour("pipe.capacity.depends-on-write-size", Observed,
		"How much a pipe holds depends on the size of the writes where it is made of pages.",
		About(Unix), On(System),
		Cite(pipe7),
		Matters("A deadlock can come with smaller writes although the data is the same."),
		Was("pipe.cap.depends-on-write-size"),
		Try(func(t *Trial) {
			for _, size := range []int{8, 100, 4096, 4097} {
				_, w := raw(t)
				t.Observe("bytes in writes of "+strconv.Itoa(size), fill(t, w, size))
			}
		}))

	Behaviour("pipe.capacity.set", Must,
		"F_SETPIPE_SZ gives at least the capacity asked for, on both ends, and fails with EBUSY rather than lose data.",
		About(Linux), On(System),
		Cite(LinuxMan("fcntl(2)"), pipe7),
		Matters("How far a capacity is rounded up differs, and with it how much can be written before anybody reads."),
		Was("pipe.cap.set"),
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

	Behaviour("pipe.capacity.seen-by-child", Must,
		"A capacity that the parent has set holds for the child: both have the same pipe.",
		About(Linux),
		Cite(LinuxMan("fcntl(2)"), POSIX("fork")),
		Matters("A parent that makes the pipe larger means to keep its child from blocking."),
		Was("pipe.cap.child-visible"),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			page := os.Getpagesize()
			_, err := linux.SetPipeSize(int(w.Fd()), page)
			t.NoError(err)
			c := t.Start(Agent(), Stdin(r))
			t.Observe("pages in the child", MustCall(c, agent.PipeSize, 0)/page).To(Equal(1))
		}))

	Behaviour("pipe.capacity.default-windows", Observed,
		"What CreatePipe makes when it is asked for no size: a named pipe of one instance whose quotas are 4,096 bytes.",
		OnWindows(System, createPipe, AnonymousPipeOperations),
		Matters("It is a sixteenth of what Linux gives; a child that was fine there waits here."),
		Was("win.pipe.default-size"),
		Try(func(t *Trial) {
			r, w := newPipe(t)
			for _, c := range []struct {
				name string
				e    *end
			}{{"read end", r}, {"write end", w}} {
				i, err := win32.InfoOfPipe(c.e.Handle)
				t.ObserveError("GetNamedPipeInfo of the "+c.name, err)
				t.Observe(c.name+" is the server", i.Server)
				t.Observe("quotas of the "+c.name, []uint32{i.Out, i.In})
				t.Observe("instances of the "+c.name, i.Instances)
			}
		}))
})
