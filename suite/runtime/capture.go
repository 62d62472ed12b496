package runtime

import (
	"fmt"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// captured observes what a way has read of a program that has written so many bytes, 1 to
// standard output and 2 to standard error in turns, and then exited with 5.
func captured(t *Trial, size int) {
	name := fmt.Sprintf(" of %d bytes", size)
	c := t.Start(Agent(), Capture(0))
	const block = 4096
	for left := size; left > 0; left -= block {
		for fd := 2; fd >= 1; fd-- {
			data := make([]byte, min(left, block))
			for i := range data {
				data[i] = byte(fd)
			}
			MustCall(c, agent.Write, agent.WriteArgs{FD: platform.FD(fd), Data: platform.Text(data)})
		}
	}
	c.Exit(5)
	t.Observe("exit status"+name, c.Wait().String()).To(Equal("exit 5"))
	got := c.Captured()
	sum := 0
	if got.Output != nil {
		t.Observe("bytes of standard output"+name, *got.Output).To(Equal(size))
		sum += size
	}
	if got.Errors != nil {
		t.Observe("bytes of standard error"+name, *got.Errors).To(Equal(size))
		sum += 2 * size
	}
	if got.Sum != nil {
		t.Observe("whether they are the bytes that were written"+name, *got.Sum == sum).To(BeTrue())
	}
}

var _ = Area("runtime", title, func() {
	Behaviour("runtime.capture.whole", Should,
		"What a program writes to standard output and standard error arrives whole, in whatever amount: nothing, one byte, "+
			"one less than a pipe holds and as much as a pipe holds.",
		OnWays(),
		Brief("Output of up to 65536 bytes on two streams arrives whole."),
		Matters("A buffer that is filled exactly, or not at all, is where readers lose the end of the output or wait for "+
			"more."),
		Try(func(t *Trial) {
			for _, size := range []int{0, 1, 65535, 65536} {
				captured(t, size)
			}
		}))

	Behaviour("runtime.capture.both-at-once", Should,
		"A program that writes 300000 bytes to standard output and as many to standard error, in turns, is not blocked by a "+
			"reader that reads one stream after the other, and all of it arrives.",
		OnWays(),
		Brief("300000 bytes on both streams at once arrive whole."),
		Matters("Who reads one pipe to its end before the other waits for ever as soon as the other one is full: it works "+
			"until the program prints a long warning."),
		Try(func(t *Trial) { captured(t, 300000) }))

	Behaviour("runtime.capture.input-not-read", Should,
		"A program that is given 300000 bytes of input, reads none of it and exits does not end or block its parent, which "+
			"is told the exit status.",
		OnWays(),
		Brief("Input that the program never reads does no harm."),
		Matters("Such a write fails with EPIPE, and with SIGPIPE at its default ends the writer: a filter that has had "+
			"enough ends the program that feeds it."),
		Try(func(t *Trial) {
			c := t.Start(Agent(), Capture(300000))
			_ = Ask(c, agent.Getppid)
			c.Exit(5)
			t.Observe("exit status", c.Wait().String()).To(Equal("exit 5"))
			t.Observe("error of the input", c.Captured().InputError)
		}))

	Behaviour("runtime.capture.grandchild-holds", Observed,
		"Where a program has ended and one that it has started still holds its standard output, a runtime that reads the "+
			"output tells the end of the program at once, or only when the other one has ended too.",
		About(Linux), OnWays(),
		Brief("When the end is told while a grandchild holds the output."),
		Matters("A command that leaves a daemon behind makes its caller wait for the daemon, which may never end."),
		Remedy("Give a daemon streams of its own; wait for the end of the process and not for that of its output."),
		Seen("python/cpython#82388", "tinylibs/tinyexec#138"),
		Try(func(t *Trial) {
			c := t.Start(Agent(), Capture(0))
			child := c.Start(Agent(), Orphan(), Via(OSExec), InheritStdio())
			_ = Ask(child, agent.Getppid)
			t.Asleep(c.Starter()) // it reads: Java finds no output where it has not begun to by then
			c.Exit(5)
			c.Gone()
			var end WaitResult
			wait := t.Go(func() error { end = c.Wait(); return nil })
			t.Observe("whether the end is told while another process holds the output", wait.State() == Returned)
			child.Exit(0)
			child.Gone()
			wait.Returned()
			t.Observe("exit status", end.String())
		}))

	Behaviour("runtime.capture.child-blocking", Should,
		"The ends of the pipes that a runtime makes for the standard streams of a program are blocking in the program: "+
			"O_NONBLOCK is not set there.",
		About(Unix), OnWays(), Cite(POSIX("write")),
		Brief("The standard streams that a runtime makes are blocking."),
		Matters("Most programs do not expect EAGAIN from their standard output, and lose what they were about to write."),
		Seen("nodejs/node#42826"),
		Try(func(t *Trial) {
			c := t.Start(Inspect(), Capture(0))
			streams := []string{}
			for _, f := range c.Snapshot().Files {
				if f.FD < 3 && f.Nonblock {
					streams = append(streams, fmt.Sprint("descriptor ", f.FD))
				}
			}
			c.Exit(0)
			c.Wait()
			t.Observe("standard streams with O_NONBLOCK", streams).To(BeEmpty())
		}))

	Behaviour("runtime.capture.kinds", Observed,
		"A runtime that reads the output of a program gives it pipes or sockets for its standard streams.",
		About(Unix), OnWays(), Cite(POSIX("socketpair")),
		Brief("What kind of streams a runtime makes for a program."),
		Matters("A socket cannot be opened again by /dev/stdout or /proc/self/fd/1 (ENXIO), and has no atomic writes."),
		Seen("nodejs/node#21941"),
		Try(func(t *Trial) {
			c := t.Start(Inspect(), Capture(0))
			for _, f := range c.Snapshot().Files {
				if f.FD < 3 {
					t.Observe(fmt.Sprint("kind of descriptor ", f.FD), f.Kind)
				}
			}
			c.Exit(0)
			c.Wait()
		}))
})
