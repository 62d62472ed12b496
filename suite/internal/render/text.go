// Package render turns pages, recordings and comparisons into bytes: text for a
// terminal, Markdown, JUnit XML. A new kind of report is a file here and a line in
// [Kinds].
package render

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"

	"github.com/spawnspec/spawnspec/suite/internal/page"
)

// Options say how text is laid out.
type Options struct {
	Colour bool // with ANSI escape sequences
	Width  int  // in columns; 0 means 80
	All    bool // with the details
}

// Printable makes text safe for a terminal and for a message: one line, and no
// control character that could act on it. Everything that spawnspec prints goes
// through it.
func Printable(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case r == '\u200d' || r == '\ufe0f': // joins and dresses emoji
			b.WriteRune(r)
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Text writes a page for a terminal. Lines keep to the width, counted in cells;
// only links and the words of commands, which are there to be copied, are never broken.
func Text(w io.Writer, p page.Page, o Options) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	t := &text{Options: o}
	t.wrap(p.Title, "", 0, 0)
	for i, b := range p.Blocks {
		para, ok := b.(page.Para)
		if !ok {
			t.block(b, 2)
			continue
		}
		if i > 0 {
			if _, after := p.Blocks[i-1].(page.Para); !after {
				t.line("")
			}
		}
		t.wrap(para.Text, "", 0, 0)
	}
	_, err := io.WriteString(w, t.out.String())
	return err
}

// text lays out one page.
type text struct {
	Options
	out strings.Builder
}

// line writes one line that is laid out already.
func (t *text) line(line string) { t.out.WriteString(strings.TrimRight(line, " ") + "\n") }

// colours are ANSI "select graphic rendition" parameters.
var colours = map[page.Tone]string{
	page.Strong: "1", page.Quiet: "2", page.Bad: "1;31", page.Notice: "1;33", page.Good: "1;32", page.News: "1;36"}

func (t *text) in(tone page.Tone, text string) string {
	if !t.Colour || colours[tone] == "" || text == "" {
		return text
	}
	return "\x1b[" + colours[tone] + "m" + text + "\x1b[0m"
}

func cells(text string) int { return uniseg.StringWidth(text) }

func spaces(n int) string { return strings.Repeat(" ", max(0, n)) }

// piece is a part of a word in one tone.
type piece struct {
	text string
	tone page.Tone
	link bool
}

// splitWords splits a text at its spaces. A word can have pieces in several tones.
func (t *text) splitWords(text page.Text) [][]piece {
	var all [][]piece
	add := func(s string, tone page.Tone, link bool) {
		if strings.ContainsAny(s, "\n\t") {
			s = strings.Join(strings.Fields(s), " ")
		}
		for i, word := range strings.Split(Printable(s), " ") {
			if i > 0 || len(all) == 0 {
				all = append(all, nil)
			}
			if word != "" {
				all[len(all)-1] = append(all[len(all)-1], piece{word, tone, link})
			}
		}
	}
	for _, span := range text {
		s := span.Text
		if span.Short != "" && !t.All {
			s = span.Short
		}
		add(s, span.Tone, strings.Contains(s, "://"))
		if span.Link != "" && span.Link != span.Text {
			add(" "+span.Link, span.Tone, true)
		}
	}
	return all
}

func widthOf(word []piece) (n int) {
	for _, p := range word {
		n += cells(p.text)
	}
	return n
}

// wrap writes text after line, which is laid out already and takes column
// cells, broken at the width and with each further line indented by indent.
// Spaces are kept, since values are shown this way too.
func (t *text) wrap(text page.Text, line string, column, indent int) {
	empty := true
	flush := func() {
		t.line(line)
		line, column, empty = spaces(indent), indent, true
	}
	for i, word := range t.splitWords(text) {
		n := widthOf(word)
		if i > 0 {
			if column+1+n > t.Width && !empty {
				flush()
			} else {
				line += " "
				column++
			}
		}
		for _, p := range word {
			for !p.link && column+cells(p.text) > t.Width && t.Width-indent > 10 {
				head, rest := cut(p.text, t.Width-column)
				line += t.in(p.tone, head)
				p.text = rest
				flush()
			}
			line += t.in(p.tone, p.text)
			column += cells(p.text)
			empty = false
		}
	}
	t.line(line)
}

