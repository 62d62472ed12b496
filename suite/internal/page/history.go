package page

import (
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/answers"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// History tells what a behaviour was on each launcher and platform, from version to
// version of those that were recorded.
func History(b record.Behaviour, columns []answers.Column) Page {
	p := Page{Title: Text{{Text: b.ID, Tone: Strong}, {Text: "  "}, {Text: string(b.Level), Tone: Quiet}}}
	p.Add(Para{say("%s", b.Sentence)})
	for _, same := range tellOnce(answers.History(columns)) {
		if !slices.ContainsFunc(same.series.Spans, func(s answers.Span) bool { return s.Answer.Kind.Tried() }) {
			continue // explain says why
		}
		var list List
		for i, span := range same.series.Spans {
			item := Item{Text: append(in(Strong, strings.Join(span.Versions, " ")+"  "), in(answerTone(span.Answer.Kind), string(span.Answer.Kind))...)}
			if !span.Answer.Kind.Tried() {
				item.Text = append(item.Text, Span{Text: ": " + strings.Join(span.Answer.Reasons, "; ")})
			} else {
				item.Blocks = spanValues(same.series.Spans, i)
			}
			if gaps := answers.Gaps(span.Versions); len(gaps) > 0 {
				item.Text = append(item.Text, Span{Text: "; not tried: " + strings.Join(gaps, ", "), Tone: Quiet})
			}
			list = append(list, item)
			if i+1 == len(same.series.Spans) {
				continue
			}
			last, next := span.Versions[len(span.Versions)-1], same.series.Spans[i+1].Versions[0]
			if gaps := answers.Gaps([]string{last, next}); len(gaps) > 0 {
				list = append(list, Item{Text: in(Quiet, "not tried: "+strings.Join(gaps, ", "))})
			}
		}
		p.Add(Section{Title: strong("%s on %s", strings.Join(same.launchers, ", "), same.series.Platform), Blocks: []Block{list}})
	}
	return p
}

// spanValues are all values of the first span, and of each other one those that are
// not as before.
func spanValues(spans []answers.Span, i int) []Block {
	var names []string
	if i > 0 && spans[i-1].Answer.Kind.Tried() {
		names = spans[i-1].Answer.Differing(spans[i].Answer)
	}
	var seen Values
	for _, o := range spans[i].Answer.Values {
		if names == nil || slices.Contains(names, o.Name) {
			seen = append(seen, Value{Name: say("%s", o.Name), Value: Text{value(o.Value)}})
		}
	}
	if len(seen) == 0 {
		return nil
	}
	return []Block{seen}
}

// oneHistory is launchers with the same history on a platform.
type oneHistory struct {
	launchers []string
	series    answers.Series
}

func tellOnce(history []answers.Series) (all []oneHistory) {
	for _, s := range history {
		i := slices.IndexFunc(all, func(o oneHistory) bool { return o.series.Platform == s.Platform && answers.Same(o.series, s) })
		if i < 0 {
			all = append(all, oneHistory{nil, s})
			i = len(all) - 1
		}
		all[i].launchers = append(all[i].launchers, s.Launcher)
	}
	return all
}
