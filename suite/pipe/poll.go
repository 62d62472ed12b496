package pipe

import (
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// ready is what poll says of a descriptor.
func ready(t *Trial, fd int) []string {
	events, err := posix.Poll(fd)
	t.NoError(err)
	return events
}

var _ = Area("pipe", title, func() {
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
