package signal

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// leader starts a child that leads something of its own and has standard
// streams to hand on.
func leader(t *Trial, of Option) *Process {
	return t.Start(Agent(), of)
}

var _ = Area("signal", title, func() {
	Behaviour("signal.group.setpgid", Must,
		"A child can be started as the leader of a process group of its own, and a process can join an existing group of its session.",
		About(Unix), Cite(POSIX("setpgid"), POSIX("getpgid")),
		Matters("A group is what a whole pipeline or a command with all its helpers can be signalled by."),
		Was("pgrp.setpgid.basic"),
		Try(func(t *Trial) {
			session, err := posix.Getsid(0)
			t.NoError(err)
			first := t.Start(Inspect(), NewGroup())
			r := first.Snapshot()
			t.Observe("the child leads its group from its first instruction on", r.Group == first.Pid()).To(BeTrue())
			t.Observe("it is still in its parent's session", r.Session == session).To(BeTrue())
			second := t.Start(Agent())
			_, err = Call(second, agent.Setpgid, agent.SetpgidArgs{PID: 0, Group: first.Pid()})
			t.ObserveError("another child joins", err).To(Equal("none"))
			group, err := posix.Getpgid(second.Pid())
			t.NoError(err)
			t.Observe("it is in the group of the first", group == first.Pid()).To(BeTrue())
		}))

	Behaviour("signal.group.setpgid-before-exec", Must,
		"A parent can move a child that has not executed anything yet, and the child sees itself moved.",
		About(Unix), On(Fork), Cite(POSIX("setpgid")),
		Matters("A shell moves a child from both sides, so that the group exists whoever of the two runs first."),
		Was("pgrp.setpgid.before-exec"),
		Try(func(t *Trial) {
			r, w := t.Pipe()
			var s linux.Script
			s.Must("read", 0, s.Buffer(16), 1)
			group := s.Must("getpgid", 0)
			c := t.Start(Script(&s), Stdin(r))
			t.ObserveError("the parent moves the child", posix.Setpgid(c.Pid(), 0)).To(Equal("none"))
			_, err := w.WriteString("!")
			t.NoError(err)
			c.Wait()
			seen, _ := s.Returned(group)
			t.Observe("the child sees itself as the leader", int(seen) == c.Pid()).To(BeTrue())
		}))

	Behaviour("signal.group.setpgid-errors", Must,
		"A process group cannot be set for a child that has executed an image (EACCES), for a session's leader or into another session (EPERM), for a process that is no child (ESRCH), or to a negative number (EINVAL).",
		About(Unix), On(System), Cite(POSIX("setpgid")),
		Diverges("gVisor", "the leader of a session", "none", "A leader that asks for the group it is in already is told that all is well.",
			"https://github.com/google/gvisor/blob/master/pkg/sentry/syscalls/linux/sys_thread.go"),
		Matters("A parent that moves its child into a group after the start loses against the child's exec now and then."),
		Remedy("Have the child moved between fork and exec (os/exec: Setpgid), and take EACCES from the parent's side for success."),
		Was("pgrp.setpgid.errors"),
		Try(func(t *Trial) {
			executed := t.Start(Agent())
			Ask(executed, agent.Getppid)
			t.ObserveError("a child that has executed an image", posix.Setpgid(executed.Pid(), 0)).To(Equal("EACCES"))
			session := t.Start(Agent(), NewSession())
			_, err := Call(session, agent.Setpgid, agent.SetpgidArgs{})
			t.ObserveError("the leader of a session", err).To(Equal("EPERM"))
			_, err = Call(executed, agent.Setpgid, agent.SetpgidArgs{Group: session.Pid()})
			t.ObserveError("into a group of another session", err).To(Equal("EPERM"))
			_, err = Call(executed, agent.Setpgid, agent.SetpgidArgs{PID: session.Pid()})
			t.ObserveError("a process that is no child", err).To(Equal("ESRCH"))
			_, err = Call(executed, agent.Setpgid, agent.SetpgidArgs{Group: -2})
			t.ObserveError("to a negative number", err).To(Equal("EINVAL"))
		}))

	Behaviour("signal.group.outlives-leader", Must,
		"A process group exists until its last member has left: a signal to it reaches the members after the leader is gone.",
		About(Unix), On(System), Cite(Document("POSIX.1-2024 Process Group Lifetime", "https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap03.html"), POSIX("kill")),
		Matters("That a command has ended does not mean that its group is empty; its helpers may still be running."),
		Remedy("End the group as well, after the wait for the command."),
		Was("pgrp.outlives-leader"),
		Try(func(t *Trial) {
			first := leader(t, NewGroup())
			member := first.Start(Agent(), InheritStdio(), Orphan())
			MustCall(member, agent.Catch, []int{posix.SIGUSR1})
			first.Exit(0)
			t.Observe("the leader", first.Wait().String()).To(Equal("exit 0"))
			t.ObserveError("a signal to the group", posix.Kill(-first.Pid(), posix.SIGUSR1)).To(Equal("none"))
			t.Observe("what the member caught", posix.SignalName(Ask(member, agent.Caught))).To(Equal("SIGUSR1"))
			group, err := posix.Getpgid(member.Pid())
			t.NoError(err)
			t.Observe("it is still in the leader's group", group == first.Pid()).To(BeTrue())
		}))

	Behaviour("signal.group.kill-all-members", Must,
		"A signal to a process group reaches every member, children of children included, and fails with ESRCH when there is none.",
		About(Unix), On(System), Cite(POSIX("kill")),
		Matters("It is the one portable way to end a command together with what it has started."),
		Remedy("Start the command in a group of its own, or the signal reaches its starter as well."),
		Was("pgrp.kill-all-members"),
		Try(func(t *Trial) {
			first := leader(t, NewGroup())
			second := first.Start(Agent(), InheritStdio())
			third := second.Start(Agent(), InheritStdio())
			members := []struct {
				name string
				*Process
			}{{"the leader", first}, {"its child", second}, {"that one's child", third}}
			for _, m := range members {
				MustCall(m.Process, agent.Catch, []int{posix.SIGUSR1})
			}
			t.ObserveError("a signal to the group", posix.Kill(-first.Pid(), posix.SIGUSR1)).To(Equal("none"))
			for _, m := range members {
				t.Observe("what "+m.name+" caught", posix.SignalName(Ask(m.Process, agent.Caught))).To(Equal("SIGUSR1"))
			}
			for _, m := range []*Process{third, second, first} {
				m.Exit(0)
				m.Wait()
			}
			t.ObserveError("a signal to the group when all are gone", posix.Kill(-first.Pid(), posix.SIGUSR1)).To(Equal("ESRCH"))
		}))

	Behaviour("signal.group.setsid", Must,
		"A child can be started as the leader of a session and of a process group of its own; who leads a group already cannot make a session (EPERM).",
		About(Unix), Cite(POSIX("setsid")),
		Matters("A daemon needs a session of its own so that the end of the terminal does not end it."),
		Remedy("Fork before setsid, or let the launcher do it (os/exec: Setsid)."),
		Was("session.setsid"),
		Try(func(t *Trial) {
			first := t.Start(Inspect(), NewSession())
			r := first.Snapshot()
			t.Observe("the child leads its session", r.Session == first.Pid()).To(BeTrue())
			t.Observe("the child leads its group", r.Group == first.Pid()).To(BeTrue())
			_, err := TryAsk(first, agent.Setsid)
			t.ObserveError("the leader of a session makes another", err).To(Equal("EPERM"))
			_, err = TryAsk(t.Start(Agent(), NewGroup()), agent.Setsid)
			t.ObserveError("the leader of a group makes a session", err).To(Equal("EPERM"))
			plain := t.Start(Agent())
			session, err := TryAsk(plain, agent.Setsid)
			t.ObserveError("who leads nothing makes a session", err).To(Equal("none"))
			t.Observe("that one's number is its id", session == plain.Pid()).To(BeTrue())
		}))

	Behaviour("signal.group.kill-zombies", Observed,
		"What a signal to a process group gives whose members have all ended and not been waited for is up to the system.",
		About(Unix), On(System), Needs("waitid"), Cite(POSIX("kill")),
		Matters("On macOS an ordinary clean-up of a group fails with EPERM when everyone in it has ended already."),
		Remedy("Take EPERM for the end of a group whose leader is known to have ended."),
		Seen("airspeed-velocity/asv#304", "ghostty-org/ghostty#2277"),
		Was("zombie.killpg-diverges"),
		Try(func(t *Trial) {
			c := t.Start(Exit(3), NewGroup())
			t.NoError(posix.WaitExited(c.Pid()))
			t.ObserveError("SIGTERM to a group of zombies", posix.Kill(-c.Pid(), posix.SIGTERM))
		}))
})
