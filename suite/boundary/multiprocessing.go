package boundary

import (
	. "github.com/onsi/gomega"

	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var (
	pickleDocumentation = Document("Python pickle", "https://docs.python.org/3/library/pickle.html")
	receiving           = Document("Python multiprocessing.connection.Connection.recv",
		"https://docs.python.org/3/library/multiprocessing.html#multiprocessing.connection.Connection.recv")
)

// What is known of CPython's streams, by what is seen of it.
var (
	picklesHaveNoChecksum = all(
		ofCPython("start-up: every changed byte is noticed", false, "pickles have no checksum", pickleDocumentation.Link),
		ofCPython("connection: every changed byte is noticed", false, "pickles have no checksum", pickleDocumentation.Link))
	picklesEndThemselves = all(
		ofCPython("start-up: the child with trailing", "ran", endsItself, pickleDocumentation.Link),
		ofCPython("connection: the child with trailing", "ran", endsItself, pickleDocumentation.Link))
	cpythonBelievesLengths = all(
		ofCPython("connection: the child with foreign", "hang", believed, receiving.Link),
		ofCPython("connection: the child with huge-length-open", "hang", believed, receiving.Link),
		ofCPython("start-up: the child with huge-length-open", "hang", believed, pickleDocumentation.Link),
		ofCPython("connection: the child with negative-length", "hang", "from 3.8, -1 says that a length of eight bytes follows, and it is waited for", receiving.Link))
	writesBeforeItReads = all(
		ofCPython("the parent's error", "hang", "send returns when all is written, and neither side reads before it has", receiving.Link),
		ofCPython("the child's error", "not reached", "its parent waits", receiving.Link))
	keepsTheReadEnd = all(
		known("the parent's error", "hang", heldOpen, 118981),
		known("the child's exit status", "not reached", heldOpen, 118981),
		known("the next value", "not reached", heldOpen, 118981),
		known("the child's exit status", "unknown", "start fails before the process knows its child, whom nobody can wait for then", 118981))
	// Python 2's pickle takes an open file, and what arrives is none.
	picklesHusks = all(
		ofCPython("connection: the parent's error", "none", husk, pickleDocumentation.Link),
		ofCPython("simple-queue: the parent's error", "none", husk, pickleDocumentation.Link))
	serverKnowsNoStatus = ofCPython("the child's exit status", 255, "before 3.7, the fork server tells 255 for every child that ends by itself",
		"https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process.exitcode")
)

const (
	husk       = "before 3.0, an open file is pickled as an object without a file, and without an error"
	endsItself = "a pickle says by itself where it ends, and what follows is not read"
	believed   = "any length is believed, and that much is waited for"
	heldOpen   = "until python/cpython#118981 was mended, the parent held the child's end of the pipe while it wrote, so no broken pipe could come"
)

func ofCPython(observation string, value any, reason, link string) Part {
	return Diverges("CPython", observation, value, reason, link)
}

// multiprocessing is what has no counterpart outside of CPython's module of that name.
func multiprocessing() {
	Behaviour("bnd.read.header-without-body", Should,
		"A message of which the header has arrived and nothing else is an error, and not the end of the stream; the end of the stream is where a message could begin.",
		On("cpython/fork"), Cite(receiving),
		Matters("EOFError is how a reader learns that its peer is done. A peer that died behind a header has lost a message without a word."),
		ofCPython("ends that are taken for the end of the stream", []int{0, 4},
			"between header and body recv finds nothing, and takes it for the end", receiving.Link),
		Try(func(t *Trial) {
			s := t.RunScenario("cut", "via=connection")
			t.Observe("ends that are taken for the end of the stream", s.Value("end of file at")).To(BeEquivalentTo([]any{0.0}))
		}))

	Behaviour("bnd.read.writer-killed-mid-message", Should,
		"When the writer is killed in the middle of a message, a reader with a time limit returns.",
		On("cpython/fork", "cpython/spawn"),
		Cite(Document("Python multiprocessing.Queue.get", "https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Queue.get")),
		Matters("The time limit is for the first byte alone: a consumer that takes care not to wait for ever does."),
		Remedy("Give each producer a connection of its own, and close the producer's end in the consumer."),
		ofCPython("queue: the reader's error", "hang",
			"the reader waits for the rest of the message; it holds a write end itself, so no end of file comes",
			"https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process.terminate"),
		Try(func(t *Trial) {
			for _, via := range []string{"connection", "queue"} {
				t.Observe(via+": the reader's error", t.RunScenario("unfinished", "via="+via).Text("parent")).To(anError)
			}
		}))

	Behaviour("bnd.write.resource-lifetime", Observed,
		"Whether a child can open a lock that its parent has dropped between the start and then is compared.",
		On("cpython/spawn", "cpython/forkserver"), Cite(pickling),
		Matters("Only a name crosses. A function that makes a lock, starts a process with it and returns works when the child is quick, and fails when it is not."),
		Remedy("Keep the lock, or the process's arguments, until the child has ended."),
		Try(func(t *Trial) {
			for _, reference := range []string{"dropped", "kept"} {
				s := t.RunScenario("dropped", "reference="+reference)
				t.Observe(reference+": the child", s.Text("child"))
				t.Observe(reference+": the child's error", s.Text("child error"))
				t.Observe(reference+": the child's exit status", s.Value("exit"))
			}
		}))
}
