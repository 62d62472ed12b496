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
		"pipe() opens the two lowest descriptors that are free, fildes[0] for reading and fildes[1] for writing; which of "+
			"the two has the lower number is not promised.",
		About(Unix), On(System),
		Cite(POSIX("pipe"), Document("POSIX.1-2024 General Information, 2.6 File Descriptor Allocation",
			"https://pubs.opengroup.org/onlinepubs/9799919799/functions/V2_chap02.html")),
		Matters("A launcher that closed a standard descriptor gets it back as an end of its own pipe, and overwrites it "+
			"if it then puts the child's stream there."),
		Was("pipe.create.two-fds"),
		Try(func(t *Trial) {
			c := t.Start(Agent())
			MustCall(c, agent.Close, Ask(c, agent.MakePipe).R) // the list itself may open one
			MustCall(c, agent.Close, 0)
			before := Ask(c, agent.Descriptors)
			var free []platform.FD
			for fd := platform.FD(0); len(free) < 2; fd++ {
				if fileAt(before, fd).FD < 0 {
					free = append(free, fd)
				}
			}
			p := Ask(c, agent.MakePipe)
			both := []platform.FD{min(p.R, p.W), max(p.R, p.W)}
			t.Observe("whether they are the lowest free ones", slices.Equal(both, free)).To(BeTrue())
			t.Observe("whether the read end has the lower number", p.R < p.W)
			n := MustCall(c, agent.Write, agent.WriteArgs{FD: p.W, Data: "through it"})
			t.Observe("bytes written to the second", n).To(Equal(len("through it")))
			got, err := Call(c, agent.Read, agent.ReadArgs{FD: p.R, Max: 16})
			t.ObserveError("error of reading from the first", err).To(Equal("none"))
			t.Observe("data read from the first", string(got)).To(Equal("through it"))
		}))

	Behaviour("pipe.create.low-descriptors", Should,
		"A parent that has closed some of its own descriptors 0 to 2 can still give a child all three.",
		About(Unix),
		Cite(POSIX("pipe"), POSIX("dup2")),
		Matters("A launcher's own pipe gets the number that was free; a careless dup2 then destroys it, or what the child "+
			"was to get."),
		Remedy("Move one's own descriptors above 2 before the child's are put into place."),
		Seen("python/cpython#77025"),
		Was("pipe.create.low-fd-collision"),
		Try(func(t *Trial) {
			given := t.OpenFiles("0", "1", "2") // pipes have no identity on some systems
			for _, closed := range [][]platform.FD{{0, 1, 2}, {1, 2}, {2, 0}} {
				p := t.Start(Agent(), Descriptor(3, given[0]), Descriptor(4, given[1]), Descriptor(5, given[2]))
				own := Ask(p, agent.Descriptors)
				var now []string
				for _, fd := range closed {
					MustCall(p, agent.Close, fd)
					now = append(now, fmt.Sprint(fd))
					g := p.Start(Inspect(), FDs(3, 4, 5))
					got, right := g.Snapshot().Files, true
					for fd := range platform.FD(3) {
						right = right && fileAt(got, fd).Object == fileAt(own, fd+3).Object
					}
					slices.Sort(now)
					t.Observe("whether all three arrive, with closed "+strings.Join(now, " "), right).To(BeTrue())
					g.Exit(0)
					g.Wait()
				}
				p.Exit(0)
				p.Wait()
			}
		}))

	Behaviour("pipe.create.dup2-same-cloexec", Should,
		"A descriptor that a child is given under the number that it has in the parent arrives, although it is "+
			"close-on-exec there: dup2 onto itself would not clear that flag.",
		About(Unix),
		Cite(POSIX("dup2")),
		Matters("The one stream whose number happens to fit is closed in the child."),
		Was("pipe.create.dup2-same-fd-cloexec"),
		Try(func(t *Trial) {
			p := t.Start(Agent(), Stdin(t.OpenFiles("given")[0]))
			own := fileAt(Ask(p, agent.Descriptors), 0)
			MustCall(p, agent.SetCloseOnExec, 0)
			g := p.Start(Inspect(), InheritStdio())
			got := fileAt(g.Snapshot().Files, 0)
			t.Observe("kind of the child's descriptor 0", got.Kind).To(Equal("file"))
			t.Observe("whether it is the parent's file", got.Object == own.Object).To(BeTrue())
		}))
})
