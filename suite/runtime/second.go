package runtime

import (
	"errors"
	"fmt"
	"slices"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// state is what a program has got, in a list of lines that can be compared.
func state(t *Trial, r platform.Snapshot) []string {
	lines := []string{
		"directory " + string(r.Dir), fmt.Sprintf("mask %04o", r.Umask), fmt.Sprint("blocked ", r.Blocked),
		fmt.Sprint("leads a group ", r.Group == r.PID), fmt.Sprint("leads a session ", r.Session == r.PID),
	}
	for _, v := range t.WithoutShells(Strings(r.Env)) {
		lines = append(lines, "variable "+v)
	}
	for _, f := range r.Files {
		if !f.CloseOnExec {
			lines = append(lines, fmt.Sprint("descriptor ", f.FD, " ", f.Kind, " ", f.Access, " ", f.Nonblock))
		}
	}
	slices.Sort(lines)
	return lines
}

// differs observes what one program has got and not another one.
func differs(t *Trial, than string, one, other []string) {
	t.Observe("what it has got beside what "+than+" has", addedTo(other, one)).To(BeEmpty())
	t.Observe("what it lacks of what "+than+" has", addedTo(one, other)).To(BeEmpty())
}

var _ = Area("runtime", title, func() {
	Behaviour("runtime.second.warm-as-fresh", Should,
		"The second program that a process starts, after the first has ended, gets the same as the first: directory, mask, "+
			"environment, descriptors, blocked signals, group and session.",
		About(Unix),
		Brief("The second program started gets what the first got."),
		Matters("What a runtime sets up at its first start, a pipe, a handler, an event queue, must not reach the programs "+
			"that are started later."),
		Try(func(t *Trial) {
			p := t.Parent()
			var states [][]string
			for range 2 {
				c := p.Start(Inspect())
				states = append(states, state(t, c.Snapshot()))
				c.Exit(0)
				c.Wait()
			}
			differs(t, "the first", states[1], states[0])
		}))

	Behaviour("runtime.second.beside-as-alone", Should,
		"A program that is started while another one runs gets what that one got: no descriptor that belongs to the other "+
			"start, and no other signal blocked.",
		About(Unix),
		Brief("A program started beside another gets the same as that."),
		Matters("A descriptor of one start in the child of another keeps a pipe open, and who reads from it waits for a "+
			"program that it knows nothing of."),
		Seen("sheredom/subprocess.h#114", "dropbox/pyannotate#67"),
		Try(func(t *Trial) {
			p := t.Parent()
			first, second := p.StartBeside(With(Inspect()), With(Inspect()))
			one, other := state(t, first.Snapshot()), state(t, second.Snapshot())
			differs(t, "the first", other, one)
			second.Exit(0)
			second.Wait()
			first.Exit(0)
			first.Wait()
		}))

	Behaviour("runtime.second.statuses-apart", Should,
		"Of two children that run at the same time each one's own exit status is told, whichever ends first.",
		About(Unix), Cite(POSIX("wait")),
		Brief("The statuses of two children are told apart."),
		Matters("A status that is given to the wrong child makes a success of a failure."),
		Try(func(t *Trial) {
			p := t.Parent()
			first, second := p.StartBeside(With(Agent()), With(Agent()))
			first.Exit(21)
			first.Gone()
			second.Exit(22)
			t.Observe("status of the second, which ends last", second.Wait().String()).To(Equal("exit 22"))
			t.Observe("status of the first, which ends first", first.Wait().String()).To(Equal("exit 21"))
			first, second = p.StartBeside(With(Agent()), With(Agent()))
			second.Exit(32)
			t.Observe("status of the second, which ends first", second.Wait().String()).To(Equal("exit 32"))
			first.Exit(31)
			t.Observe("status of the first, which ends last", first.Wait().String()).To(Equal("exit 31"))
		}))

	Behaviour("runtime.second.holds-no-stream", Should,
		"A pipe that one child was given as its standard output comes to its end when that child has ended, although a "+
			"child that was started later still runs.",
		About(Unix), Cite(POSIX("read")),
		Brief("A later child does not hold the pipe of an earlier one."),
		Matters("The reader of one command's output waits for another command, perhaps for ever."),
		Remedy("Set FD_CLOEXEC on every pipe from its creation on, and close the copy of the child's end at once."),
		Seen("sheredom/subprocess.h#114", "dropbox/pyannotate#67"),
		Try(func(t *Trial) {
			if !t.Has(runtimes.Streams) {
				t.NotApplicable(t.Launcher() + " cannot be asked for standard streams")
			}
			r, w := t.Pipe()
			const given = 20
			p := t.Parent(Descriptor(given, w))
			t.NoError(w.Close())
			first, second := p.StartBeside(With(Agent(), Stdout(platform.FD(given))), With(Agent()))
			_ = Ask(second, agent.Getppid)
			first.Exit(0)
			read := t.Go(func() error { _, err := t.ReadAll(r); return err })
			t.Observe("whether the pipe ends while the other child runs", !errors.Is(read.Err(), platform.ErrHang)).To(BeTrue())
			second.Exit(0)
			second.Wait()
			first.Wait()
		}))
})
