package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Run shows a recording to someone who has never seen one: what this machine
// is, how much holds, what differs and why, what could not be tried and why.
func Run(w io.Writer, r *record.Recording, o Options) error {
	p := newPrinter(o)
	p.machine(r)
	p.held(r)
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
			p.heading("%s", s.title)
			for _, g := range groups {
				p.outcome(r, g)
			}
		}
	}
	p.notTried(r.Trials, "Could not be tried here")
	p.conclusion(r)
	return p.writeTo(w)
}

// headline names the facts that say what a machine is at a glance; a recording
// may have others, or lack some.
var headline = []string{"os.name", "implementation", "implementation.version", "kernel.release", "arch", "libc", "cpus", "user", "container", "seccomp", "temp.flags"}

func (p *printer) machine(r *record.Recording) {
	p.line("%s", p.in(bold, clean(r.Tool.Name+" "+r.Tool.Version)+" on this machine"))
	var facts []record.Fact
	for _, f := range r.Host {
		if p.All || slices.Contains(headline, f.Name) {
			facts = append(facts, f)
		}
	}
	width := widest(facts, func(f record.Fact) string { return f.Name })
	for _, f := range facts {
		p.row(width, f.Name, f.Value)
	}
	if n := len(r.Host) - len(facts); n > 0 {
		p.line("  … and %s; --all lists them", count(n, "more fact", "more facts"))
	}
}

// totals counts behaviours by the worst that any of their trials showed.
type totals struct {
	tried, hold, observed, differ, skipped int
	red                                    []string // ids
	trials                                 int      // that ran
}

func total(r *record.Recording) totals {
	worst := map[string]record.Status{}
	var t totals
	for _, trial := range r.Trials {
		s, seen := worst[trial.ID]
		switch {
		case trial.Status.Ran():
			t.trials++
			if !s.Ran() || !seen || slices.Index(record.Statuses, trial.Status) > slices.Index(record.Statuses, s) {
				worst[trial.ID] = trial.Status
			}
		case !seen:
			worst[trial.ID] = trial.Status
		}
	}
	for _, b := range r.Behaviours {
		s, ok := worst[b.ID]
		switch {
		case !ok:
		case !s.Ran():
			t.skipped++
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
	t.tried = t.hold + t.observed + t.differ + len(t.red)
	return t
}

func (p *printer) held(r *record.Recording) {
	t := total(r)
	p.heading("%s tried in %s", count(t.tried, "behaviour", "behaviours"), count(t.trials, "trial", "trials"))
	line := func(n int, c colour, text string) {
		if n > 0 {
			p.line("  %s  %s", p.in(c, fmt.Sprintf("%4d", n)), text)
		}
	}
	line(t.hold, green, "hold")
	line(t.observed, green, "only observed: nobody promises anything")
	line(t.differ, yellow, "known to differ on this implementation")
	line(len(t.red), red, "red")
	line(t.skipped, dim, "not tried here")
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
		i := slices.IndexFunc(all, func(g *group) bool { return g.ID == t.ID && alike(g.Trial, t) })
		if i < 0 {
			all = append(all, &group{t, []string{t.Launcher}})
			continue
		}
		all[i].launchers = append(all[i].launchers, t.Launcher)
	}
	return all
}

// alike reports whether two trials differ in nothing that outcome shows.
func alike(a, b record.Trial) bool {
	return slices.Equal(a.Reasons, b.Reasons) &&
		slices.EqualFunc(unheld(a), unheld(b), func(x, y record.Observation) bool {
			return x.Name == y.Name && x.Want.String() == y.Want.String() && record.Equal(x.Value, y.Value)
		}) &&
		slices.EqualFunc(a.Divergences, b.Divergences, func(x, y record.Divergence) bool {
			return x.Implementation == y.Implementation && x.Observation == y.Observation && x.Stale == y.Stale && record.Equal(x.Value, y.Value)
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
func (p *printer) outcome(r *record.Recording, g *group) {
	var b record.Behaviour
	if i := slices.IndexFunc(r.Behaviours, func(b record.Behaviour) bool { return b.ID == g.ID }); i >= 0 {
		b = r.Behaviours[i]
	}
	p.line("\n%s  %s  %s", p.in(statusColour(g.Status), strings.ToUpper(string(g.Status))), p.in(bold, clean(g.ID)), p.in(dim, clean(string(b.Level))))
	p.wrap("  ", strings.Join(g.launchers, ", "))
	p.wrap("  ", b.Sentence)
	for _, o := range unheld(g.Trial) {
		p.observation(o)
	}
	p.fields("Because", g.Reasons)
	for _, d := range g.Divergences {
		p.divergence(d)
	}
	if g.Status == record.Diverges {
		return
	}
	p.field("Matters", b.Matters)
	p.remedies(b.Remedies)
	p.cites(b.Cites)
	p.again(compare.Finding{ID: g.ID, Launchers: g.launchers})
}

// observation shows what was seen, and what should have been.
func (p *printer) observation(o record.Observation) {
	p.hang("    "+clean(o.Name)+": ", 6, p.value(o.Value))
	if o.Held != nil && !*o.Held && o.Want.Matcher != "" {
		p.wrap("      want ", o.Want.String())
	}
}

func (p *printer) divergence(d record.Divergence) {
	text := fmt.Sprintf("%s gives %s for %s: %s", d.Implementation, p.value(d.Value), d.Observation, d.Reason)
	if d.Stale {
		text = "no longer seen: " + text
	}
	p.field("Known", text)
	p.field("", d.Link)
}

// notTried lists why trials did not run, the most frequent reason first.
func (p *printer) notTried(trials []record.Trial, title string) {
	reasons, n := tally{}, 0
	keys := map[string][]string{}
	for _, t := range trials {
		if t.Status.Ran() {
			continue
		}
		n++
		why := t.Reasons
		if len(why) == 0 {
			why = []string{string(t.Status)}
		}
		for _, reason := range why {
			reasons[reason]++
			keys[reason] = append(keys[reason], t.Key())
		}
	}
	if n == 0 {
		return
	}
	p.heading("%s: %s", title, count(n, "trial", "trials"))
	for _, reason := range reasons.sorted() {
		p.wrap(fmt.Sprintf("  %4d  ", reasons[reason]), reason)
		if p.All {
			for _, key := range keys[reason] {
				p.line("          %s", p.in(dim, clean(key)))
			}
		}
	}
}

// conclusion is the last line: what most readers look for first.
func (p *printer) conclusion(r *record.Recording) {
	t := total(r)
	p.line("")
	if !r.Complete {
		p.wrap("", "The run was cut short: this is only what it had until then.")
	}
	switch {
	case len(t.red) > 0:
		p.line("%s", p.in(red, fmt.Sprintf("%s red:", count(len(t.red), "behaviour is", "behaviours are"))))
		p.wrap("  ", strings.Join(t.red, ", "))
	case t.tried == 0:
		p.line("%s", p.in(yellow, "Nothing was tried."))
	default:
		parts := []string{fmt.Sprintf("%d hold", t.hold)}
		if t.observed > 0 {
			parts = append(parts, fmt.Sprintf("%d were only observed", t.observed))
		}
		if t.differ > 0 {
			parts = append(parts, fmt.Sprintf("%d differ as known", t.differ))
		}
		p.line("%s", p.in(green, fmt.Sprintf("Nothing is red: of %s tried here, %s.", count(t.tried, "behaviour", "behaviours"), strings.Join(parts, ", "))))
	}
}
