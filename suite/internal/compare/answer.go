package compare

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Answer has the findings of a comparison in the order in which a reader asks for
// them: by the error in the reader's hand, then what changes without any error.
// Each finding is in one place at most. A default that moved is in none, since it is
// a cause; nor is what else changes of a behaviour that has a new error.
type Answer struct {
	Messages []Message // errors that are new on the after side
	Reworded []Message // errors that read differently now
	Noted    []Message // errors that only have more at their end
	Broken   []Finding // red, or it hangs, or it breaks a promise that was kept
	// OtherError have an error on both sides, and not the same one.
	OtherError []Finding
	Silent     []Finding // other values that are not the same
	Better     []Finding
	Lost       []Finding // tried before; now the launcher cannot be used
	// NowTried and Untried were tried on one side only.
	NowTried, Untried []Finding
}

// Known reports whether the text of m stands in one of the messages, with its
// particulars or others.
func (a Answer) Known(m Message) bool {
	return slices.ContainsFunc(a.Messages, func(o Message) bool { return general(o.Text) == general(m.Text) })
}

// Class is the class of the error in a value; "" when there is none.
func Class(v any) string {
	class, _, _ := strings.Cut(message(v), ":")
	return class
}

// Message is an error as it is printed, and the findings in which it is.
type Message struct {
	Before string // what it was, if it was an error
	Text   string // one that was seen, whole
	// Variants are what stands in other ones in the place of a name, path or number
	// of this one; whole texts when this one has not exactly one such place.
	Variants []string
	// With are other errors that the same trials have printed, after this one.
	With     []Difference
	Findings []Finding
	// Remedies are those that were seen to work on the after side for one of the
	// findings, without those of a default that moved, each once.
	Remedies []Remedy
}

// Answer sorts what was found.
func (c *Comparison) Answer() Answer {
	var a Answer
	fresh, reworded, noted := groups{}, groups{}, groups{}
	met := map[string]bool{} // ids with a new error: the reader knows
	for _, f := range c.Findings {
		if errors, _ := f.errors(); f.worse() && !f.After.Red() && len(errors.fresh) > 0 {
			met[f.ID] = true
		}
	}
	for _, f := range c.Findings {
		errors, gone := f.errors()
		switch {
		case f.Role == record.RoleDefault:
		case f.Verb == NewlyRun, f.Verb == Added:
			a.NowTried = append(a.NowTried, f)
		case f.Verb == NewlySkipped, f.Verb == Removed:
			a.Untried = append(a.Untried, f)
		case f.Verb == Fixed:
			a.Better = append(a.Better, f)
		case f.Verb == Regressed && !f.After.Ran():
			a.Lost = append(a.Lost, f)
		case f.After.Red():
			a.Broken = append(a.Broken, f)
		case len(errors.fresh) > 0:
			fresh.add(f, errors.fresh[0], errors.fresh[1:])
		case f.Verb != Hangs && f.anotherError():
			a.OtherError = append(a.OtherError, f)
		case f.Verb == Hangs, f.Verb == Regressed:
			a.Broken = append(a.Broken, f)
		case len(errors.reworded) > 0:
			reworded.add(f, errors.reworded[0], errors.reworded[1:])
		case met[f.ID]:
		case errors.others:
			a.Silent = append(a.Silent, f)
		case gone:
			a.Better = append(a.Better, f)
		case len(errors.noted) > 0:
			noted.add(f, errors.noted[0], nil)
		}
	}
	a.Messages, a.Reworded, a.Noted = once(fresh.messages(c)), reworded.messages(c), noted.messages(c)
	return a
}

// once leaves out what has been told with an earlier message: an error that comes
// with others comes with many.
func once(messages []Message) (kept []Message) {
	told := map[string]bool{}
	for _, m := range messages {
		if told[general(m.Text)] {
			continue
		}
		var with []Difference
		for _, d := range m.With {
			if !told[general(message(d.After))] {
				with = append(with, d)
			}
		}
		for _, d := range with {
			told[general(message(d.After))] = true
		}
		m.With = with
		kept = append(kept, m)
	}
	return kept
}

// worse reports whether f can bring a new error.
func (f Finding) worse() bool { return f.Verb == Hangs || f.Verb == Regressed || f.Verb == Changed }

// changed are the errors of a finding, by what happened to them.
type changed struct {
	fresh, reworded, noted []Difference
	others                 bool // another value is not the same
}

// errors sorts the differences of f; gone says that an error is none any more.
func (f Finding) errors() (c changed, gone bool) {
	for _, d := range f.Differences {
		before, after := message(d.Before), message(d.After)
		switch {
		case d.NoAfter, d.NoBefore && f.Verb != Regressed:
		case after == "" && before == "":
			c.others = c.others || !d.NoBefore
		case after == "":
			gone = true
		case before == "":
			c.fresh = append(c.fresh, d)
		case head(before) == head(after):
			c.noted = append(c.noted, d)
		default:
			c.reworded = append(c.reworded, d)
		}
	}
	return c, gone
}

// anotherError reports whether all that differs in f are errors, and one of them is an
// error on both sides that no message has the class of.
func (f Finding) anotherError() bool {
	both := false
	for _, d := range f.Differences {
		if d.NoBefore || d.NoAfter {
			continue
		}
		before, after := failure(d.Name, d.Before), failure(d.Name, d.After)
		if !before && !after {
			return false
		}
		if message(d.Before) != "" && message(d.After) != "" {
			return false // it reads differently, which is told by its text
		}
		both = both || before && after
	}
	return both
}

