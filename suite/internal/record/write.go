package record

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// Write writes r as indented JSON: fields in the order of the types, objects
// by key, behaviours by id, trials by key, lines ended by LF, an empty list
// never null. Observed values are written in the canonical form of [Normalise].
// It refuses a recording that [Read] would refuse. It does not change r.
func (r *Recording) Write(w io.Writer) error {
	whole, err := r.settle(func(i int, err error) error {
		if i < 0 {
			return err
		}
		return fmt.Errorf("trial %d (%s): %w", i, r.Trials[i].Key(), err)
	})
	if err != nil {
		return err
	}
	text, err := encode(whole, "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// WriteFile writes r to path so that a reader sees the old file or the whole
// new one: a temporary file beside it takes its place at the end. A path that
// is not a regular file, such as /dev/stdout or a named pipe, is written to
// directly.
func WriteFile(path string, r *Recording) (err error) {
	var text bytes.Buffer
	if err := r.Write(&text); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return os.WriteFile(path, text.Bytes(), 0o666)
	default:
		// Renaming onto a symbolic link would replace the link, not the file.
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
	}
	// os.CreateTemp makes files only their owner can read; a recording is
	// made to be passed on, so the umask decides.
	temp := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%x.tmp", filepath.Base(path), rand.Uint64()))
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(text.Bytes())
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return nil
}

// encode is json.Marshal without HTML escapes, which no reader of a recording
// wants to see, and with a final newline.
func encode(v any, indent string) ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	err := e.Encode(v)
	return text.Bytes(), err
}

// settle returns a checked copy of r in canonical form. wrap gives an error
// about trial i its place; i is -1 for an error about anything else.
func (r *Recording) settle(wrap func(i int, err error) error) (*Recording, error) {
	s := r.settledHead()
	known, err := checkHead(s)
	if err != nil {
		return nil, wrap(-1, err)
	}
	s.Trials = make([]Trial, len(r.Trials))
	for i, t := range r.Trials {
		s.Trials[i], err = t.settled()
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

// settledHead returns a copy of all of r but its trials in canonical form.
func (r *Recording) settledHead() *Recording {
	s := *r
	s.Format = Format
	s.Host = slices.Clone(list(r.Host))
	for i := range s.Host {
		s.Host[i].Value = Escape(s.Host[i].Value)
	}
	s.Features = slices.Clone(list(r.Features))
	for i := range s.Features {
		s.Features[i].Detail = Escape(s.Features[i].Detail)
	}
	s.Config.Only = list(r.Config.Only)
	s.Launchers = slices.Clone(list(r.Launchers))
	for i := range s.Launchers {
		s.Launchers[i].Version = Escape(s.Launchers[i].Version)
		s.Launchers[i].Note = Escape(s.Launchers[i].Note)
	}
	s.Behaviours = slices.Clone(list(r.Behaviours))
	for i := range s.Behaviours {
		b := &s.Behaviours[i]
		b.Cites, b.Remedies, b.Seen, b.Was = list(b.Cites), none(b.Remedies), none(b.Seen), none(b.Was)
	}
	slices.SortStableFunc(s.Behaviours, func(a, b Behaviour) int { return cmp.Compare(a.ID, b.ID) })
	s.Trials = nil
	return &s
}

// settled returns a copy of t in canonical form.
func (t Trial) settled() (Trial, error) {
	t.Reasons = slices.Clone(none(t.Reasons))
	for i, reason := range t.Reasons {
		t.Reasons[i] = Escape(reason)
	}
	t.Observations = slices.Clone(none(t.Observations))
	for i := range t.Observations {
		o := &t.Observations[i]
		value, err := Normalise(o.Value)
		if err != nil {
			return t, fmt.Errorf("observation %q: %w", o.Name, err)
		}
		o.Value, o.Want = value, Escape(o.Want)
	}
	t.Divergences = slices.Clone(none(t.Divergences))
	for i := range t.Divergences {
		d := &t.Divergences[i]
		value, err := Normalise(d.Value)
		if err != nil {
			return t, fmt.Errorf("divergence of %q: %w", d.Observation, err)
		}
		d.Value = value
	}
	t.Measurements = none(t.Measurements)
	return t, nil
}

// list makes a nil slice an empty one, so that JSON says [].
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// none makes an empty slice nil: JSON leaves both out, memory shall agree.
func none[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}
