package signal

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var pdeathsig = LinuxMan("PR_SET_PDEATHSIG(2const)")

var _ = Area("signal", title, func() {
	Behaviour("signal.pdeathsig.on-thread-exit", Must,
		"The parent-death signal is sent when the thread that started the child ends, although its process runs on.",
		About(Linux), On(Images...), Needs("prctl", "null-device"), Cite(pdeathsig),
		Matters("A runtime that moves a program's work between threads kills children early, at random."),
		Remedy("Start such children on a thread that lives as long as the process (Go: the main goroutine, locked to its "+
			"thread)."),
		Seen("golang/go#27505"),
		Was("linux.pdeathsig.on-thread-exit"),
		Try(func(t *Trial) {
			var c *Process
			var err error
			started, release := make(chan struct{}), make(chan struct{})
			linux.OnThread(func() {
				c, err = t.TryStart(Agent())
				close(started)
				<-release
			})
			<-started
			if err != nil {
				close(release)
				t.Fail("%s could not start a child: %v", t.Launcher(), err)
			}
			_, err = TryAsk(c, agent.Getppid)
			close(release)
			t.ObserveError("error of a call while the thread lives", err).To(Equal("none"))
			t.Observe("result of the wait after the thread has ended", c.Wait().String()).To(Equal("SIGKILL"))
		}))

	Behaviour("signal.pdeathsig.lifecycle", Must,
		"The parent-death signal stays set when an image without set-user-ID, set-group-ID and capabilities is executed by "+
			"a process whose effective user and group are its real ones and which gains no capability by it, where no security "+
			"module changes the context, and is not set in a child of the process that has set it.",
		About(Linux), On(Images...), Needs("fork", "script-image", "prctl"),
		Cite(pdeathsig, LinuxMan("execve(2)"), LinuxMan("fork(2)"),
			SELinuxCommitting, AppArmorCommitting, Document("Linux: commit_creds()",
				"https://github.com/torvalds/linux/blob/v6.12/kernel/cred.c")),
		Matters("When the root of a tree of processes that relies on it is killed, only its direct children end; and a "+
			"launcher loses it that changes the user or the group after it has set the signal, that runs as root and has "+
			"dropped capabilities but not from the bounding set, or that starts a program for which SELinux or AppArmor has a "+
			"domain or profile of its own."),
		Remedy("Contain the tree in a process id namespace, or in a cgroup whose members are killed together (cgroup.kill)."),
		Remedy("Set the signal after the last change of user or group."),
		Was("linux.pdeathsig.lifecycle"),
		Try(func(t *Trial) {
			t.Observe("parent-death signal after exec", posix.SignalName(t.Raw().ParentDeath)).To(Equal("SIGKILL"))
			const get = 2 // PR_GET_PDEATHSIG
			forked := MustCall(t.Start(Agent()), agent.Fork, []agent.Syscall{{Name: "prctl", Args: []int{get, agent.Out}}})[0]
			if forked.Errno != 0 {
				t.Fail("prctl in the forked child: %v", forked.Errno)
			}
			t.Observe("parent-death signal after fork", int(forked.Out[0])).To(BeZero())
		}))
})
