// Package compare finds what differs between two recordings. It works by key
// (a behaviour's id and a launcher), never by counts, and does no input or
// output. It knows no id: what a behaviour is to others is declared (see
// [record.Role]).
package compare

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Verb says what happened to a trial between two recordings.
type Verb string

// The verbs, the most urgent first. A trial has the first verb that fits it.
// "Ran", "red" and "not tried" are those of [record.Status].
const (
	// Hangs: the after side observed "hang" where the before side observed
	// something else.
	Hangs Verb = "hangs"
	// Regressed: not red before (whether or not it ran), red now; or
	// [record.Works] was observed to be true before and is false now; or a must
	// or should passed before and is a known divergence now, with another value;
	// or it ran before, and now its launcher, which could be used before, cannot.
	Regressed Verb = "regressed"
	// Changed: ran on both sides and kept its colour, but a value that both
	// observed differs, or it is red with another status. What only one side
	// observed does not count by itself: what was not there cannot change.
	Changed Verb = "changed"
	// Fixed: the opposite of hangs and regressed. Red before, ran and is not red
	// now; or [record.Works] was false before and is true now; or the before side
	// observed "hang" where the after side observed something else; or a must or
	// should was a known divergence and passes now, with another value.
	Fixed Verb = "fixed"
	// NewlySkipped: ran before, red or not; is not applicable or unmet now.
	NewlySkipped Verb = "newly-skipped"
	// NewlyRun: was not applicable or unmet, ran and is not red now.
	NewlyRun Verb = "newly-run"
	// Removed: the after side does not have the trial, though it has the
	// launcher, is complete and was not restricted to a selection.
	Removed Verb = "removed"
	// Added: the before side does not have the trial, likewise.
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
	// Tried are the after side's trials of those that both sides have and at least one
	// ran, by id and launcher.
	Tried []record.Trial
	// OneSided counts trials of which nothing differs but that one side observed
	// something that the other did not.
	OneSided int
	// Partial says, one sentence each, why trials were left out of the
	// comparison; empty when nothing was.
	Partial []string
}

// Side is what a reader needs to know of one of the recordings.
type Side struct {
	Name      string // of its file; the caller's to give
	Tool      record.Tool
	Host      []record.Fact
	Launchers []record.Launcher
	Complete  bool
	Trials    int
}

// Kind is what a property is of.
type Kind string

// The kinds of a property.
const (
	OfTool     Kind = "tool"
	OfHost     Kind = "fact"
	OfLauncher Kind = "launcher"
	OfRuntime  Kind = "runtime" // its implementation, libc or build; Name is "cpython libc"
	OfFeature  Kind = "feature"
	OfDefault  Kind = "default" // of a runtime; a cause only
)

// HostDifference is one property that is not the same on both sides.
type HostDifference struct {
	Kind          Kind
	Name          string
	Runtime       string // of a launcher or runtime, as in [record.Launcher]
	Before, After string // empty when that side does not know the property
}

// Cause is a difference that probably brought findings about.
type Cause struct {
	Kind          Kind   // of what moved
	What          string // what moved, as a phrase
	Before, After string
	// Findings are what follows from it, each with those of its launchers on
	// which it does. A default that moved is a cause even when nothing is known
	// to follow.
	Findings []Finding
	// Default is what is known of a default that moved from one launcher to
	// another; nil for any other cause.
	Default *Default
	// Cites are those of the default that moved.
	Cites []record.Citation
	// Matters is why the default matters.
	Matters string
	In      []string // the pairs of a [Matrix] that have it
}

// Default is a default that did before what the launcher Was does, and does
// what the launcher Is does now.
type Default struct {
	Was, Is string
	// Kept are those of the cause's findings, by id, for which Was does on the
	// after side what the default did before: naming it is a way back.
	Kept []string
	// Gone is set when nothing could be tried on Was on the after side: there is
	// no way back.
	Gone bool
	// WayBack sets the default to what it was; its Text is the line that does it,
	// "" when there is none.
	WayBack Remedy
	// Own are the remedies of the default itself, and Remedies those of the
	// findings, in their order, and then its own, each once.
	Own, Remedies []Remedy
}

// Restores reports whether naming the value that the default had gives most of so many
// cases back. It does not where the version changes them too.
func (d *Default) Restores(cases int) bool { return 2*len(d.Kept) >= cases }

