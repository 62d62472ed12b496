// Package job is the area of job objects, by which Windows manages processes as a unit. Every child of
// the suite is in a job of the suite's already; those made here are nested in it.
//
// Subjects, in the order of reading: member, breakaway, limit, close, terminate.
package job

import (
	"github.com/spawnspec/spawnspec/platform/win32"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const title = "Job objects"

var limits = MSLearn("JOBOBJECT_BASIC_LIMIT_INFORMATION structure",
	"windows/win32/api/winnt/ns-winnt-jobobject_basic_limit_information")

var objects = MSLearn("Job Objects", "windows/win32/procthread/job-objects")

// job is a job object whose handle is closed once, with the trial at the latest.
type job struct {
	*Handle
	t *Trial
}

// about is what every behaviour of this area has in common with others on its launcher.
func about(launcher string, cites ...record.Citation) Part {
	return func(d *Declaration) {
		About(Windows)(d)
		On(launcher)(d)
		Needs("job-objects", "job-nested")(d)
		Cite(cites...)(d)
	}
}

// handle is the job's own; of its embedded Handle the value has the same name.
func (j job) handle() win32.Handle { return j.Handle.Handle }

func (j job) has(c *Process) bool {
	in, err := win32.InJob(OpenProcess(j.t, c), j.handle())
	j.t.NoError(err)
	return in
}

// take assigns a child and returns a handle to it.
func (j job) take(c *Process) win32.Handle {
	process := OpenProcess(j.t, c)
	j.t.NoError(win32.Assign(j.handle(), process))
	return process
}

func newJob(t *Trial, limits uint32) job {
	h, err := win32.NewJob(limits)
	t.NoError(err)
	return job{NewHandle(t, h), t}
}

// still is a child that is created suspended and never runs.
func still(t *Trial) *Process {
	return t.Start(Exit(0), Flags(win32.CREATE_SUSPENDED))
}
