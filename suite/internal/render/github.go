package render

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// mostAnnotations is how many errors, and how many warnings, GitHub shows of one
// step; what comes after them is lost without a word.
const mostAnnotations = 10

// annotation is a message that GitHub shows beside a workflow run.
type annotation struct {
	level string // "error" or "warning"
	title string
	lines []string
}

// Annotations writes the red trials of a run as workflow commands of GitHub Actions,
// which reads them from the standard output of a step: one for all trials that ended
// alike and for the same reasons.
func Annotations(w io.Writer, r Run) error {
	type cause struct {
		status  record.Status
		reasons string
	}
	trials := map[cause][]record.Trial{}
	var order []cause
	sorted := slices.Clone(r.Trials)
	slices.SortFunc(sorted, byKey)
	for _, t := range sorted {
		if !t.Status.Red() {
			continue
		}
		c := cause{t.Status, strings.Join(t.Reasons, "\n")}
		if c.reasons == "" {
			c.reasons = t.ID // without a reason it is not known to have the same
		}
		if trials[c] == nil {
			order = append(order, c)
		}
		trials[c] = append(trials[c], t)
	}
	var all []annotation
	for _, c := range order {
		a := annotation{level: "error"}
		ids, launchers := []string{}, []string{}
		for _, t := range trials[c] {
			ids, launchers = added(ids, t.ID), added(launchers, t.Launcher)
		}
		a.title = map[record.Status]string{
			record.Stale:  "no longer differs, so that its pin has to go: ",
			record.Fail:   "does not hold: ",
			record.Broken: "could not be tried, because the harness went wrong: ",
		}[c.status] + several(ids, "behaviours")
		a.say("on %s", strings.Join(launchers, ", "))
		for _, why := range trials[c][0].Reasons {
			a.say("Because %s", why)
		}
		for _, id := range ids[:min(len(ids), fewFindings)] {
			a.say("%s: %s", id, r.Behaviour(id).Sentence)
		}
		if len(ids) == 1 {
			if b := r.Behaviour(ids[0]); b.Matters != "" {
				a.say("Matters: %s", b.Matters)
			}
		}
		all = append(all, a)
	}
	return annotate(w, all)
}

// fewFindings is how many of the findings of one cause an annotation names.
const fewFindings = 5

// ComparisonAnnotations writes what differs as workflow commands of GitHub Actions:
// one for each cause, and one for all findings without a known cause that differ in
// the same way. What makes the comparison fail is an error; what has become worse or
// has changed and does not is a warning.
func ComparisonAnnotations(w io.Writer, c Comparison) error {
	said := map[string]bool{} // keys of trials
	// worth is what is left to tell of findings, each on the launchers that are left.
	worth := func(findings []compare.Finding) (left []compare.Finding) {
		for _, f := range findings {
			if !f.Failing(c.FailOn) && !f.Failing(compare.OnRegressed) && f.Verb != compare.Changed {
				continue
			}
			f.Launchers = slices.DeleteFunc(slices.Clone(f.Launchers), func(l string) bool {
				return said[record.Trial{ID: f.ID, Launcher: l}.Key()]
			})
			if len(f.Launchers) > 0 {
				left = append(left, f)
			}
		}
		for _, f := range left {
			for _, key := range f.Keys() {
				said[key] = true
			}
		}
		return left
	}
	var all []annotation
	for _, cause := range c.Causes {
		follows := worth(cause.Findings)
		if len(follows) == 0 {
			continue
		}
		a := annotation{level: c.level(follows), title: cause.What + ": " + orNone(cause.Before) + " → " + orNone(cause.After)}
		a.say("%s", tallied(follows))
		if d := cause.Default; d != nil {
			a.title = cause.What + " moved: " + orNone(cause.Before) + " → " + orNone(cause.After)
			if len(d.Kept) > 0 {
				a.say("Naming %s does what the default did, in %d of %d cases.", d.Was, len(d.Kept), len(cause.Findings))
			}
			for _, r := range d.Remedies {
				if r.After == compare.Works {
					a.say("Works: %s", r.Text)
				}
			}
		}
		for _, f := range follows[:min(len(follows), fewFindings)] {
			a.say("%s", brief(f))
		}
		all = append(all, a)
	}
	for left := worth(c.Findings); len(left) > 0; {
		first := left[0]
		alike := func(f compare.Finding) bool {
			return f.Verb == first.Verb && reflect.DeepEqual(f.Differences, first.Differences) &&
				slices.Equal(f.AfterReasons, first.AfterReasons)
		}
		var same, rest []compare.Finding
		var ids []string
		for _, f := range left {
			if alike(f) {
				same, ids = append(same, f), added(ids, f.ID)
			} else {
				rest = append(rest, f)
			}
		}
		left = rest
		a := annotation{level: c.level(same), title: string(first.Verb) + ": " + several(ids, "behaviours")}
		for _, change := range changesOf(first) {
			a.say("%s", change)
		}
		for _, f := range same[:min(len(same), fewFindings)] {
			a.say("%s: %s", strings.Join(f.Keys(), ", "), f.Sentence)
		}
		if first.Matters != "" && len(ids) == 1 {
			a.say("Matters: %s", first.Matters)
		}
		all = append(all, a)
	}
	return annotate(w, all)
}

