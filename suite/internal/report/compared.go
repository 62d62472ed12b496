package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// few is how many findings of a kind that needs no action are listed before
// they are only counted; hostLines is the same for properties of the host.
const (
	few       = 5
	hostLines = 30
)

// summarised reports whether findings with verb v come in hundreds when two
// kinds of host are compared, and say little each.
func summarised(v compare.Verb) bool {
	return slices.Contains([]compare.Verb{compare.NewlySkipped, compare.NewlyRun, compare.Removed, compare.Added}, v)
}

func verbColour(v compare.Verb) colour {
	switch v {
	case compare.Hangs, compare.Regressed:
		return red
	case compare.Changed:
		return yellow
	case compare.Fixed:
		return green
	}
	return cyan
}

// Compared shows a comparison: what differs in the hosts, the likely causes,
// then each finding, the most urgent first.
func Compared(w io.Writer, c *compare.Comparison, o Options) error {
	p := newPrinter(o)
	p.line("%s", p.in(bold, verdict(c)))
	for _, why := range c.Partial {
		p.wrap("", "Partial: "+why)
	}
	p.hosts(c.Host)
	if len(c.Causes) > 0 {
		p.heading("Likely causes")
		for _, cause := range c.Causes {
			p.cause(cause)
		}
	}
	for _, verb := range compare.Verbs {
		findings := withVerb(c, verb)
		if len(findings) == 0 {
			continue
		}
		if summarised(verb) && len(findings) > few && !o.All {
			p.summary(verb, findings)
			continue
		}
		for _, f := range findings {
			p.finding(f)
		}
	}
	return p.writeTo(w)
}

func withVerb(c *compare.Comparison, v compare.Verb) []compare.Finding {
	var found []compare.Finding
	for _, f := range c.Findings {
		if f.Verb == v {
			found = append(found, f)
		}
	}
	return found
}

// verdict is the comparison in one line.
func verdict(c *compare.Comparison) string {
	compared := count(c.Compared, "trial", "trials") + " compared"
	var parts []string
	for _, v := range compare.Verbs {
		if n := len(withVerb(c, v)); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	switch {
	case len(parts) > 0:
		return compared + ". Findings: " + strings.Join(parts, ", ") + "."
	case len(c.Host) > 0:
		return compared + ": no behaviour differs, though the hosts do."
	}
	return compared + ": no difference."
}

func (p *printer) hosts(differences []compare.HostDifference) {
	if len(differences) == 0 {
		return
	}
	p.heading("The hosts differ")
	all := len(differences)
	if !p.All && slices.ContainsFunc(differences, func(d compare.HostDifference) bool { return d.Name == "os" }) {
		// Two operating systems differ in nearly everything.
		differences = slices.DeleteFunc(slices.Clone(differences), func(d compare.HostDifference) bool { return !slices.Contains(headline, d.Name) })
	}
	width := widest(differences, func(d compare.HostDifference) string { return d.Name })
	for i, d := range differences {
		if i == hostLines && !p.All {
			differences = differences[:i]
			break
		}
		p.row(width, d.Name, absent(d.Before)+" → "+absent(d.After))
	}
	if more := all - len(differences); more > 0 {
		p.line("  … and %d more; --all lists them", more)
	}
}

func absent(value string) string {
	if value == "" {
		return "(none)"
	}
	return value
}

func (p *printer) cause(c compare.Cause) {
	p.hang("  ", 4, c.What+": "+absent(c.Before)+" → "+absent(c.After))
	switch n := len(c.Findings); {
	case n == 0:
	case n <= few || p.All:
		p.hang("    so ", 7, strings.Join(c.Findings, ", "))
	default:
		p.hang("    so ", 7, fmt.Sprintf("%s and %d more", strings.Join(c.Findings[:few], ", "), n-few))
	}
}

// summary counts findings by area, and says why most of them are.
func (p *printer) summary(verb compare.Verb, findings []compare.Finding) {
	areas, reasons := tally{}, tally{}
	trials := 0
	for _, f := range findings {
		trials += len(f.Launchers)
		areas[f.Area] += len(f.Launchers)
		for _, r := range slices.Concat(f.BeforeReasons, f.AfterReasons) {
			reasons[r]++
		}
	}
	p.line("\n%s  %s in %s; --all lists them", p.in(verbColour(verb), strings.ToUpper(string(verb))),
		count(len(findings), "finding", "findings"), count(trials, "trial", "trials"))
	var parts []string
	for _, area := range areas.sorted() {
		parts = append(parts, fmt.Sprintf("%s %d", area, areas[area]))
	}
	p.field("Areas", strings.Join(parts, ", "))
	common := reasons.sorted()
	p.fields("Because", common[:min(len(common), few)])
	if len(common) > few {
		p.field("", fmt.Sprintf("… and %d more reasons", len(common)-few))
	}
}

func (p *printer) finding(f compare.Finding) {
	p.line("\n%s  %s  %s", p.in(verbColour(f.Verb), strings.ToUpper(string(f.Verb))), p.in(bold, clean(f.ID)), p.in(dim, clean(f.Level)))
	p.wrap("  ", strings.Join(f.Launchers, ", "))
	p.wrap("  ", f.Sentence)
	if f.Was != "" {
		p.field("Earlier", f.Was)
		return
	}
	for _, d := range f.Differences {
		p.difference(d)
	}
	if f.Before != f.After {
		p.field("Status", absent(string(f.Before))+" → "+absent(string(f.After)))
	}
	p.fields("Because", f.AfterReasons)
	if f.Verb == compare.Fixed || f.Verb == compare.NewlyRun {
		p.fields("Was", f.BeforeReasons)
	}
	if summarised(f.Verb) {
		return
	}
	p.field("Matters", f.Matters)
	for _, r := range f.Remedies {
		p.field("Remedy", r.Text)
		p.field("Proof", proof(r))
	}
	p.cites(f.Cites)
	p.field("Seen", strings.Join(f.Seen, ", "))
	p.again(f)
}

// difference shows one value before and after, on one line if it fits.
func (p *printer) difference(d compare.Difference) {
	before, after := p.values(d.Before, d.After)
	if d.NoBefore {
		before = "(not observed)"
	}
	if d.NoAfter {
		after = "(not observed)"
	}
	name := clean(d.Name)
	one := fmt.Sprintf("    %s: %s → %s", name, clean(before), clean(after))
	if len([]rune(one)) <= p.Width {
		p.line("%s", one)
		return
	}
	p.line("    %s:", name)
	p.wrap("        ", before)
	p.wrap("      → ", after)
}

// proof says what shows that a remedy works, and where it did.
func proof(r compare.Remedy) string {
	if r.ProvedBy == "" {
		return ""
	}
	return fmt.Sprintf("%s (before: %s, after: %s)", r.ProvedBy, recorded(r.Before), recorded(r.After))
}

func recorded(s record.Status) string {
	if s == "" {
		return "not recorded"
	}
	return string(s)
}
