package compare

import (
	"fmt"
	"slices"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Matrix compares many pairs of recordings, and tells what several pairs have in
// common once. It keeps no recording: what it takes grows with what differs. The zero
// value is an empty matrix.
type Matrix struct {
	Before, After string // what the pairs are of, for a title; the caller's to give
	Pairs         []Pair // in the order in which they were added
	// OnlyBefore and OnlyAfter are what has no counterpart; the caller's to give.
	OnlyBefore, OnlyAfter []string
	// Together are the causes and findings of all pairs, each once and with the pairs
	// in which it is. Its hosts are those of no pair.
	Together Comparison

	causes, findings map[string]int
}

// Pair is one comparison of a matrix.
type Pair struct {
	Name     string
	Err      error // why it could not be compared; nil if it was
	Compared int
	Trials   map[Verb]int // that something happened to
}

// Add adds a comparison, or why there is none. Pairs are told in the order in which
// they were added, and findings in that of [Verbs].
func (m *Matrix) Add(name string, c *Comparison, err error) {
	p := Pair{Name: name, Err: err, Trials: map[Verb]int{}}
	if err == nil {
		p.Compared = c.Compared
		for _, f := range c.Findings {
			p.Trials[f.Verb] += len(f.Launchers)
			m.finding(f, name)
		}
		for _, cause := range c.Causes {
			m.cause(cause, name)
		}
		m.Together.Compared += c.Compared
		m.Together.OneSided += c.OneSided
		for _, why := range c.Partial {
			m.Together.Partial = append(m.Together.Partial, name+": "+why)
		}
	}
	m.Pairs = append(m.Pairs, p)
}

func (m *Matrix) finding(f Finding, pair string) {
	if m.findings == nil {
		m.findings = map[string]int{}
	}
	key := fmt.Sprintf("%s %s %q %s %s %q", f.Verb, f.ID, f.Launchers, f.Before, f.After, f.AfterReasons)
	for _, d := range f.Differences {
		key += fmt.Sprintf(" %q %s %s %t %t", d.Name, record.Text(d.Before), record.Text(d.After), d.NoBefore, d.NoAfter)
	}
	i, known := m.findings[key]
	if !known {
		i = len(m.Together.Findings)
		m.findings[key] = i
		m.Together.Findings = append(m.Together.Findings, f)
	}
	first := &m.Together.Findings[i]
	first.In = append(first.In, pair)
}

// cause adds a cause. What follows from one that several pairs have is told as the
// first of them has it.
func (m *Matrix) cause(c Cause, pair string) {
	if m.causes == nil {
		m.causes = map[string]int{}
	}
	key := fmt.Sprintf("%s %q %q %q", c.Kind, c.What, c.Before, c.After)
	i, known := m.causes[key]
	if !known {
		i = len(m.Together.Causes)
		m.causes[key] = i
		m.Together.Causes = append(m.Together.Causes, c)
	}
	first := &m.Together.Causes[i]
	first.In = append(first.In, pair)
}

// Sorted puts the findings in the order of [Verbs]; it is called when all pairs were
// added.
func (m *Matrix) Sorted() *Matrix {
	slices.SortStableFunc(m.Together.Findings, byUrgency)
	m.findings = nil // the places are others now
	return m
}

// Differs reports whether something happened to a trial of p that both sides have.
func (p Pair) Differs() bool {
	for verb := range p.Trials {
		if !(Finding{Verb: verb}).OneSided() {
			return true
		}
	}
	return false
}

// Errors are the pairs that could not be compared.
func (m *Matrix) Errors() []Pair { return filter(m.Pairs, func(p Pair) bool { return p.Err != nil }) }

// Failing reports whether one of the pairs should make a command fail.
func (m *Matrix) Failing(on FailOn) bool { return m.Together.Failing(on) }
