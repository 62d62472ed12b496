package render

import (
	"html/template"
	"io"
	"strings"
	"sync"

	"github.com/spawnspec/spawnspec/suite/internal/page"
)

// HTML writes a page as one file that needs nothing else: no script, no other
// file, no network. It is light or dark as its reader's system is.
func HTML(w io.Writer, p page.Page) error {
	return htmlTemplates().ExecuteTemplate(w, "page", struct {
		Title  string
		Spans  []htmlSpan
		Blocks []htmlBlock
	}{textOf(p.Title), htmlText(p.Title), htmlBlocks(p.Blocks, 2)})
}

// HTMLBlocks writes blocks as a fragment of a page whose classes [HTMLStyle] knows. Its
// sections have headings of this level, from 2 to 6, and those inside of deeper ones.
func HTMLBlocks(w io.Writer, blocks []page.Block, level int) error {
	return htmlTemplates().ExecuteTemplate(w, "blocks", htmlBlocks(blocks, level))
}

// longest is how much of a text HTML shows whole, in bytes, if it has a short form.
const longest = 2000

// htmlSpan is a span of text, safe to be shown.
type htmlSpan struct{ Text, Class, Link string }

// htmlBlock is a block as the templates see it. Kind says which members are set.
type htmlBlock struct {
	Kind    string
	Level   int
	Title   []htmlSpan
	Blocks  []htmlBlock
	Folded  bool
	Headers []string
	Rows    [][][]htmlSpan
	Items   []htmlItem
	Code    string
}

// htmlItem is an item of a list, or a label with what it stands for.
type htmlItem struct {
	Label  []htmlSpan
	Texts  [][]htmlSpan
	Blocks []htmlBlock
}

// htmlClasses are the tones. What they say is in the words too: colour is never alone.
var htmlClasses = map[page.Tone]string{page.Strong: "strong", page.Quiet: "quiet", page.Bad: "bad",
	page.Notice: "notice", page.Good: "good", page.News: "news"}

func htmlText(text page.Text) []htmlSpan {
	var spans []htmlSpan
	for _, s := range text {
		shown := s.Text
		if s.Short != "" && len(shown) > longest {
			shown = s.Short
		}
		span := htmlSpan{Text: Printable(shown), Class: htmlClasses[s.Tone]}
		if plainLink(s.Link) {
			span.Link = s.Link
		} else if s.Link != "" && s.Link != s.Text {
			span.Text += " " + Printable(s.Link)
		}
		spans = append(spans, span)
	}
	return spans
}

// textOf is a text without tones, for a title.
func textOf(text page.Text) string {
	var b strings.Builder
	for _, s := range htmlText(text) {
		b.WriteString(s.Text)
	}
	return b.String()
}

func htmlBlocks(blocks []page.Block, level int) []htmlBlock {
	var all []htmlBlock
	for _, b := range blocks {
		all = append(all, htmlOf(b, min(level, 6))...)
	}
	return all
}

// htmlOf is a block; details come after what is shown in their place at once.
func htmlOf(b page.Block, level int) []htmlBlock {
	one := htmlBlock{Level: level}
	switch b := b.(type) {
	case page.Section:
		one.Kind, one.Title, one.Folded = "section", htmlText(b.Title), b.Folded
		one.Blocks = htmlBlocks(b.Blocks, level+1)
	case page.Para:
		one.Kind, one.Title = "para", htmlText(b.Text)
	case page.Command:
		one.Kind, one.Code = "command", Printable(string(b))
	case page.Fields:
		one.Kind = "fields"
		for _, f := range b {
			item := htmlItem{Label: []htmlSpan{{Text: Printable(f.Label)}}}
			for _, text := range f.Texts {
				item.Texts = append(item.Texts, htmlText(text))
			}
			one.Items = append(one.Items, item)
		}
	case page.Values:
		one.Kind = "fields"
		for _, v := range b {
			item := htmlItem{Label: htmlText(v.Name), Texts: [][]htmlSpan{htmlText(v.Value)}}
			if v.Want != nil {
				item.Texts = append(item.Texts, append([]htmlSpan{{Text: "want "}}, htmlText(v.Want)...))
			}
			one.Items = append(one.Items, item)
		}
	case page.Changes:
		one.Kind, one.Headers = "table", []string{"", "before", "after"}
		for _, row := range b.Rows {
			one.Rows = append(one.Rows, [][]htmlSpan{htmlText(row.Name), htmlText(row.Before), htmlText(row.After)})
		}
	case page.Table:
		one.Kind = "table"
		for _, name := range b.Header {
			one.Headers = append(one.Headers, Printable(name))
		}
		for _, row := range b.Rows {
			var cells [][]htmlSpan
			for _, cell := range row {
				cells = append(cells, htmlText(cell))
			}
			one.Rows = append(one.Rows, cells)
		}
	case page.List:
		one.Kind = "list"
		for _, item := range b {
			one.Items = append(one.Items, htmlItem{Label: htmlText(item.Text), Blocks: htmlBlocks(item.Blocks, level)})
		}
	case page.Details:
		brief := htmlBlocks(b.Brief, level)
		if b.Bulk || b.Summary == nil {
			return brief
		}
		one.Kind, one.Title, one.Blocks = "details", htmlText(b.Summary), htmlBlocks(b.Blocks, level)
		return append(brief, one)
	}
	return []htmlBlock{one}
}

