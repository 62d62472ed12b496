package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// A recording is JSON Lines: the [Head], then a line for each behaviour, then
// one for each trial, then the end. A run that was killed leaves the same
// without the end. line is every line but the first; one of its fields is set.
type line struct {
	Behaviour *Behaviour `json:"behaviour,omitempty"`
	Trial     *Trial     `json:"trial,omitempty"`
	End       *end       `json:"end,omitempty"`
}

// end is the last line. A recording without it was cut short.
type end struct {
	Trials int `json:"trials"` // how many there are
}

// Writer writes a recording as it is made. Each trial is one Write call, so
// that a run that is killed leaves every trial it had finished, and a line is
// never interleaved with another writer's of the same file. A Writer is for one
// goroutine at a time.
type Writer struct {
	w      io.Writer
	known  *known
	trials int
	err    error
}

// NewWriter starts a recording by writing its head and behaviours with one call.
// Trials and Complete of r are not looked at.
func NewWriter(w io.Writer, r *Recording) (*Writer, error) {
	c := r.canonicalHead()
	known, err := checkHead(c)
	if err != nil {
		return nil, err
	}
	text, err := encode(c.Head)
	for _, b := range c.Behaviours {
		next, failed := encode(line{Behaviour: &b})
		text, err = append(text, next...), errors.Join(err, failed)
	}
	if err == nil {
		_, err = w.Write(text)
	}
	return &Writer{w: w, known: known, err: err}, err
}

// Trial adds one trial. It refuses a trial that [Read] would refuse; the
// recording stays good. After an error of the writer every call returns it.
func (w *Writer) Trial(t Trial) error {
	if w.err != nil {
		return w.err
	}
	t, err := t.canonical()
	if err == nil {
		err = w.known.check(t)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", t.Key(), err)
	}
	w.trials++
	return w.line(line{Trial: &t})
}

// End says that the run came to its end. Nothing can be added after it. It
// does not close the writer.
func (w *Writer) End() error {
	if w.err != nil {
		return w.err
	}
	err := w.line(line{End: &end{w.trials}})
	if err == nil {
		w.err = errors.New("the recording has ended")
	}
	return err
}

func (w *Writer) line(l line) error {
	text, err := encode(l)
	if err == nil {
		_, err = w.w.Write(text)
	}
	w.err = err
	return err
}

// Write writes r in the canonical order: behaviours by id, trials by key, so
// that two recordings of one machine differ in the lines that differ. Objects
// are by key, lines end with LF, an empty list is never null, and observed
// values are in the canonical form of [Normalise]. It refuses a recording that
// [Read] would refuse. It does not change r.
func (r *Recording) Write(w io.Writer) error {
	whole, err := r.canonical(func(i int, err error) error {
		if i < 0 {
			return err
		}
		return fmt.Errorf("trial %d (%s): %w", i, r.Trials[i].Key(), err)
	})
	if err != nil {
		return err
	}
	var text bytes.Buffer
	out, err := NewWriter(&text, whole)
	if err != nil {
		return err
	}
	for _, t := range whole.Trials {
		if err := out.Trial(t); err != nil {
			return err
		}
	}
	if whole.Complete {
		if err := out.End(); err != nil {
			return err
		}
	}
	_, err = w.Write(text.Bytes())
	return err
}
