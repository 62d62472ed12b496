package record

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// encode is json.Marshal without HTML escapes, which no reader of a recording
// wants to see, and with a final newline.
func encode(v any) ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return text.Bytes(), err
}

// canonical returns a checked copy of r in canonical form. wrap gives an error
// about trial i its place; i is -1 for an error about anything else.
func (r *Recording) canonical(wrap func(i int, err error) error) (*Recording, error) {
	s := r.canonicalHead()
	known, err := checkHead(s)
	if err != nil {
		return nil, wrap(-1, err)
	}
	s.Trials = make([]Trial, len(r.Trials))
	for i, t := range r.Trials {
		s.Trials[i], err = t.canonical()
		if err == nil {
			err = known.check(s.Trials[i])
		}
		if err != nil {
			return nil, wrap(i, err)
		}
	}
	slices.SortFunc(s.Trials, func(a, b Trial) int { return cmp.Compare(a.Key(), b.Key()) })
	return s, nil
}

// canonicalHead returns a copy of all of r but its trials in canonical form.
func (r *Recording) canonicalHead() *Recording {
	s := *r
	s.Format = Format
	s.Host = slices.Clone(emptyIfNil(r.Host))
	for i := range s.Host {
		s.Host[i].Value = Escape(s.Host[i].Value)
	}
	s.Features = slices.Clone(emptyIfNil(r.Features))
	for i := range s.Features {
		s.Features[i].Detail = Escape(s.Features[i].Detail)
	}
	s.Config.Only = emptyIfNil(r.Config.Only)
	s.Launchers = slices.Clone(emptyIfNil(r.Launchers))
	for i := range s.Launchers {
		l := &s.Launchers[i]
		for _, text := range []*string{&l.Version, &l.Implementation, &l.Libc, &l.Build, &l.Path, &l.Note} {
			*text = Escape(*text)
		}
	}
	s.Behaviours = slices.Clone(emptyIfNil(r.Behaviours))
	for i := range s.Behaviours {
		b := &s.Behaviours[i]
		b.Cites, b.Remedies = emptyIfNil(b.Cites), slices.Clone(nilIfEmpty(b.Remedies))
		b.Seen, b.Was = nilIfEmpty(b.Seen), nilIfEmpty(b.Was)
		for i := range b.Remedies {
			b.Remedies[i].For = nilIfEmpty(b.Remedies[i].For)
		}
	}
	slices.SortStableFunc(s.Behaviours, func(a, b Behaviour) int { return cmp.Compare(a.ID, b.ID) })
	s.Trials = nil
	return &s
}

// canonical returns a copy of t in canonical form.
func (t Trial) canonical() (Trial, error) {
	t.Reasons = slices.Clone(nilIfEmpty(t.Reasons))
	for i, reason := range t.Reasons {
		t.Reasons[i] = Escape(reason)
	}
	t.Observations = slices.Clone(nilIfEmpty(t.Observations))
	for i := range t.Observations {
		o := &t.Observations[i]
		value, err := Normalise(o.Value)
		if err != nil {
			return t, fmt.Errorf("observation %q: %w", o.Name, err)
		}
		want, err := Normalise(o.Want.Value)
		if err != nil {
			return t, fmt.Errorf("want of observation %q: %w", o.Name, err)
		}
		o.Value, o.Want = value, Want{Escape(o.Want.Matcher), want}
	}
	t.Divergences = slices.Clone(nilIfEmpty(t.Divergences))
	for i := range t.Divergences {
		d := &t.Divergences[i]
		value, err := Normalise(d.Value)
		if err != nil {
			return t, fmt.Errorf("divergence of %q: %w", d.Observation, err)
		}
		d.Value = value
	}
	t.Measurements = nilIfEmpty(t.Measurements)
	return t, nil
}

// emptyIfNil makes a nil slice an empty one, so that JSON says [].
func emptyIfNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// nilIfEmpty makes an empty slice nil: JSON leaves both out, memory shall agree.
func nilIfEmpty[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}
