package trial

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

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
	if platform.Exhausted(err) {
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
	if platform.Exhausted(err) {
		t.exhausted = append(t.exhausted, platform.ErrorName(err))
	}
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
