package pipe

import (
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("pipe", title, func() {
	Behaviour("pipe.create.two-descriptors", Must,
		"pipe() gives the two lowest descriptors that are free, the first for reading and the second for writing.",
		About(Unix), On(System),
		Cite(POSIX("pipe")),
		Matters("A launcher that closed a standard descriptor gets it back as an end of its own pipe, and then overwrites it."),
		Was("pipe.create.two-fds"),
		Try(func(t *Trial) {
			c := t.Start(Agent())
			MustCall(c, agent.Close, Ask(c, agent.MakePipe).R) // the list itself may open one
			MustCall(c, agent.Close, 0)
			before := Ask(c, agent.Descriptors)
			var free []platform.FD
			for fd := platform.FD(0); len(free) < 2; fd++ {
				if file(before, fd).FD < 0 {
					free = append(free, fd)
				}
			}
			p := Ask(c, agent.MakePipe)
			t.Observe("they are the lowest", slices.Equal([]platform.FD{p.R, p.W}, free)).To(BeTrue())
			after := Ask(c, agent.Descriptors)
			t.Observe("the first", file(after, p.R).Kind+" "+file(after, p.R).Access).To(Equal("pipe r"))
			t.Observe("the second", file(after, p.W).Kind+" "+file(after, p.W).Access).To(Equal("pipe w"))
		}))

	Behaviour("pipe.create.low-descriptors", Should,
		"A parent that has closed some of its own descriptors 0 to 2 can still give a child all three.",
		About(Unix),
		Cite(POSIX("pipe"), POSIX("dup2")),
		Matters("A launcher's own pipe gets the number that was free; a careless dup2 then destroys it, or what the child was to get."),
		Remedy("Move one's own descriptors above 2 before the child's are put into place."),
		Seen("python/cpython#77025"),
		Was("pipe.create.low-fd-collision"),
		Try(func(t *Trial) {
			for _, closed := range [][]platform.FD{{0, 1, 2}, {1, 2}, {2, 0}} {
				_, a := t.Pipe()
				_, b := t.Pipe()
				in, _ := t.Pipe()
				p := t.Start(Agent(), Descriptor(3, in), Descriptor(4, a), Descriptor(5, b))
				own := Ask(p, agent.Descriptors)
				var now []string
				for _, fd := range closed {
					MustCall(p, agent.Close, fd)
					now = append(now, fmt.Sprint(fd))
					g := p.Start(Inspect(), FDs(3, 4, 5))
					got, right := g.Snapshot().Files, true
					for fd := range platform.FD(3) {
						right = right && file(got, fd).Object == file(own, fd+3).Object
					}
					slices.Sort(now)
					t.Observe("all three right, with closed "+strings.Join(now, " "), right).To(BeTrue())
					g.Exit(0)
					g.Wait()
				}
			}
		}))

	Behaviour("pipe.create.dup2-same-cloexec", Should,
		"A descriptor that a child is given under the number that it has in the parent arrives, although it is close-on-exec there: dup2 onto itself would not clear that.",
		About(Unix),
		Cite(POSIX("dup2")),
		Matters("The one stream whose number happens to fit is closed in the child."),
		Was("pipe.create.dup2-same-fd-cloexec"),
		Try(func(t *Trial) {
			in, _ := t.Pipe()
			p := t.Start(Agent(), Stdin(in))
			own := file(Ask(p, agent.Descriptors), 0)
			MustCall(p, agent.SetCloseOnExec, 0)
			g := p.Start(Inspect(), InheritStdio())
			got := file(g.Snapshot().Files, 0)
			t.Observe("what the child has", got.Kind).To(Equal("pipe"))
			t.Observe("it is the parent's", got.Object == own.Object).To(BeTrue())
		}))
})
