package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// markdownLimit is how many findings are written out: GitHub refuses a job
// summary above 1 MiB.
const markdownLimit = 200

// Markdown writes a comparison as a GitHub job summary.
func Markdown(w io.Writer, c *compare.Comparison) error {
	p := newPrinter(Options{})
	p.line("### %s", md(verdict(c)))
	for _, why := range c.Partial {
		p.line("\n> **Partial.** %s", md(why))
	}
	heading := "\n**Likely causes**\n"
	for _, cause := range c.Causes {
		if cause.Default != nil {
			p.markdownDefault(cause)
			heading = "\n**Other likely causes**\n"
			continue
		}
		if heading != "" {
			p.line("%s", heading)
			heading = ""
		}
		line := "- " + md(cause.What+": "+absent(cause.Before)+" → "+absent(cause.After))
		if n := len(follows(cause)); n > 0 {
			line += " (" + count(n, "trial follows", "trials follow") + ")"
		}
		p.line("%s", line)
	}
	if hosts := byRuntime(c.Host); len(hosts) > 0 {
		p.line("\n<details><summary>The hosts differ in %s</summary>\n", count(len(hosts), "property", "properties"))
		p.line("| | before | after |\n|---|---|---|")
		for _, d := range hosts {
			p.line("| %s | %s | %s |", md(d.Name), md(absent(d.Before)), md(absent(d.After)))
		}
		p.line("\n</details>")
	}
	written := 0
	for _, verb := range compare.Verbs {
		findings := withVerb(c.Unexplained(), verb)
		if len(findings) == 0 {
			continue
		}
		if summarised(verb) && len(findings) > few {
			areas := tally{}
			for _, f := range findings {
				areas[f.Area] += len(f.Launchers)
			}
			p.line("\n<details><summary>%s: %s</summary>\n\n| area | trials |\n|---|---|", verb, count(len(findings), "finding", "findings"))
			for _, area := range areas.sorted() {
				p.line("| %s | %d |", md(area), areas[area])
			}
			p.line("\n</details>")
			continue
		}
		p.line("\n#### %s", verb)
		for _, f := range findings {
			if written++; written <= markdownLimit {
				p.markdownFinding(f)
			}
		}
	}
	if written > markdownLimit {
		p.line("\n… and %s, left out to stay below GitHub's limit.", count(written-markdownLimit, "more finding", "more findings"))
	}
	return p.writeTo(w)
}

// markdownDefault writes a default that moved, and what follows from it.
func (p *printer) markdownDefault(c compare.Cause) {
	p.line("\n#### %s\n\n%s", md(moved(c)), md(evidence(c)))
	p.markdownConsequence(c, consequences[0])
	for _, a := range answers(c) {
		p.line("\n**%s**\n", a.title)
		for _, r := range a.remedies {
			p.line("- %s  \n  %s", md(r.Text), md(shown(r)))
		}
	}
	for _, other := range consequences[1:] {
		p.markdownConsequence(c, other)
	}
	p.line("\n<details><summary>What follows, written out</summary>")
	for _, f := range c.Findings[:min(len(c.Findings), markdownLimit)] {
		p.markdownFinding(f)
	}
	p.line("\n</details>")
}

func (p *printer) markdownConsequence(c compare.Cause, k consequence) {
	findings := withVerb(c.Findings, k.verbs...)
	if len(findings) == 0 {
		return
	}
	p.line("\n**%s (%d)**\n", k.title, len(findings))
	for _, f := range findings {
		p.line("- %s", md(strings.TrimSuffix(f.ID+": "+telling(f), ": ")))
	}
}

func (p *printer) markdownFinding(f compare.Finding) {
	p.line("\n**%s** (%s) on %s  \n%s\n", md(f.ID), md(string(f.Level)), md(strings.Join(f.Launchers, ", ")), md(f.Sentence))
	if f.Was != "" {
		p.line("- Earlier id: %s", md(f.Was))
		return
	}
	if len(f.Differences) > 0 {
		p.line("| observed | before | after |\n|---|---|---|")
		for _, d := range f.Differences {
			before, after := p.sides(d)
			p.line("| %s | %s | %s |", md(d.Name), md(before), md(after))
		}
		p.line("")
	}
	item := func(label, text string) {
		if text != "" {
			p.line("- **%s:** %s", label, md(text))
		}
	}
	if f.Before != f.After {
		item("Status", absent(string(f.Before))+" → "+absent(string(f.After)))
	}
	item("Because", strings.Join(f.AfterReasons, "; "))
	if summarised(f.Verb) {
		return
	}
	item("Matters", f.Matters)
	for _, r := range f.Remedies {
		item("Remedy", r.Text)
		item("Proof", proof(r, f))
	}
	for _, c := range f.Cites {
		p.line("- **Source:** %s", mdLink(c))
	}
	item("Again", f.Rerun())
}

var mdEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;",
	`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`)

// md escapes text so that Markdown shows it as it is, on one line.
func md(text string) string { return mdEscapes.Replace(clean(text)) }

// mdLink links a citation, if what it has is a plain link.
func mdLink(c record.Citation) string {
	if !strings.HasPrefix(c.Link, "https://") || strings.ContainsAny(c.Link, " <>()\\\n\t") {
		return md(c.Name + " " + c.Link)
	}
	return fmt.Sprintf("[%s](%s)", md(c.Name), clean(c.Link))
}
