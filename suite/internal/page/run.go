package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// headline names the facts that say what a machine is at a glance; a recording
// may have others, or lack some.
var headline = []string{"os.name", "implementation", "implementation.version", "kernel.release", "arch", "libc", "cpus",
	"user", "container", "seccomp", "temp.flags"}

// closeUp is how many trials of a selection are shown with all that they saw.
const closeUp = 10

// Run tells someone who has never seen a recording what this machine is, how
// much holds, what differs and why, what could not be tried and why.
func Run(r *record.Recording) Page {
	p := Page{Title: in(Strong, r.Tool.Name+" "+r.Tool.Version+" on this machine")}
	if len(r.Config.Only) == 0 {
		p.Add(machine(r)...)
	} else {
		// Who picks a few trials knows the machine.
		facts := count(len(r.Host), "fact about this machine", "facts about this machine")
		p.Add(Details{Summary: say("%s", facts), Blocks: machine(r)})
	}
	t := total(r)
	p.Add(t.section())
	for _, s := range []struct {
		status record.Status
		title  string
	}{
		{record.Diverges, "Known differences of this implementation"},
		{record.Stale, "No longer differs: the pinned divergence has to be removed"},
		{record.Fail, "Does not hold"},
		{record.Broken, "The harness itself went wrong"},
	} {
		if groups := grouped(r.Trials, s.status); len(groups) > 0 {
			section := Section{Title: in(Strong, s.title)}
			for _, g := range groups {
				section.Blocks = append(section.Blocks, outcome(r, g))
			}
			p.Add(section)
		}
	}
	if len(r.Config.Only) > 0 && t.trials <= closeUp {
		p.Add(seen(r)...)
	}
	p.Add(notTried(r, "Could not be tried here")...)
	p.Add(t.conclusion(r)...)
	return p
}

func machine(r *record.Recording) []Block {
	row := func(f record.Fact) []Text { return []Text{say("%s", f.Name), say("%s", f.Value)} }
	var glance, others Table
	for _, f := range r.Host {
		if slices.Contains(headline, f.Name) {
			glance.Rows = append(glance.Rows, row(f))
		} else {
			others.Rows = append(others.Rows, row(f))
		}
	}
	blocks := []Block{glance}
	if n := len(others.Rows); n > 0 {
		blocks = append(blocks, Details{Summary: say("%s", count(n, "more fact", "more facts")), Blocks: []Block{others}})
	}
	return blocks
}

// totals counts behaviours by the worst that any of their trials showed. They
// add up: hold, observed, differ and red are those that were tried; with those
// that cannot be tried here and those that are not part of the run, all known.
type totals struct {
	hold, observed, differ, untried, absent int
	red                                     []string // ids
	trials                                  int      // that ran
}

func (t totals) tried() int { return t.hold + t.observed + t.differ + len(t.red) }

// worst is the worst status of each behaviour that has a trial.
func worst(r *record.Recording) map[string]record.Status {
	all := map[string]record.Status{}
	for _, trial := range r.Trials {
		s, seen := all[trial.ID]
		worse := slices.Index(record.Statuses, trial.Status) > slices.Index(record.Statuses, s)
		ran := trial.Status.Ran()
		if !seen || ran && !s.Ran() || worse && ran == s.Ran() {
			all[trial.ID] = trial.Status
		}
	}
	return all
}

func total(r *record.Recording) totals {
	var t totals
	for _, trial := range r.Trials {
		if trial.Status.Ran() {
			t.trials++
		}
	}
	statuses := worst(r)
	for _, b := range r.Behaviours {
		s, ok := statuses[b.ID]
		switch {
		case !ok:
			t.absent++
		case !s.Ran():
			t.untried++
		case s.Red():
			t.red = append(t.red, b.ID)
		case s == record.Diverges:
			t.differ++
		case b.Level == record.Observed:
			t.observed++
		default:
			t.hold++
		}
	}
	return t
}

func (t totals) section() Section {
	var rows [][]Text
	row := func(n int, tone Tone, what string) {
		if n > 0 {
			rows = append(rows, []Text{in(tone, fmt.Sprintf("%4d", n)), say("%s", what)})
		}
	}
	_, holds, _ := strings.Cut(count(t.hold, "holds", "hold"), " ")
	row(t.hold, Good, holds)
	row(t.observed, Good, "observed only (unspecified behaviour)")
	row(t.differ, Notice, "known to differ on this implementation")
	row(len(t.red), Bad, "red")
	row(t.untried, Quiet, "cannot be tried here")
	row(t.absent, Quiet, "not part of this run")
	return Section{Title: strong("%s, %d tried here in %s",
		count(t.tried()+t.untried+t.absent, "behaviour", "behaviours"), t.tried(), count(t.trials, "trial", "trials")),
		Blocks: []Block{Table{Rows: rows}}}
}

// group is one behaviour that showed the same on several launchers.
type group struct {
	record.Trial
	launchers []string
}

