// Package page makes pages of recordings, comparisons and behaviours: what a
// reader is told, in which order and how loud, whatever the medium. A page is
// built once for its subject; package render turns it into text, Markdown and
// whatever else there is. It decides nothing about exit codes and writes nothing.
//
// A page holds everything. What is only counted at first is in [Details], in the
// rows of a [Table] after the first Few, or in the Text of a [Span] that has a
// shorter one: a medium shows it at once, on demand (--all) or folded.
package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Page is what a reader is shown.
type Page struct {
	Title  Text
	Blocks []Block
}

// Add adds blocks at the end.
func (p *Page) Add(blocks ...Block) { p.Blocks = append(p.Blocks, blocks...) }

// Note adds a paragraph at the end.
func (p *Page) Note(format string, args ...any) { p.Add(Para{say(format, args...)}) }

// Block is a part of a page: [Section], [Para], [Fields], [Values], [Changes],
// [Table], [List], [Details] or [Command].
type Block interface{ block() }

// Text is a run of words in one or several tones. What comes from a recording
// is put in as it is: making it harmless is up to the medium.
type Text []Span

// Span is a piece of a text.
type Span struct {
	Text  string
	Short string // for a reader who did not ask for all of it; "" if Text is short
	Tone  Tone
	Link  string // where it leads; "" nowhere
}

// Tone says how loud a text is.
type Tone int

// Tones.
const (
	Plain  Tone = iota
	Strong      // names
	Quiet       // what can be skipped
	Bad         // red
	Notice      // differs, or is as bad as it is known to be
	Good
	News // neither good nor bad
)

// Section is a titled part. Folded says that a medium that can fold should.
type Section struct {
	Title  Text
	Blocks []Block
	Folded bool
}

// Para is a paragraph.
type Para struct{ Text Text }

// Fields are labelled texts, a label for each or several.
type Fields []Field

// Field is a label and the texts that it stands for, each on a line of its own.
type Field struct {
	Label string
	Texts []Text
}

// Values are named values that were seen.
type Values []Value

// Value is one of them, with what was wanted if it is not that.
type Value struct {
	Name, Value, Want Text
}

// Changes are named values before and after. Of more than Few (if it is not 0)
// the others can be left for a reader who asks for all.
type Changes struct {
	Rows []Change
	Few  int
}

// Change is one value that differs.
type Change struct {
	Name          Text
	Before, After Text
}

// Table has rows of equally many cells; Header may be nil. Of more than Few rows
// (if it is not 0) the others can be left out and More be shown instead. OneLine
// says that a row whose end does not fit says enough with its beginning.
type Table struct {
	Header  []string
	Rows    [][]Text
	Few     int
	More    Text
	OneLine bool
}

// List is a list of items.
type List []Item

// Item is one item of a list, with what belongs to it.
type Item struct {
	Text   Text
	Blocks []Block
}

// Details are there for a reader who asks for all; any other gets the Brief and
// the Summary. Bulk says that they are too much even for a medium that can fold.
type Details struct {
	Summary Text // nil when the Brief says enough
	Brief   []Block
	Blocks  []Block
	Bulk    bool
}

// Command is a command line to be copied.
type Command string

func (Section) block() {}
func (Para) block()    {}
func (Fields) block()  {}
func (Values) block()  {}
func (Changes) block() {}
func (Table) block()   {}
func (List) block()    {}
func (Details) block() {}
func (Command) block() {}

// say makes a plain text.
func say(format string, args ...any) Text { return Text{{Text: fmt.Sprintf(format, args...)}} }

// strong makes a title.
func strong(format string, args ...any) Text { return in(Strong, fmt.Sprintf(format, args...)) }

// in makes a text in a tone.
func in(tone Tone, text string) Text { return Text{{Text: text, Tone: tone}} }

// words are plain texts, one for each string that is not empty.
func words(texts ...string) []Text {
	var all []Text
	for _, text := range texts {
		if text != "" {
			all = append(all, Text{{Text: text}})
		}
	}
	return all
}

// fields builds Fields and leaves out labels that have nothing to say.
type fields Fields

func (f *fields) add(label string, texts ...string) { f.texts(label, words(texts...)...) }

func (f *fields) texts(label string, texts ...Text) {
	if len(texts) > 0 {
		*f = append(*f, Field{label, texts})
	}
}

// cites adds the citations of a behaviour.
func (f *fields) cites(cites []record.Citation) {
	var all []Text
	for _, c := range cites {
		all = append(all, Text{{Text: c.Name, Link: c.Link}})
	}
	f.texts("Source", all...)
}

// excerptLength is how much of a value is shown when not all is asked for, and
// context how much on either side of where two long ones differ.
const (
	excerptLength = 160
	context       = 20
)

// value shows an observed value.
func value(v any) Span { return excerpt([]rune(record.Text(v)), 0, 0) }

// values shows two values that differ. Of long ones the short text is about
// what differs.
func values(before, after any) (Text, Text) {
	old, new := []rune(record.Text(before)), []rune(record.Text(after))
	shorter := min(len(old), len(new))
	head, tail := 0, 0
	for head < shorter && old[head] == new[head] {
		head++
	}
	for tail < shorter-head && old[len(old)-1-tail] == new[len(new)-1-tail] {
		tail++
	}
	if max(len(old), len(new)) <= excerptLength {
		head, tail = 0, 0
	}
	return Text{excerpt(old, head, tail)}, Text{excerpt(new, head, tail)}
}

// excerpt is text, with a short form that leaves out most of the first head and
// the last tail characters, and what is still too long then.
func excerpt(text []rune, head, tail int) Span {
	start, end := max(0, head-context), len(text)-max(0, tail-context)
	end = min(end, start+excerptLength)
	s := Span{Text: string(text)}
	if start == 0 && end == len(text) {
		return s
	}
	for start > 0 && start < end && text[start-1] == '\\' { // not within an escape
		start++
	}
	for end > start && end < len(text) && text[end-1] == '\\' {
		end--
	}
	s.Short = string(text[start:end])
	if start > 0 {
		s.Short = openQuote(text[:start]) + "…" + s.Short
	}
	if end < len(text) {
		s.Short += "…" + openQuote(text[:end])
	}
	s.Short += fmt.Sprintf(" (%d characters)", len(text))
	return s
}

// openQuote is the quote that is open at the end of a JSON text, so that what is cut
// there has both of its quotes; "" when none is.
func openQuote(text []rune) (quote string) {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote != "":
			i++
		case text[i] != '"':
		case quote == "":
			quote = `"`
		default:
			quote = ""
		}
	}
	return quote
}

// count says how many, with the right form of the noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// few is how many findings of a kind that needs no action are listed before
// they are only counted.
const few = 5

// enumerate lists a few of the items, and counts the others.
func enumerate(items []string, most int) Span {
	s := Span{Text: strings.Join(items, ", ")}
	if n := len(items); n > most {
		s.Short = fmt.Sprintf("%s and %d more", strings.Join(items[:most], ", "), n-most)
	}
	return s
}

// tally counts texts and lists them, the most frequent first.
type tally map[string]int

func (t tally) sorted() []string {
	var all []string
	for text := range t {
		all = append(all, text)
	}
	slices.SortFunc(all, func(a, b string) int {
		if t[a] != t[b] {
			return t[b] - t[a]
		}
		return strings.Compare(a, b)
	})
	return all
}

// statusTone is how loud a status is.
func statusTone(s record.Status) Tone {
	switch {
	case s.Red():
		return Bad
	case s == record.Diverges:
		return Notice
	case s == record.Pass:
		return Good
	}
	return Quiet
}
