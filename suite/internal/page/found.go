package page

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/spawnspec/spawnspec/suite/internal/answers"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Hit is a behaviour that a search has found.
type Hit struct {
	Behaviour record.Behaviour
	Text      string // the recorded text by which it was found, if there is one
	Note      *Note
}

// Note is what a message means beyond the behaviour that it is about.
type Note struct {
	Says    string
	Helps   []string
	Sources []record.Citation
}

// Found lists what a search by words has found.
// Unknown are the words that the specification does not have; compare is the command
// that answers a question about two versions, "" for any other.
func Found(query string, hits []Hit, unknown []string, compare string) Page {
	p := Page{Title: strong("%s for %q", count(len(hits), "behaviour", "behaviours"), query)}
	if compare != "" {
		p.Add(Para{say("What differs between the two is told by:")}, Command(compare))
	}
	if len(unknown) > 0 {
		p.Add(Para{in(Notice, "Nothing here has the word "+strings.Join(unknown, ", ")+".")})
	}
	if len(hits) > 0 && hits[0].Note != nil {
		p.Add(Para{say("%s", hits[0].Note.Says)})
	}
	var list List
	for _, h := range hits {
		list = append(list, found(h))
	}
	if len(list) > 0 {
		p.Add(list)
	}
	return p
}

func found(h Hit) Item {
	i := Item{Text: Text{{Text: h.Behaviour.ID, Tone: Strong}, {Text: "  "}, {Text: string(h.Behaviour.Level), Tone: Quiet}},
		Blocks: []Block{Para{say("%s", h.Behaviour.Sentence)}}}
	if h.Text != "" {
		i.Blocks = append(i.Blocks, Para{append(in(Quiet, "recorded: "), Span{Text: h.Text, Short: excerpt([]rune(h.Text), 0, 0).Short})})
	}
	return i
}

// Default is what a runtime does when it is not told, as recordings have it.
type Default struct {
	Subject string // "start method"
	Columns []answers.Column
}

// Hint answers a message in the hand of a reader: what it is about, where this is
// what happens, what moved, what to do and where that was seen to work.
type Hint struct {
	Message  string
	Hit      Hit
	Recorded Recorded
	Defaults []Default // of the runtimes that the message was recorded of
	Others   []Hit     // that are about it too
	Also     []Also    // what else the text says
}

// Also is another message of a text, with what it is about.
type Also struct {
	Message string
	Hit     Hit
}

// Answer is the page of a hint.
func Answer(h Hint) Page {
	b := h.Hit.Behaviour
	p := Page{Title: Text{{Text: h.Message, Tone: Strong}}}
	var f fields
	if n := h.Hit.Note; n != nil {
		p.Add(Para{say("%s", n.Says)})
		f.add("Helps", n.Helps...)
		f.cites(n.Sources)
		p.Add(Fields(f))
		f = nil
		p.Add(Section{Title: strong("The behaviour that it is about"), Blocks: []Block{Para{say("%s", b.Sentence)}}})
	} else {
		p.Add(Para{Text{{Text: b.Sentence}}})
	}
	f.add("Matters", b.Matters)
	bad, good := answers.With(h.Recorded.Columns, h.Hit.Text), answers.Well(h.Recorded.Columns)
	runtimes := map[string]bool{} // of which the message was recorded
	for _, r := range bad {
		for _, l := range r.Launchers {
			runtime, _, _ := strings.Cut(l, "/")
			runtimes[runtime] = true
		}
	}
	for _, d := range h.Defaults {
		f.add("Default", defaultsOf(d)...)
	}
	for _, r := range b.Remedies {
		switch {
		case names(r.Text, h.Message):
			continue // it says how to come by the error that the reader has
		case len(runtimes) == 0:
			f.add("Remedy", remedyText(r)) // it says whose it is
		case len(r.For) == 0 || anyOf(r.For, runtimes):
			f.add("Remedy", r.Text)
		default:
			continue
		}
		if r.ProvedBy != "" {
			f.add("Proof", r.ProvedBy+": "+provedOn(h.Recorded.Proofs[r.ProvedBy]))
		}
	}
	f.texts("Recorded", rowLines(bad)...)
	if len(bad) > 0 {
		f.texts("Works with", rowLines(good)...)
	}
	for _, d := range pinsOf(h.Recorded.Columns) {
		f.texts("Known", known(d)...)
	}
	f.cites(b.Cites)
	f.add("Seen", strings.Join(b.Seen, ", "))
	f.add("More", "spawnspec explain "+b.ID)
	p.Add(Fields(f))
	if len(h.Also) > 0 {
		var list List
		for _, a := range h.Also {
			list = append(list, Item{Text: Text{{Text: a.Message}}, Blocks: []Block{Para{Text{{Text: a.Hit.Behaviour.ID, Tone: Strong},
				{Text: "  " + a.Hit.Behaviour.Sentence}}}}})
		}
		p.Add(Section{Title: strong("In the same text"), Blocks: []Block{list}})
	}
	if len(h.Others) > 0 {
		var list List
		for _, o := range h.Others {
			list = append(list, Item{Text: Text{{Text: o.Behaviour.ID, Tone: Strong}, {Text: "  " + o.Behaviour.Sentence}}})
		}
		p.Add(Section{Title: strong("About it too"), Blocks: []Block{list}})
	}
	return p
}

// names reports whether a text names the exception that a message begins with, without
// its modules.
func names(text, message string) bool {
	class, _, _ := strings.Cut(message, ":")
	class = class[strings.LastIndex(class, ".")+1:]
	if class == "" || strings.ContainsAny(class, " \t") {
		return false
	}
	return slices.Contains(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }), class)
}

// rowLines are rows, a line each.
func rowLines(rows []answers.Row) (all []Text) {
	for _, r := range rows {
		all = append(all, say("%s: %s", strings.Join(r.Launchers, ", "), platforms(r.On)))
	}
	return all
}

// pinsOf are the known differences that columns show, each once.
func pinsOf(columns []answers.Column) (all []record.Divergence) {
	told := map[string]bool{}
	for _, c := range columns {
		for _, t := range c.Trials {
			for _, d := range answers.Of(t).Known {
				key := d.Implementation + "\x00" + d.Observation + "\x00" + d.Reason
				if !told[key] {
					told[key] = true
					all = append(all, d)
				}
			}
		}
	}
	return all
}

func anyOf(names []string, in map[string]bool) bool {
	for _, n := range names {
		if in[n] {
			return true
		}
	}
	return false
}

// defaultsOf says what a default is, by platform, and between which versions it moved.
func defaultsOf(d Default) (lines []string) {
	for _, s := range answers.History(d.Columns) {
		var spans []string
		for _, span := range s.Spans {
			if !span.Answer.Kind.Tried() || len(span.Answer.Values) == 0 {
				continue
			}
			text := strings.Trim(record.Text(span.Answer.Values[0].Value), `"`)
			first, last := span.Versions[0], span.Versions[len(span.Versions)-1]
			text += " in " + first
			if last != first {
				text += " … " + last
			}
			spans = append(spans, text)
		}
		if len(spans) > 0 {
			lines = append(lines, fmt.Sprintf("%s of %s on %s: %s", d.Subject, s.Launcher, s.Platform, strings.Join(spans, ", ")))
		}
	}
	return lines
}
