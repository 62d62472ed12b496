package job

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("job", title, func() {
	Behaviour("job.breakaway.denied", Must,
		"A process whose immediate job has neither JOB_OBJECT_LIMIT_BREAKAWAY_OK nor JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK "+
			"cannot let a child that it creates as its own with CreateProcess break away: with CREATE_BREAKAWAY_FROM_JOB, by "+
			"measurement, the call fails with ERROR_ACCESS_DENIED.",
		about(System, ProcessCreationFlags, limits, objects, nested, WineTest("dlls/kernel32/tests/process.c")),
		Matters("A program that starts its children with this flag cannot start them under some terminals and build "+
			"services."),
		Remedy("After ERROR_ACCESS_DENIED start again without the flag: the child is then in the job, and may end with it."),
		ProvedBy("job.member.children-join"),
		Seen("microsoft/terminal#20480", "nextest-rs/nextest#2621"),
		Was("win.job.breakaway-denied"),
		Try(func(t *Trial) {
			j := newJob(t, 0)
			c := t.Start(Agent())
			j.take(c)
			_, err := c.TryStart(Exit(0), InheritStdio(), Flags(win32.CREATE_BREAKAWAY_FROM_JOB))
			t.ObserveError("error of the start", err).To(Equal("ERROR_ACCESS_DENIED (5)"))
		}))

	Behaviour("job.breakaway.allowed", Must,
		"A child that is created with CREATE_BREAKAWAY_FROM_JOB by a process whose immediate job has "+
			"JOB_OBJECT_LIMIT_BREAKAWAY_OK is no member of that job; one that is created without the flag is a member, "+
			"unless the job has JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK too.",
		about(System, ProcessCreationFlags, limits, nested),
		Matters("A server can outlive the tool that started it."),
		Was("win.job.breakaway-ok"),
		Try(func(t *Trial) {
			j := newJob(t, win32.JobBreakawayOK)
			c := t.Start(Agent())
			j.take(c)
			away := c.Start(Agent(), InheritStdio(), Orphan(), Flags(win32.CREATE_BREAKAWAY_FROM_JOB))
			t.Observe("whether a child created with the flag is in the job", j.has(away)).To(BeFalse())
			stays := c.Start(Agent(), InheritStdio(), Orphan())
			t.Observe("whether a child created without the flag is in the job", j.has(stays)).To(BeTrue())
		}))

	Behaviour("job.breakaway.silent", Must,
		"A child of a process whose immediate job has JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK is no member of that job, "+
			"without any flag of its creation.",
		about(System, limits, nested),
		Matters("A job with this limit holds the processes that are put into it, and not what they start."),
		Was("win.job.silent-breakaway"),
		Try(func(t *Trial) {
			j := newJob(t, win32.JobSilentBreakaway)
			c := t.Start(Agent())
			j.take(c)
			g := c.Start(Agent(), InheritStdio(), Orphan())
			t.Observe("whether the child is in the job", j.has(c)).To(BeTrue())
			t.Observe("whether the grandchild is in the job", j.has(g)).To(BeFalse())
			_, err := c.TryStart(Exit(0), InheritStdio(), Flags(win32.CREATE_BREAKAWAY_FROM_JOB))
			t.ObserveError("error of a start with CREATE_BREAKAWAY_FROM_JOB", err) // no page speaks of both
		}))
})
