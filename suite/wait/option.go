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
		"A wait that asks for it reports each stop and each continuation of a child once; a stop that nobody has asked about is forgotten when the child continues.",
		About(Unix), On(System), Needs("waitid"), Cite(POSIX("waitpid"), LinuxMan("wait(2)")),
		Matters("A shell that relies on more shows a job as stopped that is running again."),
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
			t.Observe("after SIGSTOP", wait(0)).To(Equal("stopped by SIGSTOP"))
			t.Observe("after that", wait(posix.WNOHANG)).To(Equal("nothing"))
			send(posix.SIGCONT)
			t.Observe("after SIGCONT", wait(0)).To(Equal("continued"))
			t.Observe("and after that", wait(posix.WNOHANG)).To(Equal("nothing"))
			send(posix.SIGSTOP)
			_, err := posix.Waitid(posix.P_PID, c.Pid(), posix.WSTOPPED|posix.WNOWAIT)
			t.NoError(err)
			send(posix.SIGCONT)
			t.Observe("after SIGSTOP and SIGCONT", wait(0)).To(Equal("continued"))
			t.Observe("and nothing else", wait(posix.WNOHANG)).To(Equal("nothing"))
		}))

	Behaviour("wait.option.nohang", Must,
		"WNOHANG returns 0 at once when the child has not ended.",
		About(Unix), On(System),
		Cite(POSIX("wait")),
		Matters("A poll that blocked would stop an event loop."),
		Was("wait.nohang.running"),
		Try(func(t *Trial) {
			p := parent(t)
			c := p.Start(Agent(), InheritStdio())
			w, err := wait4(p, c.Pid(), posix.WNOHANG)
			t.ObserveError("error while it runs", err).To(Equal("none"))
			t.Observe("process while it runs", w.PID).To(Equal(0))
			c.Exit(5)
			w, err = wait4(p, c.Pid(), 0)
			t.ObserveError("error then", err).To(Equal("none"))
			t.Observe("it is the child then", w.PID == c.Pid()).To(BeTrue())
		}))

	Behaviour("wait.option.nowait", Must,
		"WNOWAIT reports a child's end and leaves it to be waited for, as often as it is asked.",
		About(Linux), On(Every...), Needs("waitid"),
		Cite(POSIX("waitid")),
		Matters("It is how one can learn that a child has ended while its id cannot yet be anybody else's."),
		Was("wait.nowait-preserves"),
		Try(func(t *Trial) {
			c := t.Start(Exit(7))
			for _, n := range []string{"first", "second"} {
				s, err := posix.Waitid(posix.P_PID, c.Pid(), posix.WEXITED|posix.WNOWAIT)
				t.ObserveError("error of the "+n+" look", err).To(Equal("none"))
				t.Observe("the "+n+" look", s.Code).To(Equal("CLD_EXITED"))
				t.Observe("status at the "+n+" look", s.Status).To(Equal(7))
			}
			t.Observe("the wait", c.Wait().String()).To(Equal("exit 7"))
		}))
})
