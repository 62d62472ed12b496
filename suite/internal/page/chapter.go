package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/answers"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Entry is a behaviour in a chapter.
type Entry struct {
	record.Behaviour
	Scope Scope
	Gist  answers.Gist
}

// subject is the section of its area that a behaviour is in.
func (e Entry) subject() string {
	words := strings.SplitN(e.ID, ".", 3)
	return strings.Join(words[:min(2, len(words))], ".")
}

// template is the sentence without the subject, where several differ in nothing else.
func (e Entry) template() string {
	if e.Subject == "" || !strings.Contains(e.Sentence, e.Subject) {
		return e.Sentence
	}
	return strings.Replace(e.Sentence, e.Subject, "…", 1)
}

// long is how many behaviours a chapter has that leaves out what is alike everywhere.
const long = 40

// Chapter tells behaviours in the order that they are given in, a section for each
// subject: what each says, how far that goes, and in a line what the recorded platforms
// do. A long one only counts what nothing promises and all of them do alike.
func Chapter(title, intro string, entries []Entry) Page {
	p := Page{Title: strong("%s", title)}
	if intro != "" {
		p.Add(Para{say("%s", intro)})
	}
	p.Add(Para{in(Quiet, count(len(entries), "behaviour", "behaviours")+"; spawnspec explain ID says everything about one.")})
	brief := len(entries) > long
	for len(entries) > 0 {
		subject := entries[0].subject()
		n := slices.IndexFunc(entries, func(e Entry) bool { return e.subject() != subject })
		if n < 0 {
			n = len(entries)
		}
		p.Add(Section{Title: strong("%s", subject), Blocks: subjectOf(entries[:n], brief)})
		entries = entries[n:]
	}
	return p
}

// subjectOf tells the behaviours of one subject.
func subjectOf(entries []Entry, brief bool) (blocks []Block) {
	var list List
	var rest List
	for len(entries) > 0 {
		e := entries[0]
		n := 1
		for n < len(entries) && entries[n].template() == e.template() && entries[n].Level == e.Level {
			n++
		}
		switch item := entryOf(e); {
		case n > 1:
			list = append(list, sameSentence(entries[:n]))
		case brief && e.Level == record.Observed && e.Gist.Alike:
			rest = append(rest, item)
		default:
			list = append(list, item)
		}
		entries = entries[n:]
	}
	if len(list) > 0 {
		blocks = append(blocks, list)
	}
	if len(rest) > 0 {
		blocks = append(blocks, Details{Summary: in(Quiet, fmt.Sprintf("%d observed, alike everywhere", len(rest))), Blocks: []Block{rest}})
	}
	return blocks
}

// entryOf is one behaviour: its sentence, and its reach and what is recorded in a line.
func entryOf(e Entry) Item {
	item := Item{Text: Text{{Text: e.ID, Tone: Strong}, {Text: "  " + string(e.Level), Tone: Quiet}}, Blocks: []Block{Para{say("%s", e.Sentence)}}}
	item.Blocks = append(item.Blocks, Para{in(Quiet, reach(e)+recordedLine(e.Gist))})
	var more fields
	more.add("Tried on", strings.Join(e.Scope.Launchers, ", "))
	more.add("Matters", e.Matters)
	for _, r := range e.Remedies {
		more.add("Remedy", remedyText(r))
	}
	item.Blocks = append(item.Blocks, Details{Blocks: []Block{Fields(more)}})
	return item
}

// sameSentence tells behaviours whose sentences differ in their subject alone.
func sameSentence(entries []Entry) Item {
	e := entries[0]
	item := Item{Text: Text{{Text: e.subject() + ".*", Tone: Strong}, {Text: "  " + string(e.Level), Tone: Quiet}},
		Blocks: []Block{Para{say("%s", e.template())}}}
	// What several do alike is told once; most of them come first.
	var order []string
	of := map[string][]Entry{}
	for _, e := range entries {
		if of[e.Gist.Text] == nil {
			order = append(order, e.Gist.Text)
		}
		of[e.Gist.Text] = append(of[e.Gist.Text], e)
	}
	slices.SortStableFunc(order, func(a, b string) int { return len(of[b]) - len(of[a]) })
	var list List
	for _, gist := range order {
		var subjects []string
		var ids []Text
		for _, e := range of[gist] {
			subjects = append(subjects, e.Subject)
			ids = append(ids, Text{{Text: e.ID, Tone: Strong}, {Text: "  " + e.Subject}})
		}
		var whole List
		for _, id := range ids {
			whole = append(whole, Item{Text: id})
		}
		list = append(list, Item{Text: say("%s", strings.Join(subjects, "; ")), Blocks: []Block{
			Para{in(Quiet, recordedLine(of[gist][0].Gist))}, Details{Blocks: []Block{whole}}}})
	}
	item.Blocks = append(item.Blocks, list)
	return item
}

// reach says which systems and launchers a sentence is about, if it is not all.
func reach(e Entry) string {
	var parts []string
	if len(e.Scope.Systems) > 0 {
		parts = append(parts, strings.Join(e.Scope.Systems, ", "))
	}
	if len(e.Scope.Needs) > 0 {
		parts = append(parts, "needs "+strings.Join(e.Scope.Needs, ", "))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", ") + ". "
}

func recordedLine(g answers.Gist) string {
	if g.Text == "" {
		return "Recorded nowhere."
	}
	return capital(g.Text) + "."
}
