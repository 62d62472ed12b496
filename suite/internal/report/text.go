// Package report shows recordings and comparisons to a reader: as text, as
// Markdown and as JUnit XML. It decides nothing, and writes only where it is
// told to.
package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Options say how text is laid out.
type Options struct {
	Colour bool // with ANSI escape sequences
	Width  int  // in columns; 0 means 80
	All    bool // list everything that is otherwise only counted
}

// colour is an ANSI "select graphic rendition" parameter.
type colour string

const (
	bold   colour = "1"
	dim    colour = "2"
	red    colour = "1;31"
	green  colour = "1;32"
	yellow colour = "1;33"
	cyan   colour = "1;36"
)

// statusColour is how a status looks.
func statusColour(s record.Status) colour {
	switch {
	case s.Red():
		return red
	case s == record.Diverges:
		return yellow
	case s == record.Pass:
		return green
	}
	return dim
}

// printer lays out text in memory and writes it with one call at the end.
type printer struct {
	Options
	text bytes.Buffer
}

func newPrinter(o Options) *printer {
	if o.Width <= 0 {
		o.Width = 80
	}
	return &printer{Options: o}
}

func (p *printer) writeTo(w io.Writer) error {
	_, err := w.Write(p.text.Bytes())
	return err
}

// in returns text in a colour.
func (p *printer) in(c colour, text string) string {
	if !p.Colour {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

// line writes one line as it is. What comes from a recording has to be cleaned.
func (p *printer) line(format string, args ...any) {
	fmt.Fprintf(&p.text, format+"\n", args...)
}

// heading writes an empty line and a title.
func (p *printer) heading(format string, args ...any) {
	p.line("\n%s", p.in(bold, fmt.Sprintf(format, args...)))
}

// wrap writes text after first, broken at the width, with each further line
// indented as far as first reaches.
func (p *printer) wrap(first, text string) {
	p.hang(first, utf8.RuneCountInString(first), text)
}

// hang writes text after first, broken at the width, with each further line
// indented by indent. Words are never broken, so that links stay whole. Spaces
// are kept, since values are shown this way too; only a text of several lines
// is set anew.
func (p *printer) hang(first string, indent int, text string) {
	if strings.ContainsAny(text, "\n\t") {
		text = strings.Join(strings.Fields(text), " ")
	}
	line, column := first, utf8.RuneCountInString(first)
	for i, word := range strings.Split(clean(text), " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+n > p.Width:
			p.line("%s", line)
			line, column = strings.Repeat(" ", indent), indent
		default:
			line += " "
			column++
		}
		line += word
		column += n
	}
	p.line("%s", strings.TrimRight(line, " "))
}

// field writes a labelled text inside a finding, or nothing for no text.
func (p *printer) field(label, text string) {
	if text != "" {
		p.wrap(fmt.Sprintf("  %-8s ", label), text)
	}
}

// fields writes several texts under one label.
func (p *printer) fields(label string, texts []string) {
	for _, text := range texts {
		p.field(label, text)
		label = ""
	}
}

// again writes the command that tries just these trials again, on one line so
// that it can be copied.
func (p *printer) again(f compare.Finding) {
	p.line("  %-8s %s", "Again", clean(f.Rerun()))
}

// row writes a name and a value in columns; names are width wide.
func (p *printer) row(width int, name, value string) {
	p.wrap("  "+pad(clean(name), width)+"  ", value)
}

// cites writes the citations of a behaviour, each link on its own line.
func (p *printer) cites(cites []record.Citation) {
	var lines []string
	for _, c := range cites {
		lines = append(lines, c.Name, c.Link)
	}
	p.fields("Source", lines)
}

// clean makes text from a recording safe for a terminal: one line, and no
// control character that could act on it.
func clean(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

// widest is the width of the widest name, bounded so that one long name does
// not push all values out of sight.
func widest[T any](items []T, name func(T) string) int {
	width := 0
	for _, item := range items {
		width = max(width, utf8.RuneCountInString(clean(name(item))))
	}
	return min(width, 40)
}

// excerptLength is how much of a value is shown when not all is asked for, and
// context how much on either side of where two long ones differ.
const (
	excerptLength = 160
	context       = 20
)

// value shows an observed value, shortened unless all was asked for.
func (p *printer) value(v any) string {
	return p.excerpt([]rune(record.Text(v)), 0, 0)
}

// values shows two values that differ. Of long ones it shows what differs.
func (p *printer) values(before, after any) (string, string) {
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
	return p.excerpt(old, head, tail), p.excerpt(new, head, tail)
}

// excerpt leaves out most of the first head and the last tail characters, and
// what is still too long then.
func (p *printer) excerpt(text []rune, head, tail int) string {
	if p.All {
		return string(text)
	}
	start, end := max(0, head-context), len(text)-max(0, tail-context)
	end = min(end, start+excerptLength)
	if start == 0 && end == len(text) {
		return string(text)
	}
	shown := string(text[start:end])
	if start > 0 {
		shown = "…" + shown
	}
	if end < len(text) {
		shown += "…"
	}
	return fmt.Sprintf("%s (%d characters)", shown, len(text))
}

// count says how many, with the right form of the noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
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