// grouped collects the trials with a status, so that a reader is told once what
// several launchers have in common.
func grouped(trials []record.Trial, status record.Status) []*group {
	var all []*group
	for _, t := range trials {
		if t.Status != status {
			continue
		}
		i := slices.IndexFunc(all, func(g *group) bool { return g.ID == t.ID && sameOutcome(g.Trial, t) })
		if i < 0 {
			all = append(all, &group{t, []string{t.Launcher}})
			continue
		}
		all[i].launchers = append(all[i].launchers, t.Launcher)
	}
	return all
}

// sameOutcome reports whether two trials differ in nothing that outcome shows.
func sameOutcome(a, b record.Trial) bool {
	return slices.Equal(a.Reasons, b.Reasons) &&
		slices.EqualFunc(unheld(a), unheld(b), func(x, y record.Observation) bool {
			return x.Name == y.Name && x.Want.String() == y.Want.String() && record.Equal(x.Value, y.Value)
		}) &&
		slices.EqualFunc(a.Divergences, b.Divergences, func(x, y record.Divergence) bool {
			return x.Implementation == y.Implementation && x.Observation == y.Observation && x.Stale == y.Stale &&
				record.Equal(x.Value, y.Value)
		})
}

// unheld lists the observations whose check did not hold.
func unheld(t record.Trial) []record.Observation {
	var all []record.Observation
	for _, o := range t.Observations {
		if o.Held != nil && !*o.Held {
			all = append(all, o)
		}
	}
	return all
}

// outcome shows a trial that did not simply pass.
func outcome(r *record.Recording, g *group) Section {
	b := r.Behaviour(g.ID)
	s := Section{Title: title(statusTone(g.Status), string(g.Status), b), Blocks: []Block{
		Para{say("%s", strings.Join(g.launchers, ", "))}, Para{say("%s", b.Sentence)}}}
	s.Blocks = append(s.Blocks, what(g.Trial, unheld(g.Trial))...)
	if g.Status == record.Diverges {
		return s
	}
	launchers := map[string]record.Launcher{}
	for _, l := range r.Launchers {
		launchers[l.Name] = l
	}
	var f fields
	f.add("Matters", b.Matters)
	for _, remedy := range b.Remedies {
		f.add("Remedy", remedyText(remedy))
		f.add("Proof", remedy.ProvedBy)
	}
	f.cites(b.Cites)
	s.Blocks = append(s.Blocks, Fields(f), again(compare.Finding{ID: g.ID, Launchers: g.launchers, Interpreters: launchers}))
	return s
}

// title is the title of what happened to a behaviour.
func title(tone Tone, happened string, b record.Behaviour) Text {
	return Text{{Text: strings.ToUpper(happened), Tone: tone},
		{Text: "  "}, {Text: b.ID, Tone: Strong}, {Text: "  "}, {Text: string(b.Level), Tone: Quiet}}
}

// again is the command that tries just these trials again.
func again(f compare.Finding) Block { return Command(f.Rerun()) }

// what shows observations of a trial, and why it ended as it did.
func what(t record.Trial, observations []record.Observation) []Block {
	var blocks []Block
	var list Values
	for _, o := range observations {
		v := Value{Name: say("%s", o.Name), Value: Text{value(o.Value)}}
		if o.Held != nil && !*o.Held && o.Want.Matcher != "" {
			v.Want = say("%s", o.Want)
		}
		list = append(list, v)
	}
	if len(list) > 0 {
		blocks = append(blocks, list)
	}
	var f fields
	f.add("Because", t.Reasons...)
	for _, d := range t.Divergences {
		f.texts("Known", known(d)...)
	}
	if len(f) > 0 {
		blocks = append(blocks, Fields(f))
	}
	return blocks
}

// known says what is known to differ, and where to read about it.
func known(d record.Divergence) []Text {
	prefix := ""
	if d.Stale {
		prefix = "no longer seen: "
	}
	return []Text{{{Text: fmt.Sprintf("%s%s gives ", prefix, d.Implementation)}, value(d.Value),
		{Text: fmt.Sprintf(" for %s: %s", d.Observation, d.Reason)}}, {{Text: d.Link, Link: d.Link}}}
}

// Trial shows one trial for a report that has a place for each: what did not
// hold, and why.
func Trial(b record.Behaviour, t record.Trial) Page {
	p := Page{Title: say("%s", b.Sentence)}
	p.Add(what(t, unheld(t))...)
	return p
}

// seen shows all that a few trials observed, for a reader who picked them.
func seen(r *record.Recording) []Block {
	section := Section{Title: in(Strong, "What was seen")}
	for _, t := range r.Trials {
		if t.Status.Ran() {
			item := trialItem(t.Key(), r.Behaviour(t.ID), t)
			if !t.Status.Red() && t.Status != record.Diverges {
				section.Blocks = append(section.Blocks, List{item})
			}
		}
	}
	if len(section.Blocks) == 0 {
		return nil
	}
	return []Block{section}
}