// errorCode is an error by its name in C or on Windows.
var errorCode = regexp.MustCompile(`^(?:E[A-Z0-9]{2,}|ERROR_[A-Z0-9_]+)(?: \(\d+\))?(?: or .*)?$`)

// failure reports whether a value is an error: by its form, or because the name of the
// observation says that it is one and it is not "none".
func failure(name string, v any) bool {
	text, _ := v.(string)
	if text == "" || text == "none" || text == record.Hang {
		return false
	}
	of := slices.ContainsFunc(strings.Fields(name), func(word string) bool { return word == "error" || word == "errno" })
	return of || errorCode.MatchString(text) || message(v) != ""
}

// anError finds the class of an error, which begins a text or follows on a colon:
// "TypeError: …", "unusable: OSError: …", "MemoryError".
var anError = regexp.MustCompile(
	`(?:^|: )((?:\w+\.)*(?:[A-Z]\w*)?(?:Error|Exception|Warning|Interrupt|Exit)(?: \[\w+\])?(?::|$))`)

// message is the error in a value, as a program prints it; "" when it has none.
func message(v any) string {
	text, _ := v.(string)
	if at := anError.FindStringSubmatchIndex(text); at != nil {
		return text[at[2]:]
	}
	return ""
}

// head is an error without the notes behind it.
func head(message string) string {
	text, _, _ := strings.Cut(message, " / ")
	return text
}

// particular is what differs between errors that are the same to a reader: what
// stands in quotes or brackets, numbers and paths. An apostrophe is no quote.
var particular = regexp.MustCompile(`<.*>|\B'[^']*'|"[^"]*"|(?:[A-Za-z]:)?[/\\][^\s:'"]+|\d+`)

// general is an error without its particulars.
func general(message string) string { return particular.ReplaceAllString(head(message), "…") }

// groups are messages in the making, by what they have in common.
type groups map[string]*group

type group struct {
	findings []Finding
	texts    []Difference // one for each finding
	with     []Difference
}

func (g groups) add(f Finding, d Difference, with []Difference) {
	key := general(message(d.Before)) + "\x00" + general(message(d.After))
	if g[key] == nil {
		g[key] = &group{}
	}
	g[key].findings = append(g[key].findings, f)
	g[key].texts = append(g[key].texts, d)
	for _, other := range with {
		like := func(d Difference) bool { return d.After == other.After }
		if general(message(other.After)) != general(message(d.After)) && !slices.ContainsFunc(g[key].with, like) {
			g[key].with = append(g[key].with, other)
		}
	}
}

// messages are the groups, what happened to people first.
func (g groups) messages(c *Comparison) []Message {
	all := slices.Collect(maps.Values(g))
	slices.SortFunc(all, func(x, y *group) int {
		return cmp.Or(cmp.Compare(y.weight(), x.weight()), cmp.Compare(len(y.findings), len(x.findings)),
			cmp.Compare(message(x.texts[0].After), message(y.texts[0].After)))
	})
	var found []Message
	for _, group := range all {
		found = append(found, group.message(c))
	}
	return found
}

// weight is how many people are known to have met one of the findings; a story
// counts more than all that was taken apart to explain it.
func (g *group) weight() (n int) {
	for _, f := range g.findings {
		if f.Role == record.RoleStory {
			n += 1000
		}
		n += len(f.Seen)
	}
	return n
}

func (g *group) message(c *Comparison) Message {
	shown := 0
	for i, d := range g.texts {
		story := g.findings[i].Role == record.RoleStory
		was, shorter := g.findings[shown].Role == record.RoleStory, len(message(d.After)) < len(message(g.texts[shown].After))
		if story && !was || story == was && shorter {
			shown = i
		}
	}
	m := Message{Before: message(g.texts[shown].Before), Text: message(g.texts[shown].After), With: g.with, Findings: g.findings}
	slices.SortStableFunc(m.Findings, func(x, y Finding) int {
		return cmp.Or(FalseFirst(x.Role != record.RoleStory, y.Role != record.RoleStory), cmp.Compare(len(y.Seen), len(x.Seen)))
	})
	places := len(particular.FindAllString(head(m.Text), -1))
	for _, d := range g.texts {
		other := head(message(d.After))
		if parts := particular.FindAllString(other, -1); places == 1 && len(parts) == 1 {
			// What stands in angle brackets is how one object is printed.
			if parts[0] != particular.FindString(head(m.Text)) && parts[0][0] != '<' && !slices.Contains(m.Variants, parts[0]) {
				m.Variants = append(m.Variants, parts[0])
			}
		} else if other != head(m.Text) && places != 1 && !slices.Contains(m.Variants, other) {
			m.Variants = append(m.Variants, other)
		}
	}
	for _, f := range m.Findings {
		for _, r := range f.Remedies {
			same := func(o Remedy) bool { return o.Text == r.Text && o.ProvedBy == r.ProvedBy }
			if r.After == Works && !slices.ContainsFunc(m.Remedies, same) && !slices.ContainsFunc(c.own(), same) {
				m.Remedies = append(m.Remedies, r)
			}
		}
	}
	return m
}

// own are the remedies of the defaults that moved: they are told once.
func (c *Comparison) own() (all []Remedy) {
	for _, cause := range c.Causes {
		if cause.Default != nil {
			all = append(all, cause.Default.Own...)
		}
	}
	return all
}

// FalseFirst orders false before true, as cmp.Compare orders what has an order.
func FalseFirst(x, y bool) int {
	switch {
	case x == y:
		return 0
	case y:
		return -1
	}
	return 1
}
