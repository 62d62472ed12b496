package record

import (
	"errors"
	"fmt"
	"io"
)

// Stream writes a recording as it is made, so that a killed run leaves every
// trial it had finished: JSON Lines, first the head (a recording without
// trials), then one trial a line in the order they end, last {"end":true} with
// the number of trials. Each line is one Write call, so that a line is never
// interleaved with another writer's of the same file. [Read] reads a stream
// back. A Stream is for one goroutine at a time.
type Stream struct {
	w      io.Writer
	known  *known
	trials int
	err    error
}

// head is the first line of a stream: a Recording without what is not known yet.
type head struct {
	Format     int         `json:"format"`
	Tool       Tool        `json:"tool"`
	Host       []Fact      `json:"host"`
	Features   []Feature   `json:"features"`
	Config     Config      `json:"config"`
	Launchers  []Launcher  `json:"launchers"`
	Behaviours []Behaviour `json:"behaviours"`
}

// end is the last line of a stream. A stream without it was cut short.
type end struct {
	End    bool `json:"end"`
	Trials int  `json:"trials"`
}

// NewStream starts a stream by writing its head. Trials and Complete of h are
// not looked at.
func NewStream(w io.Writer, h Recording) (*Stream, error) {
	r := h.settledHead()
	known, err := checkHead(r)
	if err != nil {
		return nil, err
	}
	s := &Stream{w: w, known: known}
	return s, s.line(head{r.Format, r.Tool, r.Host, r.Features, r.Config, r.Launchers, r.Behaviours})
}

// Trial adds one trial. It refuses a trial that [Read] would refuse; the
// stream stays good. After an error of the writer every call returns it.
func (s *Stream) Trial(t Trial) error {
	if s.err != nil {
		return s.err
	}
	t, err := t.settled()
	if err == nil {
		err = s.known.check(t)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", t.Key(), err)
	}
	s.trials++
	return s.line(t)
}

// End says that the run came to its end. Nothing can be added after it. It
// does not close the writer.
func (s *Stream) End() error {
	if s.err != nil {
		return s.err
	}
	err := s.line(end{true, s.trials})
	if err == nil {
		s.err = errors.New("the stream has ended")
	}
	return err
}

func (s *Stream) line(v any) error {
	text, err := encode(v, "")
	if err == nil {
		_, err = s.w.Write(text)
	}
	s.err = err
	return err
}