// Back are the remedies of the default itself that were seen to work on the after side.
// What names the value that the default has there anyway, as after a step back to an
// older version, is no help.
func (c Cause) Back() []Remedy {
	return slices.DeleteFunc(slices.Clone(c.Default.Own), func(r Remedy) bool {
		return r.After != Works || names([]string{r.Text}, c.After)
	})
}

// Finding is one behaviour that differs, on all launchers where it differs in
// the same way.
type Finding struct {
	Verb      Verb
	ID        string
	Was       string   // the earlier id; only if Renamed
	Launchers []string // sorted
	Area      string
	Level     record.Level
	Role      record.Role
	Subject   string // see [record.Behaviour]
	Brief     string // likewise
	Sentence  string
	// Interpreters are the launchers of the after side whose interpreter was asked
	// for by path, by name. Path is its name only, as it may be on the PATH of
	// another machine than the one that made the recording.
	Interpreters map[string]record.Launcher
	// Before and After are empty when that side has no such trial.
	Before, After record.Status
	// Differences are in the order they were observed. They are empty where
	// only one side ran and the other side's values say nothing: newly-skipped,
	// newly-run, removed and added.
	Differences []Difference
	// BeforeReasons and AfterReasons are why a side skipped or failed.
	BeforeReasons, AfterReasons []string
	// Known are the pins that the after side's values are known by, each once; only
	// where that side diverges.
	Known    []record.Divergence
	Matters  string
	Remedies []Remedy
	Cites    []record.Citation
	Seen     []string
	In       []string // the pairs of a [Matrix] that have it
}

// Difference is an observed value that is not the same on both sides. A part
// of an object that differs has the name "observation.key".
type Difference struct {
	Name          string
	Before, After any
	// NoBefore and NoAfter mean that this side did not observe it at all, or that
	// the object which both observed has no such part there.
	NoBefore, NoAfter bool
	Part              bool // of an object
}

// Remedy is one thing to do about a finding, and whether it was seen to work.
type Remedy struct {
	Text     string
	ProvedBy string // the behaviour whose trials show it; "" when none does
	// Launchers are those of the finding on which ProvedBy was tried on either
	// side; if there are none, all others of the same runtime, or of the suite's
	// own. What works with one runtime says nothing of another.
	Launchers     []string
	Before, After Proof
}

// Proof is what a side showed of a remedy.
type Proof string

// What a side can show of a remedy.
const (
	NotTried    Proof = "not tried"
	Works       Proof = "works"         // on each launcher where it was tried
	DoesNotWork Proof = "does not work" // red, or [record.Works] is false
)

// Rerun is the command that tries just the trials of f again, quoted for a
// POSIX shell. A comment says the version of an interpreter whose name does not.
func (f Finding) Rerun() string {
	command := "spawnspec run --only " + quote(f.ID)
	var named, versions []string
	for _, name := range f.Launchers {
		l := f.Interpreters[name]
		if l.Path == "" {
			command += " --launcher " + quote(name)
			continue
		}
		word := l.Runtime + "=" + l.Path
		if slices.Contains(named, word) {
			continue
		}
		named = append(named, word)
		command += " --launcher " + quote(word)
		if l.Version != "" && !strings.Contains(l.Path, firstTwo(l.Version)) {
			versions = append(versions, cmp.Or(l.Implementation, l.Runtime)+" "+l.Version)
		}
	}
	if len(versions) > 0 {
		command += " # " + strings.Join(versions, ", ")
	}
	return command
}

// firstTwo is a version without all that follows the second number.
func firstTwo(version string) string {
	numbers := strings.SplitN(version, ".", 3)
	return strings.Join(numbers[:min(2, len(numbers))], ".")
}

// quote quotes a word for a POSIX shell, if it has to be. The home directory is
// recorded as ~, which a shell does not expand in the middle of a word.
func quote(word string) string {
	head, rest, home := strings.Cut(word, "=~/")
	if home {
		return quote(head) + `="$HOME"/` + quote(rest)
	}
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-=+:,@%", r)
	}
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Keys lists the keys of the trials of f.
func (f Finding) Keys() []string {
	keys := make([]string, len(f.Launchers))
	for i, l := range f.Launchers {
		keys[i] = record.Trial{ID: f.ID, Launcher: l}.Key()
	}
	return keys
}

