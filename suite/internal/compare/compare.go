// Package compare tells what differs between two recordings. It works by key
// (a behaviour's id and a launcher), never by counts, and does no input or
// output.
package compare

import (
	"errors"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Verb says what happened to a trial between two recordings.
type Verb string

// The verbs, the most urgent first. A trial has the first verb that fits it.
// "Ran", "red" and "not tried" are those of [record.Status].
const (
	// Hangs: the after side observed "hang" where the before side did not, in
	// a trial that ran before or is red now.
	Hangs Verb = "hangs"
	// Regressed: not red before (whether or not it ran), red now.
	Regressed Verb = "regressed"
	// Changed: ran on both sides and kept its colour, but an observed value
	// differs, or it is red for another reason. A pass that became a known
	// divergence is changed if the values differ, and nothing if they do not.
	Changed Verb = "changed"
	// Fixed: red before, ran and is not red now.
	Fixed Verb = "fixed"
	// NewlySkipped: ran before, is not applicable or unmet now.
	NewlySkipped Verb = "newly-skipped"
	// NewlyRun: was not applicable or unmet, ran and is not red now.
	NewlyRun Verb = "newly-run"
	// Removed: the after side does not have the trial.
	Removed Verb = "removed"
	// Added: the before side does not have the trial.
	Added Verb = "added"
	// Renamed: the behaviour has another id now. Its trials are compared
	// under the new id all the same.
	Renamed Verb = "renamed"
)

// Verbs lists every verb, the most urgent first.
var Verbs = []Verb{Hangs, Regressed, Changed, Fixed, NewlySkipped, NewlyRun, Removed, Added, Renamed}

// Comparison is what differs between two recordings.
type Comparison struct {
	Before, After Side
	Host          []HostDifference // facts, features, launchers and the tool itself
	Causes        []Cause
	Findings      []Finding // the most urgent verb first, then by id
	Compared      int       // trials that both sides have
	// Partial says, one sentence each, why trials were left out of the
	// comparison; empty when nothing was.
	Partial []string
}

// Side is what a reader needs to know of one of the recordings.
type Side struct {
	Tool     record.Tool
	Host     []record.Fact
	Complete bool
	Trials   int
}

// HostDifference is one property that is not the same on both sides.
type HostDifference struct {
	Kind          string // "tool", "fact", "feature" or "launcher"
	Name          string
	Before, After string // empty when that side does not know the property
}

// Cause is a difference that probably brought findings about.
type Cause struct {
	What          string // what moved, as a phrase
	Before, After string
	Findings      []string // keys, "id @ launcher", sorted
}

// Finding is one behaviour that differs, on all launchers where it differs in
// the same way.
type Finding struct {
	Verb      Verb
	ID        string
	Was       string   // the earlier id; only if Renamed
	Launchers []string // sorted
	Area      string
	Level     string
	Sentence  string
	// Before and After are empty when that side has no such trial.
	Before, After record.Status
	Differences   []Difference
	// BeforeReasons and AfterReasons are why a side skipped or failed.
	BeforeReasons, AfterReasons []string
	Matters, Remedy             string
	Proof                       *Proof // nil when no behaviour proves the remedy
	Cites                       []record.Citation
	Seen                        []string
}

// Difference is an observed value that is not the same on both sides. A part
// of an object that differs has the name "observation.key".
type Difference struct {
	Name          string
	Before, After any
	// NoBefore and NoAfter mean that this side did not observe it at all.
	NoBefore, NoAfter bool
}

// Proof is the behaviour whose trial shows that a remedy works, and how it
// ended on both sides: the worst status over its launchers, empty when it was
// not recorded.
type Proof struct {
	ID            string
	Before, After record.Status
}

// Rerun is the command that tries just the trials of f again.
func (f Finding) Rerun() string {
	command := "spawnspec run --only " + f.ID
	for _, l := range f.Launchers {
		command += " --launcher " + l
	}
	return command
}

// Keys lists the keys of the trials of f.
func (f Finding) Keys() []string {
	keys := make([]string, len(f.Launchers))
	for i, l := range f.Launchers {
		keys[i] = record.Trial{ID: f.ID, Launcher: l}.Key()
	}
	return keys
}

// ErrNothing is returned when the recordings have no trial in common that ran
// on either side.
var ErrNothing = errors.New("nothing to compare: no trial that ran is in both recordings")

// Compare tells what differs between before and after.
func Compare(before, after *record.Recording) (*Comparison, error) {
	return nil, ErrNothing
}

// Empty reports whether there is nothing to tell: no finding and no difference
// of the host.
func (c *Comparison) Empty() bool { return len(c.Findings) == 0 && len(c.Host) == 0 }

// Failing reports whether c should make a command fail. on is "regressed" (a
// trial regressed or hangs), "changed" (any finding) or anything else (never).
// A difference of the host alone is not a finding.
func (c *Comparison) Failing(on string) bool {
	for _, f := range c.Findings {
		if on == "changed" || on == "regressed" && (f.Verb == Regressed || f.Verb == Hangs) {
			return true
		}
	}
	return false
}
