package inherit

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"

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

var _ = Area("inherit", title, func() {
	Behaviour("inherit.descriptor.cloexec-only-on-success", Must,
		"Close-on-exec descriptors are closed by an exec that succeeds and left alone by one that returns with an error, "+
			"after which the process goes on.",
		About(Unix), On(System),
		Cite(POSIX("exec"), LinuxMan("execve(2)")),
		Matters("Launchers report a failed exec through a close-on-exec pipe: closed too early, every failed start looks "+
			"like a success."),
		Was("exec.fd.cloexec-only-on-success"),
		Try(func(t *Trial) {
			r, _ := t.Pipe()
			c := t.Start(Agent(), Descriptor(3, r))
			before := Ask(c, agent.Descriptors)
			_, err := Call(c, agent.Exec, platform.Launch{Path: filepath.Join(t.Dir(), "missing")})
			t.ObserveError("error of an exec of a missing image", err).To(Equal("ENOENT"))
			after := Ask(c, agent.Descriptors)
			t.Observe("whether the descriptors are as before the failed exec", slices.Equal(before, after)).To(BeTrue())
			t.ObserveError("error of an exec of an image", c.Exec(Inspect())).To(Equal("none"))
			open := c.Snapshot().Files
			// The descriptor 3 it was given, and its channel, the only socket it opened.
			channel := slices.IndexFunc(before, func(f platform.File) bool { return f.Kind == "socket" && f.CloseOnExec })
			given := slices.IndexFunc(before, func(f platform.File) bool { return f.FD == 3 })
			if channel < 0 || given < 0 {
				t.Fail("the child has no such descriptors")
			}
			t.Observe("whether a descriptor without the flag is kept", slices.Contains(open, before[given])).To(BeTrue())
			t.Observe("whether a descriptor with the flag is kept", slices.ContainsFunc(open, func(f platform.File) bool {
				return f.Object == before[channel].Object
			})).To(BeFalse())
		}))

	Behaviour("inherit.descriptor.go-exact", Should,
		"A child has the descriptors that it was started with, under the numbers asked for, and no other one of its "+
			"parent's.",
		About(Unix), Cite(GoDoc("os/exec#Cmd"), GoDoc("os#ProcAttr")),
		Matters("A descriptor too many keeps a pipe, a lock or a deleted file alive, and hands what it leads to to a "+
			"program that must not have it."),
		Remedy("Open everything close-on-exec, and pass on what is meant to be by name."),
		Was("go.spawn.fds-exact"),
		Try(func(t *Trial) {
			outside := posix.Inheritable() // left open here by the process that started this one
			for i := range 20 {
				t.OpenFiles(fmt.Sprint("held by the parent ", i))
			}
			given := t.OpenFiles("3", "5")
			c := t.Start(Inspect(), Descriptor(3, given[0]), Descriptor(5, given[1]))
			open := slices.DeleteFunc(inherited(c.Snapshot().Files),
				func(fd int) bool { return fd > 5 && slices.Contains(outside, fd) })
			t.Observe("descriptors open in the child", open).To(Equal([]int{0, 1, 2, 3, 5}))
			for _, fd := range []platform.FD{3, 5} {
				got, err := Call(c, agent.Read, agent.ReadArgs{FD: fd, Max: 16})
				t.ObserveError(fmt.Sprint("error of a read from descriptor ", fd), err).To(Equal("none"))
				t.Observe(fmt.Sprint("data read from descriptor ", fd), string(got)).To(Equal(fmt.Sprint(fd)))
			}
		}))

	Behaviour("inherit.descriptor.survive-and-cloexec", Must,
		"A descriptor without the close-on-exec flag stays open under its number when an image is executed, one with it is "+
			"closed, as is one of a message queue on FreeBSD; SELinux or AppArmor may put a null device in the place of one "+
			"that another domain or profile may not use.",
		About(Unix), On(Images...), Cite(POSIX("exec"), POSIX("fcntl"), SELinuxCommitting, AppArmorCommitting),
		Matters("Every descriptor that anything in a program, a C library included, opened without the flag leaks into all "+
			"children of a launcher that does not close it; CPython's subprocess closes it."),
		Remedy("Open with O_CLOEXEC; where that is too late, set FD_CLOEXEC before the start, on Linux since 5.11 for all "+
			"from 3 on at once: close_range(2) with CLOSE_RANGE_CLOEXEC."),
		Was("exec.fd.survive-and-cloexec"),
		Try(func(t *Trial) {
			held := t.OpenFiles("marked", "not marked")
			marked, plain := int(held[0].Fd()), int(held[1].Fd())
			t.NoError(posix.SetFd(plain, 0))
			c := t.Start(Inspect())
			open := inherited(c.Snapshot().Files)
			t.Observe("whether the descriptor with the flag is open in the child", slices.Contains(open, marked)).To(BeFalse())
			t.Observe("whether the descriptor without the flag is open in the child", slices.Contains(open, plain)).To(BeTrue())
			got, err := Call(c, agent.Read, agent.ReadArgs{FD: platform.FD(plain), Max: 16})
			t.ObserveError("error of a read from it", err).To(Equal("none"))
			t.Observe("data read from it", string(got)).To(Equal("not marked"))
		}))

	Behaviour("inherit.descriptor.same-description", Must,
		"A descriptor that is passed to another image keeps its open file description: the offset, O_APPEND and O_NONBLOCK "+
			"stay as they were, and stay shared.",
		About(Unix), Cite(POSIX("fork"), POSIX("exec"), LinuxMan("open(2)")),
		Matters("A child that is given a file starts where the parent has stopped, and a child that is given a non-blocking "+
			"pipe gets EAGAIN from it."),
		Remedy("Give a child an end, or an open, of its own; switch only what is not shared."),
		Seen("nodejs/node#42826"),
		Was("exec.fd.same-description"),
		Try(func(t *Trial) {
			f := t.OpenFiles("0123456789")[0]
			_, err := f.Seek(4, io.SeekStart)
			t.NoError(err)
			t.NoError(posix.SetFl(int(f.Fd()), posix.O_APPEND|posix.O_NONBLOCK))
			c := t.Start(Inspect(), Descriptor(3, f))
			flags := func(files []platform.File, when string, expected bool) {
				i := slices.IndexFunc(files, func(f platform.File) bool { return f.FD == 3 })
				if i < 0 {
					t.Fail("the child has no descriptor 3")
				}
				t.Observe("O_APPEND in the child"+when, files[i].Append).To(Equal(expected))
				t.Observe("O_NONBLOCK in the child"+when, files[i].Nonblock).To(Equal(expected))
			}
			flags(c.Snapshot().Files, "", true)
			got, err := Call(c, agent.Read, agent.ReadArgs{FD: 3, Max: 3})
			t.NoError(err)
			t.Observe("data that the child reads from it", string(got)).To(Equal("456"))
			at, err := f.Seek(0, io.SeekCurrent)
			t.NoError(err)
			t.Observe("the parent's offset after the child's read", at).To(Equal(int64(7)))
			t.NoError(posix.SetFl(int(f.Fd()), 0))
			flags(Ask(c, agent.Descriptors), " after the parent has cleared it", false)
		}))
})