// ErrNothing is returned when no trial is in both recordings, or none of those
// ran on either side.
var ErrNothing = errors.New("nothing to compare: no trial that ran is in both recordings")

// Compare finds what differs between before and after. It changes neither.
// Facts that are volatile on either side and measurements are not compared.
// The error is [ErrNothing] or nil.
//
// What was tried is told in the words of the recordings. What to do about it is
// told in those of the specification at hand, as far as it knows the behaviour:
// advice gets better with time, and the way back from a default is in no recording.
func Compare(before, after *record.Recording, specified ...record.Behaviour) (*Comparison, error) {
	b, a := newSide(before), newSide(after)
	for _, s := range specified {
		a.specified[s.ID] = s
	}
	renames := b.follow(a)

	c := &Comparison{Before: b.summary(), After: a.summary(), Host: hostDifferences(before, after)}
	findings := map[string]*Finding{}
	var leftOut [2][]key
	for _, key := range bothKeys(b, a) {
		old, new := b.trials[key], a.trials[key]
		f := Finding{ID: key.id, Launchers: []string{key.launcher}}
		switch {
		case old != nil && new != nil:
			c.Compared++
			if old.Status.Ran() || new.Status.Ran() {
				c.Tried = append(c.Tried, *new)
			}
			f.Differences = differences(old.Observations, new.Observations)
			f.Verb = verb(old, new, f.Differences, declared(key.id, b, a).Level)
			if f.Verb == NewlySkipped && new.Status == record.Unmet && b.usable(key.launcher) && !a.usable(key.launcher) {
				f.Verb = Regressed
			}
			if f.Verb == "" && len(f.Differences) > 0 {
				c.OneSided++
			}
		case old == nil && b.lacks(key):
			leftOut[0] = append(leftOut[0], key)
		case new == nil && a.lacks(key):
			leftOut[1] = append(leftOut[1], key)
		case old == nil:
			f.Verb = Added
		default:
			f.Verb = Removed
		}
		if f.Verb == "" {
			continue
		}
		if old != nil {
			f.Before, f.BeforeReasons = old.Status, old.Reasons
		}
		if new != nil {
			f.After, f.AfterReasons = new.Status, new.Reasons
			if new.Status == record.Diverges {
				f.Known = new.Divergences
			}
		}
		if old != nil && new != nil && old.Status.Ran() != new.Status.Ran() {
			f.Differences = nil
		}
		merge(findings, f)
	}
	if len(c.Tried) == 0 {
		return nil, ErrNothing
	}
	for _, id := range slices.Sorted(maps.Keys(renames)) {
		if launchers := distinct(b.on(id), a.on(id)); len(launchers) > 0 {
			merge(findings, Finding{Verb: Renamed, ID: id, Was: renames[id], Launchers: launchers})
		}
	}

	for _, f := range findings {
		describe(f, b, a)
		c.Findings = append(c.Findings, *f)
	}
	slices.SortFunc(c.Findings, byUrgency)
	c.Causes = causes(c.Host, c.Findings, b, a)
	c.Partial = append(b.partial("before", leftOut[0]), a.partial("after", leftOut[1])...)
	return c, nil
}

// byUrgency orders findings by their verbs, then by id.
func byUrgency(x, y Finding) int {
	return cmp.Or(
		cmp.Compare(slices.Index(Verbs, x.Verb), slices.Index(Verbs, y.Verb)),
		cmp.Compare(x.ID, y.ID),
		slices.Compare(x.Launchers, y.Launchers))
}

// verb says what happened to a trial both sides have; "" if nothing did.
func verb(old, new *record.Trial, differences []Difference, level record.Level) Verb {
	// What only one side observed cannot have become better or worse.
	hangs := slices.ContainsFunc(differences, func(d Difference) bool { return d.After == record.Hang && !d.NoBefore })
	ends := slices.ContainsFunc(differences, func(d Difference) bool { return d.Before == record.Hang && !d.NoAfter })
	differs := slices.ContainsFunc(differences, func(d Difference) bool { return !d.NoBefore && !d.NoAfter || d.Part })
	ran := old.Status.Ran() && new.Status.Ran()
	// moved: a promise that was kept is broken as it is known to be, or back.
	moved := func(from, to record.Status) bool {
		return level != record.Observed && old.Status == from && new.Status == to && differs
	}
	switch {
	case hangs && ran:
		return Hangs
	case new.Status.Red() && !old.Status.Red(),
		answered(old, true) && answered(new, false),
		moved(record.Pass, record.Diverges):
		return Regressed
	case old.Status.Ran() && !new.Status.Ran():
		return NewlySkipped
	case !old.Status.Ran() && new.Status.Ran():
		return NewlyRun
	case !new.Status.Red() && (old.Status.Red() || ends && ran || answered(old, false) && answered(new, true)),
		moved(record.Diverges, record.Pass):
		return Fixed
	case new.Status.Red() && old.Status != new.Status, differs:
		return Changed
	}
	return ""
}

