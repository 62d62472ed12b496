package pipe

import (
	"os"
	"slices"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// events is what poll reports of a descriptor.
func events(t *Trial, fd int) []string {
	all, err := posix.Poll(fd)
	t.NoError(err)
	return all
}

var _ = Area("pipe", title, func() {
	Behaviour("pipe.poll.hup-data", Must,
		"Of the read end of a pipe that has lost its last writer, poll reports POLLHUP, with data left in the pipe and "+
			"without, and POLLIN as long as there is data to read.",
		About(Unix), On(System),
		Cite(POSIX("poll")),
		Matters("A loop that acts on POLLHUP before POLLIN loses the last data."),
		Remedy("Read until the read says that it is the end."), ProvedBy("pipe.data.survives-writer-exit"),
		Try(func(t *Trial) {
			// A read end that can be written too, as on FreeBSD and OpenBSD, has room.
			of := func(fd int) []string {
				return slices.DeleteFunc(events(t, fd), func(event string) bool { return event == "POLLOUT" })
			}
			r, w := barePipe(t)
			t.Observe("events of an empty pipe with a writer", of(r)).To(BeEmpty())
			_, err := posix.Write(w, []byte("x"))
			t.NoError(err)
			t.Observe("events of a pipe with data and a writer", of(r)).To(Equal([]string{"POLLIN"}))
			t.NoError(posix.Close(w))
			t.Observe("events of a pipe with data and no writer", of(r)).To(ContainElements("POLLIN", "POLLHUP"))
			_, err = posix.Read(r, make([]byte, 1))
			t.NoError(err)
			t.Observe("whether POLLHUP is among the events of a drained pipe without a writer",
				slices.Contains(of(r), "POLLHUP")).To(BeTrue())
			t.NoError(posix.Close(r))
		}))

	Behaviour("pipe.poll.hup-only", Observed,
		"POSIX leaves open whether poll reports POLLIN beside POLLHUP for a drained pipe that has no writer; Linux "+
			"reports POLLHUP alone.",
		About(Unix), On(System),
		Cite(POSIX("poll")),
		Matters("A loop that looks for POLLIN alone spins at the end of file where poll reports POLLHUP alone."),
		Remedy("Treat POLLHUP as a reason to read."), ProvedBy("pipe.read.empty-nonblock"),
		Seen("ziglang/zig#8988"),
		Try(func(t *Trial) {
			r, w := barePipe(t)
			t.NoError(posix.Close(w))
			t.Observe("events of the read end", events(t, r))
			t.NoError(posix.Close(r))
		}))

	Behaviour("pipe.poll.err-writer", Must,
		"Of the write end of a pipe that has no reader, poll reports POLLERR on Linux.",
		About(Linux), On(System),
		Cite(LinuxMan("poll(2)")),
		Matters("A loop that looks for POLLOUT alone spins when the pipe is full, because poll returns without it, and "+
			"never learns that the reader is gone."),
		Remedy("Take POLLERR and POLLHUP of a write end as a reason to write, and take the error from the write."),
		ProvedBy("pipe.broken.errno"),
		Seen("tokio-rs/tokio#2218"),
		Try(func(t *Trial) {
			r, w := barePipe(t)
			t.Observe("events of the write end of a pipe with a reader", events(t, w)).To(Equal([]string{"POLLOUT"}))
			t.NoError(posix.Close(r))
			t.Observe("events of the write end", events(t, w)).To(ContainElement("POLLERR"))
			t.NoError(posix.Close(w))

			r, w = barePipe(t)
			t.NoError(posix.SetNonblock(w, true))
			fill(t, w, os.Getpagesize())
			t.NoError(posix.Close(r))
			t.Observe("events of the write end of a full pipe", events(t, w)).To(ContainElement("POLLERR"))
			t.NoError(posix.Close(w))
		}))

	Behaviour("pipe.poll.err-writer-elsewhere", Observed,
		"What poll reports of the write end of a pipe that has no reader on macOS and the BSDs: by their sources POLLHUP, "+
			"where Linux reports POLLERR.",
		About(Darwin, BSD), On(System),
		Cite(POSIX("poll"), FreeBSDMan("poll(2)")),
		Matters("A loop that takes POLLERR alone for the loss of the reader does not see it there."),
		Remedy("Take POLLERR and POLLHUP of a write end as a reason to write, and take the error from the write."),
		ProvedBy("pipe.broken.errno"),
		Try(func(t *Trial) {
			r, w := barePipe(t)
			t.NoError(posix.Close(r))
			t.Observe("events of the write end", events(t, w))
			t.NoError(posix.Close(w))
		}))
})
