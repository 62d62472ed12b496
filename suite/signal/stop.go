package signal

import (
	"slices"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/child"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/behaviour"
)

func stops() {
	Behaviour("wait.stopped-continued", Must,
		"A wait that asks for it reports each stop and each continuation of a child once; a stop that nobody has asked about is forgotten when the child continues.",
		About(Unix), On(System), Needs("waitid"), Cite(POSIX("waitpid"), LinuxMan("wait(2)")),
		Matters("A shell that relies on more shows a job as stopped that is running again."),
		Try(func(t *Trial) {
			c := t.Start(child.Obey())
			wait := func(options int) string {
				pid, raw, err := posix.Wait4(c.Pid(), posix.WUNTRACED|posix.WCONTINUED|options)
				switch {
				case err != nil:
					return platform.ErrorName(err)
				case pid == 0:
					return "nothing"
				}
				return posix.Change(raw)
			}
			send := func(signal int) { t.Broken(posix.Kill(c.Pid(), signal)) }
			send(posix.SIGSTOP)
			t.Observe("after SIGSTOP", wait(0)).To(Equal("stopped by SIGSTOP"))
			t.Observe("after that", wait(posix.WNOHANG)).To(Equal("nothing"))
			send(posix.SIGCONT)
			t.Observe("after SIGCONT", wait(0)).To(Equal("continued"))
			t.Observe("and after that", wait(posix.WNOHANG)).To(Equal("nothing"))
			send(posix.SIGSTOP)
			_, err := posix.Waitid(posix.P_PID, c.Pid(), posix.WSTOPPED|posix.WNOWAIT)
			t.Broken(err)
			send(posix.SIGCONT)
			t.Observe("after SIGSTOP and SIGCONT", wait(0)).To(Equal("continued"))
			t.Observe("and nothing else", wait(posix.WNOHANG)).To(Equal("nothing"))
		}))
}

func orphans() {
	Behaviour("orphan.stopped-group-hup", Must,
		"When the end of a process orphans a process group with a stopped member, every member gets SIGHUP and then SIGCONT.",
		About(Unix), On(System), Cite(POSIX("_Exit")),
		Matters("Without it a stopped job would stay for ever when its shell is gone; with it a stopped helper that ignores SIGHUP suddenly goes on."),
		Try(func(t *Trial) {
			// Whoever adopts the member must be in another session, so the
			// shell's part is played in a session of its own.
			shell := leader(t, newSession)
			job := shell.MustStart(child.Obey(), child.Starting{NewGroup: true, Orphan: true})
			MustDo(job, child.Catch, []int{posix.SIGHUP, posix.SIGCONT})
			t.Broken(posix.Kill(job.Pid(), posix.SIGSTOP))
			stopped := MustDo(shell, child.Wait4, child.Waiting{PID: job.Pid(), Options: posix.WUNTRACED})
			t.Observe("the job before", posix.Change(stopped.Raw)).To(Equal("stopped by SIGSTOP"))
			shell.Leave(0)
			t.Observe("the shell", shell.Wait().String()).To(Equal("exit 0"))
			caught := []string{}
			for range 2 {
				n, err := Do(job, child.Caught, child.None{})
				if err != nil {
					caught = append(caught, platform.ErrorName(err))
					break
				}
				caught = append(caught, posix.SignalName(n))
			}
			slices.Sort(caught)
			t.Observe("what the job caught", caught).To(Equal([]string{"SIGCONT", "SIGHUP"}))
		}))

	pdeathsig := LinuxMan("PR_SET_PDEATHSIG(2const)")

	Behaviour("linux.pdeathsig.on-thread-exit", Must,
		"The parent-death signal is sent when the thread that started the child ends, even while its process lives on.",
		About(Linux), Cite(pdeathsig),
		Matters("A runtime that runs a program's work on changing threads kills children early, at random."),
		Remedy("Start such children on a thread that lives as long as the process (Go: the main goroutine, locked to its thread)."),
		Seen("golang/go#27505"),
		Try(func(t *Trial) {
			var c *Child
			var err error
			started, release := make(chan struct{}), make(chan struct{})
			linux.OnThread(func() {
				c, err = t.TryStart(child.Obey())
				close(started)
				<-release
			})
			<-started
			if err != nil {
				close(release)
				t.Fail("%s could not start a child: %v", t.Launcher(), err)
			}
			_, err = Do(c, child.Parent, child.None{})
			close(release)
			t.ObserveError("the child answers while the thread lives", err).To(Equal("none"))
			t.Observe("how it ends when the thread has ended", c.Wait().String()).To(Equal("SIGKILL"))
		}))

	Behaviour("linux.pdeathsig.lifecycle", Must,
		"The parent-death signal stays set when an image is executed, and is not set in a child of the process that has it.",
		About(Linux), Needs("script-image"), Cite(pdeathsig),
		Matters("A tree of processes that relies on it loses everyone but the direct children when its root is killed."),
		Remedy("Contain a tree by a cgroup, a process id namespace or a subreaper."),
		Try(func(t *Trial) {
			t.Observe("after an exec", posix.SignalName(t.Raw().ParentDeath)).To(Equal("SIGKILL"))
			const get = 2 // PR_GET_PDEATHSIG
			forked := MustDo(t.Start(child.Obey()), child.Fork, []child.Call{{Name: "prctl", Args: []int{get, child.Out}}})[0]
			t.Observe("after a fork", int(forked.Out[0])).To(BeZero())
		}))
}
