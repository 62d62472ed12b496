// Package job is the area of job objects, with which Windows holds processes
// together. Every child of the suite is in a job of the suite's already; those
// made here are nested in it.
package job

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/win32"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// about is what every behaviour of this area has in common with others on its launcher.
func about(launcher string, cites ...record.Citation) Part {
	return func(d *Declaration) {
		About(Windows)(d)
		On(launcher)(d)
		Needs("job-objects", "job-nested")(d)
		Cite(cites...)(d)
	}
}

// job is a job object whose handle is closed once, with the trial at the latest.
type job struct {
	win32.Handle
	t      *Trial
	closed bool
}

func newJob(t *Trial, limits uint32) *job {
	h, err := win32.NewJob(limits)
	t.NoError(err)
	j := &job{Handle: h, t: t}
	t.Defer(j.close)
	return j
}

func (j *job) close() {
	if !j.closed {
		j.closed = true
		_ = win32.Close(j.Handle)
	}
}

// take assigns a child and returns a handle to it.
func (j *job) take(c *Process) win32.Handle {
	process := open(j.t, c)
	j.t.NoError(win32.Assign(j.Handle, process))
	return process
}

func (j *job) has(c *Process) bool {
	in, err := win32.InJob(open(j.t, c), j.Handle)
	j.t.NoError(err)
	return in
}

// open opens a process for everything; the handle is closed with the trial.
func open(t *Trial, c *Process) win32.Handle {
	h, err := win32.OpenProcess(win32.ProcessAllAccess, uint32(c.Pid()))
	t.NoError(err)
	t.Defer(func() { _ = win32.Close(h) })
	return h
}

// still is a child that is created suspended and never runs.
func still(t *Trial) *Process {
	return t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED))
}

