package trial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// What the host lacks is never a verdict on a behaviour. A feature that is missing
// makes a trial unmet; a host that runs out of something, or refuses a call that
// every start needs, makes it broken.

// unmet is the panic of a trial that needs what this host has not.
type unmet struct{ reasons []string }

// need ends the trial as unmet if the host lacks a feature. Behaviours say what
// they need in their declaration; this is for what the harness itself needs of the
// host to do its part, such as to execute what it wrote.
func (t *Trial) need(features ...string) {
	if reasons := lackedFeatures(features); reasons != nil {
		panic(unmet{reasons})
	}
}

// Unmet ends the trial as unmet: what it needs of the host, and no feature says,
// turned out to be missing.
func (t *Trial) Unmet(format string, args ...any) {
	panic(unmet{[]string{fmt.Sprintf(format, args...)}})
}

// lackedFeatures are those that this host lacks, with the reasons.
func lackedFeatures(features []string) (reasons []string) {
	for _, name := range features {
		f, _ := platform.LookupFeature(name)
		if answer, detail := f.Probe(); answer != platform.Yes {
			reasons = append(reasons, fmt.Sprintf("feature %s: %s (%s)", name, answer, detail))
		}
	}
	return reasons
}

// lacking reports whether an error says that the host lacks something, and notes
// what it has run out of. EPERM and ENOSYS are what a system call filter answers,
// and EPERM what a missing capability does; no start that asks for nothing special
// gets them otherwise. os/exec opens the null device for a stream it is not given.
func (t *Trial) lacking(err error) bool {
	if platform.Exhausted(err) && !t.exhausts {
		t.exhausted = append(t.exhausted, platform.ErrorName(err))
		return true
	}
	var path *fs.PathError
	if errors.As(err, &path) && path.Path == os.DevNull {
		t.need("null-device")
	}
	return platform.Refused(err)
}

// noteExhausted notes that a start failed because the host has run out of
// something. Whatever the body makes of the error, there is no verdict then.
func (t *Trial) noteExhausted(err error) {
	if platform.Exhausted(err) && !t.exhausts {
		t.exhausted = append(t.exhausted, platform.ErrorName(err))
	}
}

// What is asked of the host when a trial fails. Tests replace it.
var (
	oomKills = platform.OOMKills
	taskRoom = platform.TaskRoom
)

// trialTasks is how many processes and threads a trial may need: five children at a
// time, each with the threads that Go's runtime starts.
const trialTasks = 32

// lostToHost is why failures of a trial are no verdict although no call said that the
// host has run out of something; it is "" if they are one. A process that the kernel
// kills for lack of memory gets no error; a child whose runtime finds no thread exits
// with 2 or is killed by SIGABRT, and only its output says why. The counter costs a tenth
// of a trial, so it is read when one fails and not before each: after such a kill no
// failure is a verdict.
func (t *Trial) lostToHost() string {
	switch {
	case len(t.failures) == 0 && !t.crashed:
	case oomKills() > t.harness.oomKills:
		return "ENOMEM, and the kernel has killed a process for it"
	case taskRoom() < trialTasks:
		return "EAGAIN, for this user may have hardly any more processes and threads"
	}
	return ""
}

// goneError says that a child that plays a role is gone, though it was not told to leave.
type goneError struct {
	child *Process
	err   error // of its connection, which comes to its end when a child has exited
}

func (e goneError) Error() string {
	if e.err == nil || errors.Is(e.err, io.EOF) {
		return "the child is gone"
	}
	return "the child is gone: " + e.err.Error()
}

// crashed reports whether an error is due to the crash of a child that plays a role: it
// is this binary, which ends with 2 if Go's runtime ends it, for example because there
// are no threads left. No role does. Only a child tells, for this process waits for it.
func crashed(err error) bool {
	var gone goneError
	if !errors.As(err, &gone) || gone.child.process == nil || gone.child.waited {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), gone.child.trial.harness.Scale(time.Second))
	defer cancel()
	status, err := gone.child.process.Wait(ctx)
	gone.child.waited = !errors.Is(err, platform.ErrHang)
	return err == nil && status.Exited && status.Code == 2
}

// showsExhausted reports whether the value of an observation says so. EAGAIN does
// not: it is also the right answer of a call that does not block.
func showsExhausted(value any) bool {
	return slices.Contains([]any{"EMFILE", "ENFILE", "ENOMEM", "ENOSPC", "EDQUOT"}, value)
}

// ranOut begins the reason of a trial that is broken because the host has run out of something.
const ranOut = "the host has run out of something: "

// hostError is an error that says what the host has run out of, if that is what it is due to.
func hostError(err error) error {
	if platform.Exhausted(err) {
		return errors.New(ranOut + platform.ErrorName(err))
	}
	return err
}

// RanOut is what the host ran out of in a trial, such as EMFILE; "" if it did not.
func RanOut(t record.Trial) string {
	for _, reason := range t.Reasons {
		if what, ok := strings.CutPrefix(reason, ranOut); ok && t.Status == record.Broken {
			return what
		}
	}
	return ""
}
