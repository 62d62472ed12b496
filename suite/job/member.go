package job

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var nested = MSLearn("Nested Jobs", "windows/win32/procthread/nested-jobs")

var _ = Area("job", title, func() {
	Behaviour("job.member.children-join", Must,
		"What a member of a job starts is a member from its creation on.",
		about(System, objects),
		Matters("This is what makes a job hold a whole tree, without a gap in which something could slip out."),
		Was("win.job.children-join"),
		Try(func(t *Trial) {
			j := newJob(t, 0)
			c := t.Start(Agent())
			j.take(c)
			g := c.Start(Agent(), InheritStdio(), Orphan())
			t.Observe("the grandchild is in the job", j.has(g)).To(BeTrue())
		}))

	Behaviour("job.member.assign-exited", Observed,
		"What it gives to put a process that has ended into a job: ERROR_ACCESS_DENIED (5), as when it is not permitted.",
		about(System, MSLearn("AssignProcessToJobObject function", "windows/win32/api/jobapi2/nf-jobapi2-assignprocesstojobobject")),
		Matters("A short-lived child makes its creator believe that jobs do not work here."),
		Remedy("Create the child suspended, or with PROC_THREAD_ATTRIBUTE_JOB_LIST."), ProvedBy("job.member.list-attribute"),
		Was("win.job.assign-dead"),
		Try(func(t *Trial) {
			j := newJob(t, 0)
			c := t.Start(Exit(0))
			process := open(t, c)
			c.Wait()
			t.ObserveError("error", win32.Assign(j.Handle, process))
		}))

	Behaviour("job.member.nested", Must,
		"A process in one job can be put into a second, which then lies within the first; it is a member of both.",
		about(System, nested),
		Matters("A program that uses a job works inside a terminal or build service that uses one."),
		Was("win.job.nested"),
		Try(func(t *Trial) {
			outer, inner := newJob(t, 0), newJob(t, 0)
			c := still(t)
			process := outer.take(c)
			t.ObserveError("putting it into the second", win32.Assign(inner.Handle, process)).To(Equal("none"))
			t.Observe("in the first", outer.has(c)).To(BeTrue())
			t.Observe("in the second", inner.has(c)).To(BeTrue())
		}))

	Behaviour("job.member.list-attribute", Must,
		"PROC_THREAD_ATTRIBUTE_JOB_LIST makes the child a member before it runs.",
		about(CreateProcess, MSLearn("UpdateProcThreadAttribute function", "windows/win32/api/processthreadsapi/nf-processthreadsapi-updateprocthreadattribute")),
		Matters("There is no moment in which the child could start something outside of the job."),
		Was("win.job.list-attribute"),
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

	Behaviour("job.member.already-inside", Observed,
		"Whether the suite itself runs in a job, and whether that job lets children go.",
		about(System, objects, nested),
		Matters("Build services, terminals and SSH servers run what they start in jobs; what a program may do with its children differs between them and a desktop."),
		Remedy("Ask IsProcessInJob, and expect CREATE_BREAKAWAY_FROM_JOB to fail."), Seen("microsoft/terminal#20480"),
		Was("win.job.ci-inside"),
		Try(func(t *Trial) {
			in, err := win32.InJob(win32.Self, 0)
			t.NoError(err)
			t.Observe("the suite is in a job", in)
			_, err = t.TryStart(Exit(0), Flags(win32.CREATE_BREAKAWAY_FROM_JOB))
			t.ObserveError("a start with CREATE_BREAKAWAY_FROM_JOB", err)
		}))
})
