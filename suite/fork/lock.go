package fork

import (
	"os"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("fork", title, func() {
	Behaviour("fork.lock.record-not-inherited", Must,
		"A write lock of fcntl (F_SETLK) belongs to the process that took it: the child of a fork does not hold it, and "+
			"cannot take it while its parent does.",
		About(Unix), On(Fork), Cite(POSIX("fork"), POSIX("fcntl")),
		Matters("A daemon that forks after taking its lock file runs without the lock, and a second daemon can start."),
		Remedy("Take the lock after the fork, or, on a local file, use flock, which the child shares."),
		Was("fork.lock.posix-record-not-inherited"),
		Try(func(t *Trial) {
			f := opened(t)
			t.NoError(posix.LockRecord(int(f.Fd())))
			var s linux.Script
			lock := s.Call("fcntl", int(f.Fd()), linux.F_SETLK, linux.WriteLock())
			play(t, &s)
			t.ObserveError("error of taking the lock in the child", failure(&s, lock)).To(BeElementOf("EAGAIN", "EACCES"))
		}))

	Behaviour("fork.lock.flock-shared", Must,
		"A lock of flock on a local file belongs to the open file description: parent and child hold it together, and "+
			"unlocking it in the child unlocks it for both.",
		About(Unix), Also(Fork), Cite(LinuxMan("flock(2)"), FreeBSDMan("flock(2)"), MacOSMan("flock(2)"),
			NetBSDMan("flock(2)"), OpenBSDMan("flock(2)")),
		Matters("A lock outlives the process that took it while a child that has inherited the descriptor runs."),
		Remedy("Do not let children that outlive the lock's owner inherit its descriptor."),
		Try(func(t *Trial) {
			f := opened(t)
			other, err := os.OpenFile(f.Name(), os.O_RDWR, 0)
			t.NoError(err)
			t.Defer(func() { _ = other.Close() })
			try := func() error { return posix.Flock(int(other.Fd()), posix.LOCK_EX|posix.LOCK_NB) }
			t.NoError(posix.Flock(int(f.Fd()), posix.LOCK_EX))
			t.ObserveError("error of taking the lock by another description", try()).To(Equal("EAGAIN"))
			var again, unlock error
			if t.Launcher() == Fork {
				var s linux.Script
				first := s.Call("flock", 3, posix.LOCK_EX|posix.LOCK_NB)
				second := s.Call("flock", 3, posix.LOCK_UN)
				play(t, &s, Descriptor(3, f))
				again, unlock = failure(&s, first), failure(&s, second)
			} else {
				c := t.Start(Agent(), Descriptor(3, f))
				_, again = Call(c, agent.Flock, agent.FlockArgs{FD: 3, Operation: posix.LOCK_EX | posix.LOCK_NB})
				_, unlock = Call(c, agent.Flock, agent.FlockArgs{FD: 3, Operation: posix.LOCK_UN})
			}
			t.ObserveError("error of taking the lock in the child", again).To(Equal("none"))
			t.ObserveError("error of unlocking in the child", unlock).To(Equal("none"))
			t.ObserveError("error of taking the lock by another description after that", try()).To(Equal("none"))
		}))
})
