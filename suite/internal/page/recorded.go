package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/answers"
)

// recordedAnswers is what recordings have of a behaviour: each answer once, with where
// it was seen; between which versions an answer changed; and what was never tried.
func recordedAnswers(scope Scope, columns []answers.Column) []Block {
	if len(columns) == 0 {
		return nil
	}
	groups := answers.Groups(columns)
	if len(groups) == 0 {
		return []Block{Section{Title: strong("Recorded"), Blocks: []Block{
			Para{in(Quiet, "No published recording has a trial of it.")}}}}
	}
	blocks := []Block{Section{Title: strong("Recorded"), Blocks: []Block{answerList(groups)}}}
	if changes := changesOf(answers.History(columns)); len(changes) > 0 {
		blocks = append(blocks, Section{Title: strong("Changed"), Blocks: []Block{changes}})
	}
	if never := neverTried(scope.Launchers, groups); never != "" {
		blocks = append(blocks, Section{Title: strong("Never recorded"), Blocks: []Block{Para{in(Quiet, never)}}})
	}
	return blocks
}

// answerList shows groups: what was seen alike at all places of one, and of the rest
// each value with where it was seen. What was not tried comes last, a line each.
func answerList(groups []answers.Group) List {
	recorded := answers.Platforms(groups)
	var list List
	untried := map[answers.Kind]int{} // where its item is
	for _, g := range groups {
		item := Item{Text: in(answerTone(g.Kind), string(g.Kind))}
		if !g.Kind.Tried() {
			i, known := untried[g.Kind]
			if !known {
				i = len(list)
				untried[g.Kind] = i
				list = append(list, item)
			}
			list[i].Blocks = append(list[i].Blocks, List{{
				Text: append(say("%s  ", strings.Join(g.Reasons, "; ")), in(Quiet, where(g.Where, recorded))...)}})
			continue
		}
		if len(g.Reasons) > 0 {
			item.Text = append(item.Text, Span{Text: ": " + strings.Join(g.Reasons, "; ")})
		}
		table := Table{}
		for _, r := range g.Where {
			table.Rows = append(table.Rows, []Text{in(Strong, strings.Join(r.Launchers, ", ")), say("%s", platforms(r.On))})
		}
		item.Blocks = append(item.Blocks, table)
		var seen Values
		for _, o := range g.Same {
			seen = append(seen, Value{Name: say("%s", o.Name), Value: Text{value(o.Value)}})
		}
		if len(seen) > 0 {
			item.Blocks = append(item.Blocks, seen)
		}
		for _, v := range g.Vary {
			var each List
			for _, at := range v.Values {
				each = append(each, Item{Text: append(Text{value(at.Value)}, in(Quiet, "  "+where(at.Where, recorded))...)})
			}
			item.Blocks = append(item.Blocks, List{{Text: say("%s:", v.Name), Blocks: []Block{each}}})
		}
		list = append(list, item)
	}
	return list
}

// where tells rows in one line.
func where(rows []answers.Row, recorded []answers.Versions) string {
	var all []string
	for _, r := range rows {
		var on []string
		for _, v := range r.On {
			on = append(on, v.Brief(recorded))
		}
		all = append(all, fmt.Sprintf("%s (%s)", strings.Join(r.Launchers, ", "), strings.Join(on, "; ")))
	}
	return strings.Join(all, "; ")
}

// platforms tells platforms with their versions in one line.
func platforms(on []answers.Versions) string {
	var all []string
	for _, v := range on {
		all = append(all, v.String())
	}
	return strings.Join(all, "; ")
}

// answerTone is how loud an answer is.
func answerTone(k answers.Kind) Tone {
	switch k {
	case answers.Holds, answers.Works:
		return Good
	case answers.Seen:
		return News
	case answers.Differs, answers.Fails:
		return Notice
	case answers.Red:
		return Bad
	}
	return Quiet
}

// changesOf says between which recorded versions answers changed. Launchers with the
// same changes are told together.
func changesOf(history []answers.Series) (list List) {
	byChange := map[string][]string{}
	var order []string
	for _, s := range history {
		for i := 1; i < len(s.Spans); i++ {
			before, after := s.Spans[i-1], s.Spans[i]
			if !before.Answer.Kind.Tried() && !after.Answer.Kind.Tried() {
				continue // another reason why it does not apply
			}
			text := changed(s.Platform, before, after)
			if byChange[text] == nil {
				order = append(order, text)
			}
			byChange[text] = append(byChange[text], s.Launcher)
		}
	}
	for _, text := range order {
		list = append(list, Item{Text: Text{{Text: strings.Join(byChange[text], ", "), Tone: Strong}, {Text: "  " + text}}})
	}
	return list
}

// changed says where an answer changed from one span of versions to the next, and how
// if that is a few words.
func changed(platform string, before, after answers.Span) string {
	last, first := before.Versions[len(before.Versions)-1], after.Versions[0]
	text := fmt.Sprintf("on %s between %s and %s", platform, last, first)
	if before.Answer.Kind != after.Answer.Kind {
		text += fmt.Sprintf(": %s → %s", before.Answer.Kind, after.Answer.Kind)
	} else if names := before.Answer.Differing(after.Answer); len(names) > 0 {
		text += ": " + strings.Join(names, ", ")
	}
	if !answers.Adjacent(last, first) {
		text += " (what lies between was not tried)"
	}
	return text
}

// provedOn says where the trial of a remedy was seen to do what it promises.
func provedOn(columns []answers.Column) string {
	groups := slices.DeleteFunc(answers.Groups(columns), func(g answers.Group) bool { return !g.Kind.Positive() })
	if len(groups) == 0 {
		return "not seen to work in a published recording"
	}
	return "seen to work: " + platforms(answers.Platforms(groups))
}

// neverTried names the launchers that no published recording has a trial with.
func neverTried(launchers []string, groups []answers.Group) string {
	recorded := map[string]bool{}
	for _, g := range groups {
		for _, r := range g.Where {
			for _, l := range r.Launchers {
				recorded[l] = true
			}
		}
	}
	return strings.Join(slices.DeleteFunc(slices.Clone(launchers), func(l string) bool { return recorded[l] }), ", ")
}