var _ = Area("job", "Job objects", func() {
	objects := MSLearn("Job Objects", "windows/win32/procthread/job-objects")
	nested := MSLearn("Nested Jobs", "windows/win32/procthread/nested-jobs")
	creationFlags := MSLearn("Process Creation Flags", "windows/win32/procthread/process-creation-flags")
	limits := MSLearn("JOBOBJECT_BASIC_LIMIT_INFORMATION structure", "windows/win32/api/winnt/ns-winnt-jobobject_basic_limit_information")

	Behaviour("win.job.children-join", Must,
		"What a member of a job starts is a member from its creation on.",
		about(System, objects),
		Matters("This is what makes a job hold a whole tree, without a gap in which something could slip out."),
		Try(func(t *Trial) {
			j := newJob(t, 0)
			c := t.Start(Agent())
			j.take(c)
			g := c.Start(Agent(), InheritStdio(), Orphan())
			t.Observe("the grandchild is in the job", j.has(g)).To(BeTrue())
		}))

	Behaviour("win.job.kill-on-close", Must,
		"With JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE the closing of the last handle ends every member.",
		about(System, limits),
		Matters("A program that holds the only handle takes its children with it, however it ends."),
		Try(func(t *Trial) {
			j := newJob(t, win32.JobKillOnClose)
			c := t.Start(Agent())
			process := j.take(c)
			t.ObserveError("a wait before", win32.Wait(process, 0)).To(Equal("WAIT_TIMEOUT (258)"))
			j.close()
			t.Observe("the member ends", t.Go(func() error { _ = win32.Wait(process, 5000); return nil }).Returned() && win32.Wait(process, 0) == nil).To(BeTrue())
			t.Observe("with", c.Wait().String()) // nothing promises the code
		}))

	Behaviour("win.job.kill-on-close-tree", Must,
		"Closing such a job ends grandchildren too, also when the process that started them is gone.",
		about(System, limits, objects),
		Matters("It is the one way to end a tree of processes for certain."),
		Try(func(t *Trial) {
			j := newJob(t, win32.JobKillOnClose)
			c := t.Start(Agent())
			j.take(c)
			g := c.Start(Agent(), InheritStdio(), Orphan())
			process := open(t, g)
			Ask(g, agent.Getppid) // it has come up
			c.Exit(0)
			c.Wait()
			t.ObserveError("a wait for the grandchild before", win32.Wait(process, 0)).To(Equal("WAIT_TIMEOUT (258)"))
			j.close()
			t.Observe("the grandchild ends", g.Gone()).To(BeTrue())
		}))

	Behaviour("win.job.owner-death", Must,
		"When the process with the only handle of such a job is killed, the job is closed and its members end.",
		about(System, limits, objects),
		Matters("Cleaning up does not depend on a handler that a kill would skip."),
		Try(func(t *Trial) {
			owner, member := t.Start(Agent()), t.Start(Agent())
			Ask(member, agent.Getppid) // it has come up
			MustCall(owner, agent.KillOnCloseJob, uint32(member.Pid()))
			t.NoError(owner.Kill())
			t.Observe("the owner's end", owner.Wait().String()).To(Equal("exit 1"))
			t.Observe("the member ends", member.Gone()).To(BeTrue())
		}))

	Behaviour("win.job.handle-leak", Must,
		"A member that inherited a handle of its own job keeps the job from being closed, and itself alive.",
		about(CreateProcess, objects, limits),
		Matters("A job handle that is inheritable makes the cleaning up fail, silently."),
		Remedy("Never make a job handle inheritable, and start children with a handle list."), ProvedBy("win.handle.list.only"),
		Try(func(t *Trial) {
			j := newJob(t, win32.JobKillOnClose)
			t.NoError(win32.SetInherit(j.Handle, true))
			c := t.Start(Agent(), Calling(win32.Start{Inherit: true, List: []win32.Handle{j.Handle}}))
			j.take(c)
			j.close()
			_, err := TryAsk(c, agent.Getppid)
			t.ObserveError("the member answers after the close", err).To(Equal("none"))
			c.Exit(5)
			t.Observe("it ends as it likes", c.Wait().String()).To(Equal("exit 5"))
		}))

	Behaviour("win.job.terminate-code", Must,
		"TerminateJobObject ends every member with the exit code passed.",
		about(System, MSLearn("TerminateJobObject function", "windows/win32/api/jobapi2/nf-jobapi2-terminatejobobject")),
		Matters("A whole tree can be ended so that its members tell why."),
		Try(func(t *Trial) {
			j := newJob(t, 0)
			first, second := still(t), still(t)
			j.take(first)
			j.take(second)
			t.ObserveError("TerminateJobObject", win32.TerminateJob(j.Handle, 123)).To(Equal("none"))
			t.Observe("the first member's end", first.Wait().String()).To(Equal("exit 123"))
			t.Observe("the second member's end", second.Wait().String()).To(Equal("exit 123"))
		}))

	Behaviour("win.job.assign-dead", Observed,
		"What it gives to put a process that has ended into a job: ERROR_ACCESS_DENIED (5), as when it is not permitted.",
		about(System, MSLearn("AssignProcessToJobObject function", "windows/win32/api/jobapi2/nf-jobapi2-assignprocesstojobobject")),
		Matters("A short-lived child makes its creator believe that jobs do not work here."),
		Remedy("Create the child suspended, or with PROC_THREAD_ATTRIBUTE_JOB_LIST."), ProvedBy("win.job.list-attribute"),
		Try(func(t *Trial) {
			j := newJob(t, 0)
			c := t.Start(Exit(0))
			process := open(t, c)
			c.Wait()
			t.ObserveError("error", win32.Assign(j.Handle, process))
		}))

	Behaviour("win.job.nested", Must,
		"A process in one job can be put into a second, which then lies within the first; it is a member of both.",
		about(System, nested),
		Matters("A program that uses a job works inside a terminal or build service that uses one."),
		Try(func(t *Trial) {
			outer, inner := newJob(t, 0), newJob(t, 0)
			c := still(t)
			process := outer.take(c)
			t.ObserveError("putting it into the second", win32.Assign(inner.Handle, process)).To(Equal("none"))
			t.Observe("in the first", outer.has(c)).To(BeTrue())
			t.Observe("in the second", inner.has(c)).To(BeTrue())
		}))

	Behaviour("win.job.breakaway-denied", Must,
		"A member of a job without JOB_OBJECT_LIMIT_BREAKAWAY_OK cannot start a child with CREATE_BREAKAWAY_FROM_JOB: ERROR_ACCESS_DENIED.",
		about(System, creationFlags, limits),
		Matters("A program that detaches its children that way does not start them at all under some terminals and build services."),
		Remedy("On ERROR_ACCESS_DENIED start again without the flag."), Seen("microsoft/terminal#20480", "nextest-rs/nextest#2621"),
		Try(func(t *Trial) {
			j := newJob(t, 0)
			c := t.Start(Agent())
			j.take(c)
			_, err := c.TryStart(Exit(0), InheritStdio(), Flags(win32.CREATE_BREAKAWAY_FROM_JOB))
			t.ObserveError("error", err).To(Equal("ERROR_ACCESS_DENIED (5)"))
		}))

	Behaviour("win.job.breakaway-ok", Must,
		"Where the job allows it, a child created with CREATE_BREAKAWAY_FROM_JOB is no member; without the flag it is.",
		about(System, creationFlags, limits),
		Matters("It is how a server outlives the tool that started it."),
		Try(func(t *Trial) {
			j := newJob(t, win32.JobBreakawayOK)
			c := t.Start(Agent())
			j.take(c)
			away := c.Start(Agent(), InheritStdio(), Orphan(), Flags(win32.CREATE_BREAKAWAY_FROM_JOB))
			t.Observe("with the flag it is in the job", j.has(away)).To(BeFalse())
			stays := c.Start(Agent(), InheritStdio(), Orphan())
			t.Observe("without the flag it is in the job", j.has(stays)).To(BeTrue())
		}))

	Behaviour("win.job.silent-breakaway", Must,
		"With JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK what a member starts is no member, without any flag.",
		about(System, limits),
		Matters("A job with this limit holds one process and not its tree."),
		Try(func(t *Trial) {
			j := newJob(t, win32.JobSilentBreakaway)
			c := t.Start(Agent())
			j.take(c)
			g := c.Start(Agent(), InheritStdio(), Orphan())
			t.Observe("the child is in the job", j.has(c)).To(BeTrue())
			t.Observe("the grandchild is in the job", j.has(g)).To(BeFalse())
		}))

	Behaviour("win.job.list-attribute", Must,
		"PROC_THREAD_ATTRIBUTE_JOB_LIST makes the child a member before it runs.",
		about(CreateProcess, MSLearn("UpdateProcThreadAttribute function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-updateprocthreadattribute")),
		Matters("There is no moment in which the child could start something outside of the job."),
		Try(func(t *Trial) {
			j := newJob(t, win32.JobKillOnClose)
			// Not in the run's job too: that would have to lie within this one.
			into := func(jobs ...win32.Handle) Option {
				return Calling(win32.Start{Flags: win32.CREATE_SUSPENDED, Jobs: jobs})
			}
			c := t.Start(Exit(0), Orphan(), into(j.Handle))
			t.Observe("in the job before it runs", j.has(c)).To(BeTrue())
			_, err := t.TryStart(Exit(0), Orphan(), into(0))
			t.ObserveError("with a list of no job", err) // nothing promises the number
		}))

	Behaviour("win.job.accounting", Must,
		"A job counts the processes that it has had and those that it has.",
		about(System, MSLearn("JOBOBJECT_BASIC_ACCOUNTING_INFORMATION structure", "windows/win32/api/winnt/ns-winnt-jobobject_basic_accounting_information")),
		Matters("It is how to learn that a whole tree has ended, where no single handle says so."),
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

	Behaviour("win.job.iocp", Must,
		"A completion port of the job is told of a member's coming, of its end and of the end of the last one, with the process id and the key given.",
		about(System, MSLearn("JOBOBJECT_ASSOCIATE_COMPLETION_PORT structure", "windows/win32/api/winnt/ns-winnt-jobobject_associate_completion_port")),
		Matters("It is how to wait for a whole tree; since delivery is not guaranteed, the counts have to be asked as well."),
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

	const limitStub = "Wine accepts the limit and does not keep it."
	const wineJobs = "https://github.com/wine-mirror/wine/blob/wine-10.0/server/process.c"
	Behaviour("win.job.active-limit", Must,
		"A process that would exceed the job's ActiveProcessLimit is not taken in, and is terminated.",
		about(System, limits),
		Matters("A limit that is not kept does not stop a fork bomb."),
		Diverges("Wine", "putting in a second is refused", false, limitStub, wineJobs),
		Diverges("Wine", "the second is terminated", false, limitStub, wineJobs),
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

	Behaviour("win.job.ci-inside", Observed,
		"Whether the suite itself runs in a job, and whether that job lets children go.",
		about(System, objects, nested),
		Matters("Build services, terminals and SSH servers run what they start in jobs; what a program may do with its children differs between them and a desktop."),
		Remedy("Ask IsProcessInJob, and expect CREATE_BREAKAWAY_FROM_JOB to fail."), Seen("microsoft/terminal#20480"),
		Try(func(t *Trial) {
			in, err := win32.InJob(win32.Self, 0)
			t.NoError(err)
			t.Observe("the suite is in a job", in)
			_, err = t.TryStart(Exit(0), Flags(win32.CREATE_BREAKAWAY_FROM_JOB))
			t.ObserveError("a start with CREATE_BREAKAWAY_FROM_JOB", err)
		}))
})