// trialItem shows a trial with everything that it observed.
func trialItem(name string, b record.Behaviour, t record.Trial) Item {
	label, tone := ended(b, t)
	return Item{
		Text:   Text{{Text: name, Tone: Strong}, {Text: "  "}, {Text: label, Tone: tone}},
		Blocks: what(t, t.Observations),
	}
}

// ended is a status in words. Of unspecified behaviour a pass says only that it
// was observed; whether it works is what a reader wants to know.
func ended(b record.Behaviour, t record.Trial) (string, Tone) {
	if t.Status != record.Pass || b.Level != record.Observed {
		return string(t.Status), statusTone(t.Status)
	}
	for _, o := range t.Observations {
		if o.Name == record.Works && o.Value == false {
			return "observed: does not work", Notice
		}
	}
	return "observed", News
}

// notTried lists why behaviours were not tried at all, the most frequent reason
// first, each behaviour once. The trials of other behaviours that did not run
// are details.
func notTried(r *record.Recording, heading string) []Block {
	statuses := worst(r)
	runtimes := map[string]string{}
	for _, l := range r.Launchers {
		runtimes[l.Name] = l.Runtime
	}
	whole, parts := newReasons(), newReasons()
	n, m := 0, 0
	counted := map[string]bool{}
	for _, t := range r.Trials {
		why := strings.Join(t.Reasons, "; ")
		if why == "" {
			why = string(t.Status)
		}
		// Each runtime has a hundred small reasons why it has no such value.
		brief := why
		runtime := runtimes[t.Launcher]
		if runtime != "" && t.Status == record.NotApplicable && statuses[t.ID] == record.NotApplicable {
			brief = "does not apply to " + runtime
		}
		switch {
		case t.Status.Ran():
		case statuses[t.ID].Ran():
			m++
			parts.add(why, why, t.Key())
		case !counted[t.ID] && t.Status == statuses[t.ID]: // what is unmet says more than what does not apply
			counted[t.ID] = true
			n++
			whole.add(brief, why, t.ID)
		}
	}
	var blocks []Block
	if n > 0 {
		blocks = append(
			blocks,
			Section{Title: strong("%s: %s", heading, count(n, "behaviour", "behaviours")), Blocks: whole.blocks()},
		)
	}
	if m > 0 {
		blocks = append(
			blocks,
			Details{Summary: say("%s of other behaviours that did not run", count(m, "trial", "trials")), Blocks: []Block{
				Section{Title: in(Strong, "Trials of other behaviours that did not run"), Blocks: parts.blocks()}}},
		)
	}
	return blocks
}

// reasons are what did not run, by why: counted in few words, listed in full.
type reasons struct {
	brief tally
	full  map[string][]string
}

func newReasons() reasons { return reasons{tally{}, map[string][]string{}} }

func (r reasons) add(brief, why, name string) {
	r.brief[brief]++
	r.full[why] = append(r.full[why], name)
}

func (r reasons) blocks() []Block {
	table := Table{Few: few}
	rest := 0
	for i, why := range r.brief.sorted() {
		table.Rows = append(table.Rows, []Text{say("%4d", r.brief[why]), say("%s", why)})
		if i >= few {
			rest += r.brief[why]
		}
	}
	if others := len(table.Rows) - few; others > 0 {
		table.More = say("%4d  for %s", rest, count(others, "other reason", "other reasons"))
	}
	var listed List
	counts := tally{}
	for why, names := range r.full {
		counts[why] = len(names)
	}
	for _, why := range counts.sorted() {
		listed = append(
			listed,
			Item{say("%4d  %s", counts[why], why), []Block{List{Item{Text: in(Quiet, strings.Join(r.full[why], ", "))}}}},
		)
	}
	return []Block{Details{Brief: []Block{table}, Blocks: []Block{listed}, Bulk: true}}
}

// conclusion is the last line: what most readers look for first.
func (t totals) conclusion(r *record.Recording) []Block {
	var blocks []Block
	if !r.Complete {
		blocks = append(blocks, Para{say("The run was cut short: this is only what it had until then.")})
	}
	switch {
	case len(t.red) > 0:
		blocks = append(
			blocks,
			Para{in(Bad, count(len(t.red), "behaviour is", "behaviours are")+" red: "+strings.Join(t.red, ", "))},
		)
	case t.tried() == 0:
		blocks = append(blocks, Para{in(Notice, "Nothing was tried.")})
	default:
		parts := []string{count(t.tried(), "behaviour", "behaviours") + " tried"}
		if t.hold > 0 {
			parts = append(parts, count(t.hold, "holds", "hold"))
		}
		if t.observed > 0 {
			parts = append(parts, fmt.Sprintf("%d observed", t.observed))
		}
		if t.differ > 0 {
			parts = append(parts, count(t.differ, "known difference", "known differences"))
		}
		blocks = append(blocks, Para{in(Good, "OK: "+strings.Join(parts, ", ")+".")})
	}
	return blocks
}
