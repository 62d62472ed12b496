package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/page"
)

// MarkdownLimit is how large Markdown is at most, in bytes, when it is not said:
// GitHub shows nothing of a step's summary above 1 MiB, and a step may have more to say.
const MarkdownLimit = 900 << 10

// Markdown writes a page for a GitHub job summary, in [MarkdownLimit] bytes.
func Markdown(w io.Writer, p page.Page) error { return MarkdownWithin(w, p, MarkdownLimit) }

// MarkdownWithin writes a page in at most limit bytes; 0 means [MarkdownLimit]. A
// page that is longer ends after a whole block of it, and says what was left out.
func MarkdownWithin(w io.Writer, p page.Page, limit int) error {
	if limit == 0 {
		limit = MarkdownLimit
	}
	m := &markdown{}
	m.line("### %s", md(p.Title))
	left := 0
	var titles []string
	for _, b := range p.Blocks {
		room := limit - roomForTheRest - m.out.Len()
		if left > 0 {
			room = 0
		}
		part, rest := within(b, room)
		m.out.WriteString(part)
		left += len(rest)
		for _, b := range rest {
			if s, ok := b.(page.Section); ok && len(titles) < mostTitles {
				titles = append(titles, md(shortTitle(s.Title)))
			}
		}
	}
	if left > 0 {
		m.line("\n… and %s left out to stay within %d bytes: %s", counted(left), limit, strings.Join(titles, "; "))
	}
	_, err := io.WriteString(w, m.out.String())
	return err
}

// within is a block in at most room bytes, and what was left out. Of details that
// are too long those are kept that there is room for.
func within(b page.Block, room int) (part string, rest []page.Block) {
	whole := &markdown{}
	whole.block(b, 0)
	if whole.out.Len() <= room {
		return whole.out.String(), nil
	}
	d, ok := b.(page.Details)
	if !ok || d.Bulk || d.Summary == nil || d.Brief != nil {
		return "", []page.Block{b}
	}
	blocks := d.Blocks
	d.Blocks = nil
	frame := &markdown{}
	frame.block(d, 0)
	room -= frame.out.Len()
	for i, inner := range blocks {
		one := &markdown{}
		one.block(inner, 1)
		if room -= one.out.Len(); room < 0 {
			rest = blocks[i:]
			break
		}
		d.Blocks = append(d.Blocks, inner)
	}
	if d.Blocks == nil {
		return "", rest
	}
	whole = &markdown{}
	whole.block(d, 0)
	return whole.out.String(), rest
}

// The line about what was left out names so many sections, and has so many bytes.
const (
	mostTitles     = 5
	roomForTheRest = 4 << 10
)

func counted(parts int) string {
	if parts == 1 {
		return "1 part"
	}
	return fmt.Sprintf("%d parts", parts)
}

// shortTitle is a title of which the line about what was left out has room for five.
func shortTitle(title page.Text) page.Text {
	var b strings.Builder
	for _, s := range title {
		b.WriteString(s.Text)
	}
	if runes := []rune(b.String()); len(runes) > 80 {
		return page.Text{{Text: string(runes[:80]) + "…"}}
	}
	return title
}

type markdown struct {
	out strings.Builder
}

func (m *markdown) line(format string, args ...any) { fmt.Fprintf(&m.out, format+"\n", args...) }

func (m *markdown) blocks(blocks []page.Block, depth int) {
	for _, b := range blocks {
		m.block(b, depth)
	}
}

func (m *markdown) block(b page.Block, depth int) {
	switch b := b.(type) {
	case page.Section:
		if b.Folded {
			m.folded(b.Title, b.Blocks, depth)
			return
		}
		m.line("\n%s %s", strings.Repeat("#", min(6, 4+depth)), md(b.Title))
		m.blocks(b.Blocks, depth+1)
	case page.Para:
		m.line("\n%s", md(b.Text))
	case page.Command:
		m.line("\n```sh\n%s\n```", Printable(string(b)))
	case page.Fields:
		if len(b) > 0 {
			m.line("")
		}
		for _, f := range b {
			for _, text := range f.Texts {
				m.line("- **%s:** %s", escape(f.Label), md(text))
			}
		}
	case page.Values:
		m.line("")
		m.values(b, "")
	case page.Changes:
		m.line("\n| | before | after |\n|---|---|---|")
		for _, row := range b.Rows {
			m.line("| %s | %s | %s |", md(row.Name), md(row.Before), md(row.After))
		}
	case page.Table:
		m.table(b)
	case page.List:
		m.line("")
		m.list(b, "")
	case page.Details:
		m.blocks(b.Brief, depth)
		if !b.Bulk && b.Summary != nil {
			m.folded(b.Summary, b.Blocks, depth)
		}
	}
}

