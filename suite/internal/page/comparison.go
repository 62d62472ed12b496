package page

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// hostRows is how many properties of the host are listed at first, and listed how
// many changes of one kind.
const (
	hostRows = 6
	listed   = 12
)

// Comparison answers a reader whose program behaves otherwise on the after side:
// which default moved and how to set it back, which errors that gives and what
// helps, what changes without any error. Every finding by itself comes last.
func Comparison(c *compare.Comparison) Page {
	p := Page{Title: in(Strong, sides(c)+": "+verdict(c))}
	for _, why := range c.Partial {
		p.Add(Para{say("Partial: %s", why)})
	}
	p.Add(sections(c)...)
	return p
}

// sections are those of findings.
func sections(c *compare.Comparison) (blocks []Block) {
	answer := c.Answer()
	for _, cause := range c.Causes {
		if cause.Default != nil {
			blocks = append(blocks, defaultMoved(cause))
		}
	}
	known := remedies(c, answer)
	return slices.Concat(blocks, met(answer),
		told("Stopped working", c, answer.Broken, known),
		lost(answer.Lost),
		anotherError(c, answer, known),
		told("No error at all", c, answer.Silent, known),
		others(c, answer),
		everything(c))
}

// Matrix tells what differs in many pairs of recordings: a line for each pair, and
// what several have in common once, with the pairs that have it.
func Matrix(m *compare.Matrix) Page {
	differ := 0
	table := Table{Few: hostRows * 3}
	for _, pair := range m.Pairs {
		switch {
		case pair.Err != nil:
			table.Rows = append(table.Rows, []Text{in(Bad, pair.Name), say("cannot be compared: %s", pair.Err)})
		case pair.Differs():
			differ++
			table.Rows = append(table.Rows, []Text{in(Strong, pair.Name), say("%s", happened(pair))})
		}
	}
	if more := len(table.Rows) - table.Few; more > 0 {
		table.More = say("… %d more: --all", more)
	}
	text := fmt.Sprintf("%s compared, %d differ", count(len(m.Pairs)-len(m.Errors()), "pair of recordings", "pairs of recordings"), differ)
	if n := len(m.Errors()); n > 0 {
		text += fmt.Sprintf(", %d cannot be compared", n)
	}
	p := Page{Title: in(Strong, m.Before+" → "+m.After+": "+text)}
	for _, only := range []struct {
		side  string
		names []string
	}{{m.Before, m.OnlyBefore}, {m.After, m.OnlyAfter}} {
		if len(only.names) > 0 {
			p.Add(Para{Text{{Text: "Only in " + only.side + ": "}, enumerate(only.names, few)}})
		}
	}
	for _, why := range m.Together.Partial {
		p.Add(Para{say("Partial: %s", why)})
	}
	if len(table.Rows) > 0 {
		p.Add(Section{Title: in(Strong, "Pairs that differ"), Blocks: []Block{table}})
	}
	p.Add(sections(&m.Together)...)
	return p
}

