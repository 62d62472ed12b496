package pipe

import (
	"os"
	"strconv"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("pipe", title, func() {
	Behaviour("pipe.capacity.default", Observed,
		"A pipe that is filled in writes of one page holds 16 pages on Linux; no standard promises a capacity.",
		About(Unix), On(System),
		Cite(pipe7),
		Matters("A program that writes before a reader reads hangs from this size on. What is right for 64 KiB hangs "+
			"with less: Linux gives one or two pages to a user who already has many pipes."),
		Remedy("Read and write at the same time, so that nothing depends on the capacity."), ProvedBy("pipe.write.edges"),
		Seen("rust-lang/cargo#9739", "ocaml/ocaml#14116"),
		Was("pipe.cap.default"),
		Try(func(t *Trial) {
			_, w := nonblockingPipe(t)
			t.Observe("bytes that the pipe holds", fill(t, w, os.Getpagesize()))
		}))

	Behaviour("pipe.capacity.depends-on-write-size", Observed,
		"How many bytes a pipe holds depends on the size of the writes where it is made of pages, as on Linux.",
		About(Unix), On(System),
		Cite(pipe7),
		Matters("A deadlock can come with smaller writes although the data is the same."),
		Was("pipe.cap.depends-on-write-size"),
		Try(func(t *Trial) {
			for _, size := range []int{8, 100, 4096, 4097} {
				_, w := nonblockingPipe(t)
				t.Observe("bytes in writes of "+strconv.Itoa(size), fill(t, w, size))
			}
		}))

	Behaviour("pipe.capacity.set", Must,
		"F_SETPIPE_SZ gives both ends at least the capacity asked for, as far as the limits for unprivileged users "+
			"permit, and fails with EBUSY rather than lose data.",
		About(Linux), On(System),
		Cite(LinuxMan("fcntl(2)"), pipe7),
		Matters("How far a capacity is rounded up differs, and with it how much can be written before a reader reads."),
		Was("pipe.cap.set"),
		Try(func(t *Trial) {
			page := os.Getpagesize()
			r, w := nonblockingPipe(t)
			for _, c := range []struct {
				asked string
				size  int
			}{{"1 byte", 1}, {"a page and a byte", page + 1}, {"3 pages", 3 * page}} {
				got, err := linux.SetPipeSize(w, c.size)
				if platform.ErrorName(err) == "EPERM" {
					t.Unmet("pipe-max-size, or pipe-user-pages-soft for all pipes of this user, permits no more than it has")
				}
				t.ObserveError("error of asking for "+c.asked, err).To(Equal("none"))
				t.Observe("bytes given for "+c.asked, got).To(BeNumerically(">=", c.size))
				seen, err := linux.PipeSize(r)
				t.NoError(err)
				t.Observe("whether the read end has as many, asked for "+c.asked, seen == got).To(BeTrue())
			}
			got, err := linux.PipeSize(w)
			t.NoError(err)
			held := fill(t, w, page)
			t.Observe("whether it holds as many as it says, in writes of one page", held >= got).To(BeTrue())
			_, err = linux.SetPipeSize(w, page)
			t.ObserveError("error of asking for one page when the pipe is full", err).To(Equal("EBUSY"))
			all, err := take(r, held)
			t.ObserveError("error of reading all that it held", err).To(Equal("none"))
			t.Observe("whether all that it held is there", string(all) == strings.Repeat("x", held)).To(BeTrue())
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
			before, err := linux.PipeSize(int(w.Fd()))
			t.NoError(err)
			given, err := linux.SetPipeSize(int(w.Fd()), page) // the kernel may give more
			t.NoError(err)
			if given == before {
				t.Unmet("a pipe has only %d bytes here before its capacity is set", before)
			}
			c := t.Start(Agent(), Stdin(r))
			t.Observe("capacity that the child sees, in pages", MustCall(c, agent.PipeSize, 0)/page).To(Equal(given / page))
		}))

	Behaviour("pipe.capacity.anonymous", Observed,
		"CreatePipe, asked for no size, makes a named pipe of one instance whose sizes are 4,096 bytes.",
		OnWindows(System, CreatePipe, AnonymousPipeOperations),
		Matters("That is a sixteenth of what Linux gives: a child whose output fits there waits for its reader here."),
		Was("win.pipe.default-size"),
		Try(func(t *Trial) {
			p := NewHandlePipe(t, false)
			for _, c := range []struct {
				name string
				h    *Handle
			}{{"read end", p.R}, {"write end", p.W}} {
				i, err := win32.NamedPipeInfo(c.h.Handle)
				t.ObserveError("error of GetNamedPipeInfo of the "+c.name, err)
				t.Observe("whether the "+c.name+" is the server end", i.Server)
				t.Observe("buffer sizes of the "+c.name, []uint32{i.Out, i.In})
				t.Observe("greatest number of instances of the "+c.name, i.Instances)
			}
		}))
})
