// Package job is the area of job objects, with which Windows holds processes together. Every child of
// the suite is in a job of the suite's already; those made here are nested in it.
package job

import (
	"github.com/spawnspec/spawnspec/platform/win32"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const title = "Job objects"

var limits = MSLearn("JOBOBJECT_BASIC_LIMIT_INFORMATION structure", "windows/win32/api/winnt/ns-winnt-jobobject_basic_limit_information")

var objects = MSLearn("Job Objects", "windows/win32/procthread/job-objects")

// job is a job object whose handle is closed once, with the trial at the latest.
type job struct {
	win32.Handle
	t      *Trial
	closed bool
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

func (j *job) close() {
	if !j.closed {
		j.closed = true
		_ = win32.Close(j.Handle)
	}
}

func (j *job) has(c *Process) bool {
	in, err := win32.InJob(open(j.t, c), j.Handle)
	j.t.NoError(err)
	return in
}

// take assigns a child and returns a handle to it.
func (j *job) take(c *Process) win32.Handle {
	process := open(j.t, c)
	j.t.NoError(win32.Assign(j.Handle, process))
	return process
}

func newJob(t *Trial, limits uint32) *job {
	h, err := win32.NewJob(limits)
	t.NoError(err)
	j := &job{Handle: h, t: t}
	t.Defer(j.close)
	return j
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
