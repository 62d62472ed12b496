package boundary

import (
	. "github.com/onsi/gomega"

	. "github.com/spawnspec/spawnspec/suite/internal/behaviour"
)

// multiprocessing is what has no counterpart outside of CPython's module of that name.
func multiprocessing() {
	receiving := Document("Python multiprocessing.connection.Connection.recv",
		"https://docs.python.org/3/library/multiprocessing.html#multiprocessing.connection.Connection.recv")
	Behaviour("bnd.read.header-without-body", Should,
		"A message of which the header has arrived and nothing else is an error, and not the end of the stream; the end of the stream is where a message could begin.",
		On("cpython/fork"), Cite(receiving),
		Matters("EOFError is how a reader learns that its peer is done. A peer that died behind a header has lost a message without a word."),
		Diverges("CPython", "ends that are taken for the end of the stream", []int{0, 4},
			"between header and body recv finds nothing, and takes it for the end", receiving.Link),
		Try(func(t *Trial) {
			s := t.Drive("cut", "via=connection")
			t.Observe("ends that are taken for the end of the stream", s.Value("end of file at")).To(BeEquivalentTo([]any{0.0}))
		}))

	Behaviour("bnd.read.writer-killed-mid-message", Should,
		"When the writer is killed in the middle of a message, a reader with a time limit returns.",
		On("cpython/fork", "cpython/spawn"),
		Cite(Document("Python multiprocessing.Queue.get", "https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Queue.get")),
		Matters("The time limit is for the first byte alone: a consumer that takes care not to wait for ever does."),
		Remedy("Give each producer a connection of its own, and close the producer's end in the consumer."),
		Diverges("CPython", "queue: the reader's error", "hang",
			"the reader waits for the rest of the message; it holds a write end itself, so no end of file comes",
			"https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process.terminate"),
		Try(func(t *Trial) {
			for _, via := range []string{"connection", "queue"} {
				t.Observe(via+": the reader's error", t.Drive("unfinished", "via="+via).Text("parent")).To(anError)
			}
		}))

	Behaviour("bnd.write.resource-lifetime", Observed,
		"Whether a child can open a lock that its parent has dropped between the start and then is compared.",
		On("cpython/spawn", "cpython/forkserver"), Cite(pickling),
		Matters("Only a name crosses. A function that makes a lock, starts a process with it and returns works when the child is quick, and fails when it is not."),
		Remedy("Keep the lock, or the process's arguments, until the child has ended."),
		Try(func(t *Trial) {
			for _, reference := range []string{"dropped", "kept"} {
				s := t.Drive("dropped", "reference="+reference)
				t.Observe(reference+": the child", s.Text("child"))
				t.Observe(reference+": the child's error", s.Text("child error"))
				t.Observe(reference+": the child's exit status", s.Value("exit"))
			}
		}))
}
