package fork

import (
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/linux"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// exchange forks a child that writes into the second half of the first 16 bytes of m
// once the parent has written into the first half, and returns what the child then
// reads there. The parent finds its own view in m.
func exchange(t *Trial, m *linux.Mapping) (child string) {
	theirIn, in := t.Pipe()
	out, theirOut := t.Pipe()
	var s linux.Script
	s.Must("read", 0, m.Address()+8, 8)
	s.Must("write", 1, m.Address(), 16)
	c := t.Start(Script(&s), Stdin(theirIn), Stdout(theirOut), Stderr(theirOut))
	t.NoError(theirOut.Close())
	copy(m.Bytes(), "parent's")
	_, err := in.WriteString("child's!")
	t.NoError(err)
	seen, err := t.ReadAll(out)
	t.NoError(err)
	c.Wait()
	return string(seen)
}

var _ = Area("fork", title, func() {
	Behaviour("fork.memory.private-isolated", Must,
		"After a fork, neither process sees what the other one writes into private memory, unless minherit of the BSDs and "+
			"macOS has made it shared.",
		About(Unix), On(Fork),
		Cite(POSIX("fork"), LinuxMan("fork(2)"), LinuxMan("mmap(2)"), FreeBSDMan("minherit(2)")),
		Matters("Results that a forked worker computes are lost with the worker unless it sends them back."),
		Remedy("Return results through a pipe, or through memory mapped as shared before the fork."),
		Was("fork.mem.private-isolated"),
		Try(func(t *Trial) {
			m := mapped(t, false)
			copy(m.Bytes(), "before, before, ")
			t.Observe("memory in the child", exchange(t, m)).To(Equal("before, child's!"))
			t.Observe("memory in the parent", string(m.Bytes()[:16])).To(Equal("parent'sbefore, "))
		}))

	Behaviour("fork.memory.shared-mapping", Must,
		"Memory, of a file or without one, that was mapped as shared before a fork stays shared: both processes see what "+
			"either of them writes, unless MADV_DONTFORK (Linux) or minherit (the BSDs, macOS) has kept it from the child.",
		About(Unix), On(Fork),
		Cite(POSIX("fork"), POSIX("mmap"), LinuxMan("madvise(2)"), FreeBSDMan("minherit(2)")),
		Matters("Worker pools exchange results and locks through such memory."),
		Was("fork.mem.shared-mapping"),
		Try(func(t *Trial) {
			m := mapped(t, true)
			copy(m.Bytes(), "before, before, ")
			t.Observe("memory in the child", exchange(t, m)).To(Equal("parent'schild's!"))
			t.Observe("memory in the parent", string(m.Bytes()[:16])).To(Equal("parent'schild's!"))
		}))

	Behaviour("fork.memory.dontfork", Must,
		"Memory marked with MADV_DONTFORK is not mapped in the child of a fork.",
		About(Linux), On(Fork), Cite(LinuxMan("madvise(2)"), LinuxMan("mincore(2)")),
		Matters("Buffers that a device writes into must stay in one process, and a very large mapping need not be copied "+
			"at every fork."),
		Was("fork.mem.madv-dontfork"),
		Try(func(t *Trial) {
			m := mapped(t, false)
			t.NoError(m.Advise(linux.MADV_DONTFORK))
			var s linux.Script
			resident := s.Call("mincore", m.Address(), 4096, s.Buffer(16))
			play(t, &s)
			t.ObserveError("error of mincore in the child", failure(&s, resident)).To(Equal("ENOMEM"))
		}))

	Behaviour("fork.memory.wipeonfork", Must,
		"Private anonymous memory marked with MADV_WIPEONFORK is zero in the child of a fork.",
		About(Linux), On(Fork), Cite(LinuxMan("madvise(2)")),
		Diverges("gVisor", "error of madvise", "EINVAL", "It lacks this advice.",
			"https://github.com/google/gvisor/blob/master/pkg/sentry/syscalls/linux/sys_mmap.go"),
		Matters("Random number generators use it so that parent and child never produce the same secrets. Linux has it "+
			"since 4.14; before, madvise fails with EINVAL, and the memory is the parent's."),
		Was("fork.mem.wipeonfork"),
		Try(func(t *Trial) {
			m := mapped(t, false)
			copy(m.Bytes(), "before, before, ")
			if err := m.Advise(linux.MADV_WIPEONFORK); !t.ObserveError("error of madvise", err).To(Equal("none")) {
				return
			}
			seen := strings.ReplaceAll(exchange(t, m), "\x00", "0")
			t.Observe("memory in the child, with 0 for a zero byte", seen).To(Equal("00000000child's!"))
		}))
})
