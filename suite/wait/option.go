package wait

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("wait", title, func() {
	Behaviour("wait.option.stopped-continued", Must,
		"A wait with WUNTRACED and WCONTINUED reports a stop or a continuation of a child that no other process traces "+
			"once; one that no wait has reported is discarded when the next one comes.",
		About(Unix), On(System), Needs("waitid"),
		Cite(POSIX("wait"), LinuxMan("wait(2)"), Document("POSIX.1-2024 Status Information",
			"https://pubs.opengroup.org/onlinepubs/9799919799/functions/V2_chap02.html")),
		Matters("A shell that counts on seeing every stop and every continuation shows a job as running that is stopped, or "+
			"as stopped that is running again."),
		Was("wait.stopped-continued"),
		Try(func(t *Trial) {
			c := t.Start(Agent())
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
			send := func(signal int) { t.NoError(posix.Kill(c.Pid(), signal)) }
			send(posix.SIGSTOP)
			t.Observe("change after SIGSTOP", wait(0)).To(Equal("stopped by SIGSTOP"))
			t.Observe("second change after SIGSTOP", wait(posix.WNOHANG)).To(Equal("nothing"))
			send(posix.SIGCONT)
			t.Observe("change after SIGCONT", wait(0)).To(Equal("continued"))
			t.Observe("second change after SIGCONT", wait(posix.WNOHANG)).To(Equal("nothing"))
			send(posix.SIGSTOP)
			_, err := posix.Waitid(posix.P_PID, c.Pid(), posix.WSTOPPED|posix.WNOWAIT)
			t.NoError(err)
			send(posix.SIGCONT)
			t.Observe("change after SIGSTOP and SIGCONT", wait(0)).To(Equal("continued"))
			t.Observe("second change after SIGSTOP and SIGCONT", wait(posix.WNOHANG)).To(Equal("nothing"))
			send(posix.SIGSTOP)
			t.Observe("change after another SIGSTOP", wait(0)).To(Equal("stopped by SIGSTOP"))
			send(posix.SIGCONT)
			_, err = posix.Waitid(posix.P_PID, c.Pid(), posix.WCONTINUED|posix.WNOWAIT)
			t.NoError(err)
			send(posix.SIGSTOP)
			_, err = posix.Waitid(posix.P_PID, c.Pid(), posix.WSTOPPED|posix.WNOWAIT)
			t.NoError(err)
			t.Observe("change after SIGCONT and SIGSTOP", wait(0)).To(Equal("stopped by SIGSTOP"))
			t.Observe("second change after SIGCONT and SIGSTOP", wait(posix.WNOHANG)).To(Equal("nothing"))
		}))

	Behaviour("wait.option.nohang", Must,
		"waitpid with WNOHANG, for one child of fork or for any, returns 0 at once while there is such a child and none "+
			"has a status to report.",
		About(Unix), On(System),
		Cite(POSIX("wait")),
		Matters("A poll that blocked would stop an event loop."),
		Was("wait.nohang.running"),
		Try(func(t *Trial) {
			p := parent(t)
			c := p.Start(Agent(), InheritStdio())
			w, err := wait4(p, c.Pid(), posix.WNOHANG)
			t.ObserveError("error while the child runs", err).To(Equal("none"))
			t.Observe("process id returned while the child runs", w.PID).To(Equal(0))
			w, err = wait4(p, -1, posix.WNOHANG)
			t.ObserveError("error of a wait for any child while the child runs", err).To(Equal("none"))
			t.Observe("process id returned by that wait", w.PID).To(Equal(0))
			c.Exit(5)
			w, err = wait4(p, c.Pid(), 0)
			t.ObserveError("error of a wait for its exit", err).To(Equal("none"))
			t.Observe("child returned by that wait", w.PID == c.Pid()).To(BeTrue())
		}))

	Behaviour("wait.option.nowait", Must,
		"waitid with WEXITED and WNOWAIT reports the exit of a child of fork and leaves the child to be waited for, however "+
			"often it is called, unless the parent ignores SIGCHLD or has set SA_NOCLDWAIT.",
		About(Unix), On(Every...), Needs("waitid"),
		Cite(POSIX("waitid"), POSIX("_Exit")),
		Matters("A parent can learn that a child has exited while the child's id cannot yet be another process's."),
		Was("wait.nowait-preserves"),
		Try(func(t *Trial) {
			c := t.Start(Exit(7))
			for _, n := range []string{"first", "second"} {
				s, err := posix.Waitid(posix.P_PID, c.Pid(), posix.WEXITED|posix.WNOWAIT)
				t.ObserveError("error of the "+n+" wait with WNOWAIT", err).To(Equal("none"))
				t.Observe("code of the "+n+" wait with WNOWAIT", s.Code).To(Equal("CLD_EXITED"))
				t.Observe("status of the "+n+" wait with WNOWAIT", s.Status).To(Equal(7))
			}
			t.Observe("exit status of the wait after them", c.Wait().String()).To(Equal("exit 7"))
		}))
})
