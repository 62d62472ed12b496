package inherit

import (
	"errors"
	"fmt"
	"slices"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// confined starts a child by a parent that has confined itself to one processor, and observes the child's; check is
// given the observations.
func confined(t *Trial, check func(Observation, types.GomegaMatcher)) {
	parent := t.Start(Agent())
	all := Ask(parent, agent.Affinity)
	if len(all) < 2 {
		t.Unmet("needs two processors to run on, this host gives %d", len(all))
	}
	last := all[len(all)-1:]
	if _, err := Call(parent, agent.SetAffinity, last); err != nil || !slices.Equal(Ask(parent, agent.Affinity), last) {
		t.Unmet("a process cannot confine itself here, as in a job of Windows that sets the affinity: %v", err)
	}
	c := parent.Start(Agent(), InheritStdio())
	got := Ask(c, agent.Affinity)
	check(t.Observe("number of the child's processors", len(got)), Equal(1))
	check(t.Observe("whether it is the one that its parent was confined to", slices.Equal(got, last)), BeTrue())
}

const (
	erlangSession = "erl_child_setup starts each program of a port in a session of its own (setsid)."
	erlangChild   = "https://github.com/erlang/otp/blob/master/erts/emulator/sys/unix/erl_child_setup.c"
)

var _ = Area("inherit", title, func() {
	Behaviour("inherit.attribute.umask", Must,
		"A child starts with the file mode creation mask of the process that starts it (on Linux of the thread, after "+
			"unshare(CLONE_FS)), and its own changes stay its own.",
		About(Unix), Cite(POSIX("fork"), POSIX("exec"), POSIX("umask"), LinuxMan("unshare(2)")),
		Matters("A service started under another mask writes files that other users can read, or that no user can."),
		Remedy("Set the mask in the child, or the mode of each file once it is open (fchmod): the mode given to open is "+
			"masked as well, on Linux by a default ACL of the directory in place of the mask. Open a file that is to be "+
			"private with 0600 from the start."),
		Was("inherit.umask"),
		Try(func(t *Trial) {
			parent := t.Start(Agent())
			MustCall(parent, agent.SetUmask, 0o026)
			c := parent.Start(Inspect(), InheritStdio())
			t.Observe("the child's mask", fmt.Sprintf("%03o", c.Snapshot().Umask)).To(Equal("026"))
			MustCall(c, agent.SetUmask, 0o077)
			t.Observe("the parent's mask after the child has changed its own",
				fmt.Sprintf("%03o", MustCall(parent, agent.SetUmask, 0o022))).To(Equal("026"))
		}))

	Behaviour("inherit.attribute.nice", Must,
		"A child starts with the nice value of the process that starts it, on Linux with that of the thread, unless "+
			"SCHED_RESET_ON_FORK is set and that is below 0 or, by observation, the thread has a real-time policy.",
		About(Unix), Cite(POSIX("fork"), POSIX("exec"), LinuxMan("setpriority(2)"), LinuxMan("sched(7)")),
		Matters("A build started at low priority keeps all it starts at low priority."),
		Was("fork.nice.inherited"),
		Try(func(t *Trial) {
			parent := t.Start(Agent())
			nice := Ask(parent, agent.Nice) + 1
			if nice > 19 {
				t.Unmet("the nice value of this process is 19 already, the highest")
			}
			MustCall(parent, agent.SetNice, nice)
			c := parent.Start(Agent(), InheritStdio())
			t.Observe("whether the child has the nice value that its parent gave itself",
				Ask(c, agent.Nice) == nice).To(BeTrue())
		}))

	Behaviour("inherit.attribute.affinity", Must,
		"A child starts with the processor affinity of what starts it: on Linux of the thread, unless it starts in another "+
			"cpuset or is a 32-bit image that not every processor runs (arm64), on Windows of its parent process, where the "+
			"machine has one processor group and no job sets another affinity.",
		About(Linux, Windows),
		Cite(LinuxMan("sched_setaffinity(2)"),
			MSLearn("SetProcessAffinityMask function", "windows/win32/api/winbase/nf-winbase-setprocessaffinitymask"),
			ProcessInheritance),
		Matters("What is confined to a processor keeps all that it starts there: a build in such a shell runs on one of "+
			"many."),
		Remedy("Set the affinity of the child after the start, or start it through taskset (Linux) or start /affinity (cmd) "+
			"with all processors."),
		Was("inherit.affinity"),
		Try(func(t *Trial) {
			confined(t, func(o Observation, want types.GomegaMatcher) { o.To(want) })
		}))

	Behaviour("inherit.attribute.affinity-freebsd", Observed,
		"On FreeBSD children inherit the numbered processor set of a thread; whether they also inherit the mask that "+
			"cpuset_setaffinity gives the thread is not in the manual.",
		About(FreeBSD), On(Images...),
		Cite(FreeBSDMan("cpuset(2)"), FreeBSDMan("cpuset_getaffinity(2)")),
		Matters("Where they inherit it, all that a confined process starts stays on the same processors."),
		Remedy("Start the child through cpuset(1) with all processors."),
		Try(func(t *Trial) { confined(t, func(Observation, types.GomegaMatcher) {}) }))

	Behaviour("inherit.attribute.of-thread", Must,
		"On Linux, where each thread has a nice value and a processor affinity of its own, a child starts with those of "+
			"the thread that starts it: with nice value 0 where the thread's scheduling is reset on fork and that is negative "+
			"or, by measurement, its policy is real-time, and with another affinity in another cpuset and for a 32-bit image "+
			"that not every processor runs (arm64).",
		About(Linux), On(Images...), Needs("null-device"),
		Cite(LinuxMan("setpriority(2)"), LinuxMan("sched_setaffinity(2)"), LinuxMan("sched(7)")),
		Matters("renice and taskset of a process id change one thread: what the other threads start is as before."),
		Remedy("Give -a to taskset, and every thread's id to renice; or set both in the child."),
		Try(func(t *Trial) {
			nice, err := posix.Nice()
			t.NoError(err)
			processors, err := posix.Affinity()
			t.NoError(err)
			if nice == 19 || len(processors) < 2 {
				t.Unmet("needs a nice value below 19 and two processors, this process has %d and %d", nice, len(processors))
			}
			last := processors[len(processors)-1:]
			var c *Process
			var prepared, failed error
			started, release := make(chan struct{}), make(chan struct{})
			defer close(release)
			linux.OnThread(func() {
				if prepared = errors.Join(posix.SetNice(nice+1), posix.SetAffinity(last)); prepared == nil {
					c, failed = t.TryStart(Agent())
				}
				close(started)
				<-release
			})
			<-started
			t.NoError(prepared)
			if failed != nil {
				t.Fail("%s could not start a child: %v", t.Launcher(), failed)
			}
			t.Observe("whether the child has the thread's nice value", Ask(c, agent.Nice) == nice+1).To(BeTrue())
			t.Observe("whether the child has the thread's processors", slices.Equal(Ask(c, agent.Affinity), last)).To(BeTrue())
			other := t.Start(Agent())
			t.Observe("whether a child of another thread has another nice value", Ask(other, agent.Nice) == nice).To(BeTrue())
			t.Observe("whether a child of another thread has all processors",
				slices.Equal(Ask(other, agent.Affinity), processors)).To(BeTrue())
		}))

	Behaviour("inherit.attribute.session-and-group", Must,
		"A child starts in the session and in the process group of the process that starts it, unless asked otherwise.",
		About(Unix), Cite(POSIX("fork"), POSIX("exec")),
		Matters("Ctrl-C at a terminal reaches the whole foreground group, and so does a hang-up of the terminal."),
		Remedy("Start a child that must outlive the terminal in a session of its own."),
		Diverges("Erlang", "whether the child is in the starter's group", false, erlangSession, erlangChild),
		Diverges("Erlang", "whether the child is in the starter's session", false, erlangSession, erlangChild),
		Was("fork.session-pgrp.inherited"),
		Try(func(t *Trial) {
			group, err := posix.Getpgid(0)
			t.NoError(err)
			session, err := posix.Getsid(0)
			t.NoError(err)
			r := t.Start(Inspect()).Snapshot()
			t.Observe("whether the child is in the starter's group", r.Group == group).To(BeTrue())
			t.Observe("whether the child is in the starter's session", r.Session == session).To(BeTrue())
		}))
})
