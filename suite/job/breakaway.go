package job

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var creationFlags = MSLearn("Process Creation Flags", "windows/win32/procthread/process-creation-flags")

var _ = Area("job", title, func() {
	Behaviour("job.breakaway.denied", Must,
		"A member of a job without JOB_OBJECT_LIMIT_BREAKAWAY_OK cannot start a child with CREATE_BREAKAWAY_FROM_JOB: ERROR_ACCESS_DENIED.",
		about(System, creationFlags, limits),
		Matters("A program that detaches its children that way does not start them at all under some terminals and build services."),
		Remedy("On ERROR_ACCESS_DENIED start again without the flag."), Seen("microsoft/terminal#20480", "nextest-rs/nextest#2621"),
		Was("win.job.breakaway-denied"),
		Try(func(t *Trial) {
			j := newJob(t, 0)
			c := t.Start(Agent())
			j.take(c)
			_, err := c.TryStart(Exit(0), InheritStdio(), Flags(win32.CREATE_BREAKAWAY_FROM_JOB))
			t.ObserveError("error", err).To(Equal("ERROR_ACCESS_DENIED (5)"))
		}))

	Behaviour("job.breakaway.allowed", Must,
		"Where the job allows it, a child created with CREATE_BREAKAWAY_FROM_JOB is no member; without the flag it is.",
		about(System, creationFlags, limits),
		Matters("It is how a server outlives the tool that started it."),
		Was("win.job.breakaway-ok"),
		Try(func(t *Trial) {
			j := newJob(t, win32.JobBreakawayOK)
			c := t.Start(Agent())
			j.take(c)
			away := c.Start(Agent(), InheritStdio(), Orphan(), Flags(win32.CREATE_BREAKAWAY_FROM_JOB))
			t.Observe("with the flag it is in the job", j.has(away)).To(BeFalse())
			stays := c.Start(Agent(), InheritStdio(), Orphan())
			t.Observe("without the flag it is in the job", j.has(stays)).To(BeTrue())
		}))

	Behaviour("job.breakaway.silent", Must,
		"With JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK what a member starts is no member, without any flag.",
		about(System, limits),
		Matters("A job with this limit holds one process and not its tree."),
		Was("win.job.silent-breakaway"),
		Try(func(t *Trial) {
			j := newJob(t, win32.JobSilentBreakaway)
			c := t.Start(Agent())
			j.take(c)
			g := c.Start(Agent(), InheritStdio(), Orphan())
			t.Observe("the child is in the job", j.has(c)).To(BeTrue())
			t.Observe("the grandchild is in the job", j.has(g)).To(BeFalse())
		}))
})
