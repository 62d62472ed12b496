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
// they are only counted; some is the same for what follows from a default, and
// hostLines for properties of the host.
const (
	few       = 5
	some      = 5
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

// Compared shows a comparison: the likely causes with what follows from them,
// what differs in the hosts, then every other finding, the most urgent first.
func Compared(w io.Writer, c *compare.Comparison, o Options) error {
	p := newPrinter(o)
	p.line("%s", p.in(bold, verdict(c)))
	for _, why := range c.Partial {
		p.wrap("", "Partial: "+why)
	}
	heading := "Likely causes"
	for _, cause := range c.Causes {
		if cause.Default != nil {
			p.defaultMoved(cause)
			heading = "Other likely causes"
			continue
		}
		if heading != "" {
			p.heading("%s", heading)
			heading = ""
		}
		p.cause(cause)
	}
	p.hosts(c.Host)
	all := c.Findings
	if !o.All {
		all = c.Unexplained()
	}
	for _, verb := range compare.Verbs {
		findings := withVerb(all, verb)
		if len(findings) == 0 {
			continue
		}
		if summarised(verb) && len(findings) > few && !o.All {
			p.summary(verb, findings)
			continue
		}
		if verb == compare.Changed && !o.All {
			findings = p.changed(findings)
		}
		for _, f := range findings {
			p.finding(f)
		}
	}
	return p.writeTo(w)
}

// changed counts those findings that nobody promises anything about, by what
// was observed, if they are many. It returns the others, and the defaults.
func (p *printer) changed(findings []compare.Finding) (rest []compare.Finding) {
	n, names, ids := 0, tally{}, map[string][]string{}
	for _, f := range findings {
		if f.Level != record.Observed || f.Role == record.RoleDefault {
			rest = append(rest, f)
			continue
		}
		n++
		for _, d := range f.Differences {
			if !slices.Contains(ids[d.Name], f.ID) {
				ids[d.Name] = append(ids[d.Name], f.ID)
				names[d.Name]++
			}
		}
	}
	if n <= some {
		return findings
	}
	p.line("\n%s  %d findings that nobody promises anything about; --all lists them", p.in(verbColour(compare.Changed), "CHANGED"), n)
	shown := names.sorted()
	width := widest(shown, func(name string) string { return name })
	for _, name := range shown {
		p.row(width, name, enumerate(ids[name]))
	}
	return rest
}

// enumerate lists a few of the items, and counts the others.
func enumerate(items []string) string {
	if n := len(items); n > few {
		return fmt.Sprintf("%s and %d more", strings.Join(items[:few], ", "), n-few)
	}
	return strings.Join(items, ", ")
}

func withVerb(findings []compare.Finding, v ...compare.Verb) []compare.Finding {
	var found []compare.Finding
	for _, f := range findings {
		if slices.Contains(v, f.Verb) {
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
		if n := len(withVerb(c.Findings, v)); n > 0 {
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
	differences = byRuntime(differences)
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

// byRuntime makes one of the launchers of a runtime that differ alike.
func byRuntime(differences []compare.HostDifference) []compare.HostDifference {
	var rows []compare.HostDifference
	for _, d := range differences {
		i := slices.IndexFunc(rows, func(r compare.HostDifference) bool {
			return d.Runtime != "" && r.Runtime == d.Runtime && r.Before == d.Before && r.After == d.After
		})
		if i < 0 {
			rows = append(rows, d)
		} else {
			rows[i].Name = d.Runtime + "/*"
		}
	}
	return rows
}

func absent(value string) string {
	if value == "" {
		return "(none)"
	}
	return value
}

// consequence is a way in which findings follow from a default that moved.
type consequence struct {
	title string
	verbs []compare.Verb
}

// consequences are all there are, in the order of their weight.
var consequences = []consequence{
	{"Stopped working", []compare.Verb{compare.Hangs, compare.Regressed}},
	{"Changed", []compare.Verb{compare.Changed}},
	{"Works now", []compare.Verb{compare.Fixed}},
	{"Not tried any more", []compare.Verb{compare.NewlySkipped}},
	{"Tried now", []compare.Verb{compare.NewlyRun}},
}

// moved says which default moved, as a title.
func moved(c compare.Cause) string {
	return "T" + strings.TrimPrefix(c.What, "t") + " moved: " + absent(c.Before) + " → " + absent(c.After)
}

// evidence says why the findings of c are held to follow from it, and what
// naming the earlier value is good for.
func evidence(c compare.Cause) string {
	text := fmt.Sprintf("What follows is what %s does", c.Default.Is)
	if c.Default.Gone {
		text += fmt.Sprintf("; there is no %s on the after side", c.Default.Was)
	}
	if n := len(c.Default.Kept); n > 0 {
		text += fmt.Sprintf("; %s still does what the default did, in %d of %s", c.Default.Was, n, count(len(c.Findings), "case", "cases"))
	}
	return text + "."
}

// answer is what the after side says of remedies.
type answer struct {
	title    string
	remedies []compare.Remedy
}

// answers lists what the after side says of the remedies for c that were tried.
func answers(c compare.Cause) (said []answer) {
	for _, a := range []struct {
		proof compare.Proof
		title string
	}{{compare.Works, "What works on the after side"}, {compare.DoesNotWork, "What does not work there"}} {
		remedies := slices.DeleteFunc(slices.Clone(c.Default.Remedies), func(r compare.Remedy) bool { return r.After != a.proof })
		if len(remedies) > 0 {
			said = append(said, answer{a.title, remedies})
		}
	}
	return said
}

// shown names what showed that a remedy works on the after side, or does not.
func shown(r compare.Remedy) string {
	text := r.ProvedBy + " @ " + strings.Join(r.Launchers, ", ")
	switch {
	case r.Before != compare.Works:
		return text
	case r.After == compare.Works:
		return text + ", before too"
	}
	return text + ", though it worked before"
}

// defaultMoved shows a default that moved: what stopped working, what helps, and
// what else follows from it.
func (p *printer) defaultMoved(c compare.Cause) {
	p.heading("%s", clean(moved(c)))
	p.wrap("  ", evidence(c))
	p.consequence(c, consequences[0])
	for _, a := range answers(c) {
		p.line("  %s", a.title)
		for _, r := range a.remedies {
			p.hang("    ", 6, r.Text)
			p.hang("      ", 8, shown(r))
		}
	}
	for _, other := range consequences[1:] {
		p.consequence(c, other)
	}
	if !p.All {
		p.line("  --all lists all of it and writes each out.")
	}
}

// consequence lists what follows from c in one way, a line each.
func (p *printer) consequence(c compare.Cause, k consequence) {
	findings := withVerb(c.Findings, k.verbs...)
	if len(findings) == 0 {
		return
	}
	p.line("  %s (%d)", k.title, len(findings))
	width := widest(findings, func(f compare.Finding) string { return f.ID })
	for i, f := range findings {
		if i == some && !p.All {
			p.hang("    and ", 8, names(findings[i:]))
			return
		}
		row := []rune("    " + pad(clean(f.ID), width) + "  " + telling(f))
		if len(row) > p.Width && !p.All {
			row = append(row[:p.Width-1], '…')
		}
		p.line("%s", strings.TrimRight(string(row), " "))
	}
}

// names lists ids, those of one topic together: "bnd.kind.code, .coroutine".
func names(findings []compare.Finding) string {
	var listed []string
	last := ""
	for _, f := range findings {
		dot := strings.LastIndex(f.ID, ".")
		if topic := f.ID[:dot]; topic == last {
			listed = append(listed, f.ID[dot:])
		} else {
			listed, last = append(listed, f.ID), topic
		}
	}
	return clean(strings.Join(listed, ", "))
}

// telling is the observed value that says the most of f: a hang, or else the
// longest text, which is the error if there is one. It is the after side's, but
// of what works again the before side's. Where there is no text it is the first
// difference.
func telling(f compare.Finding) string {
	most := strings.Join(f.AfterReasons, "; ")
	for _, d := range f.Differences {
		value := d.After
		if f.Verb == compare.Fixed {
			value = d.Before
		}
		text, ok := value.(string)
		if text == record.Hang {
			return text
		}
		if strings.HasPrefix(d.Name, "notes of ") {
			continue // they say where, not what
		}
		if ok && len(text) > len(most) {
			most = text
		}
	}
	if most == "" && len(f.Differences) > 0 {
		d := f.Differences[0]
		before, after := record.Text(d.Before), record.Text(d.After)
		if d.NoBefore {
			before = notObserved
		}
		if d.NoAfter {
			after = notObserved
		}
		most = d.Name + ": " + before + " → " + after
	}
	return clean(most)
}

// follows lists the keys of what follows from a cause.
func follows(c compare.Cause) (keys []string) {
	for _, f := range c.Findings {
		keys = append(keys, f.Keys()...)
	}
	return keys
}

func (p *printer) cause(c compare.Cause) {
	p.hang("  ", 4, c.What+": "+absent(c.Before)+" → "+absent(c.After))
	keys := follows(c)
	switch n := len(keys); {
	case n == 0:
	case n <= few || p.All:
		p.hang("    so ", 7, strings.Join(keys, ", "))
	default:
		p.line("    so %d trials; --all lists them", n)
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
	p.line("\n%s  %s  %s", p.in(verbColour(f.Verb), strings.ToUpper(string(f.Verb))), p.in(bold, clean(f.ID)), p.in(dim, clean(string(f.Level))))
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
		p.field("Proof", proof(r, f))
	}
	p.cites(f.Cites)
	p.field("Seen", strings.Join(f.Seen, ", "))
	p.again(f)
}

// notObserved stands for a value on the side that has none.
const notObserved = "(not observed)"

// sides shows the values of d before and after.
func (p *printer) sides(d compare.Difference) (before, after string) {
	before, after = p.values(d.Before, d.After)
	if d.NoBefore {
		before = notObserved
	}
	if d.NoAfter {
		after = notObserved
	}
	return before, after
}

// difference shows one value before and after, on one line if it fits.
func (p *printer) difference(d compare.Difference) {
	before, after := p.sides(d)
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

// proof says what shows that a remedy for f works, and where it did.
func proof(r compare.Remedy, f compare.Finding) string {
	switch {
	case r.ProvedBy == "":
		return ""
	case len(r.Launchers) == 0:
		return r.ProvedBy + " (not tried)"
	}
	where := ""
	if !slices.Equal(r.Launchers, f.Launchers) {
		where = " @ " + strings.Join(r.Launchers, ", ")
	}
	return fmt.Sprintf("%s%s (before: %s, after: %s)", r.ProvedBy, where, r.Before, r.After)
}