func (m *markdown) folded(summary page.Text, blocks []page.Block, depth int) {
	m.line("\n<details><summary>%s</summary>", md(summary))
	m.blocks(blocks, depth+1)
	m.line("\n</details>")
}

func (m *markdown) table(t page.Table) {
	if len(t.Rows) == 0 {
		return
	}
	header := t.Header
	if header == nil {
		header = make([]string, len(t.Rows[0]))
	}
	m.line("\n|%s\n|%s", cellsOf(header), strings.Repeat("---|", len(header)))
	for _, row := range t.Rows {
		texts := make([]string, len(row))
		for i, cell := range row {
			texts[i] = md(cell)
		}
		m.line("|%s", cellsOf(texts))
	}
}

func cellsOf(texts []string) string {
	line := ""
	for _, text := range texts {
		line += " " + text + " |"
	}
	return line
}

func (m *markdown) values(all page.Values, indent string) {
	for _, v := range all {
		m.line("%s- %s: %s", indent, md(v.Name), md(v.Value))
		if v.Want != nil {
			m.line("%s  - want %s", indent, md(v.Want))
		}
	}
}

// list writes items; what belongs to one and is short is put below it.
func (m *markdown) list(l page.List, indent string) {
	for _, item := range l {
		m.line("%s- %s", indent, md(item.Text))
		m.below(item.Blocks, indent)
	}
}

// below writes what belongs to an item.
func (m *markdown) below(blocks []page.Block, indent string) {
	for _, b := range blocks {
		switch b := b.(type) {
		case page.Para:
			m.line("%s  - %s", indent, md(b.Text))
		case page.List:
			m.list(b, indent+"  ")
		case page.Fields:
			for _, f := range b {
				for _, text := range f.Texts {
					m.line("%s  - **%s:** %s", indent, escape(f.Label), md(text))
				}
			}
		case page.Values:
			m.values(b, indent+"  ")
		case page.Table:
			// A table cannot stand in a list.
			for _, row := range b.Rows {
				m.line("%s  - %s", indent, strings.TrimSuffix(md(row[0])+": "+md(slices.Concat(row[1:]...)), ": "))
			}
		case page.Details:
			m.below(b.Brief, indent)
		}
	}
}

var mdEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;",
	`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`)

// escape makes Markdown show text as it is, on one line.
func escape(text string) string { return mdEscapes.Replace(Printable(text)) }

// md is a text in Markdown. Tones are for terminals, but for the name of what a
// line is about.
func md(text page.Text) string {
	var b strings.Builder
	for _, s := range text {
		shown := s.Text
		if s.Short != "" {
			shown = s.Short
		}
		shown = strings.Join(strings.Fields(escape(shown)), " ")
		switch {
		case s.Text == "":
		case plainLink(s.Link):
			fmt.Fprintf(&b, "[%s](%s)", shown, s.Link)
		case s.Link != "" && s.Link != s.Text:
			b.WriteString(shown + " " + escape(s.Link))
		default:
			b.WriteString(leading(s.Text) + shown + trailing(s.Text))
		}
	}
	return strings.TrimSpace(b.String())
}

func leading(text string) string {
	if strings.HasPrefix(text, " ") {
		return " "
	}
	return ""
}

func trailing(text string) string {
	if strings.HasSuffix(text, " ") && strings.TrimSpace(text) != "" {
		return " "
	}
	return ""
}

// plainLink reports whether a link can be made one.
func plainLink(link string) bool {
	return strings.HasPrefix(link, "https://") && !strings.ContainsAny(link, " <>()\\\n\t")
}