// level is that of an annotation about findings.
func (c Comparison) level(findings []compare.Finding) string {
	if slices.ContainsFunc(findings, func(f compare.Finding) bool { return f.Failing(c.FailOn) }) {
		return "error"
	}
	return "warning"
}

// tallied counts findings by what happened: "3 regressed, 12 changed".
func tallied(findings []compare.Finding) string {
	var parts []string
	for _, v := range compare.Verbs {
		n := 0
		for _, f := range findings {
			if f.Verb == v {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	return strings.Join(parts, ", ")
}

// brief is a finding on one line.
func brief(f compare.Finding) string {
	line, _ := worded(f)
	return strings.Join(f.Keys(), ", ") + ": " + line
}

// added is a list with an item, which it has once.
func added(list []string, item string) []string {
	if slices.Contains(list, item) {
		return list
	}
	return append(list, item)
}

// several names one item, or the first of several and how many there are.
func several(items []string, noun string) string {
	if len(items) == 1 {
		return items[0]
	}
	return fmt.Sprintf("%s and %d other %s", items[0], len(items)-1, noun)
}

func orNone(value string) string {
	if value == "" {
		return "(none)"
	}
	return value
}

// say adds a line, which is short and free of control characters whatever it is made of.
func (a *annotation) say(format string, args ...any) {
	a.lines = append(a.lines, shortened(fmt.Sprintf(format, args...)))
}

// annotate writes annotations, errors first. Of more than GitHub shows, the last one
// says how many there are and what the next ones are about.
func annotate(w io.Writer, all []annotation) error {
	slices.SortStableFunc(all, func(a, b annotation) int { return strings.Compare(a.level, b.level) })
	if len(all) > mostAnnotations {
		rest := all[mostAnnotations-1:]
		last := annotation{level: rest[0].level, title: fmt.Sprintf("%d more causes", len(rest))}
		for _, a := range rest {
			if len(last.lines) == mostAnnotations {
				last.say("…")
				break
			}
			last.say("%s", a.title)
		}
		all = append(slices.Clip(all[:mostAnnotations-1]), last)
	}
	var b strings.Builder
	for _, a := range all {
		first, n := utf8.DecodeRuneInString(a.title)
		title := shortened(string(unicode.ToUpper(first)) + a.title[n:])
		fmt.Fprintf(&b, "::%s title=%s::%s\n", a.level, property.Replace(title),
			data.Replace(strings.Join(a.lines, "\n")))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// How GitHub's runner reads the data and the properties of a workflow command back.
var (
	data     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