// answered reports whether t has this answer to the question whether it works.
func answered(t *record.Trial, works bool) bool {
	return slices.ContainsFunc(
		t.Observations,
		func(o record.Observation) bool { return o.Name == record.Works && o.Value == works },
	)
}

// merge adds f to a finding that says the same of other launchers, so that a
// reader is told once.
func merge(findings map[string]*Finding, f Finding) {
	same := fmt.Sprintf("%s %s %s %s", f.Verb, f.ID, f.Before, f.After)
	for _, d := range f.Differences {
		same += fmt.Sprintf(" %q %s %s %t %t", d.Name, record.Text(d.Before), record.Text(d.After), d.NoBefore, d.NoAfter)
	}
	first, ok := findings[same]
	if !ok {
		findings[same] = &f
		return
	}
	first.Launchers = append(first.Launchers, f.Launchers...)
	first.BeforeReasons = append(slices.Clone(first.BeforeReasons), f.BeforeReasons...)
	first.AfterReasons = append(slices.Clone(first.AfterReasons), f.AfterReasons...)
	for _, pin := range f.Known {
		same := func(other record.Divergence) bool { return reflect.DeepEqual(pin, other) }
		if !slices.ContainsFunc(first.Known, same) {
			first.Known = append(slices.Clip(first.Known), pin)
		}
	}
}

// declared is the declaration of the behaviour id, the after side's if both
// have one.
func declared(id string, b, a *side) record.Behaviour {
	d, ok := a.behaviours[id]
	if !ok {
		d = b.behaviours[id]
	}
	if s, ok := a.specified[id]; ok {
		d.Subject, d.Remedies, d.Brief, d.WayBack = s.Subject, s.Remedies, s.Brief, s.WayBack
	}
	return d
}

