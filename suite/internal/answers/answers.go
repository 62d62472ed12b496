// Package answers is what recordings say of one behaviour: what each platform and
// each version of a runtime was seen to do, with equal answers told once, and between
// which versions an answer changed.
//
// An answer is only ever given for what was tried. That there is no trial is never
// taken for a no, and nothing is said of versions between two that were recorded.
package answers

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Column is what one recording has of a behaviour.
type Column struct {
	Name   string // the recording's
	Head   record.Head
	Trials []record.Trial // of the behaviour, by whatever id it had
}

// Kind is how an answer relates to the sentence.
type Kind string

// The kinds of answers, as a reader is told them.
const (
	Holds     Kind = "holds"            // every check held
	Seen      Kind = "seen"             // unspecified: these values were observed
	Works     Kind = "works"            // unspecified, and it did what it was asked to
	Fails     Kind = "does not work"    // unspecified, and it did not
	Differs   Kind = "differs as known" // a pinned difference of this implementation
	Red       Kind = "does not hold"
	Elsewhere Kind = "does not apply"
	Unmet     Kind = "could not be tried" // for want of something on the machine
)

// Kinds lists every kind, in the order in which a reader wants them.
var Kinds = []Kind{Holds, Works, Seen, Differs, Fails, Red, Elsewhere, Unmet}

// Positive reports whether what was tried did as the sentence says.
func (k Kind) Positive() bool { return k == Holds || k == Works || k == Seen }

// Tried reports whether there was a trial of it at all.
func (k Kind) Tried() bool { return k != Elsewhere && k != Unmet }

// Answer is what a trial found.
type Answer struct {
	Kind    Kind
	Values  []record.Observation
	Reasons []string            // why it does not apply, could not be tried, or does not hold
	Known   []record.Divergence // the pins whose values were seen
}

// Of is the answer that a trial gives.
func Of(t record.Trial) Answer {
	a := Answer{Kind: kind(t), Reasons: t.Reasons}
	for _, o := range t.Observations {
		a.Values = append(a.Values, record.Observation{Name: o.Name, Value: o.Value})
	}
	for _, d := range t.Divergences {
		if !d.Stale {
			a.Known = append(a.Known, d)
		}
	}
	return a
}

func kind(t record.Trial) Kind {
	checked := false
	for _, o := range t.Observations {
		checked = checked || o.Held != nil
	}
	works, says := value(t, record.Works)
	switch {
	case t.Status == record.NotApplicable:
		return Elsewhere
	case t.Status == record.Unmet:
		return Unmet
	case t.Status.Red():
		return Red
	case says && works == false:
		return Fails
	case t.Status == record.Diverges:
		return Differs
	case says && works == true && !checked:
		return Works
	case checked:
		return Holds
	}
	return Seen
}

// value is that of a named observation.
func value(t record.Trial, name string) (v any, seen bool) {
	for _, o := range t.Observations {
		if o.Name == name {
			return o.Value, true
		}
	}
	return nil, false
}

// key is the same for equal answers.
func (a Answer) key() string {
	var b strings.Builder
	b.WriteString(string(a.Kind))
	for _, o := range a.Values {
		b.WriteString("\x00" + o.Name + "\x00" + record.Text(o.Value))
	}
	if !a.Kind.Tried() {
		b.WriteString("\x00" + reasons(a.Reasons))
	}
	return b.String()
}

// Place is where a trial was made: a launcher on a platform. What its Version is of
// is the runtime of a runtime's launcher, and of any other one the platform.
type Place struct {
	Launcher string
	Platform string // Linux, gVisor, Wine, …
	Runtime  string
	Version  string
}

// seenAt is the answer of one place.
type seenAt struct {
	Place
	Answer
}

// places lists the answers of columns, by launcher, platform and version.
func places(columns []Column) (all []seenAt) {
	for _, c := range columns {
		platform, version := Platform(c.Head)
		for _, t := range c.Trials {
			at := Place{Launcher: t.Launcher, Platform: platform, Version: version}
			for _, l := range c.Head.Launchers {
				if l.Name == t.Launcher && l.Runtime != "" {
					at.Runtime, at.Version = l.Runtime, l.Version
				}
			}
			all = append(all, seenAt{at, Of(t)})
		}
	}
	slices.SortStableFunc(all, func(a, b seenAt) int {
		return cmp.Or(cmp.Compare(a.Launcher, b.Launcher), cmp.Compare(a.Platform, b.Platform), CompareVersions(a.Version, b.Version))
	})
	return all
}

