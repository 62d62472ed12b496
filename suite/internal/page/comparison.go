package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// hostRows is how many properties of the host are listed at first.
const hostRows = 30

// Comparison says what differs: the likely causes with what follows from them,
// what differs in the hosts, then every other finding, the most urgent first.
func Comparison(c *compare.Comparison) Page {
	p := Page{Title: in(Strong, verdict(c))}
	for _, why := range c.Partial {
		p.Add(Para{say("Partial: %s", why)})
	}
	if c.OneSided > 0 {
		p.Add(
			Para{
				say(
					"%s observed something that the other side did not; nothing else differs there.",
					count(c.OneSided, "trial", "trials"),
				),
			},
		)
	}
	var others List
	for _, cause := range c.Causes {
		if cause.Default != nil {
			p.Add(defaultMoved(cause))
		} else {
			others = append(others, likely(cause))
		}
	}
	if len(others) > 0 {
		heading := "Likely causes"
		if len(others) < len(c.Causes) {
			heading = "Other likely causes"
		}
		p.Add(Section{Title: in(Strong, heading), Blocks: []Block{others}})
	}
	if len(c.Host) > 0 {
		p.Add(hosts(c.Host))
	}
	unexplained := c.Unexplained()
	for _, verb := range compare.Verbs {
		p.Add(findings(verb, withVerb(unexplained, verb))...)
	}
	return p
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

func withVerb(findings []compare.Finding, v ...compare.Verb) []compare.Finding {
	var found []compare.Finding
	for _, f := range findings {
		if slices.Contains(v, f.Verb) {
			found = append(found, f)
		}
	}
	return found
}

func verbTone(v compare.Verb) Tone {
	switch v {
	case compare.Hangs, compare.Regressed:
		return Bad
	case compare.Changed:
		return Notice
	case compare.Fixed:
		return Good
	}
	return News
}

// likely is a cause with what follows from it.
func likely(c compare.Cause) Item {
	item := Item{Text: say("%s: %s → %s", c.What, absent(c.Before), absent(c.After))}
	var keys []string
	for _, f := range c.Findings {
		keys = append(keys, f.Keys()...)
	}
	listed := Para{say("so %s", strings.Join(keys, ", "))}
	switch n := len(keys); {
	case n == 0:
	case n <= few:
		item.Blocks = []Block{listed}
	default:
		item.Blocks = []Block{Details{Brief: []Block{Para{say("so %d trials", n)}}, Blocks: []Block{listed}, Bulk: true}}
	}
	return item
}

func absent(value string) string { return cmp.Or(value, "(none)") }

func hosts(differences []compare.HostDifference) Section {
	differences = byRuntime(differences)
	changes := Changes{Few: hostRows}
	isOS := func(d compare.HostDifference) bool { return d.Kind == compare.OfHost && d.Name == "os" }
	if slices.ContainsFunc(differences, isOS) {
		// Two operating systems differ in nearly everything.
		glance := func(d compare.HostDifference) bool { return slices.Contains(headline, d.Name) }
		slices.SortStableFunc(differences, func(x, y compare.HostDifference) int { return order(!glance(x), !glance(y)) })
		changes.Few = max(1, slices.IndexFunc(differences, func(d compare.HostDifference) bool { return !glance(d) }))
	}
	for _, d := range differences {
		changes.Rows = append(
			changes.Rows,
			Change{say("%s", d.Name), say("%s", absent(d.Before)), say("%s", absent(d.After))},
		)
	}
	return Section{Title: in(Strong, "The hosts differ"), Blocks: []Block{changes}, Folded: true}
}

// order puts false before true.
func order(x, y bool) int {
	switch {
	case x == y:
		return 0
	case y:
		return -1
	}
	return 1
}

// byRuntime makes one of the launchers of a runtime that differ alike.
func byRuntime(differences []compare.HostDifference) []compare.HostDifference {
	var rows []compare.HostDifference
	for _, d := range differences {
		i := slices.IndexFunc(rows, func(r compare.HostDifference) bool {
			return d.Kind == compare.OfLauncher && r.Kind == d.Kind && d.Runtime != "" && r.Runtime == d.Runtime &&
				r.Before == d.Before && r.After == d.After
		})
		if i < 0 {
			rows = append(rows, d)
		} else {
			rows[i].Name = d.Runtime + "/*"
		}
	}
	return rows
}

// consequences are the ways in which findings follow from a default that moved,
// in the order of their weight.
var consequences = []struct {
	title string
	verbs []compare.Verb
}{
	{"Stopped working", []compare.Verb{compare.Hangs, compare.Regressed}},
	{"Changed", []compare.Verb{compare.Changed}},
	{"Works now", []compare.Verb{compare.Fixed}},
	{"Not tried any more", []compare.Verb{compare.NewlySkipped}},
	{"Tried now", []compare.Verb{compare.NewlyRun}},
}

// defaultMoved reports a default that moved: what stopped working, what helps,
// and what else follows from it.
func defaultMoved(c compare.Cause) Section {
	first, n := utf8.DecodeRuneInString(c.What)
	s := Section{
		Title:  strong("%c%s moved: %s → %s", unicode.ToUpper(first), c.What[n:], absent(c.Before), absent(c.After)),
		Blocks: []Block{Para{say("%s", evidence(c))}},
	}
	consequence := func(i int) {
		if found := withVerb(c.Findings, consequences[i].verbs...); len(found) > 0 {
			s.Blocks = append(
				s.Blocks,
				List{{say("%s (%d)", consequences[i].title, len(found)), []Block{consequenceTable(found)}}},
			)
		}
	}
	consequence(0)
	for _, a := range []struct {
		proof compare.Proof
		title string
	}{{compare.Works, "Remedies that work on the after side"}, {compare.DoesNotWork, "Remedies that do not work there"}} {
		var list List
		for _, r := range c.Default.Remedies {
			if r.After == a.proof {
				list = append(list, Item{say("%s", r.Text), []Block{Para{say("%s", shownBy(r))}}})
			}
		}
		if len(list) > 0 {
			s.Blocks = append(s.Blocks, List{{say("%s", a.title), []Block{list}}})
		}
	}
	for i := range consequences[1:] {
		consequence(i + 1)
	}
	if len(c.Findings) > 0 {
		all := Details{Summary: say("What follows, written out")}
		for _, f := range c.Findings {
			all.Blocks = append(all.Blocks, finding(f))
		}
		s.Blocks = append(s.Blocks, all)
	}
	return s
}

// evidence says why the findings of c are held to follow from it, and what
// naming the earlier value is good for.
func evidence(c compare.Cause) string {
	text := fmt.Sprintf("The default now behaves like %s.", c.Default.Is)
	if c.Default.Gone {
		text += fmt.Sprintf(" There is no %s on the after side.", c.Default.Was)
	}
	if n := len(c.Default.Kept); n > 0 {
		text += fmt.Sprintf(
			" Naming %s restores the old behaviour in %d of %s.",
			c.Default.Was,
			n,
			count(len(c.Findings), "case", "cases"),
		)
	}
	return text
}

// shownBy names what showed that a remedy works on the after side, or does not.
func shownBy(r compare.Remedy) string {
	text := r.ProvedBy + " @ " + strings.Join(r.Launchers, ", ")
	switch {
	case r.Before != compare.Works:
		return text
	case r.After == compare.Works:
		return text + ", before too"
	}
	return text + ", though it worked before"
}

// consequenceTable lists findings, a line each.
func consequenceTable(findings []compare.Finding) Table {
	t := Table{Few: few, OneLine: true}
	for _, f := range findings {
		t.Rows = append(t.Rows, []Text{say("%s", f.ID), say("%s", telling(f))})
	}
	if len(findings) > few {
		t.More = say("and %s", names(findings[few:]))
	}
	return t
}

// names lists ids, those of one topic together: "bnd.kind.code, .coroutine".
func names(findings []compare.Finding) string {
	var listed []string
	last := ""
	for _, f := range findings {
		dot := max(0, strings.LastIndex(f.ID, "."))
		if topic := f.ID[:dot]; topic == last && topic != "" {
			listed = append(listed, f.ID[dot:])
		} else {
			listed, last = append(listed, f.ID), topic
		}
	}
	return strings.Join(listed, ", ")
}

// telling is the observed value that says the most of f: a hang, or else the
// first text that reads like a message, which is the error if there is one, or
// else the longest text. It is the after side's, but of what works again the
// before side's. Where there is no text it is the first difference.
func telling(f compare.Finding) string {
	most, message := strings.Join(f.AfterReasons, "; "), false
	for _, d := range f.Differences {
		value := d.After
		if f.Verb == compare.Fixed {
			value = d.Before
		}
		text, ok := value.(string)
		if text == record.Hang {
			return text
		}
		if reads := strings.Contains(text, ": "); ok && !message && (reads || len(text) > len(most)) {
			most, message = text, reads
		}
	}
	if most == "" && len(f.Differences) > 0 {
		change := difference(f.Differences[0])
		most = flat(change.Name) + ": " + flat(change.Before) + " → " + flat(change.After)
	}
	return most
}

// flat is a text without its tones.
func flat(text Text) string {
	var b strings.Builder
	for _, s := range text {
		b.WriteString(s.Text)
	}
	return b.String()
}

// notObserved stands for a value on the side that has none.
var notObserved = in(Quiet, "(not observed)")

func difference(d compare.Difference) Change {
	c := Change{Name: say("%s", d.Name)}
	c.Before, c.After = values(d.Before, d.After)
	if d.NoBefore {
		c.Before = notObserved
	}
	if d.NoAfter {
		c.After = notObserved
	}
	return c
}

// findings are the sections of what happened in one way. What comes in hundreds
// and says little each is summed up.
func findings(verb compare.Verb, all []compare.Finding) []Block {
	var alone, skipped, unspecified []compare.Finding
	for _, f := range all {
		switch {
		case quiet(f):
			skipped = append(skipped, f)
		case verb == compare.Changed && f.Level == record.Observed && f.Role != record.RoleDefault:
			unspecified = append(unspecified, f)
		default:
			alone = append(alone, f)
		}
	}
	var blocks []Block
	if len(unspecified) > few {
		changes := count(len(unspecified), "change", "changes") + " in unspecified behaviour"
		blocks = append(blocks, summed(verb, changes, byObservation(unspecified), unspecified, false))
	} else {
		alone = append(alone, unspecified...)
	}
	if len(skipped) > few {
		blocks = append(blocks, summary(verb, skipped))
	} else {
		alone = append(alone, skipped...)
	}
	return append(each(alone), blocks...)
}

// quiet reports whether findings like f come in hundreds when two kinds of host
// are compared, or a launcher is gone, and say little each.
func quiet(f compare.Finding) bool {
	return !f.After.Ran() || !f.Before.Ran() && f.Verb == compare.NewlyRun || f.Before == "" || f.After == ""
}

func each(all []compare.Finding) (blocks []Block) {
	for _, f := range all {
		blocks = append(blocks, finding(f))
	}
	return blocks
}

// byObservation lists what was observed, and in which behaviours.
func byObservation(all []compare.Finding) Table {
	counts, ids := tally{}, map[string][]string{}
	for _, f := range all {
		for _, d := range f.Differences {
			if !slices.Contains(ids[d.Name], f.ID) {
				ids[d.Name] = append(ids[d.Name], f.ID)
				counts[d.Name]++
			}
		}
	}
	var t Table
	for _, name := range counts.sorted() {
		t.Rows = append(t.Rows, []Text{say("%s", name), {enumerate(ids[name])}})
	}
	return t
}

// summary counts findings by area, and says why most of them are.
func summary(verb compare.Verb, all []compare.Finding) Section {
	areas, why := tally{}, tally{}
	trials := 0
	for _, f := range all {
		trials += len(f.Launchers)
		areas[f.Area] += len(f.Launchers)
		for _, r := range slices.Concat(f.BeforeReasons, f.AfterReasons) {
			why[r]++
		}
	}
	var parts []string
	for _, area := range areas.sorted() {
		parts = append(parts, fmt.Sprintf("%s %d", area, areas[area]))
	}
	common := why.sorted()
	more := len(common) - few
	common = common[:min(len(common), few)]
	if more > 0 {
		common = append(common, fmt.Sprintf("… and %s", count(more, "other reason", "other reasons")))
	}
	var f fields
	f.add("Areas", strings.Join(parts, ", "))
	f.add("Because", common...)
	found := count(len(all), "finding", "findings") + " in " + count(trials, "trial", "trials")
	return summed(verb, found, Fields(f), all, true)
}

// summed is the section of findings that are summed up: brief for most readers,
// and each of them for a reader who asks for all.
func summed(verb compare.Verb, how string, brief Block, all []compare.Finding, bulk bool) Section {
	return Section{
		Title:  Text{{Text: strings.ToUpper(string(verb)), Tone: verbTone(verb)}, {Text: "  " + how}},
		Blocks: []Block{Details{Summary: say("Each of them"), Brief: []Block{brief}, Blocks: each(all), Bulk: bulk}},
	}
}

// finding writes one finding out.
func finding(f compare.Finding) Block {
	s := Section{Title: title(verbTone(f.Verb), string(f.Verb), record.Behaviour{ID: f.ID, Level: f.Level}),
		Blocks: []Block{Para{say("%s", strings.Join(f.Launchers, ", "))}, Para{say("%s", f.Sentence)}}}
	var about fields
	if f.Was != "" {
		about.add("Earlier", f.Was)
		s.Blocks = append(s.Blocks, Fields(about))
		return s
	}
	var changes Changes
	for _, d := range f.Differences {
		changes.Rows = append(changes.Rows, difference(d))
	}
	if len(changes.Rows) > 0 {
		s.Blocks = append(s.Blocks, changes)
	}
	if f.Before != f.After {
		about.add("Status", absent(string(f.Before))+" → "+absent(string(f.After)))
	}
	about.add("Because", f.AfterReasons...)
	for _, pin := range f.Known {
		about.texts("Known", known(pin)...)
	}
	if f.Verb == compare.Fixed || f.Verb == compare.NewlyRun {
		about.add("Was", f.BeforeReasons...)
	}
	if quiet(f) && f.Verb != compare.Regressed {
		s.Blocks = append(s.Blocks, Fields(about))
		return s
	}
	about.add("Matters", f.Matters)
	for _, r := range f.Remedies {
		about.add("Remedy", r.Text)
		about.add("Proof", proof(r, f))
	}
	about.cites(f.Cites)
	about.add("Seen", strings.Join(f.Seen, ", "))
	s.Blocks = append(s.Blocks, Fields(about), again(f))
	return s
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