// cut divides text after so many cells.
func cut(text string, width int) (head, rest string) {
	g := uniseg.NewGraphemes(text)
	n := 0
	for g.Next() {
		if n += g.Width(); n > width {
			from, _ := g.Positions()
			return text[:from], text[from:]
		}
	}
	return text, ""
}

// fit is text in at most so many cells, with an ellipsis if it was more.
func (t *text) fit(text page.Text, width int) string {
	line, n := t.oneLine(text)
	if n <= width {
		return line
	}
	line = ""
	for _, p := range interspersed(t.splitWords(text)) {
		head, rest := cut(p.text, width-1)
		line += t.in(p.tone, head)
		if width -= cells(head); rest != "" {
			break
		}
	}
	return line + "…"
}

// interspersed is a line of words with the spaces between them.
func interspersed(words [][]piece) (line []piece) {
	for i, word := range words {
		if i > 0 {
			line = append(line, piece{text: " "})
		}
		line = append(line, word...)
	}
	return line
}

// oneLine is text as it is, on one line.
func (t *text) oneLine(text page.Text) (line string, width int) {
	for _, p := range interspersed(t.splitWords(text)) {
		line += t.in(p.tone, p.text)
		width += cells(p.text)
	}
	return line, width
}

// padded is text in a column.
func (t *text) padded(text page.Text, width int) string {
	line, n := t.oneLine(text)
	return line + spaces(width-n)
}

func (t *text) blocks(blocks []page.Block, indent int) {
	for _, b := range blocks {
		t.block(b, indent)
	}
}

func (t *text) block(b page.Block, indent int) {
	switch b := b.(type) {
	case page.Section:
		t.line("")
		t.wrap(b.Title, "", 0, 2)
		t.blocks(b.Blocks, 2)
	case page.Para:
		t.wrap(b.Text, spaces(indent), indent, indent)
	case page.Command:
		t.command(Printable(string(b)), indent)
	case page.Fields:
		t.fields(b, indent)
	case page.Values:
		for _, v := range b {
			t.wrap(join(v.Name, ": ", v.Value), spaces(indent+2), indent+2, indent+4)
			if v.Want != nil {
				t.wrap(join(nil, "want ", v.Want), spaces(indent+4), indent+4, indent+6)
			}
		}
	case page.Changes:
		t.changes(b, indent+2)
	case page.Table:
		t.table(b, indent)
	case page.List:
		for _, item := range b {
			t.wrap(item.Text, spaces(indent), indent, indent+2)
			t.blocks(item.Blocks, indent+2)
		}
	case page.Details:
		if t.All {
			t.blocks(b.Blocks, indent)
			return
		}
		t.blocks(b.Brief, indent)
		if b.Summary != nil {
			t.wrap(slices.Concat(page.Text{{Text: "… "}}, b.Summary, page.Text{{Text: ": --all"}}), spaces(indent), indent, indent+2)
		}
	}
}

// command writes a command line. One that is too long goes on in the next line
// before one of its flags, as a shell reads it.
func (t *text) command(command string, indent int) {
	const label = "Again    "
	line, column := spaces(indent)+label, indent+len(label)
	for i, part := range strings.Split(command, " --") {
		if i > 0 {
			part = " --" + part
		}
		n := cells(part)
		if i > 0 && column+n+len(" \\") > t.Width {
			t.line(line + " \\")
			part = strings.TrimPrefix(part, " ")
			line, column = spaces(indent+len(label)+2), indent+len(label)+2
			n = cells(part)
		}
		line += part
		column += n
	}
	t.line(line)
}

// join puts two texts together.
func join(head page.Text, between string, tail page.Text) page.Text {
	return slices.Concat(head, page.Text{{Text: between}}, tail)
}

// fields writes labels and what they stand for in two columns.
func (t *text) fields(all page.Fields, indent int) {
	width := 8
	for _, f := range all {
		if n := cells(Printable(f.Label)); n <= t.Width/3 {
			width = max(width, n)
		}
	}
	for _, f := range all {
		label := Printable(f.Label)
		if cells(label) > width {
			t.line(spaces(indent) + label)
			label = ""
		}
		for _, text := range f.Texts {
			t.wrap(text, spaces(indent)+label+spaces(width-cells(label)+1), indent+width+1, indent+width+1)
			label = ""
		}
	}
}