// Platform names the platform of a recording, and its version if that is known.
func Platform(h record.Head) (name, version string) {
	facts := map[string]string{}
	for _, f := range h.Host {
		facts[f.Name] = f.Value
	}
	name = cmp.Or(facts["implementation"], facts["os"])
	version = facts["implementation.version"]
	if version == "" && name != "gVisor" { // whose kernel.release is that of the Linux it stands in for
		version = Release(facts["kernel.release"])
	}
	if arch := facts["arch"]; arch != "" && arch != "amd64" {
		name += " on " + arch
	}
	return name, version
}

// Group is every place that gives answers of one kind, and what was seen there.
type Group struct {
	Kind    Kind
	Reasons []string // of what was not tried or does not hold; the same at all places
	Where   []Row
	Same    []record.Observation // seen with the same value at every place
	Vary    []Varying
}

// Varying is an observation that not every place of a group has with the same value.
type Varying struct {
	Name   string
	Values []ValueAt // those that more places have come first
}

// ValueAt is a value with where it was seen.
type ValueAt struct {
	Value any
	Where []Row
}

// Row is launchers that give an answer on the same platforms and versions.
type Row struct {
	Launchers []string
	On        []Versions
}

// Versions are those of a platform, or of a launcher's runtime on it, in order.
type Versions struct {
	Platform string
	Runtime  string // "" if they are of the platform
	Of       []string
}

// Groups tells answers of one kind together, in the order of [Kinds].
func Groups(columns []Column) (groups []Group) {
	type key struct {
		kind    Kind
		reasons string
	}
	at := map[key][]seenAt{}
	for _, p := range places(columns) {
		k := key{kind: p.Kind}
		if !p.Kind.Tried() || p.Kind == Red {
			k.reasons = reasons(p.Reasons)
		}
		at[k] = append(at[k], p)
	}
	for k, places := range at {
		g := Group{Kind: k.kind, Where: rows(places)}
		if k.reasons != "" {
			g.Reasons = strings.Split(k.reasons, "\x00")
		}
		if k.kind.Tried() {
			// The answer whether it works is the group's own.
			g.Same, g.Vary = values(places, slices.DeleteFunc(namesOf(places), func(name string) bool { return name == record.Works }))
		}
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(slices.Index(Kinds, a.Kind), slices.Index(Kinds, b.Kind)), slices.Compare(a.Reasons, b.Reasons))
	})
	return groups
}

// reasons are those of an answer without the version that each begins with: equal ones
// of several versions are told once.
func reasons(all []string) string {
	var plain []string
	for _, r := range all {
		plain = append(plain, ofVersion.ReplaceAllString(r, ""))
	}
	return strings.Join(plain, "\x00")
}

// ofVersion is the beginning of a reason that is about one version: "CPython 3.13.1: ".
var ofVersion = regexp.MustCompile(`^\S+ \d[\w.]*: `)

// namesOf are those of all that places have seen, as they come.
func namesOf(places []seenAt) (names []string) {
	for _, p := range places {
		for _, o := range p.Values {
			if !slices.Contains(names, o.Name) {
				names = append(names, o.Name)
			}
		}
	}
	return names
}

// values separates, of what has these names, what all places have seen alike from what
// they have not.
func values(places []seenAt, names []string) (same []record.Observation, vary []Varying) {
	for _, name := range names {
		var texts []string
		value, at := map[string]any{}, map[string][]seenAt{}
		n := 0
		for _, p := range places {
			for _, o := range p.Values {
				if o.Name != name {
					continue
				}
				text := record.Text(o.Value)
				if at[text] == nil {
					texts = append(texts, text)
				}
				value[text], at[text] = o.Value, append(at[text], p)
				n++
			}
		}
		if len(texts) == 1 && n == len(places) {
			same = append(same, record.Observation{Name: name, Value: value[texts[0]]})
			continue
		}
		slices.SortStableFunc(texts, func(a, b string) int { return cmp.Compare(len(at[b]), len(at[a])) })
		v := Varying{Name: name}
		for _, text := range texts {
			v.Values = append(v.Values, ValueAt{value[text], rows(at[text])})
		}
		vary = append(vary, v)
	}
	return same, vary
}

