package pipe

import (
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// file is the descriptor of that number in a list; its FD is -1 when it is not there.
func file(files []platform.File, fd platform.FD) platform.File {
	if i := slices.IndexFunc(files, func(f platform.File) bool { return f.FD == fd }); i >= 0 {
		return files[i]
	}
	return platform.File{FD: -1}
}

var _ = Area("pipe", title, func() {
	Behaviour("pipe.create.two-fds", Must,
		"pipe() gives the two lowest descriptors that are free, the first for reading and the second for writing.",
		About(Unix), On(System),
		Cite(POSIX("pipe")),
		Matters("A launcher that closed a standard descriptor gets it back as an end of its own pipe, and then overwrites it."),
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

	Behaviour("pipe.create.low-fd-collision", Should,
		"A parent that has closed some of its own descriptors 0 to 2 can still give a child all three.",
		About(Unix),
		Cite(POSIX("pipe"), POSIX("dup2")),
		Matters("A launcher's own pipe gets the number that was free; a careless dup2 then destroys it, or what the child was to get."),
		Remedy("Move one's own descriptors above 2 before the child's are put into place."),
		Seen("python/cpython#77025"),
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

	Behaviour("pipe.create.dup2-same-fd-cloexec", Should,
		"A descriptor that a child is given under the number that it has in the parent arrives, although it is close-on-exec there: dup2 onto itself would not clear that.",
		About(Unix),
		Cite(POSIX("dup2")),
		Matters("The one stream whose number happens to fit is closed in the child."),
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

	Behaviour("pipe.mode.no-seek", Must,
		"A pipe has no position: lseek, pread and pwrite fail with ESPIPE.",
		About(Unix), On(System),
		Cite(POSIX("lseek"), POSIX("read"), POSIX("write")),
		Matters("A tool that works with input from a file fails with input from a pipe."),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			_, err := r.Seek(0, 0)
			t.ObserveError("lseek", err).To(Equal("ESPIPE"))
			_, err = r.ReadAt(make([]byte, 1), 0)
			t.ObserveError("pread", err).To(Equal("ESPIPE"))
			_, err = w.WriteAt([]byte("x"), 0)
			t.ObserveError("pwrite", err).To(Equal("ESPIPE"))
			t.ObserveError("fsync", w.Sync())
			t.ObserveError("ftruncate", w.Truncate(0))
		}))

	Behaviour("pipe.flags.nonblock-shared", Must,
		"O_NONBLOCK belongs to the pipe's end, not to the process: a child that sets it sets it for its parent too.",
		About(Unix),
		Cite(POSIX("fcntl"), POSIX("fork")),
		Matters("A shell or a logger gets EAGAIN for its own output, because something it started has switched the shared end."),
		Remedy("Give children ends of their own, and set O_NONBLOCK only on what nobody shares."),
		Try(func(t *Trial) {
			_, w := t.Pipe()
			p := t.Start(Agent(), Stdout(w))
			g := p.Start(Agent(), InheritStdio())
			nonblock := func() bool { return file(Ask(p, agent.Descriptors), 1).Nonblock }
			t.Observe("in the parent, before", nonblock()).To(BeFalse())
			MustCall(g, agent.SetNonblock, 1)
			t.Observe("in the parent, after", nonblock()).To(BeTrue())
		}))

	Behaviour("pipe.sigpipe.default-kills", Must,
		"A child that writes to a pipe without a reader, and has SIGPIPE at its default, is ended by that signal: it does not exit with 141.",
		About(Linux), On(Every...), Needs("script-image"),
		Cite(POSIX("write"), LinuxMan("signal(7)")),
		Matters("A pipeline whose reader has had enough ends its writers; a status of 141 is a shell's word for it."),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			t.NoError(r.Close())
			s := new(linux.Script)
			// It may have been blocked since this process was started.
			s.Must("rt_sigprocmask", linux.SIG_SETMASK, strings.Repeat("\x00", 8), 0, 8)
			s.Call("write", 1, "x", 1)
			t.Observe("the child's end", t.Start(Script(s.Exit(7)), Stdout(w)).Wait().String()).To(Equal("SIGPIPE"))
		}))

	Behaviour("pipe.sigpipe.inherit-ignored", Must,
		"A parent that ignores SIGPIPE hands that on to the image it executes, unless the launcher sets it back.",
		About(Linux), Needs("script-image"),
		Cite(POSIX("exec"), LinuxMan("signal(7)"), GoDoc("os/signal#Ignore")),
		Matters("A command that should end when its output is not wanted any more goes on for ever, or complains of a broken pipe."),
		Remedy("Set SIGPIPE to its default between fork and exec."),
		Seen("python/cpython#45993"),
		Try(func(t *Trial) {
			report, w := t.Pipe()
			p := t.Start(Agent(), Stdout(w))
			t.NoError(w.Close())
			MustCall(p, agent.Ignore, []int{posix.SIGPIPE})
			image := t.ScriptImage(agent.RawScript())
			fds := []platform.FD{0, 2, 2, -1, -1, -1, -1, -1, -1, 1} // RawFD is the pipe
			g := p.Start(Exit(0), FDs(fds...), Image(image), Args(image))
			MustCall(p, agent.Close, 1)
			all, err := t.ReadAll(report)
			t.NoError(err)
			raw, err := agent.DecodeRaw(all)
			t.NoError(err)
			t.Observe("the child's end", g.Wait().String()).To(Equal("exit 0"))
			t.Observe("signals it ignores", raw.Ignored).To(ContainElement("SIGPIPE"))
		}))
})