// describe fills in what the declaration of the behaviour says.
func describe(f *Finding, b, a *side) {
	d := declared(f.ID, b, a)
	f.Area, f.Level, f.Role, f.Sentence, f.Matters = d.Area, d.Level, d.Role, d.Sentence, d.Matters
	f.Subject, f.Brief = d.Subject, d.Brief
	f.Cites, f.Seen = d.Cites, d.Seen
	slices.Sort(f.Launchers)
	for _, l := range f.Launchers {
		if launcher := a.launchers[l]; launcher.Path != "" {
			if f.Interpreters == nil {
				f.Interpreters = map[string]record.Launcher{}
			}
			launcher.Path = strings.TrimSuffix(launcher.Path[strings.LastIndexAny(launcher.Path, `/\`)+1:], ".exe")
			f.Interpreters[l] = launcher
		}
	}
	for _, r := range d.Remedies {
		if helps(r, f.Launchers, b, a) {
			f.Remedies = append(f.Remedies, remedy(r, f.Launchers, b, a))
		}
	}
	f.BeforeReasons, f.AfterReasons = distinct(f.BeforeReasons), distinct(f.AfterReasons)
}

// helps reports whether r is for the users of one of launchers.
func helps(r record.Remedy, launchers []string, b, a *side) bool {
	return len(r.For) == 0 ||
		slices.ContainsFunc(launchers, func(l string) bool { return slices.Contains(r.For, runtime(l, b, a)) })
}

// runtime is the runtime that a launcher belongs to on either side.
func runtime(launcher string, b, a *side) string {
	return cmp.Or(b.launchers[launcher].Runtime, a.launchers[launcher].Runtime)
}

// remedy says where r was seen to work for those who use launchers.
func remedy(r record.Remedy, launchers []string, b, a *side) Remedy {
	tried := distinct(b.tried(r.ProvedBy), a.tried(r.ProvedBy))
	on := filter(tried, func(l string) bool { return slices.Contains(launchers, l) })
	if len(on) == 0 {
		on = filter(tried, func(l string) bool {
			return slices.ContainsFunc(launchers, func(of string) bool { return runtime(of, b, a) == runtime(l, b, a) })
		})
	}
	return Remedy{r.Text, r.ProvedBy, on, b.proof(r.ProvedBy, on), a.proof(r.ProvedBy, on)}
}

// differences compares what two trials observed, by name. What a side could not
// see any more because something before it did not end was not observed there.
func differences(old, new []record.Observation) []Difference {
	var found []Difference
	for _, n := range new {
		if n.Value == record.NotReached {
			continue
		}
		i := slices.IndexFunc(old, func(o record.Observation) bool { return o.Name == n.Name && o.Value != record.NotReached })
		if i < 0 {
			found = append(found, Difference{Name: n.Name, After: canonical(n.Value), NoBefore: true})
		} else if !same(old[i].Value, n.Value) {
			found = append(found, unequal(n.Name, canonical(old[i].Value), canonical(n.Value), false)...)
		}
	}
	for _, o := range old {
		there := func(n record.Observation) bool { return n.Name == o.Name && n.Value != record.NotReached }
		if o.Value != record.NotReached && !slices.ContainsFunc(new, there) {
			found = append(found, Difference{Name: o.Name, Before: canonical(o.Value), NoAfter: true})
		}
	}
	return found
}

// same reports what can be seen without the canonical form: most values are equal as
// they are.
func same(x, y any) bool {
	text, ok := x.(string)
	other, too := y.(string)
	if ok && too {
		return text == other
	}
	return reflect.DeepEqual(x, y)
}

// unequal looks into objects, so that a reader need not search a large one for
// the part that differs.
func unequal(name string, old, new any, part bool) []Difference {
	if reflect.DeepEqual(old, new) {
		return nil
	}
	x, ok := old.(map[string]any)
	y, too := new.(map[string]any)
	if !ok || !too || len(x) == 0 || len(y) == 0 { // of an empty one every part would be said not to be observed
		return []Difference{{Name: name, Before: old, After: new, Part: part}}
	}
	var found []Difference
	for _, key := range distinct(slices.Collect(maps.Keys(x)), slices.Collect(maps.Keys(y))) {
		of := name + "." + key
		before, had := x[key]
		after, has := y[key]
		if had && has {
			found = append(found, unequal(of, before, after, true)...)
		} else {
			found = append(found, Difference{Name: of, Before: before, After: after, NoBefore: !had, NoAfter: !has, Part: true})
		}
	}
	return found
}

// canonical lets a recording that was just made be compared with one that was
// read. A value that cannot be recorded is compared as the reason.
func canonical(v any) any {
	n, err := record.Normalise(v)
	if err != nil {
		return err.Error()
	}
	return n
}

// Empty reports whether there is nothing to tell: no finding and no difference
// of the host.
func (c *Comparison) Empty() bool { return len(c.Findings) == 0 && len(c.Host) == 0 }

// Unexplained are the findings that do not follow, on every launcher, from a
// default that moved.
func (c *Comparison) Unexplained() []Finding {
	return filter(c.Findings, func(f Finding) bool {
		return slices.ContainsFunc(f.Launchers, func(l string) bool { return !explained(c.Causes, f.ID, l) })
	})
}

// FailOn is what makes a comparison fail a command.
type FailOn string

// What can make a comparison fail. A difference of the host alone never does.
const (
	OnRegressed FailOn = "regressed" // a trial regressed or hangs
	OnChanged   FailOn = "changed"   // there is a finding that is not one-sided
	Never       FailOn = "never"
)

// FailOns lists all there is to choose from.
var FailOns = []FailOn{OnRegressed, OnChanged, Never}

// Failing reports whether c should make a command fail.
func (c *Comparison) Failing(on FailOn) bool {
	return slices.ContainsFunc(c.Findings, func(f Finding) bool { return f.Failing(on) })
}

// OneSided reports whether f is about what only one of the sides has, by its id: no
// difference, but what a newer suite knows more or names otherwise.
func (f Finding) OneSided() bool { return f.Verb == Added || f.Verb == Removed || f.Verb == Renamed }

// Failing reports whether f alone should make a command fail.
func (f Finding) Failing(on FailOn) bool {
	return on == OnChanged && !f.OneSided() || on == OnRegressed && (f.Verb == Regressed || f.Verb == Hangs)
}
