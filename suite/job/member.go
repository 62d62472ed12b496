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
		"A process that a member of a job creates as its own child with CreateProcess is a member too, unless it breaks "+
			"away where the job permits that.",
		about(System, objects),
		Matters("A job holds a tree without a moment in which a process is outside; what is created by another way, as with "+
			"Win32_Process.Create or under another parent, is not in it."),
		Was("win.job.children-join"),
		Try(func(t *Trial) {
			j := newJob(t, 0)
			c := t.Start(Agent())
			j.take(c)
			g := c.Start(Exit(0), InheritStdio(), Orphan(), Flags(win32.CREATE_SUSPENDED))
			t.Observe("whether a grandchild that has not run is in the job", j.has(g)).To(BeTrue())
		}))

	Behaviour("job.member.assign-exited", Observed,
		"Assigning an exited process to a job fails with ERROR_ACCESS_DENIED (5), as a lack of permission does.",
		about(System, MSLearn("AssignProcessToJobObject function",
			"windows/win32/api/jobapi2/nf-jobapi2-assignprocesstojobobject")),
		Matters("A creator whose child exits early takes the error for a sign that jobs do not work here."),
		Remedy("Create the child suspended, or with PROC_THREAD_ATTRIBUTE_JOB_LIST."), ProvedBy("job.member.list-attribute"),
		Was("win.job.assign-dead"),
		Try(func(t *Trial) {
			j := newJob(t, 0)
			c := t.Start(Exit(0))
			process := OpenProcess(t, c)
			c.Wait()
			t.ObserveError("error of AssignProcessToJobObject", win32.Assign(j.handle(), process))
		}))

	Behaviour("job.member.nested", Must,
		"Since Windows 8 a process in a job can be assigned to a second one that is empty, if neither sets limits of the "+
			"user interface: the second is then nested in the first, and the process is a member of both.",
		about(System, nested,
			MSLearn("AssignProcessToJobObject function", "windows/win32/api/jobapi2/nf-jobapi2-assignprocesstojobobject")),
		Matters("A program that uses a job works inside a terminal or build service that uses one."),
		Was("win.job.nested"),
		Try(func(t *Trial) {
			outer, inner := newJob(t, 0), newJob(t, 0)
			c := still(t)
			process := outer.take(c)
			t.ObserveError("error of the assignment to the second job", win32.Assign(inner.handle(), process)).To(Equal("none"))
			t.Observe("whether the process is in the first job", outer.has(c)).To(BeTrue())
			t.Observe("whether the process is in the second job", inner.has(c)).To(BeTrue())
		}))

	Behaviour("job.member.list-attribute", Must,
		"PROC_THREAD_ATTRIBUTE_JOB_LIST makes a child a member of the listed job at its creation, before it runs (Windows "+
			"10 and later).",
		about(CreateProcess, UpdateProcThreadAttribute),
		Matters("There is no moment in which the child could start a process outside of the job."),
		Was("win.job.list-attribute"),
		Try(func(t *Trial) {
			j := newJob(t, win32.JobKillOnClose)
			// Not in the run's job too, which would have to lie within this one.
			into := func(jobs ...win32.Handle) Option {
				return Calling(win32.Start{Flags: win32.CREATE_SUSPENDED, Jobs: jobs})
			}
			c := t.Start(Exit(0), Orphan(), into(j.handle()))
			t.Observe("whether a child that has not run is in the job", j.has(c)).To(BeTrue())
			_, err := t.TryStart(Exit(0), Orphan(), into(0))
			t.ObserveError("error of a start into a job that is NULL", err) // nothing promises the number
		}))

	Behaviour("job.member.already-inside", Observed,
		"Whether the suite itself runs in a job, and whether that job lets its children break away, depends on what "+
			"started it.",
		about(System, objects, nested),
		Matters("Build services, terminals and SSH servers run programs in jobs, and differ from a desktop and from each "+
			"other in what a program may do with its children."),
		Remedy("Ask IsProcessInJob, and expect CREATE_BREAKAWAY_FROM_JOB to fail."), Seen("microsoft/terminal#20480"),
		Was("win.job.ci-inside"),
		Try(func(t *Trial) {
			in, err := win32.InJob(win32.Self, 0)
			t.NoError(err)
			t.Observe("whether the suite is in a job", in)
			_, err = t.TryStart(Exit(0), Flags(win32.CREATE_BREAKAWAY_FROM_JOB))
			t.ObserveError("error of a start with CREATE_BREAKAWAY_FROM_JOB", err)
		}))
})
