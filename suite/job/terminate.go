package job

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("job", title, func() {
	Behaviour("job.terminate.code", Must,
		"TerminateJobObject ends every member of a job with the exit code passed.",
		about(System, MSLearn("TerminateJobObject function", "windows/win32/api/jobapi2/nf-jobapi2-terminatejobobject")),
		Matters("The exit codes of a whole tree can show why it was ended."),
		Was("win.job.terminate-code"),
		Try(func(t *Trial) {
			j := newJob(t, 0)
			first, second := still(t), still(t)
			j.take(first)
			j.take(second)
			t.ObserveError("error of TerminateJobObject", win32.TerminateJob(j.handle(), 123)).To(Equal("none"))
			t.Observe("exit status of the first member", first.Wait().String()).To(Equal("exit 123"))
			t.Observe("exit status of the second member", second.Wait().String()).To(Equal("exit 123"))
		}))
})
