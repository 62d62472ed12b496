package boundary

import (
	"bytes"
	"errors"
	"io"
	"os"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/fixtures/boundary"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// large is three times what any pipe holds by default: 16 pages on Linux.
var large = agent.Payload{Name: "large", Data: bytes.Repeat([]byte("0123456789abcdef"), 3*os.Getpagesize())}

const heldOpen = "until python/cpython#118981 was mended, the parent held the child's end of the pipe while it " +
	"wrote, so no broken pipe could come"

var keepsTheReadEnd = all(
	known("the parent's error", "hang", heldOpen, 118981),
	known("the child's exit status", "not reached", heldOpen, 118981),
	known("the next value", "not reached", heldOpen, 118981),
	known("the child's exit status", "unknown", "start fails before the process object knows its child, which cannot "+
		"be waited for then", 118981))

var serverKnowsNoStatus = ofCPython("the child's exit status", 255,
	"before 3.7, the fork server reports 255 for every child that exits",
	"https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process.exitcode")

var writesBeforeItReads = all(
	ofCPython("the parent's error", "hang", "send returns when all is written, and neither side reads before it has",
		receiving.Link),
	ofCPython("the child's error", "not reached", "its parent waits", receiving.Link))

var callsBackAnyway = ofNode("the parent's error", "none", "when the child has exited, the rest of the message is "+
	"dropped and the callback reports success", issueOfNode(6767))

var dropsTheRest = all(
	ofNode("the child", "ended", "the beginning of a message is dropped at the end of the channel", disconnection),
	ofNode("the child's exit status", 0, "the child sees a disconnected parent", disconnection))

var diesOfSIGPIPE = Diverges("Perl", "the child's exit status", "unknown",
	"SIGPIPE ends a parent that does not ignore it, before it waits for its child",
	"https://perldoc.perl.org/perlipc#Avoiding-Pipe-Deadlocks")

var dropsThePart = all(
	ofPipes("the child", "ended", partialPacket, "Erlang"),
	ofPipes("the child's exit status", 0, partialPacket, "Erlang"))

// A port learns of the broken pipe and of the exit at the same moment, and
// reports the one that it looks at first.
var forgetsOneOfTwo = all(
	ofPipes("the child's exit status", "unknown", "a port that cannot write closes with epipe and reports no status",
		"Erlang"),
	ofPipes("the parent's error", "none", "port_command only queues, and a port whose child has exited drops what is "+
		"queued and reports the status alone", "Erlang"))

var writesThenReads = all(
	ofPipes("the parent's error", "hang", "both sides write more than a pipe holds before they read"),
	ofPipes("the child's error", "not reached", "both sides write more than a pipe holds before they read"))

// brokenPipe is the error of a write to a pipe that has no reader.
var brokenPipe = PerSystem(map[string]types.GomegaMatcher{
	"linux": Equal("EPIPE"), "darwin": Equal("EPIPE"), "freebsd": Equal("EPIPE"), "netbsd": Equal("EPIPE"),
	"openbsd": Equal("EPIPE"),
	"windows": Equal("ERROR_NO_DATA (232) or ERROR_BROKEN_PIPE (109)"),
})

var _ = Area("boundary", title, func() {
	Behaviour("boundary.write.resource-lifetime", Observed,
		"A lock that the parent drops after the start may be gone when the child opens it, since only its name is handed "+
			"over.",
		On("cpython/spawn", "cpython/forkserver"), Cite(pickling),
		Matters("A function that makes a lock, starts a process with it and returns works when the child is quick, and "+
			"fails when it is not."),
		Remedy("Keep a reference to the lock until the child has exited."),
		Was("bnd.write.resource-lifetime"),
		Try(func(t *Trial) {
			for _, reference := range []string{"dropped", "kept"} {
				s := t.RunScenario("dropped", "reference="+reference)
				t.Observe(reference+": the child", s.Text("child"))
				t.Observe(reference+": the child's error", s.Text("child error"))
				t.Observe(reference+": the child's exit status", s.Value("exit"))
			}
		}))

	Behaviour("boundary.write.epipe-reported-once", Must,
		"A message, with none queued before it, that send() of Node.js cannot send because the child has closed its end of "+
			"the channel, which the parent has not noticed yet, is reported once, by measurement with EPIPE: to the callback "+
			"if there is one, else as an error event.",
		On(serializations...), Cite(subprocessSend),
		Matters("An error event without a listener ends the parent; one that is emitted beside the callback ends it "+
			"although the callback has handled the error. A message behind a queued one is lost, and its callback gets no "+
			"error."),
		Remedy("Pass a callback to every send(), and let the child confirm what matters."),
		Seen("sindresorhus/execa#1088"),
		Was("bnd.write.epipe-reported-once"),
		Try(func(t *Trial) {
			s := t.RunScenario("epipe-reported-once")
			once := []any{"Error: write EPIPE"}
			t.Observe("with a callback: the callback", s.Value("callback")).To(Equal(once))
			t.Observe("with a callback: events", s.Value("event beside it")).To(BeEmpty())
			t.Observe("without a callback: events", s.Value("event")).To(Equal(once))
		}))

	Behaviour("boundary.write.larger-than-pipe", Should,
		"A value larger than a pipe holds arrives whole.",
		Matters("A launcher or sandbox that truncates data shows it first with a value of more than 64 KiB."),
		ViaDriver(func(t *Trial) {
			s := t.RunScenario("hand", "payload=huge")
			t.Observe("the parent's error", s.Text("parent")).To(Equal("none"))
			t.Observe("the child", s.Text("child")).To(Equal("ran"))
			t.Observe("what arrived", s.Text("value")).To(Equal("same"))
		}),
		Was("bnd.write.larger-than-pipe"),
		Try(func(t *Trial) {
			for _, c := range codecs {
				e := serving(t)
				e.write(true, frame(t, c, large))
				t.Observe(c.String()+": with the value", e.served()).To(Equal(taken))
				e.Exit(0)
				digest, err := e.receive()
				t.ObserveError(c.String()+": error of the reply", err).To(Equal("none"))
				t.Observe(c.String()+": whether the child got the value", digest == large.Digest()).To(BeTrue())
			}
		}))

	Behaviour("boundary.write.both-directions-full", Should,
		"A value larger than a pipe holds comes back from a child that answers while it reads, if the parent reads while "+
			"it writes.",
		Matters("A parent that writes everything before it reads hangs when both pipes are full."),
		writesBeforeItReads,
		writesThenReads,
		ViaDriver(func(t *Trial) {
			s := t.RunScenario("both")
			t.Observe("the parent's error", s.Text("parent")).To(Equal("none"))
			t.Observe("the child's error", s.Text("child")).To(Equal("none"))
		}),
		Was("bnd.write.both-directions-full"),
		Try(func(t *Trial) {
			e := connected(t)
			if err := Send(e.Process, agent.Echo, 0); err != nil {
				t.Fail("the child did not come up: %v", err)
			}
			e.write(true, frame(t, boundary.Gob, large))
			var back agent.Payload
			var err error
			t.Go(func() error { _, err = boundary.Decode(e.out, &back); return nil }).Returned()
			t.ObserveError("error of reading the answer", err).To(Equal("none"))
			t.Observe("whether the answer is the value", back.Digest() == large.Digest()).To(BeTrue())
		}))

	Behaviour("boundary.write.child-dies-unread", Should,
		"When the child exits before it has read a value larger than the pipe, handing over fails with a broken pipe in "+
			"bounded time, and the child can be waited for.",
		Subject("a child's early exit"),
		Matters("A parent that still holds the child's end of the pipe waits forever: the pipe never breaks."),
		Remedy("Close the parent's copy of the child's end before the first write."),
		Seen("python/cpython#118981"),
		callsBackAnyway, keepsTheReadEnd,
		diesOfSIGPIPE, forgetsOneOfTwo,
		ViaDriver(func(t *Trial) {
			s := t.RunScenario("early", "size=large")
			t.Observe("the parent's error", s.Text("parent")).To(anError)
			t.Observe("the child's exit status", s.Value("exit")).To(BeEquivalentTo(7))
			t.Observe("the next value", s.Text("again")).To(Equal("ran"))
			t.Observe("left running", s.Left).To(BeEmpty())
		}),
		Was("bnd.write.child-dies-unread"),
		Try(func(t *Trial) {
			var c *Process
			hand := t.Go(func() error {
				return boundary.Hand(boundary.Gob, large, func(stdin *os.File) error {
					var err error
					if c, err = t.TryStart(Agent(), Stdin(stdin)); err == nil {
						c.Exit(7)
					}
					return err
				})
			})
			if !t.ObserveReturns("the call returns", hand.Returned()) {
				return
			}
			err := hand.Err()
			t.Observe("the error", step(err)).To(Equal("parent: write"))
			// Whether the child leaves before the write or during it is up to the scheduler.
			name, _ := platform.BrokenPipe(errors.Unwrap(err))
			t.Observe("errno of the error", name).To(brokenPipe)
			t.Observe("the child's exit status", c.Wait().String()).To(Equal("exit 7"))
		}))

	Behaviour("boundary.write.child-dies-unread-small", Should,
		"When the child exits before it has read a value that fits the pipe, handing over succeeds: only the missing "+
			"reply and the exit status show the loss.",
		Matters("A successful write is not a delivery."),
		Remedy("Wait for a reply, or for the exit status, before counting the value as delivered."),
		serverKnowsNoStatus,
		ViaDriver(func(t *Trial) {
			s := t.RunScenario("early", "size=small")
			t.Observe("the parent's error", s.Text("parent")).To(Not(Equal("hang")))
			t.Observe("the child's exit status", s.Value("exit")).To(BeEquivalentTo(7))
			t.Observe("the next value", s.Text("again")).To(Equal("ran"))
		}),
		Was("bnd.write.child-dies-unread-small"),
		Try(func(t *Trial) {
			out, w := t.Pipe()
			var c *Process
			err := boundary.Hand(boundary.Gob, small, func(stdin *os.File) error {
				var err error
				c, err = t.TryStart(Agent(), Stdin(stdin), Stdout(w))
				return err
			})
			t.NoError(w.Close())
			t.ObserveError("error of handing over", err).To(Equal("none"))
			c.Exit(7)
			_, err = exchange{trial: t, out: out}.receive()
			t.Observe("the error of the reply", step(err)).To(Equal("parent: reply"))
			t.Observe("the error is the end of the stream", errors.Is(err, io.EOF)).To(BeTrue())
			t.Observe("the child's exit status", c.Wait().String()).To(Equal("exit 7"))
		}))

	Behaviour("boundary.write.parent-killed-mid-write", Should,
		"When the parent is killed while it writes a value, the child sees a stream that ends inside a frame, and the "+
			"target does not run.",
		SignalAsStatus("the parent's exit status", 9),
		Matters("A child that takes the part for a whole acts on a value that was never sent."),
		dropsTheRest, dropsThePart,
		ViaDriver(func(t *Trial) {
			s := t.RunScenario("killed")
			t.Observe("the child", s.Text("child")).To(Equal("refused"))
			t.Observe("the child's error", s.Text("child error"))
			t.Observe("the child's exit status", s.Value("exit")).NotTo(BeEquivalentTo(0))
			t.Observe("left running", s.Left).To(BeEmpty())
		}),
		Was("bnd.write.parent-killed-mid-write"),
		Try(func(t *Trial) {
			// The writer holds both ends, as a parent does before the start; the
			// reader is its child and gets the read end alone.
			r, w := t.Pipe()
			writer := t.Start(Agent(), Stdin(r), Stdout(w))
			t.NoError(errors.Join(r.Close(), w.Close()))
			reader := writer.Start(Agent(), FDs(0, 2, 2), Orphan())
			MustCall(writer, agent.Close, 0)
			t.NoError(Send(writer, agent.Write, agent.WriteArgs{FD: 1, Data: platform.Text(frame(t, boundary.Gob, large))}))
			// With one byte arrived and a mebibyte to come the writer is in its write.
			first := MustCall(reader, agent.Read, agent.ReadArgs{FD: 0, Max: 1})
			t.NoError(writer.Kill())
			t.Observe("the parent's exit status", writer.Wait().String()).To(PerSystem(map[string]types.GomegaMatcher{
				"linux": Equal("SIGKILL"), "darwin": Equal("SIGKILL"), "freebsd": Equal("SIGKILL"), "netbsd": Equal("SIGKILL"),
				"openbsd": Equal("SIGKILL"), "windows": Equal("exit 1")}))
			t.Observe("the child with it", words(MustCall(reader, agent.Serve, first))).To(Equal(refused(boundary.ErrTruncated)))
		}))
})