// HTMLStyle is the style sheet of what [HTMLBlocks] writes.
const HTMLStyle = `
:root { color-scheme: light dark; --text: #1b1f24; --back: #fff; --line: #d0d7de; --soft: #f6f8fa; --quiet: #57606a;
  --bad: #b3261e; --notice: #7a4d00; --good: #1a6b32; --news: #0b5cad; --link: #0550ae }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --back: #0d1117; --line: #3d444d; --soft: #161b22; --quiet: #9aa4af;
    --bad: #ff8b82; --notice: #e3b341; --good: #6bd688; --news: #79c0ff; --link: #79c0ff }
}
body { color: var(--text); background: var(--back); font: 1rem/1.5 system-ui, sans-serif; margin: 0 }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.4rem; line-height: 1.3 }
h2, h3, h4, h5, h6 { font-size: 1.1rem; margin: 1.5rem 0 .5rem }
h4, h5, h6 { font-size: 1rem }
summary h2, summary h3, summary h4, summary h5, summary h6 { display: inline }
summary { cursor: pointer; padding: .25rem 0 }
a { color: var(--link) }
p { margin: .25rem 0 }
ul { padding-left: 1.25rem }
li { margin: .5rem 0 }
dl { display: grid; grid-template-columns: minmax(5rem, max-content) 1fr; gap: .1rem .75rem; margin: .5rem 0 }
dt { color: var(--quiet); grid-column: 1; max-width: 16rem }
dd { margin: 0; grid-column: 2 }
pre { background: var(--soft); border: 1px solid var(--line); padding: .5rem; white-space: pre-wrap }
.wide { overflow-x: auto }
table { border-collapse: collapse; margin: .5rem 0 }
th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top }
thead th { background: var(--soft) }
tbody th { font-weight: normal }
.strong, .bad, .notice, .good, .news { font-weight: 600 }
.quiet { color: var(--quiet) }
.bad { color: var(--bad) } .notice { color: var(--notice) } .good { color: var(--good) } .news { color: var(--news) }
@media print { details > * { display: block } .wide { overflow: visible } }
`

// htmlTemplates are parsed when the first page is written.
var htmlTemplates = sync.OnceValue(func() *template.Template {
	style := func() template.CSS { return HTMLStyle }
	return template.Must(template.New("").Funcs(template.FuncMap{"style": style}).Parse(htmlSource))
})

const htmlSource = `
{{define "page"}}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{.Title}}</title>
<style>{{style}}</style>
</head>
<body>
<main>
<h1>{{template "text" .Spans}}</h1>
{{template "blocks" .Blocks}}</main>
</body>
</html>
{{end}}

{{define "text"}}{{range .}}{{if .Link}}<a href="{{.Link}}">{{.Text}}</a>{{else if .Class -}}
<span class="{{.Class}}">{{.Text}}</span>{{else}}{{.Text}}{{end}}{{end}}{{end}}

{{define "heading" -}}
{{if eq .Level 2}}<h2>{{template "text" .Title}}</h2>{{else if eq .Level 3}}<h3>{{template "text" .Title}}</h3>
{{- else if eq .Level 4}}<h4>{{template "text" .Title}}</h4>{{else if eq .Level 5}}<h5>{{template "text" .Title}}</h5>
{{- else}}<h6>{{template "text" .Title}}</h6>{{end}}{{end}}

{{define "blocks"}}{{range .}}{{template "block" .}}{{end}}{{end}}

{{define "block"}}
{{- if eq .Kind "section"}}{{if .Folded}}<details>
<summary>{{template "heading" .}}</summary>
{{template "blocks" .Blocks}}</details>
{{else}}<section>
{{template "heading" .}}
{{template "blocks" .Blocks}}</section>
{{end}}
{{- else if eq .Kind "details"}}<details>
<summary>{{template "text" .Title}}</summary>
{{template "blocks" .Blocks}}</details>
{{else if eq .Kind "para"}}<p>{{template "text" .Title}}</p>
{{else if eq .Kind "command"}}<pre><code>{{.Code}}</code></pre>
{{else if eq .Kind "fields"}}{{if .Items}}<dl>
{{range .Items}}<dt>{{template "text" .Label}}</dt>
{{range .Texts}}<dd>{{template "text" .}}</dd>
{{end}}{{end}}</dl>
{{end}}
{{- else if eq .Kind "list"}}<ul>
{{range .Items}}<li>{{template "text" .Label}}
{{template "blocks" .Blocks}}</li>
{{end}}</ul>
{{else if eq .Kind "table"}}{{if .Rows}}<div class="wide" role="region" aria-label="table" tabindex="0"><table>
{{if .Headers}}<thead><tr>{{range .Headers}}{{if .}}<th scope="col">{{.}}</th>{{else}}<td></td>{{end}}{{end}}</tr></thead>
{{end}}<tbody>
{{range .Rows}}<tr>{{range $i, $cell := .}}{{if $i}}<td>{{template "text" $cell}}</td>{{else -}}
<th scope="row">{{template "text" $cell}}</th>{{end}}{{end}}</tr>
{{end}}</tbody>
</table></div>
{{end}}{{end}}{{end}}`