// rows tells places by launcher, and launchers with the same places together.
func rows(places []seenAt) (all []Row) {
	for _, p := range places { // by launcher, platform and version
		n := len(all)
		if n == 0 || all[n-1].Launchers[0] != p.Launcher {
			all = append(all, Row{Launchers: []string{p.Launcher}})
			n++
		}
		on := &all[n-1].On
		if m := len(*on); m == 0 || (*on)[m-1].Platform != p.Platform {
			*on = append(*on, Versions{Platform: p.Platform, Runtime: p.Runtime})
		}
		if last := &(*on)[len(*on)-1]; p.Version != "" && !slices.Contains(last.Of, p.Version) {
			last.Of = append(last.Of, p.Version)
		}
	}
	equal := func(a, b Versions) bool {
		return a.Platform == b.Platform && a.Runtime == b.Runtime && slices.Equal(a.Of, b.Of)
	}
	var folded []Row
	for _, r := range all {
		i := slices.IndexFunc(folded, func(other Row) bool { return slices.EqualFunc(other.On, r.On, equal) })
		if i < 0 {
			folded = append(folded, r)
			continue
		}
		folded[i].Launchers = append(folded[i].Launchers, r.Launchers...)
	}
	return folded
}

// Platforms is what places have in common but for their launchers: every platform with
// its versions.
func Platforms(groups []Group) (all []Versions) {
	for _, g := range groups {
		for _, r := range g.Where {
			for _, on := range r.On {
				i := slices.IndexFunc(all, func(v Versions) bool { return v.Platform == on.Platform && v.Runtime == on.Runtime })
				if i < 0 {
					i = len(all)
					all = append(all, Versions{Platform: on.Platform, Runtime: on.Runtime})
				}
				all[i].Of = append(all[i].Of, on.Of...)
			}
		}
	}
	for i := range all {
		slices.SortFunc(all[i].Of, CompareVersions)
		all[i].Of = slices.Compact(all[i].Of)
	}
	slices.SortFunc(all, func(a, b Versions) int {
		return cmp.Or(cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Runtime, b.Runtime))
	})
	return all
}

// Releases are the first two numbers of each version; the history has them whole.
func (v Versions) Releases() (all []string) {
	for _, version := range v.Of {
		all = append(all, Release(version))
	}
	return slices.Compact(all)
}

// String is the platform with its releases, or those of the runtime on the platform.
func (v Versions) String() string { return v.with(strings.Join(v.Releases(), " ")) }

func (v Versions) with(releases string) string {
	switch {
	case releases == "":
		return v.Platform
	case v.Runtime == "":
		return v.Platform + " " + releases
	}
	return releases + " on " + v.Platform
}

// Brief is String with "…" for those between the first and the last of more than three
// that follow each other among the recorded ones.
func (v Versions) Brief(recorded []Versions) string {
	all := v.Releases()
	i := slices.IndexFunc(recorded, func(r Versions) bool { return r.Platform == v.Platform && r.Runtime == v.Runtime })
	if i < 0 || len(all) < 4 {
		return v.String()
	}
	known := recorded[i].Releases()
	from := slices.Index(known, all[0])
	if from < 0 || from+len(all) > len(known) || !slices.Equal(known[from:from+len(all)], all) {
		return v.String()
	}
	return v.with(all[0] + " … " + all[len(all)-1])
}

