package report

import (
	"io"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Behaviour explains one behaviour and shows what trials of it saw; trials may
// be empty, and those of other behaviours are left out.
func Behaviour(w io.Writer, b record.Behaviour, trials []record.Trial, o Options) error {
	p := newPrinter(o)
	p.line("%s  %s", p.in(bold, clean(b.ID)), p.in(dim, clean(string(b.Level))))
	p.wrap("  ", b.Sentence)
	p.line("")
	p.field("Level", levelText(b.Level))
	p.field("Matters", b.Matters)
	p.remedies(b.Remedies)
	p.cites(b.Cites)
	p.field("Seen", strings.Join(b.Seen, ", "))
	p.field("Earlier", strings.Join(b.Was, ", "))
	for _, t := range trials {
		if t.ID != b.ID {
			continue
		}
		p.line("\n%s  %s", clean(t.Launcher), p.in(statusColour(t.Status), string(t.Status)))
		for _, o := range t.Observations {
			p.observation(o)
		}
		p.fields("Because", t.Reasons)
		for _, d := range t.Divergences {
			p.divergence(d)
		}
	}
	return p.writeTo(w)
}

// remedies writes what can be done, and what shows that it works.
func (p *printer) remedies(remedies []record.Remedy) {
	for _, r := range remedies {
		p.field("Remedy", r.Text)
		p.field("Proof", r.ProvedBy)
	}
}

// levelText says what a level means.
func levelText(level record.Level) string {
	switch level {
	case "must":
		return "must: a standard or the vendor's documentation promises it"
	case "should":
		return "should: this suite's own contract for a good way to start processes"
	case "observed":
		return "observed: nobody promises it; recorded and compared, never failed"
	}
	return string(level)
}

// List shows what would run here and why the rest would not. A trial that
// would run has the status pass or none.
func List(w io.Writer, r *record.Recording, o Options) error {
	p := newPrinter(o)
	launchers := map[string][]string{}
	trials := 0
	for _, t := range r.Trials {
		if t.Status.Ran() {
			launchers[t.ID] = append(launchers[t.ID], t.Launcher)
			trials++
		}
	}
	p.line("%s", p.in(bold, count(len(launchers), "behaviour", "behaviours")+" would run here in "+count(trials, "trial", "trials")))
	byArea := map[string][]record.Behaviour{}
	var areas []string
	for _, b := range r.Behaviours {
		if launchers[b.ID] == nil {
			continue
		}
		if byArea[b.Area] == nil {
			areas = append(areas, b.Area)
		}
		byArea[b.Area] = append(byArea[b.Area], b)
	}
	slices.Sort(areas)
	for _, area := range areas {
		p.heading("%s", clean(area))
		width := widest(byArea[area], func(b record.Behaviour) string { return b.ID })
		for _, b := range byArea[area] {
			p.row(width, b.ID, pad(string(b.Level), len("observed"))+"  "+strings.Join(launchers[b.ID], ", "))
			if p.All {
				p.wrap("    ", b.Sentence)
			}
		}
	}
	p.notTried(r.Trials, "Would not run here")
	return p.writeTo(w)
}
