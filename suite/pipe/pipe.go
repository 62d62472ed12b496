// Package pipe is the area of pipes between parent and child.
package pipe

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/child"
	. "github.com/spawnspec/spawnspec/suite/internal/behaviour"
)

var _ = Area("pipe", "Pipes between parent and child", func() {
	Behaviour("pipe.eof.grandchild-keeps-writer", Must,
		"A reader sees end of file only after every copy of the write end is closed, a grandchild's included: the end of the child and the end of its output are two events.",
		Cite(POSIX("read"), LinuxMan("pipe(7)"), MSLearn("Pipe Handle Inheritance", "windows/win32/ipc/pipe-handle-inheritance")),
		Matters("The output of a command that has finished seems never to end."),
		Remedy("Bound the wait for output separately from the wait for the child (os/exec: WaitDelay), or keep the descriptor from grandchildren."),
		Seen("golang/go#23019"),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			null := t.Null()
			c := t.Start(child.Obey(), Files(null, w, null))
			t.Broken(w.Close())
			g := c.MustStart(child.Obey(), child.Starting{Orphan: true})
			MustDo(g, child.Write, child.Writing{FD: 1, Data: "late"})
			c.Leave(0)
			t.Observe("the child's end", c.Wait().String()).To(Equal("exit 0"))
			buffer := make([]byte, 16)
			n, err := r.Read(buffer)
			t.Observe("what can be read", string(buffer[:n])).To(Equal("late"))
			t.ObserveError("error of that read", err).To(Equal("none"))
			blocked, ended := t.Blocks(func() { n, err = r.Read(buffer) })
			t.Observe("the next read waits for the grandchild", blocked).To(BeTrue())
			g.Leave(0)
			t.Observe("the grandchild ends", g.Gone()).To(BeTrue())
			t.Observe("then the read ends", t.Ended(ended)).To(BeTrue())
			t.ObserveError("with", err).To(Equal("EOF"))
		}))
})