// Release is the first two numbers of a version: 3.14 of 3.14.8.
func Release(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// Series is the answers of one launcher on one platform, in the order of versions.
type Series struct {
	Launcher string
	Platform string
	Spans    []Span
}

// Span is versions that follow each other among the recorded ones with one answer.
type Span struct {
	Versions []string
	Answer   Answer
}

// History is the answers of columns in the order of versions.
func History(columns []Column) (all []Series) {
	for _, p := range places(columns) {
		n := len(all)
		if n == 0 || all[n-1].Launcher != p.Launcher || all[n-1].Platform != p.Platform {
			all = append(all, Series{Launcher: p.Launcher, Platform: p.Platform})
			n++
		}
		s := &all[n-1]
		if m := len(s.Spans); m > 0 && s.Spans[m-1].Answer.key() == p.key() {
			s.Spans[m-1].Versions = append(s.Spans[m-1].Versions, p.Version)
			continue
		}
		s.Spans = append(s.Spans, Span{[]string{p.Version}, p.Answer})
	}
	return all
}

// CompareVersions orders versions by their numbers: 3.9 comes before 3.10.
func CompareVersions(a, b string) int {
	as, bs := numbers(a), numbers(b)
	return cmp.Or(slices.Compare(as, bs), cmp.Compare(a, b))
}

// numbers are those in a version.
func numbers(version string) (all []int) {
	for _, part := range strings.FieldsFunc(version, func(r rune) bool { return r < '0' || r > '9' }) {
		n, _ := strconv.Atoi(part)
		all = append(all, n)
	}
	return all
}

// Adjacent reports whether no release lies between two versions that differ in their
// first two numbers: 3.13.0 and 3.14.8 are adjacent, 3.10 and 3.12 are not. Of a
// change between two that are not it is unknown where it was.
func Adjacent(a, b string) bool {
	x, y := numbers(a), numbers(b)
	if len(x) == 0 || len(y) == 0 {
		return false
	}
	if x[0] != y[0] {
		return false // whether there was another release of the first is not known
	}
	return len(x) < 2 || len(y) < 2 || y[1]-x[1] <= 1
}

// Gaps are the releases between versions, which are in order, that are not among them:
// 3.7 of 3.6.15 and 3.8.20, 21 of 20.19.5 and 22.23.3. From the last release with one
// first number to one with the next it is not known what there is, so both are named.
func Gaps(versions []string) (gaps []string) {
	for i := 1; i < len(versions); i++ {
		before, after := versions[i-1], versions[i]
		if before == "" || after == "" || Adjacent(before, after) {
			continue
		}
		x, y := numbers(before), numbers(after)
		switch {
		case len(x) < 2 || len(y) < 2 || y[0]-x[0] == 1:
			gaps = append(gaps, Release(before)+" to "+Release(after))
			continue
		case x[0] != y[0]:
			for major := x[0] + 1; major < y[0]; major++ {
				gaps = append(gaps, strconv.Itoa(major))
			}
			continue
		}
		for minor := x[1] + 1; minor < y[1]; minor++ {
			gaps = append(gaps, strconv.Itoa(x[0])+"."+strconv.Itoa(minor))
		}
	}
	return gaps
}

// With is where a text was seen among the observed values.
func With(columns []Column, text string) []Row {
	if text == "" {
		return nil
	}
	var at []seenAt
	for _, p := range places(columns) {
		if slices.ContainsFunc(p.Values, func(o record.Observation) bool { return holds(o.Value, text) }) {
			at = append(at, p)
		}
	}
	return rows(at)
}

// holds reports whether a value is a text, or holds it.
func holds(v any, text string) bool {
	switch v := v.(type) {
	case string:
		return v == text
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return holds(item, text) })
	case map[string]any:
		for _, item := range v {
			if holds(item, text) {
				return true
			}
		}
	}
	return false
}

// Well is where it works, or holds.
func Well(columns []Column) []Row {
	var at []seenAt
	for _, p := range places(columns) {
		if p.Kind == Works || p.Kind == Holds {
			at = append(at, p)
		}
	}
	return rows(at)
}

// Same reports whether two series have the same answers for the same versions.
func Same(a, b Series) bool {
	return slices.EqualFunc(a.Spans, b.Spans, func(x, y Span) bool {
		return slices.Equal(x.Versions, y.Versions) && x.Answer.key() == y.Answer.key()
	})
}

// Equal reports whether two answers are the same in kind and values.
func (a Answer) Equal(b Answer) bool { return a.key() == b.key() }

// Differing names the values that two answers do not have alike.
func (a Answer) Differing(b Answer) (names []string) {
	places := []seenAt{{Answer: a}, {Answer: b}}
	_, vary := values(places, namesOf(places))
	for _, v := range vary {
		names = append(names, v.Name)
	}
	return names
}
