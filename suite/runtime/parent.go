package runtime

import (
	"fmt"
	"os"
	"slices"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// runs lets a parent start a program and wait for it.
func runs(t *Trial, p *Parent) {
	if end := p.Start(Exit(3)).Wait().String(); end != "exit 3" {
		t.Fail("a child that exits with 3 is told as %s", end)
	}
}

// kinds are what descriptors lead to, without the numbers of pipes and sockets, which
// change from run to run.
func kinds(descriptors map[int]string, without map[int]string) []string {
	all := []string{}
	for n, target := range descriptors {
		if without[n] != target {
			name, _, _ := strings.Cut(target, ":[")
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// childrenOf are the children that a process had not when it was seen before: running, or
// zombies.
func childrenOf(now, before platform.Sight) []string {
	all := []string{}
	for _, c := range now.Children {
		if slices.ContainsFunc(before.Children, func(b platform.Relative) bool { return b.PID == c.PID }) {
			continue
		}
		if c.Zombie {
			all = append(all, "a zombie")
		} else {
			all = append(all, "a running process")
		}
	}
	return all
}

// addedTo are the elements of a list that another one has not.
func addedTo(before, after []string) []string {
	return slices.DeleteFunc(slices.Clone(after), func(s string) bool { return slices.Contains(before, s) })
}

var _ = Area("runtime", title, func() {
	Behaviour("runtime.parent.no-descriptor-per-start", Should,
		"A process that starts one program after the other and waits for each has no more descriptors open after the "+
			"fourth than after the first.",
		About(Linux), Needs("proc"),
		Brief("A start leaves no descriptor open in its parent."),
		Matters("A server that leaks one descriptor for each command stops to work after a thousand of them, with an error "+
			"that names another call."),
		Try(func(t *Trial) {
			p := t.Parent()
			runs(t, p)
			first := p.Look().Descriptors
			for range 3 {
				runs(t, p)
			}
			t.Observe("descriptors after the fourth start that were not open after the first",
				kinds(p.Look().Descriptors, first)).To(BeEmpty())
		}))

	Behaviour("runtime.parent.descriptors-kept", Observed,
		"What a runtime opens for its first start and keeps open afterwards, such as an event queue or a pipe for SIGCHLD, "+
			"is its own choice.",
		About(Linux), Needs("proc"),
		Brief("Descriptors that a parent keeps open after its first start."),
		Matters("What counts or closes the descriptors of a process finds more than the program has opened."),
		Try(func(t *Trial) {
			p := t.Parent()
			before := p.Look().Descriptors
			runs(t, p)
			t.Observe("descriptors that are kept", kinds(p.Look().Descriptors, before))
		}))

	Behaviour("runtime.parent.no-child-left", Should,
		"When a process has been told how its child ended, that child is no zombie of its any more, and it has no other "+
			"child that it did not have before.",
		About(Linux), Needs("proc"), Cite(POSIX("wait")),
		Brief("After the end was told no child and no zombie is left."),
		Matters("Zombies use up process ids and the limit of processes, which in a container is low."),
		Try(func(t *Trial) {
			p := t.Parent()
			before := p.Look()
			for range 3 {
				runs(t, p)
			}
			t.Observe("children after three that have ended", childrenOf(p.Look(), before)).To(BeEmpty())
		}))

	Behaviour("runtime.parent.children-meanwhile", Observed,
		"While a program runs that it has started, a process has that child and no other, or a helper of its runtime, such "+
			"as a shell, in its place or beside it.",
		About(Linux), Needs("proc"),
		Brief("Children of the parent while one program runs."),
		Matters("A wait for any child gets the status of a helper that the program knows nothing of, and a signal by "+
			"process id reaches the helper in place of the program."),
		Try(func(t *Trial) {
			p := t.Parent()
			before := p.Look()
			c := p.Start(Inspect())
			r := c.Snapshot()
			now := p.Look()
			t.Observe("children", childrenOf(now, before))
			t.Observe("whether the program is one of them", slices.ContainsFunc(now.Children,
				func(child platform.Relative) bool { return child.PID == r.PID }))
			c.Exit(0)
			c.Wait()
		}))

	Behaviour("runtime.parent.signals-restored", Should,
		"When the end of a child has been told, its parent ignores and blocks the signals that it did before the start, "+
			"and no others.",
		About(Linux), Needs("proc"), Cite(POSIX("system"), POSIX("posix_spawn")),
		Brief("A start leaves ignored and blocked signals as they were."),
		Matters("A start has to block or ignore signals for a moment. What is not put back makes the program deaf for "+
			"Ctrl-C, and all that it starts later."),
		Try(func(t *Trial) {
			p := t.Parent()
			before := p.Look()
			runs(t, p)
			after := p.Look()
			t.Observe("signals ignored after the start alone", addedTo(before.Ignored, after.Ignored)).To(BeEmpty())
			t.Observe("signals ignored before it alone", addedTo(after.Ignored, before.Ignored)).To(BeEmpty())
			t.Observe("signals blocked after the start alone", addedTo(before.Blocked, after.Blocked)).To(BeEmpty())
			t.Observe("signals blocked before it alone", addedTo(after.Blocked, before.Blocked)).To(BeEmpty())
		}))

	Behaviour("runtime.parent.signals-meanwhile", Observed,
		"While a program runs that it has started, a process ignores, blocks or catches other signals than before, or the "+
			"same: system() ignores SIGINT and SIGQUIT and blocks SIGCHLD, and a runtime may catch SIGCHLD from its first "+
			"start on.",
		About(Linux), Needs("proc"), Cite(POSIX("system")),
		Brief("Signals that the parent treats otherwise while its child runs."),
		Matters("Ctrl-C at a terminal ends the child and not the program that waits for it; a program's own handler of "+
			"SIGCHLD is replaced."),
		Try(func(t *Trial) {
			p := t.Parent()
			before := p.Look()
			c := p.Start(Inspect())
			c.Snapshot()
			now := p.Look()
			t.Observe("ignored", addedTo(before.Ignored, now.Ignored))
			t.Observe("blocked", addedTo(before.Blocked, now.Blocked))
			t.Observe("caught", addedTo(before.Caught, now.Caught))
			c.Exit(0)
			c.Wait()
		}))

	Behaviour("runtime.parent.handlers-kept", Observed,
		"A runtime that catches a signal for its first start, SIGCHLD mostly, keeps the handler afterwards, or sets the "+
			"signal back.",
		About(Linux), Needs("proc"),
		Brief("Signals that the parent catches after its first start."),
		Matters("A library that waits for its own children by SIGCHLD and the runtime take the signal from each other."),
		Try(func(t *Trial) {
			p := t.Parent()
			before := p.Look()
			runs(t, p)
			t.Observe("caught after the start alone", addedTo(before.Caught, p.Look().Caught))
		}))

	Behaviour("runtime.parent.mask-and-directory", Should,
		"A start in another working directory does not change the working directory and the file mode creation mask of "+
			"the parent, neither while the child runs nor afterwards.",
		About(Linux), Needs("proc"), Cite(POSIX("chdir")),
		Brief("A start in another directory leaves its parent where it was."),
		Matters("A directory that is changed for a moment is changed for all threads: files of the program's own are "+
			"opened elsewhere."),
		Try(func(t *Trial) {
			if !t.Has(runtimes.Directory) {
				t.NotApplicable(t.Launcher() + " cannot be asked for a working directory")
			}
			p := t.Parent()
			before := p.Look()
			c := p.Start(Inspect(), In(t.Dir()))
			t.Observe("whether the child is in that directory", SameFile(string(c.Snapshot().Dir), t.Dir())).To(BeTrue())
			now := p.Look()
			t.Observe("whether the parent is where it was while the child runs", now.Dir == before.Dir).To(BeTrue())
			c.Exit(0)
			c.Wait()
			after := p.Look()
			t.Observe("whether the parent is where it was afterwards", after.Dir == before.Dir).To(BeTrue())
			t.Observe("whether its mask is the same", now.Umask == before.Umask && after.Umask == before.Umask).To(BeTrue())
		}))

	Behaviour("runtime.parent.streams-blocking", Should,
		"A start whose child has the parent's standard streams leaves O_NONBLOCK of those streams as it was, for the "+
			"parent, the child and all others that share them.",
		About(Unix), Cite(POSIX("fcntl")),
		Brief("A start does not make shared standard streams non-blocking."),
		Matters("The flag belongs to the open file and not to the descriptor: the shell that has started the program, and "+
			"what runs after it on the same terminal or pipe, gets EAGAIN."),
		Seen("nodejs/node#42826"),
		Try(func(t *Trial) {
			in, _ := t.Pipe()
			_, out := t.Pipe()
			p := t.Parent(Stdin(in), Stdout(out), Stderr(out))
			c := p.Start(Inspect())
			nonblocking := []string{}
			for _, f := range c.Snapshot().Files {
				if f.FD < 3 && f.Nonblock {
					nonblocking = append(nonblocking, fmt.Sprint("descriptor ", f.FD))
				}
			}
			t.Observe("standard streams of the child with O_NONBLOCK", nonblocking).To(BeEmpty())
			c.Exit(0)
			c.Wait()
		}))

	Behaviour("runtime.parent.prints-nothing", Should,
		"A process that starts two programs which print nothing prints nothing itself, neither on its standard output nor "+
			"on its standard error.",
		About(Unix),
		Brief("A start prints nothing on the parent's own streams."),
		Matters("A warning that a runtime prints by itself, of a signal, a thread or a resource, ends up in the output that "+
			"another program reads."),
		Try(func(t *Trial) {
			streams := map[string]string{"output": t.File("output", "", 0o600), "error": t.File("error", "", 0o600)}
			var options []Option
			for name, give := range map[string]func(platform.Descriptor) Option{"output": Stdout, "error": Stderr} {
				f, err := os.OpenFile(streams[name], os.O_WRONLY|os.O_APPEND, 0)
				t.NoError(err)
				t.Defer(func() { _ = f.Close() })
				options = append(options, give(f))
			}
			p := t.Parent(options...)
			runs(t, p)
			runs(t, p)
			for _, name := range []string{"output", "error"} {
				content, err := os.ReadFile(streams[name])
				t.NoError(err)
				t.Observe("standard "+name, string(content)).To(BeEmpty())
			}
		}))
})
