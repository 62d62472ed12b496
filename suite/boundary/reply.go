package boundary

import (
	"errors"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/fixtures/boundary"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// replied asks a child for a result that something is wrong with.
func replied(t *Trial, value string, check func(prefix string, s Scenario)) {
	through(t, workers, func(prefix string, s Scenario) {
		check(prefix, s)
		t.Observe(prefix+"the next job", s.Text("again")).To(Equal("ran"))
		t.Observe(prefix+"left running", s.Left).To(BeEmpty())
	}, "reply", "value="+value)
}

var diesOfGarbage = all(
	ofNode("channel: the next job", "the parent has ended: exit 1",
		"a line that is not JSON raises an exception that cannot be caught", issueOfNode(10131)),
	ofNode("channel: the caller learns of it", false, anyLength, issueOfNode(61312)),
	ofNode("channel: the next job", "not reached", anyLength, issueOfNode(61312)))

var lengthOfText = all(
	ofPipes("the caller learns of it", false, "the first bytes are taken for a length", "Erlang"),
	ofPipes("the next job", "not reached", "the first bytes are taken for a length", "Erlang"))

var executorBreaks = known("executor: the next job", brokenForGood,
	"before 3.7, a worker of ProcessPoolExecutor exits over a result that cannot be pickled", 75880)

var readerDies = all(
	known("pool: the caller learns of it", false, "the thread of multiprocessing.Pool that reads results exits at the "+
		"first that cannot be unpickled", 79492),
	known("pool: the next job", "hang", "no thread reads results any more", 79492),
	poolEndsThere,
	known("executor: the caller learns of it", false, "before 3.7, the thread of ProcessPoolExecutor that reads "+
		"results exits at one that cannot be unpickled", 75880),
	known("executor: the next job", "hang", "before 3.7, no thread reads results any more", 75880))

var readerWaits = all(
	waits("pool: the caller learns of it", false), waits("pool: the next job", "hang"), poolEndsThere,
	waits("executor: the caller learns of it", false), waits("executor: the next job", "hang"))

// replyParts are what there is to say about single replies beyond the table.
var replyParts = map[string][]Part{
	"unserializable-value":       {executorBreaks},
	"unserializable-exception":   {executorBreaks},
	"undeserializable-value":     {Seen("python/cpython#79492"), readerDies, executorIsBroken},
	"undeserializable-exception": {Seen("python/cpython#103061", "python/cpython#79492"), readerDies, executorIsBroken},
	"garbage": {Seen("nodejs/node#10131", "nodejs/node#61312"), readerWaits, executorIsBroken,
		diesOfGarbage, lengthOfText},
}

func arrives(t *Trial, prefix string, s Scenario) {
	t.Observe(prefix+"the caller's error", s.Text("parent"))
	t.Observe(prefix+"what arrived", s.Text("value")).To(Equal("same"))
}

func fails(t *Trial, prefix string, s Scenario) {
	t.Observe(prefix+"the caller's error", s.Text("parent"))
	learned, _ := anError.Match(s.Text("parent"))
	t.Observe(prefix+"the caller learns of it", learned).To(BeTrue())
}

// learns does not observe which of the two it was: whether the reader or the child's
// exit is faster is up to the scheduler.
func learns(t *Trial, prefix string, s Scenario) {
	lost := s.Text("parent") == "none" && s.Text("value") != "same"
	t.Observe(prefix+"result lost without an error", lost || s.Text("parent") == "hang").To(BeFalse())
}

func waits(observation string, value any) Part {
	return ofCPython(observation, value,
		"the thread that reads results waits for the rest of one; the parent holds a write end itself, so no end of file "+
			"comes",
		"https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process.terminate")
}

var _ = Area("boundary", title, func() {
	Behaviour("boundary.reply.exit-code-kept", Must,
		"A ChildProcess of Node.js reports the child's exit status also when the channel to it has failed.",
		On(serializations...),
		Cite(Document("Node.js child_process: event 'exit'", "https://nodejs.org/api/child_process.html#event-exit")),
		Matters("The status is often the only explanation of a missing reply."),
		Was("bnd.reply.exit-code-kept"),
		Try(func(t *Trial) {
			for _, c := range []struct {
				what, scenario, parameter string
				exit                      int
			}{
				{"ended before it read", "early", "size=large", 7},
				{"ended while its reply was written", "reply", "value=large-then-exit", 3},
				{"was killed inside its reply", "reply", "value=truncated", -9},
			} {
				t.Observe("exit status of a child that "+c.what,
					t.RunScenario(c.scenario, c.parameter).Value("exit")).To(BeEquivalentTo(c.exit))
			}
		}))

	Behaviour("boundary.reply.unhandled-rejection", Should,
		"An unhandled rejection in a job is an error for the caller, as any other error of the child is.",
		On(serializations...), Cite(rejections),
		Matters("Otherwise the child prints a warning and goes on, and the caller waits for a reply that never comes."),
		Remedy("Run children with --unhandled-rejections=strict, or handle rejections and answer with an error."),
		Seen("nodejs/node#33021"),
		ofNode("the caller's error", "hang", "up to Node.js 14 such a rejection is a warning",
			"https://nodejs.org/api/cli.html#--unhandled-rejectionsmode"),
		Was("bnd.reply.unhandled-rejection"),
		Try(func(t *Trial) {
			s := t.RunScenario("reply", "value=rejection")
			if t.Observe("the caller's error", s.Text("parent")).To(anError) {
				t.Observe("the child's exit status", s.Value("exit")).To(BeEquivalentTo(1))
			}
		}))

	Behaviour("boundary.reply.error-of-the-child", Should,
		"A fault that the child finds in a value reaches the parent as the same fault, marked as the child's error.",
		Matters("An error that does not name its process sends people looking in the wrong one."),
		Was("bnd.reply.error-of-the-child"),
		Try(func(t *Trial) {
			for _, c := range codecs {
				f := frame(t, c, small)
				for _, damage := range []struct {
					name  string
					bytes []byte
					fault boundary.Fault
				}{{"cut", f[:len(f)-1], boundary.ErrTruncated}, {"changed", boundary.Flipped(f, 8*len(f)-1), boundary.ErrDamaged}} {
					e := serving(t)
					e.write(true, damage.bytes)
					t.Observe(c.String()+" "+damage.name+": the child", e.served()).To(Equal(refused(damage.fault)))
					e.Exit(0)
					_, err := e.receive()
					t.Observe(c.String()+" "+damage.name+": the parent's error", step(err)).To(Equal("child: read"))
					t.Observe(c.String()+" "+damage.name+": the parent's error is the same fault",
						errors.Is(err, damage.fault)).To(BeTrue())
				}
			}
		}))

	Behaviour("boundary.reply.truncated", Should,
		"A reply that is cut off because the child exits is a read error, never a part of a value, and the exit status is "+
			"reported as well.",
		Matters("A failed channel must not hide the child's exit status."),
		readerWaits, executorIsBroken,
		ViaDriver(func(t *Trial) {
			replied(t, "truncated", func(prefix string, s Scenario) {
				fails(t, prefix, s)
			})
		}),
		Was("bnd.reply.truncated"),
		Try(func(t *Trial) {
			e := connected(t)
			f := frame(t, boundary.Gob, small)
			MustCall(e.Process, agent.Write, agent.WriteArgs{FD: 1, Data: platform.Text(f[:len(f)/2])})
			e.Exit(3)
			_, err := e.receive()
			t.Observe("the error", step(err)).To(Equal("parent: reply"))
			t.Observe("the error is a truncated reply", errors.Is(err, boundary.ErrTruncated)).To(BeTrue())
			t.Observe("the child's exit status", e.Wait().String()).To(Equal("exit 3"))
		}))

	for _, r := range []struct {
		id, value, sentence, matters string
		check                        func(t *Trial, prefix string, s Scenario)
	}{
		{"plain", "plain", "A result comes back as it was, and so does that of the next job.",
			"If this fails, everything does.", arrives},
		{"large", "large", "A result that is larger than a pipe holds comes back whole.",
			"A parent that waits for the child's exit before it reads waits forever.", arrives},
		{"unserializable-value", "unserializable", "A result that cannot be serialized is an error for the caller of that " +
			"job, in bounded time; the next job runs.",
			"The job has run and its result is lost: the caller must get an error.", fails},
		{"undeserializable-value", "unrebuildable", "A result that cannot be deserialized in the parent is an error for " +
			"the caller of that job, in bounded time; the next job runs.",
			"If the thread that reads results exits over it, every later caller waits forever.", fails},
		{"exception", "exception", "An error that the target raises reaches the caller as an error, and the next job runs.",
			"Otherwise the caller takes a failed job for a finished one.", fails},
		{"unserializable-exception", "exception-unserializable", "An error that cannot be serialized reaches the caller " +
			"as some error, in bounded time; the next job runs.",
			"Otherwise the caller waits forever, or takes a failed job for a finished one.", fails},
		{"undeserializable-exception", "exception-unrebuildable", "An error that cannot be deserialized in the parent " +
			"reaches the caller as some error, in bounded time; the next job runs.",
			"One exception class whose constructor takes other arguments than it passes on stops a whole pool.", fails},
		{"garbage", "garbage", "Bytes that are not a reply are an error for the caller; the next job runs.",
			"A stray print in a child must not end its parent.", fails},
		{"in-flight-exit", "large-then-exit", "The answer of a child that exits at once after it arrives, or the caller " +
			"gets an error.",
			"The last message of a child is its result, or the reason why there is none.", learns},
	} {
		parts := []Part{On(ValueLaunchers()...), Matters(r.matters),
			Was("bnd.reply." + r.id),
			Try(func(t *Trial) {
				replied(t, r.value, func(prefix string, s Scenario) { r.check(t, prefix, s) })
			})}
		Behaviour("boundary.reply."+r.id, Should, r.sentence, append(parts, replyParts[r.id]...)...)
	}
})