// happened counts what happened to the trials of a pair.
func happened(p compare.Pair) string {
	var parts []string
	for _, v := range compare.Verbs {
		if n := p.Trials[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	return fmt.Sprintf("%s of %s", strings.Join(parts, ", "), count(p.Compared, "trial", "trials"))
}

// inPairs are the pairs of a matrix in which findings are; nothing for a single
// comparison.
func inPairs(findings []compare.Finding) Text {
	var pairs []string
	for _, f := range findings {
		for _, pair := range f.In {
			if !slices.Contains(pairs, pair) {
				pairs = append(pairs, pair)
			}
		}
	}
	return within(pairs)
}

// brief are names in a remark: a few of them, and how many more there are.
func brief(names []string) string {
	s := enumerate(names, few)
	return cmp.Or(s.Short, s.Text)
}

func within(pairs []string) Text {
	if len(pairs) == 0 {
		return nil
	}
	return Text{{Text: " (in "}, enumerate(pairs, few), {Text: ")"}}
}

// sides names both sides as a reader would: the runtimes or platforms that differ
// with their versions, or else the files.
func sides(c *compare.Comparison) string {
	before, after := platform(c.Before, ""), platform(c.After, "")
	one, version := only(c.Before)
	other, newer := only(c.After)
	on := ""
	if before == after && before != "" {
		on = " on " + before
	}
	switch {
	case one != "" && one == other && version == newer && before != after:
		return one + " " + version + ", " + before + " → " + platform(c.After, fact(c.Before, "os.name"))
	case one != "" && other != "" && before != after:
		return one + " " + version + " on " + before + " → " + other + " " + newer + " on " + after
	case one != "" && one == other && version != newer:
		return one + " " + version + " → " + newer + libc(c) + on
	case one != "" && other != "" && one != other:
		return one + " " + version + " → " + other + " " + newer + on
	case before != after:
		return before + " → " + platform(c.After, fact(c.Before, "os.name"))
	}
	if runtimes := versions(c); runtimes != "" {
		return strings.TrimPrefix(before+", ", ", ") + runtimes
	}
	return cmp.Or(c.Before.Name, "before") + " → " + cmp.Or(c.After.Name, "after") + on
}

// libc is the C library of a runtime, where it is another one.
func libc(c *compare.Comparison) string {
	b, a := c.Before.Launchers[0].Libc, c.After.Launchers[0].Libc
	if b == a || b == "" || a == "" {
		return ""
	}
	return ", " + b + " → " + a + ","
}

// versions are the runtimes that both sides have in different versions.
func versions(c *compare.Comparison) string {
	var found []string
	for _, b := range c.Before.Launchers {
		for _, a := range c.After.Launchers {
			text := a.Implementation + " " + b.Version + " → " + a.Version
			if a.Name == b.Name && a.Implementation != "" && a.Version != b.Version && !slices.Contains(found, text) {
				found = append(found, text)
			}
		}
	}
	return strings.Join(found, ", ")
}

// only is the runtime that all launchers of a side belong to, with its version.
func only(s compare.Side) (runtime, version string) {
	if len(s.Launchers) == 0 {
		return "", ""
	}
	first := s.Launchers[0]
	for _, l := range s.Launchers {
		if l.Runtime == "" || l.Runtime != first.Runtime {
			return "", ""
		}
	}
	return cmp.Or(first.Implementation, first.Runtime), first.Version
}

func fact(s compare.Side, name string) string {
	for _, f := range s.Host {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

var (
	// release are the first two numbers of a release.
	release = regexp.MustCompile(`^\d+(\.\d+)?`)
	// verbose is what the name of a distribution says beside its name and version.
	verbose = regexp.MustCompile(` GNU/Linux| \([^)]*\)| LTS$`)
)

// platform is what a side ran on, in a few words: the implementation of the
// system with its version, and the distribution, unless that is the one given.
func platform(s compare.Side, known string) string {
	name := cmp.Or(fact(s, "implementation"), fact(s, "os"))
	version := cmp.Or(fact(s, "implementation.version"), release.FindString(fact(s, "kernel.release")))
	text := strings.TrimSpace(name + " " + version)
	if distribution := fact(s, "os.name"); distribution != "" && distribution != known {
		text += " (" + verbose.ReplaceAllString(distribution, "") + ")"
	}
	return text
}

// verdict says how many of the trials that ran on both sides differ, and how
// many of them for one reason.
func verdict(c *compare.Comparison) string {
	differ, explained := 0, 0
	for _, f := range withVerb(c.Findings, compare.Hangs, compare.Regressed, compare.Changed, compare.Fixed) {
		differ += len(f.Launchers)
	}
	for _, cause := range c.Causes {
		if cause.Default != nil {
			for _, f := range withVerb(cause.Findings, compare.Hangs, compare.Regressed, compare.Changed, compare.Fixed) {
				explained += len(f.Launchers)
			}
		}
	}
	text := fmt.Sprintf("%d of %s differ", differ, count(c.Compared, "trial", "trials"))
	switch {
	case c.Empty():
		return count(c.Compared, "trial", "trials") + " compared, no difference"
	case len(c.Findings) == 0:
		return count(c.Compared, "trial", "trials") + " compared, no behaviour differs, though the hosts do"
	case !slices.ContainsFunc(c.Findings, func(f compare.Finding) bool { return !f.OneSided() }):
		only := 0
		for _, f := range withVerb(c.Findings, compare.Added, compare.Removed) {
			only += len(f.Launchers)
		}
		text = count(c.Compared, "trial", "trials") + " compared, none differs"
		if only > 0 {
			text += fmt.Sprintf("; %d more on one side only", only)
		}
		return text
	case explained > 0:
		return text + fmt.Sprintf(", %d of them because a default moved", explained)
	}
	return text
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

// hosts lists what differs in the hosts. What the first line says is left out.
func hosts(c *compare.Comparison) Changes {
	differences := slices.DeleteFunc(slices.Clone(c.Host), func(d compare.HostDifference) bool {
		return d.Kind == compare.OfLauncher || d.Kind == compare.OfRuntime
	})
	changes := Changes{Few: hostRows}
	isOS := func(d compare.HostDifference) bool { return d.Kind == compare.OfHost && d.Name == "os" }
	if slices.ContainsFunc(differences, isOS) {
		// Two operating systems differ in nearly everything.
		glance := func(d compare.HostDifference) bool { return slices.Contains(headline, d.Name) }
		slices.SortStableFunc(differences, func(x, y compare.HostDifference) int { return compare.FalseFirst(!glance(x), !glance(y)) })
	}
	for _, d := range differences {
		changes.Rows = append(
			changes.Rows,
			Change{say("%s", d.Name), say("%s", absent(d.Before)), say("%s", absent(d.After))},
		)
	}
	return changes
}

// defaultMoved says which default moved, and how to set it back.
func defaultMoved(c compare.Cause) Section {
	s := Section{Title: strong("%s: %s → %s", capital(strings.TrimPrefix(c.What, "the ")), absent(c.Before), absent(c.After))}
	d := c.Default
	if way := d.WayBack; way.Text != "" && way.After != compare.DoesNotWork && d.Restores(len(c.Findings)) {
		s.Blocks = append(s.Blocks, Para{Text{{Text: "Back, in one line: "}, {Text: way.Text, Tone: Strong}}})
	}
	s.Blocks = append(s.Blocks, Para{say("%s", evidence(c))})
	if pairs := within(c.In); pairs != nil {
		s.Title = append(s.Title, pairs...)
	}
	for _, r := range c.Back() {
		s.Blocks = append(s.Blocks, Para{say("Or: %s %s", r.Text, shown(r))})
	}
	for _, cite := range c.Cites[:min(1, len(c.Cites))] {
		s.Blocks = append(s.Blocks, Para{Text{{Text: cite.Link, Link: cite.Link}}})
	}
	return s
}

func capital(text string) string {
	first, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[n:]
}

// evidence says what naming the earlier value is good for, and where the line back
// was tried.
func evidence(c compare.Cause) string {
	d := c.Default
	if d.Gone {
		return fmt.Sprintf("The default now behaves like %s. There is no %s on the after side.", d.Is, d.Was)
	}
	cases := count(len(c.Findings), "case", "cases")
	if !d.Restores(len(c.Findings)) {
		return fmt.Sprintf("Naming it is no way back: with %s on the after side %d of %s are as they were.", d.Was, len(d.Kept), cases)
	}
	text := fmt.Sprintf("Seen with %s on the after side: %d of %s are as they were.", d.Was, len(d.Kept), cases)
	if d.WayBack.After == compare.Works {
		text += " The line itself was tried " + shown(d.WayBack) + "."
	}
	return text
}

// shown says where a remedy that works on the after side was seen to work.
func shown(r compare.Remedy) string {
	if r.Before == compare.Works {
		return "(works before and after)"
	}
	return "(works after)"
}

// met lists the errors that are new, each whole, with what gives it and what helps.
// Those that one behaviour alone has shown and that nothing was tried against come
// last, in one paragraph.
func met(a compare.Answer) []Block {
	var list List
	var rare []string
	for _, m := range a.Messages {
		if len(m.Findings) == 1 && m.Findings[0].Role == record.RoleNone && m.Remedies == nil && len(a.Messages) > few {
			rare = append(rare, m.Text)
			continue
		}
		var about Text
		add := func(label string, tone Tone, text string) {
			if n := len(about); n > 0 && strings.HasSuffix(about[n-1].Text, ".") {
				about = append(about, Span{Text: " "})
			} else if n > 0 {
				about = append(about, Span{Text: "; "})
			}
			about = append(about, Span{Text: label, Tone: tone}, Span{Text: text})
		}
		if len(m.Variants) > 0 {
			add("or ", Plain, strings.Join(m.Variants, ", "))
		}
		for _, d := range m.With {
			add("with it, ", Bad, d.Name+": "+flat(d.After))
		}
		if m.Findings[0].Role == record.RoleStory {
			for _, f := range a.NowTried {
				if f.Role == record.RoleStory && f.After != record.Pass {
					add("", Plain, f.Matters)
				}
			}
		}
		add("", Plain, "")
		about = append(about, topics(m.Findings, 2))
		var helps []string
		for _, r := range m.Remedies {
			helps = append(helps, r.Text)
		}
		if helps != nil {
			add("helps: ", Good, strings.Join(helps, " Or: "))
		}
		about = append(about, inPairs(m.Findings)...)
		item := Item{Text: in(Bad, m.Text), Blocks: []Block{Para{about}}}
		if length := len(plainText(about)); length <= aside {
			item = Item{Text: join(item.Text, " (", about, ")")}
		}
		list = append(list, item)
	}
	if rare != nil {
		list = append(list, Item{Text: say("Also: %s", strings.Join(rare, "; "))})
	}
	if list == nil {
		return nil
	}
	return []Block{Section{Title: Text{{Text: "What you may have met", Tone: Strong},
		{Text: " (what helps was tried on the after side)", Tone: Quiet}}, Blocks: []Block{list}}}
}

// aside is how long a remark in brackets is at most, in bytes.
const aside = 60

// plainText is a text without its tones and links.
func plainText(text Text) string {
	var b strings.Builder
	for _, s := range text {
		b.WriteString(s.Text)
	}
	return b.String()
}

// flat is a value in a sentence, so a text without its quotes.
func flat(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	return record.Text(v)
}

// remedies are those that are told with the defaults and the errors.
func remedies(c *compare.Comparison, a compare.Answer) (texts []string) {
	for _, cause := range c.Causes {
		if cause.Default != nil {
			for _, r := range cause.Default.Own {
				texts = append(texts, r.Text)
			}
		}
	}
	for _, m := range a.Messages {
		for _, r := range m.Remedies {
			texts = append(texts, r.Text)
		}
	}
	return texts
}

// topics says what findings are about, each once: their subjects, or ids; of more
// than most the others are counted.
func topics(findings []compare.Finding, most int) Span {
	var all []string
	for _, f := range findings {
		if topic := cmp.Or(f.Subject, f.ID); !slices.Contains(all, topic) {
			all = append(all, topic)
		}
	}
	return enumerate(all, most)
}

// told tells findings as sentences with what was seen before and after, those
// that follow from a default first. Findings that say the same are told once.
func told(title string, c *compare.Comparison, findings []compare.Finding, known []string) []Block {
	follows := map[string]bool{}
	for _, cause := range c.Causes {
		if cause.Default != nil {
			for _, f := range cause.Findings {
				follows[f.ID] = true
			}
		}
	}
	byID, byChange := map[string][]compare.Finding{}, map[string][]string{}
	var changes []string
	for _, f := range findings {
		byID[f.ID] = append(byID[f.ID], f)
	}
	for _, first := range []bool{true, false} {
		for _, f := range findings {
			if follows[f.ID] != first {
				continue
			}
			change := said(byID[f.ID])
			if byChange[change] == nil {
				changes = append(changes, change)
			}
			if !slices.Contains(byChange[change], f.ID) {
				byChange[change] = append(byChange[change], f.ID)
			}
		}
	}
	var entries List
	for _, change := range changes {
		ids := byChange[change]
		var of []compare.Finding
		for _, id := range ids {
			of = append(of, byID[id]...)
		}
		entries = append(entries, entry(of, moved(byID[ids[0]]), known))
	}
	if entries == nil {
		return nil
	}
	s := Section{Title: in(Strong, title), Blocks: []Block{entries[:min(listed, len(entries))]}}
	if more := len(entries) - listed; more > 0 {
		s.Blocks = append(s.Blocks, Details{Summary: say("%d more like these", more), Blocks: []Block{entries[listed:]}})
	}
	return []Block{s}
}

// entry tells findings that show the same: the sentence of one, or what several
// are about, with what was seen.
func entry(findings []compare.Finding, change Text, known []string) Item {
	f := findings[0]
	about := in(Plain, strings.TrimSuffix(cmp.Or(f.Brief, f.Sentence), "."))
	if f.Brief == "" {
		about = append(about, Span{Text: " (" + f.ID + ")", Tone: Quiet})
	}
	if slices.ContainsFunc(findings, func(o compare.Finding) bool { return o.ID != f.ID }) {
		about = Text{topics(findings, 2)}
	}
	if f.Verb == compare.Hangs || f.After.Red() {
		about = append(Text{{Text: strings.ToUpper(string(f.Verb)) + "  ", Tone: Bad}}, about...)
	}
	item := Item{Text: join(about, ": ", change)}
	if len(findings) == 1 {
		item.Text = append(item.Text, within(f.In)...)
	}
	add := func(text Text) { item.Blocks = append(item.Blocks, Para{text}) }
	var told []string
	once := func(text string) bool {
		if slices.Contains(told, text) {
			return false
		}
		told = append(told, text)
		return true
	}
	for _, f := range findings {
		if f.After.Red() {
			for _, why := range f.AfterReasons {
				if once(why) {
					add(say("%s: %s", f.After, why))
				}
			}
		}
		if f.Verb == compare.Regressed || f.Verb == compare.Hangs {
			for _, pin := range f.Known {
				if once(pin.Reason) {
					add(say("%s: %s", pin.Implementation, pin.Reason))
				}
			}
		}
	}
	for _, f := range findings {
		for _, r := range f.Remedies {
			if r.After == compare.Works && !slices.Contains(known, r.Text) && once(r.Text) {
				add(Text{{Text: "Helps: ", Tone: Good}, {Text: r.Text}})
			}
		}
	}
	return item
}

// both counts the differences of f that are values on both sides.
func both(f compare.Finding) (n int) {
	for _, d := range f.Differences {
		if !d.NoBefore && !d.NoAfter {
			n++
		}
	}
	return n
}

// said tells findings that show the same from others.
func said(findings []compare.Finding) (text string) {
	for _, f := range findings {
		for _, d := range f.Differences {
			if !d.NoBefore && !d.NoAfter {
				text += fmt.Sprintf("%q %s %s %q %q\n", d.Name, record.Text(d.Before), record.Text(d.After), f.Launchers, f.In)
			}
		}
	}
	return text
}

// plain is a value in a sentence: a text without its quotes.
func plain(value Text) Text {
	value = slices.Clone(value)
	for i := range value {
		value[i].Text, value[i].Short = unquoted(value[i].Text), unquoted(value[i].Short)
	}
	return value
}

func unquoted(text string) string {
	if len(text) > 2 && text[0] == '"' && text[len(text)-1] == '"' {
		return text[1 : len(text)-1]
	}
	return text
}

// moved are the values of findings of one behaviour that both sides have and that
// are not the same; with the launchers where those differ. What most pairs of a
// matrix have comes first.
func moved(findings []compare.Finding) (text Text) {
	findings = slices.Clone(findings)
	slices.SortStableFunc(findings, func(x, y compare.Finding) int { return cmp.Compare(len(y.In), len(x.In)) })
	for i, f := range findings {
		if i == few {
			return append(text, Span{Text: fmt.Sprintf("; and %d more", len(findings)-few)})
		}
		for _, d := range f.Differences {
			if d.NoBefore || d.NoAfter {
				continue
			}
			change := difference(d)
			if text != nil {
				text = append(text, Span{Text: "; "})
			}
			if f.Brief == "" || both(f) > 1 {
				text = append(text, join(change.Name, " ", change.Before, " → ", change.After)...)
			} else {
				text = append(text, join(plain(change.Before), " → ", plain(change.After))...)
			}
		}
		if len(findings) > 1 {
			where := strings.Join(f.Launchers, ", ")
			if len(f.In) > 0 {
				where += " in " + brief(f.In)
			}
			text = append(text, Span{Text: " (" + where + ")", Tone: Quiet})
		}
	}
	return text
}

// join puts texts and strings together.
func join(parts ...any) (text Text) {
	for _, part := range parts {
		switch part := part.(type) {
		case Text:
			text = append(text, part...)
		case Span:
			text = append(text, part)
		case string:
			text = append(text, Span{Text: part})
		}
	}
	return text
}

// lost says why what was tried before cannot be tried any more.
func lost(findings []compare.Finding) []Block {
	why := tally{}
	for _, f := range findings {
		why[strings.Join(f.AfterReasons, "; ")] += len(f.Launchers)
	}
	var list List
	for _, reason := range why.sorted() {
		list = append(list, Item{Text: say("%s: %s", count(why[reason], "trial", "trials"), reason)})
	}
	if list == nil {
		return nil
	}
	return []Block{Section{Title: in(Strong, "Cannot be started any more"), Blocks: []Block{list}}}
}

// anotherError lists what has an error on both sides, and not the same one.
func anotherError(c *compare.Comparison, a compare.Answer, known []string) []Block {
	const title = "Another error than before"
	list := reads(a)
	blocks := told(title, c, a.OtherError, known)
	switch {
	case len(list) == 0:
		return blocks
	case len(blocks) == 0:
		return []Block{Section{Title: in(Strong, title), Blocks: []Block{list}}}
	}
	s := blocks[0].(Section)
	s.Blocks = append([]Block{list}, s.Blocks...)
	return []Block{s}
}

// reads lists the errors that are there on both sides in other words. Those that a
// reader has met above are told by their classes only, which is what a program
// that catches them goes by.
func reads(a compare.Answer) (list List) {
	classes := map[string][]compare.Finding{}
	counts := tally{}
	for _, m := range a.Reworded {
		before, after := compare.Class(m.Before), compare.Class(m.Text)
		if !a.Known(m) {
			list = append(list, Item{Text: join(topics(m.Findings, 1), ": ", m.Before, " → ", m.Text)})
			continue
		}
		if before == after {
			continue
		}
		pair := before + " → " + after
		classes[pair] = append(classes[pair], m.Findings...)
		counts[pair] += len(m.Findings)
	}
	for _, pair := range counts.sorted() {
		list = append(list, Item{Text: join(pair, ": ", topics(classes[pair], 1))})
	}
	return list
}

// noted tells of the errors that have more, or less, at their end.
func noted(a compare.Answer) (list List) {
	if len(a.Noted) > 0 {
		ids := map[string]bool{}
		shortest := a.Noted[0]
		for _, m := range a.Noted {
			for _, f := range m.Findings {
				ids[f.ID] = true
			}
			if len(m.Text)+len(m.Before) < len(shortest.Text)+len(shortest.Before) {
				shortest = m
			}
		}
		end, more := strings.CutPrefix(shortest.Text, shortest.Before)
		what := "more"
		if !more {
			end, what = strings.TrimPrefix(shortest.Before, shortest.Text), "less"
		}
		first, _, _ := strings.Cut(strings.TrimPrefix(end, " / "), " / ")
		list = append(list, Item{Text: say("%s behind the same error in %s: … / %s", what,
			count(len(ids), "behaviour", "behaviours"), first)})
	}
	return list
}

// better lists what works now, the same change once.
func better(findings []compare.Finding) List {
	of := map[string][]compare.Finding{}
	var changes []Text
	for _, f := range findings {
		change := telling(f)
		key := fmt.Sprint(change)
		if of[key] == nil {
			changes = append(changes, change)
		}
		of[key] = append(of[key], f)
	}
	var list List
	for _, change := range changes[:min(few, len(changes))] {
		text := append(Text{{Text: "better: ", Tone: Good}, topics(of[fmt.Sprint(change)], 1), {Text: ": "}}, change...)
		list = append(list, Item{Text: text})
	}
	if more := len(changes) - few; more > 0 {
		list = append(list, Item{Text: say("and %s for the better", count(more, "more change", "more changes"))})
	}
	return list
}

// telling is the error that is gone, or else the first value that both sides have.
func telling(f compare.Finding) Text {
	var first Text
	for _, d := range f.Differences {
		text, ok := d.Before.(string)
		if d.NoBefore || d.NoAfter || d.Name == record.Works {
			continue
		}
		change := difference(d)
		line := join(plain(change.Before), " → ", plain(change.After))
		if ok && (text == record.Hang || strings.Contains(text, ": ")) {
			return line
		}
		if first == nil {
			first = join(change.Name, ": ", line)
		}
	}
	return first
}

// others are the defaults that moved without consequences, the features that came
// or went, what was tried on one side only, and the hosts.
func others(c *compare.Comparison, a compare.Answer) []Block {
	var list List
	for _, cause := range c.Causes {
		switch {
		case cause.Default != nil:
		case cause.Kind == compare.OfDefault:
			list = append(list, Item{Text: say("%s: %s → %s", capital(strings.TrimPrefix(cause.What, "the ")),
				absent(cause.Before), absent(cause.After))})
			list[len(list)-1].Text = append(list[len(list)-1].Text, within(cause.In)...)
		case cause.Kind == compare.OfFeature:
			list = append(list, likely(cause))
		}
	}
	list = slices.Concat(list, noted(a), better(a.Better))
	if line := oneSided(a); line != "" {
		list = append(list, Item{Text: say("%s", line)})
	}
	var blocks []Block
	if len(list) > 0 {
		blocks = append(blocks, Section{Title: in(Strong, "Besides"), Blocks: []Block{list}})
	}
	if rows := hosts(c); len(rows.Rows) > 0 {
		blocks = append(blocks, Section{Title: in(Strong, "The hosts differ"), Blocks: []Block{rows}, Folded: true})
	}
	return blocks
}

// oneSided counts what was tried on one side only, with the most frequent reason. A few
// trials more than before are no news to who asks what has changed.
func oneSided(a compare.Answer) string {
	say := func(findings []compare.Finding, what string, few int) string {
		trials, why := 0, tally{}
		for _, f := range findings {
			trials += len(f.Launchers)
			for _, r := range slices.Concat(f.BeforeReasons, f.AfterReasons) {
				why[r] += len(f.Launchers)
			}
		}
		if trials <= few {
			return ""
		}
		text := fmt.Sprintf("%d %s", trials, what)
		if reasons := why.sorted(); len(reasons) > 0 && trials > listed {
			text += " (mostly: " + reasons[0] + ")"
		}
		return text
	}
	return strings.Join(slices.DeleteFunc([]string{say(a.NowTried, "tried now", listed), say(a.Untried, "not tried any more", 0)},
		func(text string) bool { return text == "" }), "; ")
}

// everything is each finding by itself, the most urgent first. What says little
// and comes in hundreds is too much even for a medium that can fold.
func everything(c *compare.Comparison) []Block {
	if len(c.Findings) == 0 {
		return nil
	}
	var loud, hushed []Block
	for _, f := range c.Findings {
		if quiet(f) {
			hushed = append(hushed, finding(f))
		} else {
			loud = append(loud, finding(f))
		}
	}
	blocks := []Block{Details{Blocks: loud, Summary: say("%s, each with its sources and the command to try it",
		count(len(c.Findings), "finding", "findings"))}, Details{Blocks: hushed, Bulk: true}}
	if c.OneSided > 0 {
		blocks = append(blocks, Details{Blocks: []Block{Para{say("%s observed something that the other side did not; nothing else differs there.",
			count(c.OneSided, "trial", "trials"))}}})
	}
	return blocks
}

// notObserved stands for a value on the side that has none.
var notObserved = in(Quiet, "(not observed)")

func difference(d compare.Difference) Change {
	c := Change{Name: say("%s", d.Name)}
	c.Before, c.After = values(d.Before, d.After)
	if compare.Class(d.Before) != "" || compare.Class(d.After) != "" {
		// An error is what a reader searches for.
		c.Before, c.After = say("%s", record.Text(d.Before)), say("%s", record.Text(d.After))
	}
	if d.NoBefore {
		c.Before = notObserved
	}
	if d.NoAfter {
		c.After = notObserved
	}
	return c
}

// quiet reports whether findings like f come in hundreds when two kinds of host
// are compared, or a launcher is gone, and say little each.
func quiet(f compare.Finding) bool {
	return !f.After.Ran() || !f.Before.Ran() && f.Verb == compare.NewlyRun || f.Before == "" || f.After == ""
}

// finding writes one finding out.
func finding(f compare.Finding) Block {
	s := Section{Title: title(verbTone(f.Verb), string(f.Verb), record.Behaviour{ID: f.ID, Level: f.Level}),
		Blocks: []Block{Para{say("%s", strings.Join(f.Launchers, ", "))}, Para{say("%s", f.Sentence)}}}
	var about fields
	about.add("In", strings.Join(f.In, ", "))
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
