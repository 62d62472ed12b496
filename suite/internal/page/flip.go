package page

import (
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/answers"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// FlipSide is one of two neighbours between which an answer changed.
type FlipSide struct {
	Name   string
	Answer answers.Answer
}

// Flip says between which two versions or commits the answer of a behaviour on a
// launcher changed, and which ones between them could not be asked. Last is the answer
// of the last version that was asked about: there may be changes after this one.
func Flip(b record.Behaviour, launcher string, before, after FlipSide, passed []string, last answers.Answer) Page {
	p := Page{Title: strong("%s with %s changed between %s and %s", b.ID, launcher, before.Name, after.Name)}
	p.Add(Para{say("%s", b.Sentence)})
	rows := Changes{}
	if before.Answer.Kind != after.Answer.Kind {
		rows.Rows = append(rows.Rows, Change{say("answer"), in(answerTone(before.Answer.Kind), string(before.Answer.Kind)),
			in(answerTone(after.Answer.Kind), string(after.Answer.Kind))})
	}
	old, new := map[string]any{}, map[string]any{}
	for _, o := range before.Answer.Values {
		old[o.Name] = o.Value
	}
	for _, o := range after.Answer.Values {
		new[o.Name] = o.Value
	}
	for _, name := range before.Answer.Differing(after.Answer) {
		if name == record.Works && len(rows.Rows) > 0 {
			continue // that is the answer
		}
		a, b := values(old[name], new[name])
		if _, seen := old[name]; !seen {
			a = in(Quiet, "(not observed)")
		}
		if _, seen := new[name]; !seen {
			b = in(Quiet, "(not observed)")
		}
		rows.Rows = append(rows.Rows, Change{say("%s", name), a, b})
	}
	p.Add(rows)
	if !after.Answer.Equal(last) {
		p.Add(Para{in(Quiet, "It is not the only change up to there: spawnspec history "+b.ID+" --launcher "+launcher+".")})
	}
	switch {
	case len(passed) > 0:
		p.Add(Para{in(Quiet, "Between them, and not asked: "+strings.Join(passed, ", ")+".")})
	case !answers.Adjacent(before.Name, after.Name) && strings.Contains(before.Name, "."):
		p.Add(Para{in(Quiet, "What lies between them was not tried: give it with --try VERSION=PATH.")})
	}
	return p
}
