package render

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// testCase is a trial in the words of test reports.
type testCase struct {
	area, name string
	outcome    outcome
	message    string // why it is not passed, on one line
	text       string // what was seen, on several
	took       time.Duration
}

// outcome is how a test ended.
type outcome string

const (
	passed  outcome = "passed"
	failed  outcome = "failed"
	errored outcome = "errored" // the harness went wrong: no verdict
	skipped outcome = "skipped" // it could have run on this system
)

// casesOf are the trials of a run, by id and launcher, and how many others are
// about other systems or launchers: nothing could make those run here, and so they
// are not skipped tests but none. A case has the key of its trial as its name, and
// keeps it when the sentence is edited. Stale and fail are failures, broken is an
// error; a known divergence passes, and its text says what is known.
func casesOf(r Run) (cases []testCase, others int, err error) {
	trials := slices.Clone(r.Trials)
	slices.SortFunc(trials, byKey)
	for _, t := range trials {
		if t.Status == record.NotApplicable {
			others++
			continue
		}
		b := r.Behaviour(t.ID)
		c := testCase{area: b.Area, name: t.Key(), outcome: passed, took: r.Took[t.Key()]}
		switch {
		case t.Status == record.Broken:
			c.outcome = errored
		case t.Status.Red():
			c.outcome = failed
		case !t.Status.Ran():
			c.outcome = skipped
		}
		if c.outcome != passed {
			c.message = Printable(strings.Join(t.Reasons, "; "))
		}
		if c.outcome == failed || c.outcome == errored || t.Status == record.Diverges {
			var text strings.Builder
			if err := Text(&text, page.Trial(b, t), Options{}); err != nil {
				return nil, 0, err
			}
			c.text = text.String()
		}
		cases = append(cases, c)
	}
	return cases, others, nil
}

func byKey(a, b record.Trial) int {
	return cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(a.Launcher, b.Launcher))
}

// casesCompared are the trials that were compared, and those of findings about
// trials that only one side has. Failures are those that FailOn is about.
func casesCompared(c Comparison) (cases []testCase) {
	at := map[string]int{}
	add := func(t record.Trial, area string) int {
		i, ok := at[t.Key()]
		if !ok {
			i = len(cases)
			at[t.Key()] = i
			cases = append(cases, testCase{area: area, name: t.Key(), outcome: passed})
			if t.Status == record.Unmet {
				cases[i].outcome, cases[i].message = skipped, Printable(strings.Join(t.Reasons, "; "))
			}
		}
		return i
	}
	for _, t := range c.Tried {
		add(t, areaOf(t.ID))
	}
	for _, f := range c.Findings {
		for _, l := range f.Launchers {
			found := &cases[add(record.Trial{ID: f.ID, Launcher: l}, areaOf(f.ID))]
			message, text := worded(f)
			if f.Failing(c.FailOn) && found.outcome != failed {
				found.outcome, found.message = failed, message
			}
			found.text += text
		}
	}
	slices.SortStableFunc(cases, func(a, b testCase) int { return strings.Compare(a.name, b.name) })
	return cases
}

// areaOf is the area of a behaviour, with which its id begins.
func areaOf(id string) string {
	area, _, _ := strings.Cut(id, ".")
	return area
}

// worded is a finding on one line, and written out.
func worded(f compare.Finding) (line, text string) {
	var b strings.Builder
	b.WriteString(Printable(f.Sentence) + "\n")
	for _, change := range changesOf(f) {
		b.WriteString(change + "\n")
	}
	if f.Matters != "" {
		b.WriteString(Printable(f.Matters) + "\n")
	}
	if len(f.In) > 0 {
		b.WriteString("In " + Printable(strings.Join(f.In, ", ")) + "\n")
	}
	b.WriteString("Again: " + Printable(f.Rerun()) + "\n")
	line = string(f.Verb)
	if changes := changesOf(f); len(changes) > 0 {
		line += ": " + strings.Join(changes, "; ")
	}
	return line, b.String()
}

// changesOf lists what differs in a finding, on a line each.
func changesOf(f compare.Finding) (lines []string) {
	for _, d := range f.Differences {
		before, after := record.Text(d.Before), record.Text(d.After)
		if d.NoBefore {
			before = "(not observed)"
		}
		if d.NoAfter {
			after = "(not observed)"
		}
		lines = append(lines, shortened(d.Name)+": "+shortened(before)+" → "+shortened(after))
	}
	for _, why := range f.AfterReasons {
		lines = append(lines, "because "+shortened(why))
	}
	return lines
}

// mostShown is how many characters of a value a test report or an annotation shows.
const mostShown = 500

// shortened is text on one line of at most mostShown characters.
func shortened(text string) string {
	runes := []rune(text)
	if len(runes) <= mostShown {
		return Printable(text)
	}
	return Printable(string(runes[:mostShown])) + "…"
}
