package job

import (
	"time"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const limitStub = "Wine accepts the limit and does not keep it."

const wineJobs = "https://github.com/wine-mirror/wine/blob/wine-10.0/server/process.c"

// left is the time up to the trial's deadline.
func left(t *Trial) time.Duration {
	deadline, _ := t.Context().Deadline()
	return time.Until(deadline)
}

var _ = Area("job", title, func() {
	Behaviour("job.limit.accounting", Must,
		"A job that has refused no process counts all that it has had (TotalProcesses) and those that are active "+
			"(ActiveProcesses).",
		about(System, MSLearn("JOBOBJECT_BASIC_ACCOUNTING_INFORMATION structure",
			"windows/win32/api/winnt/ns-winnt-jobobject_basic_accounting_information")),
		Matters("The counts, and the message of a completion port, are how a program learns that a whole tree has ended, "+
			"which no single handle shows."),
		Was("win.job.accounting"),
		Try(func(t *Trial) {
			j := newJob(t, 0)
			stays, goes := still(t), still(t)
			j.take(stays)
			j.take(goes)
			a, err := win32.JobAccounting(j.handle())
			t.ObserveError("error of QueryInformationJobObject", err).To(Equal("none"))
			t.Observe("active processes with two members", a.Active).To(BeEquivalentTo(2))
			t.NoError(goes.Kill())
			goes.Wait()
			t.Eventually(func() bool { a, err = win32.JobAccounting(j.handle()); return err != nil || a.Active < 2 })
			t.NoError(err)
			t.Observe("processes in all after one has ended", a.Total).To(BeEquivalentTo(2))
			t.Observe("active processes after one has ended", a.Active).To(BeEquivalentTo(1))
		}))

	Behaviour("job.limit.completion-port", Should,
		"A completion port that is associated with a job receives a message when a process becomes a member, when it "+
			"exits and when the last one has exited, with the key given and the process id.",
		// A must it is not: "their delivery to the completion port is not guaranteed".
		about(System, MSLearn("JOBOBJECT_ASSOCIATE_COMPLETION_PORT structure",
			"windows/win32/api/winnt/ns-winnt-jobobject_associate_completion_port")),
		Matters("The messages are how a program waits for a whole tree; since delivery is not guaranteed, it has to ask "+
			"for the counts as well."),
		Remedy("Ask for the job's counts after each message and after some time without one."),
		ProvedBy("job.limit.accounting"),
		Was("win.job.iocp"),
		Try(func(t *Trial) {
			const key = 4711
			j := newJob(t, 0)
			port, err := win32.JobPort(j.handle(), key)
			t.NoError(err)
			defer win32.Close(port)
			c := still(t)
			j.take(c)
			t.NoError(c.Kill())
			names := map[uint32]string{win32.JobMessageNewProcess: "JOB_OBJECT_MSG_NEW_PROCESS",
				win32.JobMessageExitProcess:       "JOB_OBJECT_MSG_EXIT_PROCESS",
				win32.JobMessageActiveProcessZero: "JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO"}
			var received []string // nothing promises their order
			for range 3 {
				m, err := win32.NextJobMessage(port, uint32(left(t).Milliseconds()))
				if err != nil {
					t.ObserveError("error of the wait for a message", err).To(Equal("none"))
					break
				}
				name := names[m.Message]
				received = append(received, name)
				t.Observe("key of "+name, m.Key).To(BeEquivalentTo(key))
				if m.Message != win32.JobMessageActiveProcessZero {
					t.Observe("whether the process id of "+name+" is the member's", int(m.PID) == c.Pid()).To(BeTrue())
				}
			}
			t.Observe("messages received", received).To(ConsistOf("JOB_OBJECT_MSG_NEW_PROCESS",
				"JOB_OBJECT_MSG_EXIT_PROCESS", "JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO"))
		}))

	Behaviour("job.limit.active-processes", Must,
		"A process whose assignment to a job would exceed the job's ActiveProcessLimit does not become a member, and is "+
			"terminated.",
		about(System, limits,
			MSLearn("AssignProcessToJobObject function", "windows/win32/api/jobapi2/nf-jobapi2-assignprocesstojobobject")),
		Matters("A limit that is not kept does not stop a fork bomb."),
		Diverges("Wine", "whether the assignment of a second process is refused", false, limitStub, wineJobs),
		Diverges("Wine", "whether the second process is in the job", true, limitStub, wineJobs),
		Diverges("Wine", "whether the second process has ended", false, limitStub, wineJobs),
		Was("win.job.active-limit"),
		Try(func(t *Trial) {
			j := newJob(t, 0)
			t.ObserveError("error of setting a limit of 1", win32.SetActiveProcessLimit(j.handle(), 1)).To(Equal("none"))
			j.take(still(t))
			process := OpenProcess(t, still(t))
			err := win32.Assign(j.handle(), process)
			t.Observe("whether the assignment of a second process is refused", err != nil).To(BeTrue())
			in, inErr := win32.InJob(process, j.handle())
			t.NoError(inErr)
			t.Observe("whether the second process is in the job", in).To(BeFalse())
			patience := left(t)
			if err == nil {
				patience = t.Grace()
			}
			t.Observe("whether the second process has ended",
				win32.Wait(process, uint32(patience.Milliseconds())) == nil).To(BeTrue())
		}))
})