// changes writes values before and after, on one line if they fit.
func (t *text) changes(c page.Changes, indent int) {
	rows := c.Rows
	if c.Few > 0 && len(rows) > c.Few && !t.All {
		rows = rows[:c.Few]
	}
	width := 0
	for _, row := range rows {
		if _, n := t.oneLine(row.Name); n <= t.Width/3 {
			width = max(width, n)
		}
	}
	for _, row := range rows {
		name, n := t.oneLine(row.Name)
		before, x := t.oneLine(row.Before)
		after, y := t.oneLine(row.After)
		if column := indent + max(width, n) + 2; column+x+3+y <= t.Width {
			t.line(spaces(indent) + name + ":" + spaces(max(1, width-n+1)) + before + " → " + after)
			continue
		}
		t.wrap(join(row.Name, ":", nil), spaces(indent), indent, indent+2)
		t.wrap(row.Before, spaces(indent+4), indent+4, indent+4)
		t.wrap(row.After, spaces(indent+2)+"→ ", indent+4, indent+4)
	}
	if more := len(c.Rows) - len(rows); more > 0 {
		t.line(fmt.Sprintf("%s… %d more: --all", spaces(indent), more))
	}
}

// tooWide reports whether rows do not fit side by side, where the last cell of a row may
// be broken between its words.
func (t *text) tooWide(rows [][]page.Text, indent int) bool {
	total := indent
	for i := range rows[0] {
		width := 0
		for _, row := range rows {
			if i+1 < len(row) {
				_, n := t.oneLine(row[i])
				width = max(width, n)
				continue
			}
			for _, word := range t.splitWords(row[i]) {
				width = max(width, widthOf(word))
			}
		}
		total += width + 2
	}
	return total-2 > t.Width
}

// stacked writes each row under its first cell, the columns with the same cell together.
func (t *text) stacked(header []string, rows [][]page.Text, indent int) {
	for _, row := range rows {
		t.wrap(row[0], spaces(indent), indent, indent+2)
		var order []string
		at, names := map[string]page.Text{}, map[string][]string{}
		for i, cell := range row[1:] {
			line, _ := t.oneLine(cell)
			if names[line] == nil {
				order = append(order, line)
				at[line] = cell
			}
			names[line] = append(names[line], header[i+1])
		}
		for _, line := range order {
			t.wrap(join(at[line], ": ", page.Text{{Text: strings.Join(names[line], ", ")}}), spaces(indent+2), indent+2, indent+4)
		}
	}
}

// table writes rows in columns; the last one takes what is left of the line.
func (t *text) table(table page.Table, indent int) {
	rows := table.Rows
	if table.Few > 0 && len(rows) > table.Few && !t.All {
		rows = rows[:table.Few]
	}
	if table.Header != nil {
		header := make([]page.Text, len(table.Header))
		for i, name := range table.Header {
			header[i] = page.Text{{Text: name, Tone: page.Strong}}
		}
		rows = append([][]page.Text{header}, rows...)
	}
	if table.Header != nil && t.tooWide(rows, indent) {
		t.stacked(table.Header, rows[1:], indent)
		return
	}
	var widths []int
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			// One long name must not push all values out of sight.
			if _, n := t.oneLine(cell); n <= t.Width/2 {
				widths[i] = max(widths[i], n)
			}
		}
	}
	for _, row := range rows {
		line, column := spaces(indent), indent
		for i, cell := range row[:len(row)-1] {
			if _, n := t.oneLine(cell); n > widths[i] {
				t.wrap(cell, line, column, indent+2)
				line, column = spaces(column+widths[i]+2), column+widths[i]+2
				continue
			}
			line += t.padded(cell, widths[i]) + "  "
			column += widths[i] + 2
		}
		last := row[len(row)-1]
		if table.OneLine && !t.All {
			t.line(line + t.fit(last, t.Width-column))
			continue
		}
		t.wrap(last, line, column, column)
	}
	if len(rows) < len(table.Rows) && table.More != nil {
		t.wrap(table.More, spaces(indent), indent, indent+4)
	}
}
