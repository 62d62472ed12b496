package job

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("job", title, func() {
	Behaviour("job.terminate.code", Must,
		"TerminateJobObject ends every member with the exit code passed.",
		about(System, MSLearn("TerminateJobObject function", "windows/win32/api/jobapi2/nf-jobapi2-terminatejobobject")),
		Matters("A whole tree can be ended so that its members tell why."),
		Was("win.job.terminate-code"),
		Try(func(t *Trial) {
			j := newJob(t, 0)
			first, second := still(t), still(t)
			j.take(first)
			j.take(second)
			t.ObserveError("TerminateJobObject", win32.TerminateJob(j.Handle, 123)).To(Equal("none"))
			t.Observe("the first member's end", first.Wait().String()).To(Equal("exit 123"))
			t.Observe("the second member's end", second.Wait().String()).To(Equal("exit 123"))
		}))
})
