package inherit

import (
	"fmt"
	"io"
	"slices"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// inherited are the descriptors that a child was started with: what its
// runtime has opened itself since then is close-on-exec.
func inherited(files []platform.File) []int {
	all := []int{}
	for _, f := range files {
		if !f.CloseOnExec {
			all = append(all, int(f.FD))
		}
	}
	return all
}

func descriptors() {
	Behaviour("go.spawn.fds-exact", Should,
		"A child has the descriptors that it was started with, under the numbers asked for, and no other one of its parent's.",
		About(Unix), Cite(GoDoc("os/exec#Cmd"), GoDoc("os#ProcAttr")),
		Matters("A descriptor too many keeps a pipe, a lock or a deleted file alive, and hands what it leads to to a program that must not have it."),
		Remedy("Open everything close-on-exec, and pass on what is meant to be by name."),
		Try(func(t *Trial) {
			outside := posix.Inheritable() // whoever started this process has left them in it
			for i := range 20 {
				t.OpenFiles(fmt.Sprint("held by the parent ", i))
			}
			given := t.OpenFiles("3", "5")
			c := t.Start(Inspect(), Descriptor(3, given[0]), Descriptor(5, given[1]))
			open := slices.DeleteFunc(inherited(c.Snapshot().Files), func(fd int) bool { return fd > 5 && slices.Contains(outside, fd) })
			t.Observe("open in the child", open).To(Equal([]int{0, 1, 2, 3, 5}))
			for _, fd := range []platform.FD{3, 5} {
				got, err := Call(c, agent.Read, agent.ReadArgs{FD: fd, Max: 16})
				t.ObserveError(fmt.Sprint("error of a read from descriptor ", fd), err).To(Equal("none"))
				t.Observe(fmt.Sprint("what descriptor ", fd, " leads to"), string(got)).To(Equal(fmt.Sprint(fd)))
			}
		}))

	Behaviour("exec.fd.survive-and-cloexec", Must,
		"A descriptor without the close-on-exec flag stays open under its number when an image is executed, one with it is closed.",
		About(Unix), Cite(POSIX("exec"), POSIX("fcntl")),
		Matters("Every descriptor that anything in a program, a C library included, opened without the flag leaks into all its children."),
		Remedy("Open with O_CLOEXEC; where that is too late, close_range(2) between fork and exec."),
		Try(func(t *Trial) {
			held := t.OpenFiles("marked", "not marked")
			marked, plain := int(held[0].Fd()), int(held[1].Fd())
			t.NoError(posix.SetFd(plain, 0))
			open := inherited(t.Start(Inspect()).Snapshot().Files)
			t.Observe("the one marked is open in the child", slices.Contains(open, marked)).To(BeFalse())
			t.Observe("the one not marked is open in the child", slices.Contains(open, plain)).To(BeTrue())
		}))

	Behaviour("exec.fd.same-description", Must,
		"A descriptor that is passed to another image keeps its open file description: the offset, O_APPEND and O_NONBLOCK stay as they were, and stay shared.",
		About(Unix), Cite(POSIX("exec"), LinuxMan("open(2)")),
		Matters("A child that is given a file starts where the parent has stopped, and a child that is given a non-blocking pipe gets EAGAIN from it."),
		Remedy("Put a descriptor back into blocking mode, and to the start, before passing it on."),
		Seen("nodejs/node#42826"),
		Try(func(t *Trial) {
			f := t.OpenFiles("0123456789")[0]
			_, err := f.Seek(4, io.SeekStart)
			t.NoError(err)
			t.NoError(posix.SetFl(int(f.Fd()), posix.O_APPEND|posix.O_NONBLOCK))
			c := t.Start(Inspect(), Descriptor(3, f))
			for _, passed := range c.Snapshot().Files {
				if passed.FD == 3 {
					t.Observe("O_APPEND in the child", passed.Append).To(BeTrue())
					t.Observe("O_NONBLOCK in the child", passed.Nonblock).To(BeTrue())
				}
			}
			got, err := Call(c, agent.Read, agent.ReadArgs{FD: 3, Max: 3})
			t.NoError(err)
			t.Observe("what the child reads from it", string(got)).To(Equal("456"))
			at, err := f.Seek(0, io.SeekCurrent)
			t.NoError(err)
			t.Observe("the parent's offset then", at).To(Equal(int64(7)))
		}))

	Behaviour("exec.fd.closed-std-stays-closed", Must,
		"Of descriptors 0 to 2, those that are closed when an image is executed are closed in it.",
		About(Unix), On(ForkExec, VforkExec), Needs("script-image"), Cite(POSIX("exec")),
		Matters("The first file that the program opens becomes its standard output, and what it prints overwrites that file."),
		Remedy("Give a child the null device rather than nothing."),
		Try(func(t *Trial) {
			for _, closed := range [][]int{{0}, {1}, {2}, {0, 1, 2}} {
				var options []Option
				for _, fd := range closed {
					options = append(options, Descriptor(fd, platform.Closed))
				}
				raw := t.Raw(options...)
				want := slices.DeleteFunc([]int{0, 1, 2}, func(fd int) bool { return slices.Contains(closed, fd) })
				t.Observe(fmt.Sprint("open after ", closed, " were closed"), raw.Open).To(Equal(want))
			}
		}))

	Behaviour("go.cmd.null-device", Must,
		"A standard stream that a command is not given is the null device.",
		On(OSExec), Cite(GoDoc("os/exec#Cmd")),
		Matters("A program that finds its standard streams closed reads and writes whatever it opens first instead."),
		Try(func(t *Trial) {
			c := t.Start(Inspect(), NoStdio())
			for _, f := range c.Snapshot().Files {
				if f.FD <= 2 {
					t.Observe(fmt.Sprint("descriptor ", f.FD), f.Kind).To(Equal("character"))
				}
			}
			got, err := Call(c, agent.Read, agent.ReadArgs{FD: 0, Max: 16})
			t.ObserveError("error of a read from standard input", err).To(Equal("none"))
			t.Observe("what is read", string(got)).To(BeEmpty())
		}))

	Behaviour("stdio.permuted-mapping", Must,
		"Whatever descriptors of the parent become descriptors 0, 1, 2 and so on of the child, in any order, swapped or repeated, arrive as asked for.",
		About(Unix), Cite(POSIX("dup2"), POSIX("posix_spawn_file_actions_adddup2"), GoDoc("os#ProcAttr")),
		Matters("A launcher that moves descriptors one after the other overwrites one that it still needs, and output ends up where it must not."),
		Remedy("Move each source out of the way first, then into place."),
		Try(func(t *Trial) {
			parent := t.Start(Inspect(), Files(t.OpenFiles("0", "1", "2", "3", "4", "5")...))
			source := map[string]string{}
			for _, f := range parent.Snapshot().Files {
				if f.FD <= 5 {
					source[f.Object] = fmt.Sprint(f.FD)
				}
			}
			for _, asked := range [][]platform.FD{
				{0, 2, 1, -1, -1, -1}, {1, 0, 2, -1, -1, -1}, {1, 2, 0, -1, -1, -1}, {2, 0, 1, -1, -1, -1}, {2, 1, 0, -1, -1, -1},
				{1, 2, 3, 4, 5, 0}, {5, 0, 1, 2, 3, 4}, {5, 4, 3, 2, 1, 0}, // around and backwards
				{3, 3, 3, -1, -1, -1}, {1, 0, 0, -1, 5, 1}, // repeated
				{0, 1, 2, 3, 4, 5},
			} {
				c := parent.Start(Inspect(), FDs(asked...))
				arrived := []string{"-1", "-1", "-1", "-1", "-1", "-1"}
				for _, f := range c.Snapshot().Files {
					if f.FD <= 5 && !f.CloseOnExec {
						arrived[f.FD] = source[f.Object]
					}
				}
				t.Observe("asked for "+list(asked), strings.Join(arrived, " ")).To(Equal(list(asked)))
				c.Exit(0)
				c.Wait()
			}
		}))
}

func list(numbers []platform.FD) string { return strings.Trim(fmt.Sprint(numbers), "[]") }
