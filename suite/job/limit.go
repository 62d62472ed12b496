package job

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const limitStub = "Wine accepts the limit and does not keep it."

const wineJobs = "https://github.com/wine-mirror/wine/blob/wine-10.0/server/process.c"

var _ = Area("job", title, func() {
	Behaviour("job.limit.accounting", Must,
		"A job counts the processes that it has had and those that it has.",
		about(System, MSLearn("JOBOBJECT_BASIC_ACCOUNTING_INFORMATION structure", "windows/win32/api/winnt/ns-winnt-jobobject_basic_accounting_information")),
		Matters("It is how to learn that a whole tree has ended, where no single handle says so."),
		Was("win.job.accounting"),
		Try(func(t *Trial) {
			j := newJob(t, 0)
			stays, goes := still(t), still(t)
			j.take(stays)
			j.take(goes)
			t.NoError(goes.Kill())
			goes.Wait()
			var a win32.Accounting
			var err error
			t.Eventually(func() bool { a, err = win32.JobAccounting(j.Handle); return err != nil || a.Active < 2 })
			t.ObserveError("QueryInformationJobObject", err).To(Equal("none"))
			t.Observe("processes in all", a.Total).To(BeEquivalentTo(2))
			t.Observe("processes now", a.Active).To(BeEquivalentTo(1))
		}))

	Behaviour("job.limit.completion-port", Must,
		"A completion port of the job is told of a member's coming, of its end and of the end of the last one, with the process id and the key given.",
		about(System, MSLearn("JOBOBJECT_ASSOCIATE_COMPLETION_PORT structure", "windows/win32/api/winnt/ns-winnt-jobobject_associate_completion_port")),
		Matters("It is how to wait for a whole tree; since delivery is not guaranteed, the counts have to be asked as well."),
		Was("win.job.iocp"),
		Try(func(t *Trial) {
			const key = 4711
			j := newJob(t, 0)
			port, err := win32.JobPort(j.Handle, key)
			t.NoError(err)
			defer win32.Close(port)
			c := still(t)
			j.take(c)
			t.NoError(c.Kill())
			for _, expected := range []struct {
				name    string
				message uint32
			}{{"first", win32.JobMessageNewProcess}, {"second", win32.JobMessageExitProcess}, {"third", win32.JobMessageActiveProcessZero}} {
				m, err := win32.NextJobMessage(port, 5000)
				t.ObserveError("waiting for the "+expected.name+" message", err).To(Equal("none"))
				t.Observe("the "+expected.name+" message", m.Message).To(BeEquivalentTo(expected.message))
				t.Observe("key of the "+expected.name, m.Key).To(BeEquivalentTo(key))
				if m.Message != win32.JobMessageActiveProcessZero {
					t.Observe("the "+expected.name+" is about the child", int(m.PID) == c.Pid()).To(BeTrue())
				}
			}
		}))

	Behaviour("job.limit.active-processes", Must,
		"A process that would exceed the job's ActiveProcessLimit is not taken in, and is terminated.",
		about(System, limits),
		Matters("A limit that is not kept does not stop a fork bomb."),
		Diverges("Wine", "putting in a second is refused", false, limitStub, wineJobs),
		Diverges("Wine", "the second is terminated", false, limitStub, wineJobs),
		Was("win.job.active-limit"),
		Try(func(t *Trial) {
			j := newJob(t, 0)
			t.ObserveError("setting a limit of 1", win32.LimitActive(j.Handle, 1)).To(Equal("none"))
			j.take(still(t))
			process := open(t, still(t))
			err := win32.Assign(j.Handle, process)
			t.Observe("putting in a second is refused", err != nil).To(BeTrue())
			patience := uint32(5000)
			if err == nil {
				patience = uint32(t.Grace().Milliseconds())
			}
			t.Observe("the second is terminated", win32.Wait(process, patience) == nil).To(BeTrue())
		}))
})
