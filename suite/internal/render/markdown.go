package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/page"
)

// markdownLimit is where Markdown ends, in bytes: GitHub shows nothing of a job
// summary above 1 MiB, and a job has other steps.
const markdownLimit = 900 << 10

// Markdown writes a page for a GitHub job summary.
func Markdown(w io.Writer, p page.Page) error {
	m := &markdown{}
	m.line("### %s", md(p.Title))
	m.blocks(p.Blocks, 0)
	if m.left > 0 {
		m.line("\n… and %d more parts, left out to stay below GitHub's limit.", m.left)
	}
	_, err := io.WriteString(w, m.out.String())
	return err
}

type markdown struct {
	out  strings.Builder
	left int // blocks for which there was no room
}

func (m *markdown) line(format string, args ...any) { fmt.Fprintf(&m.out, format+"\n", args...) }

func (m *markdown) blocks(blocks []page.Block, depth int) {
	for _, b := range blocks {
		if m.out.Len() > markdownLimit {
			m.left++
			continue
		}
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
