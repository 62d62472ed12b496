package signal

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("signal", title, func() {
	Behaviour("signal.group.setpgid", Must,
		"A child can be started as the leader of a new process group, and a process that leads no session can join an "+
			"existing group of its session.",
		About(Unix), Cite(POSIX("setpgid"), POSIX("getpgid")),
		Matters("A process group lets one signal reach a whole pipeline, or a command with all its helpers."),
		Was("pgrp.setpgid.basic"),
		Try(func(t *Trial) {
			session, err := posix.Getsid(0)
			t.NoError(err)
			first := t.Start(Inspect(), NewGroup())
			r := first.Snapshot()
			t.Observe("group of the child at its start led by the child", r.Group == first.Pid()).To(BeTrue())
			t.Observe("same session as the parent", r.Session == session).To(BeTrue())
			second := t.Start(Agent())
			_, err = Call(second, agent.Setpgid, agent.SetpgidArgs{PID: 0, Group: first.Pid()})
			t.ObserveError("error of joining the group from a second child", err).To(Equal("none"))
			group, err := posix.Getpgid(second.Pid())
			t.NoError(err)
			t.Observe("same group of both children", group == first.Pid()).To(BeTrue())
		}))

	Behaviour("signal.group.setpgid-before-exec", Must,
		"A parent can move a child of its session that has not executed an image yet to a new process group or to an "+
			"existing one of that session, and the child is in that group.",
		About(Unix), On(Fork), Cite(POSIX("setpgid")),
		Matters("A shell calls setpgid in the parent and in the child, so that the group exists whichever of the two runs "+
			"first."),
		Was("pgrp.setpgid.before-exec"),
		Try(func(t *Trial) {
			// moved moves a forked child to a group, 0 for a new one, and is the group that the child then finds.
			moved := func(group int, what string) (child, seen int) {
				r, w := t.Pipe()
				var s linux.Script
				s.Must("read", 0, s.Buffer(16), 1)
				found := s.Must("getpgid", 0)
				c := t.Start(Script(&s), Stdin(r))
				t.ObserveError("error of setpgid in the parent"+what, posix.Setpgid(c.Pid(), group)).To(Equal("none"))
				_, err := w.WriteString("!")
				t.NoError(err)
				c.Wait()
				id, _ := s.Returned(found)
				return c.Pid(), int(id)
			}
			child, group := moved(0, "")
			t.Observe("group of the child led by the child", group == child).To(BeTrue())
			var wait linux.Script
			hold, release := t.Pipe()
			there, tell := t.Pipe()
			wait.Must("write", 1, wait.Buffer(16), 1) // from the new group: fork returns before the child is in it
			wait.Must("read", 0, wait.Buffer(16), 1)
			leader := t.Start(Script(&wait), Stdin(hold), Stdout(tell), NewGroup())
			_, err := there.Read(make([]byte, 1))
			t.NoError(err)
			_, group = moved(leader.Pid(), " for an existing group")
			t.Observe("group of the child led by another child", group == leader.Pid()).To(BeTrue())
			t.NoError(release.Close())
		}))

	Behaviour("signal.group.setpgid-errors", Must,
		"setpgid fails for a child that has executed an image (EACCES), for a session leader, into another session or into "+
			"a group that does not exist (EPERM; NetBSD, by its source, lets a leader name the group that it is in, and a "+
			"process move itself into a group of another session), for a process that is neither the caller nor a child of it "+
			"(macOS and the BSDs, by their sources, accept any descendant) (ESRCH), and for a negative group (EINVAL).",
		About(Unix), On(System), Cite(POSIX("setpgid"), OpenBSDMan("setpgid(2)"),
			Document("macOS: bsd/kern/kern_prot.c (setpgid)",
				"https://github.com/apple-oss-distributions/xnu/blob/main/bsd/kern/kern_prot.c"),
			Document("FreeBSD: sys/kern/kern_prot.c (sys_setpgid)",
				"https://github.com/freebsd/freebsd-src/blob/main/sys/kern/kern_prot.c"),
			Document("NetBSD: sys/kern/kern_proc.c (proc_enterpgrp)",
				"https://github.com/NetBSD/src/blob/trunk/sys/kern/kern_proc.c")),
		Diverges("gVisor", "error for a session leader", "none",
			"The call succeeds for the group that a leader is in already.",
			"https://github.com/google/gvisor/blob/master/pkg/sentry/syscalls/linux/sys_thread.go"),
		Diverges("NetBSD", "error for a session leader", "none",
			"The call succeeds for the group that a leader is in already.",
			"https://github.com/NetBSD/src/blob/trunk/sys/kern/kern_proc.c"),
		Diverges("NetBSD", "error for a group of another session", "none",
			"The session of the group is looked at only for a child, not for the caller itself.",
			"https://github.com/NetBSD/src/blob/trunk/sys/kern/kern_proc.c"),
		Matters("A parent that moves its child into a group after the start is sometimes too late: the child has executed "+
			"its image."),
		Remedy("Move the child between fork and exec (os/exec: Setpgid), and take EACCES in the parent for success if the "+
			"child moves itself as well."),
		Was("pgrp.setpgid.errors"),
		Try(func(t *Trial) {
			executed := t.Start(Agent())
			Ask(executed, agent.Getppid)
			t.ObserveError("error for a child that has executed an image", posix.Setpgid(executed.Pid(), 0)).To(Equal("EACCES"))
			session := t.Start(Agent(), NewSession())
			_, err := Call(session, agent.Setpgid, agent.SetpgidArgs{})
			t.ObserveError("error for a session leader", err).To(Equal("EPERM"))
			_, err = Call(executed, agent.Setpgid, agent.SetpgidArgs{Group: session.Pid()})
			t.ObserveError("error for a group of another session", err).To(Equal("EPERM"))
			// A child leads no group, so no group has its id.
			_, err = Call(executed, agent.Setpgid, agent.SetpgidArgs{Group: t.Start(Agent()).Pid()})
			t.ObserveError("error for a group that does not exist", err).To(Equal("EPERM"))
			_, err = Call(executed, agent.Setpgid, agent.SetpgidArgs{PID: session.Pid()})
			t.ObserveError("error for a sibling", err).To(Equal("ESRCH"))
			_, err = Call(executed, agent.Setpgid, agent.SetpgidArgs{Group: -2})
			t.ObserveError("error for a negative group", err).To(Equal("EINVAL"))
		}))

	Behaviour("signal.group.outlives-leader", Must,
		"A process group exists until its last member has left it: a signal to the group reaches the members that its "+
			"sender may signal after the leader has exited and been waited for.",
		About(Unix), On(System), Cite(POSIX("kill"), Document("POSIX.1-2024 Process Group Lifetime",
			"https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap03.html")),
		Matters("When a command has exited its group need not be empty: its helpers may still be running."),
		Remedy("Signal the group when the command has exited and before it is waited for (waitid with WNOWAIT), while its "+
			"zombie keeps the id of the group: after the wait the id may be another group's."),
		Was("pgrp.outlives-leader"),
		Try(func(t *Trial) {
			first := t.Start(Agent(), NewGroup())
			member := first.Start(Agent(), InheritStdio(), Orphan())
			MustCall(member, agent.Catch, []int{posix.SIGUSR1})
			first.Exit(0)
			t.Observe("exit status of the leader", first.Wait().String()).To(Equal("exit 0"))
			t.ObserveError("error of a signal to the group", posix.Kill(-first.Pid(), posix.SIGUSR1)).To(Equal("none"))
			t.Observe("signal caught by the member", posix.SignalName(Ask(member, agent.Caught))).To(Equal("SIGUSR1"))
			group, err := posix.Getpgid(member.Pid())
			t.NoError(err)
			t.Observe("group of the member still led by the leader's id", group == first.Pid()).To(BeTrue())
		}))

	Behaviour("signal.group.kill-all-members", Must,
		"A signal to a process group reaches every member that the sender may signal, children of children included, and "+
			"fails with ESRCH when the group has no member.",
		About(Unix), On(System), Cite(POSIX("kill")),
		Matters("One signal reaches a command together with the processes that it has started and that are still in its "+
			"group; what has left the group it does not reach."),
		Remedy("Start the command in a new group, or the signal reaches the process that starts it as well."),
		Was("pgrp.kill-all-members"),
		Try(func(t *Trial) {
			first := t.Start(Agent(), NewGroup())
			second := first.Start(Agent(), InheritStdio())
			third := second.Start(Agent(), InheritStdio())
			members := []struct {
				name string
				*Process
			}{{"the leader", first}, {"its child", second}, {"its grandchild", third}}
			for _, m := range members {
				MustCall(m.Process, agent.Catch, []int{posix.SIGUSR1})
			}
			t.ObserveError("error of a signal to the group", posix.Kill(-first.Pid(), posix.SIGUSR1)).To(Equal("none"))
			for _, m := range members {
				t.Observe("signal caught by "+m.name, posix.SignalName(Ask(m.Process, agent.Caught))).To(Equal("SIGUSR1"))
			}
			for _, m := range []*Process{third, second, first} {
				m.Exit(0)
				m.Wait()
			}
			// Signal 0: the id may be another group's by now.
			t.ObserveError("error of signal 0 to the empty group", posix.Kill(-first.Pid(), 0)).To(Equal("ESRCH"))
		}))

	Behaviour("signal.group.setsid", Must,
		"A child can be started as the leader of a new session and process group; setsid fails with EPERM in a process "+
			"that leads a process group already.",
		About(Unix), Cite(POSIX("setsid")),
		Matters("A hang-up of the terminal does not reach a daemon that is in a separate session."),
		Remedy("Fork before setsid, or let the launcher do it (os/exec: Setsid)."),
		Was("session.setsid"),
		Try(func(t *Trial) {
			first := t.Start(Inspect(), NewSession())
			r := first.Snapshot()
			t.Observe("session led by the child", r.Session == first.Pid()).To(BeTrue())
			t.Observe("group led by the child", r.Group == first.Pid()).To(BeTrue())
			_, err := TryAsk(first, agent.Setsid)
			t.ObserveError("error of setsid in a session leader", err).To(Equal("EPERM"))
			_, err = TryAsk(t.Start(Agent(), NewGroup()), agent.Setsid)
			t.ObserveError("error of setsid in a group leader", err).To(Equal("EPERM"))
			plain := t.Start(Agent())
			session, err := TryAsk(plain, agent.Setsid)
			t.ObserveError("error of setsid in a process that leads no group", err).To(Equal("none"))
			t.Observe("new session led by that process", session == plain.Pid()).To(BeTrue())
		}))

	Behaviour("signal.group.kill-zombies", Must,
		"A signal to a process group whose members are all zombies, which have exited and have not been waited for, and "+
			"which the sender may signal, is sent without an error.",
		About(Unix), On(System), Needs("waitid"), Cite(POSIX("kill")),
		Diverges("macOS", "error of SIGTERM to a group of zombies", "EPERM",
			"A signal to a group skips zombies, and there is no other member.",
			"https://github.com/apple-oss-distributions/xnu/blob/main/bsd/kern/kern_sig.c"),
		Matters("On macOS the clean-up of a group fails with EPERM when all its members have exited already."),
		Remedy("Signal the group before its leader is waited for, while the id of the group is not given to another one. On "+
			"macOS EPERM then means, when a wait with WNOWAIT shows that the leader has exited, that the group has no member "+
			"left that the sender may signal: go on to the wait."), ProvedBy("signal.group.outlives-leader"),
		Seen("airspeed-velocity/asv#304", "ghostty-org/ghostty#2277"),
		Was("zombie.killpg-diverges"),
		Try(func(t *Trial) {
			c := t.Start(Agent(), NewGroup())
			second := t.Start(Agent())
			MustCall(second, agent.Setpgid, agent.SetpgidArgs{Group: c.Pid()})
			for _, member := range []*Process{c, second} {
				member.Exit(3)
				t.NoError(posix.WaitExited(member.Pid()))
			}
			t.ObserveError("error of SIGTERM to a group of zombies", posix.Kill(-c.Pid(), posix.SIGTERM)).To(Equal("none"))
		}))
})
