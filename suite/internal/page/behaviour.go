package page

import (
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/answers"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Scope says what a behaviour is about and what it is tried with.
type Scope struct {
	Systems   []string // none means every system
	Launchers []string
	Needs     []string // features
	Known     []record.Divergence
	Declared  string // its place in the source, as FILE:LINE
}

// Source is a recording with the name that it goes by.
type Source struct {
	Name      string
	Recording *record.Recording
}

// Recorded is what published recordings have of a behaviour.
type Recorded struct {
	Columns []answers.Column
	// Proofs are what they have of the behaviours that show remedies of it to work.
	Proofs map[string][]answers.Column
}

// Behaviour explains one behaviour, and shows what the published recordings have of it
// and what each source saw of it, by this or an earlier id.
func Behaviour(b record.Behaviour, scope Scope, recorded Recorded, sources []Source) Page {
	p := Page{Title: Text{{Text: b.ID, Tone: Strong}, {Text: "  "}, {Text: string(b.Level), Tone: Quiet}}}
	var f fields
	f.add("Level", levelText(b.Level))
	if len(scope.Systems) == 0 {
		f.add("Systems", "all")
	} else {
		f.add("Systems", strings.Join(scope.Systems, ", "))
	}
	f.add("Tried on", strings.Join(scope.Launchers, ", "))
	f.add("Needs", strings.Join(scope.Needs, ", "))
	f.add("Role", roleText(b))
	f.add("Matters", b.Matters)
	for _, r := range b.Remedies {
		f.add("Remedy", remedyText(r))
		if r.ProvedBy != "" {
			f.add("Proof", r.ProvedBy+": "+provedOn(recorded.Proofs[r.ProvedBy]))
		}
	}
	for _, d := range scope.Known {
		f.texts("Known", known(d)...)
	}
	f.cites(b.Cites)
	f.add("Seen", strings.Join(b.Seen, ", "))
	f.add("Earlier", strings.Join(b.Was, ", "))
	f.add("Declared", scope.Declared)
	p.Add(Para{say("%s", b.Sentence)}, Fields(f))
	p.Add(recordedAnswers(scope, recorded.Columns)...)
	for _, source := range sources {
		section := Section{Title: in(Strong, source.Name)}
		lacks := "has no trial of it"
		if !source.Recording.Complete {
			section.Title = append(section.Title, Span{Text: " (cut short)", Tone: Notice})
			lacks += ": the run was cut short before one"
		}
		for _, t := range source.Recording.Trials {
			if t.ID == b.ID || slices.Contains(b.Was, t.ID) {
				section.Blocks = append(section.Blocks, List{trialItem(t.Launcher, b, t)})
			}
		}
		if len(section.Blocks) == 0 {
			section.Blocks = []Block{Para{in(Quiet, lacks)}}
		}
		p.Add(section)
	}
	return p
}

// remedyText is what to do, and who should if it is not for everyone.
func remedyText(r record.Remedy) string {
	if len(r.For) == 0 {
		return r.Text
	}
	return "(" + strings.Join(r.For, ", ") + ") " + r.Text
}

// levelText says what a level means.
func levelText(level record.Level) string {
	switch level {
	case record.Must:
		return "must: a standard or the vendor's documentation promises it"
	case record.Should:
		return "should: this suite's contract for a good way to start processes"
	case record.Observed:
		return "observed: unspecified; recorded and compared, never failed"
	}
	return string(level)
}

func roleText(b record.Behaviour) string {
	switch b.Role {
	case record.RoleDefault:
		return "observes the default " + b.Subject + "; a change of it explains others"
	case record.RoleStory:
		return "a whole program, as its users write it"
	case record.RoleRemedy:
		return "tries what remedies of other behaviours advise"
	}
	return ""
}

// Listed is a behaviour with where it would run, or why it would not.
type Listed struct {
	record.Behaviour
	Launchers []string // on which it would run
	Why       string   // it would not run on any
	Not       []NotOn  // where else it would not, and why
}

// NotOn is why a behaviour would not run on some launchers.
type NotOn struct {
	Why       string
	Launchers []string
}

// Behaviours lists what would run here, with its sentences, and why the rest would
// not. Of a selection (narrow) each one is shown either way. The launchers are for a
// reader who asks for them, or for all.
func Behaviours(all []Listed, narrow, launchers bool) Page {
	trials := 0
	var run, not []Listed
	areas := map[string][]Listed{}
	var chapters []string
	for _, l := range all {
		if len(l.Launchers) == 0 {
			not = append(not, l)
		} else {
			run = append(run, l)
			trials += len(l.Launchers)
		}
		if len(l.Launchers) > 0 || narrow {
			if areas[l.Area] == nil {
				chapters = append(chapters, l.Area)
			}
			areas[l.Area] = append(areas[l.Area], l)
		}
	}
	p := Page{
		Title: strong(
			"%s, %d would run here in %s",
			count(len(all), "behaviour", "behaviours"),
			len(run),
			count(trials, "trial", "trials"),
		),
	}
	slices.Sort(chapters)
	for _, area := range chapters {
		p.Add(Section{Title: in(Strong, area), Blocks: listing(areas[area], launchers)})
	}
	if len(not) == 0 || narrow {
		return p
	}
	counts, byReason := tally{}, map[string][]Listed{}
	for _, l := range not {
		counts[l.Why]++
		byReason[l.Why] = append(byReason[l.Why], l)
	}
	brief := Table{}
	var written []Block
	for _, reason := range counts.sorted() {
		brief.Rows = append(brief.Rows, []Text{say("%4d", counts[reason]), say("%s", reason)})
		written = append(written, Section{Title: say("%s", reason), Blocks: listing(byReason[reason], launchers)})
	}
	p.Add(Section{Title: strong("Would not run here: %s", count(len(not), "behaviour", "behaviours")),
		Blocks: []Block{Details{Summary: say("Each of them"), Brief: []Block{brief}, Blocks: written}}})
	return p
}

// listing shows behaviours with their sentences, and with the launchers if those are
// asked for.
func listing(all []Listed, launchers bool) []Block {
	var brief, written List
	for _, l := range all {
		id, sentence, where := in(Strong, l.ID), Para{say("%s", l.Sentence)}, strings.Join(l.Launchers, ", ")
		short := Item{id, []Block{sentence}}
		if where == "" {
			where = l.Why
			short.Blocks = append(short.Blocks, Para{in(Quiet, where)})
		}
		brief = append(brief, short)
		whole := Item{id, []Block{sentence, Para{in(Quiet, string(l.Level)+", "+where)}}}
		for _, not := range l.Not {
			whole.Blocks = append(whole.Blocks, Para{in(Quiet, "not on "+strings.Join(not.Launchers, ", ")+": "+not.Why)})
		}
		written = append(written, whole)
	}
	if launchers {
		return []Block{written}
	}
	return []Block{Details{Brief: []Block{brief}, Blocks: []Block{written}}}
}
