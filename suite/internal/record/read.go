package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// maxSize bounds a recording, so that a wrong file cannot take all memory.
// A recording of every behaviour on every launcher is a few MiB.
const maxSize = 256 << 20

// ReadFile reads the recording or the stream in the file path. See [Read].
func ReadFile(path string) (*Recording, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(path, f)
}

// Read reads a recording as [Recording.Write] writes it, or a [Stream], which
// it knows by its first line. The result is in canonical form; name stands for
// the source in errors.
//
// It is strict: what it does not know it refuses, with one line that names the
// source, the place (line:column) and what to do. The one thing it forgives is
// a last line of a stream that was cut by the end of the run. Complete is
// false for a stream without its end line.
func Read(name string, r io.Reader) (*Recording, error) { return read(name, r, maxSize) }

func read(name string, r io.Reader, limit int64) (*Recording, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s := source{name, data}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: larger than %d MiB, so not a recording: give a file made by spawnspec run --record", name, limit>>20)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, fmt.Errorf("%s: the file is empty: record again", name)
	}
	if line, _, _ := bytes.Cut(data, []byte("\n")); isHead(line) {
		return s.stream()
	}
	return s.document()
}

// isHead tells the first line of a stream from that of a recording.
func isHead(line []byte) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(line, &fields) != nil {
		return false
	}
	_, format := fields["format"]
	_, trials := fields["trials"]
	return format && !trials
}

// source is a named text that knows its lines.
type source struct {
	name string
	data []byte
}

// at makes an error about the byte at offset.
func (s source) at(offset int, format string, args ...any) error {
	before := s.data[:min(offset, len(s.data))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[1+bytes.LastIndexByte(before, '\n'):])
	return fmt.Errorf("%s:%d:%d: %w", s.name, line, column, fmt.Errorf(format, args...))
}

// syntax checks that the bytes from start to end are one JSON value in UTF-8.
func (s source) syntax(start, end int) error {
	data := s.data[start:end]
	var raw json.RawMessage
	err := json.Unmarshal(data, &raw)
	var bad *json.SyntaxError
	if errors.As(err, &bad) {
		if int(bad.Offset) >= len(data) && strings.HasPrefix(bad.Error(), "unexpected end") {
			return s.at(end, "the recording is cut short: record again, or read the stream of that run")
		}
		// Offset counts the bytes read, the bad one included.
		return s.at(start+max(int(bad.Offset)-1, 0), "damaged JSON (%v): restore the file or record again", bad)
	}
	if err != nil {
		return s.at(start, "damaged JSON (%v): restore the file or record again", err)
	}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return s.at(start+i, "invalid UTF-8 (byte 0x%02x): restore the file or record again", data[i])
		}
		i += n
	}
	return nil
}

// format checks the version before anything else is looked at, since only the
// version can be relied on in a recording from the future.
func (s source) format(object []byte) error {
	var fields map[string]json.RawMessage
	var version int
	const foreign = "not a recording: give a file made by spawnspec run --record"
	if json.Unmarshal(object, &fields) != nil {
		return s.at(0, "%s", foreign)
	}
	if raw, ok := fields["format"]; !ok || json.Unmarshal(raw, &version) != nil || version < 1 {
		return s.at(0, "%s", foreign)
	}
	if version > Format {
		return s.at(0, "made by a newer spawnspec (format %d; this one reads up to %d): update spawnspec", version, Format)
	}
	return nil
}

// document reads a recording.
func (s source) document() (*Recording, error) {
	if err := s.syntax(0, len(s.data)); err != nil {
		return nil, err
	}
	if err := s.format(s.data); err != nil {
		return nil, err
	}
	// The syntax is good from here on, so Token cannot fail.
	d := json.NewDecoder(bytes.NewReader(s.data))
	_, _ = d.Token()
	var r Recording
	var behaviours []anyBehaviour
	var trials []placed
	seen := map[string]bool{}
	for d.More() {
		token, _ := d.Token()
		field := token.(string)
		start := s.skip(d.InputOffset())
		if seen[field] {
			return nil, s.at(start, "%q is given twice: restore the file or record again", field)
		}
		seen[field] = true
		var err error
		switch field {
		case "format":
			err = s.value(d, field, &r.Format)
		case "tool":
			err = s.value(d, field, &r.Tool)
		case "complete":
			err = s.value(d, field, &r.Complete)
		case "host":
			err = s.value(d, field, &r.Host)
		case "features":
			err = s.value(d, field, &r.Features)
		case "config":
			err = s.value(d, field, &r.Config)
		case "launchers":
			err = s.value(d, field, &r.Launchers)
		case "behaviours":
			err = s.value(d, field, &behaviours)
		case "trials":
			trials, err = s.trials(d)
		default:
			err = s.at(start, "unknown field %q: restore the file or record again", field)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, field := range []string{"tool", "complete", "host", "features", "config", "launchers", "behaviours", "trials"} {
		if !seen[field] {
			return nil, s.at(0, "%q is missing: restore the file or record again", field)
		}
	}
	return s.finish(&r, behaviours, trials)
}

// placed is a trial and where it stands in its source.
type placed struct {
	Trial
	offset int
}

// trials reads the list of trials one by one, so that each has its place.
func (s source) trials(d *json.Decoder) ([]placed, error) {
	start := s.skip(d.InputOffset())
	if token, _ := d.Token(); token != json.Delim('[') {
		return nil, s.at(start, "trials: not a list: restore the file or record again")
	}
	var trials []placed
	for d.More() {
		t := placed{offset: s.skip(d.InputOffset())}
		if err := s.value(d, fmt.Sprintf("trial %d", len(trials)), &t.Trial); err != nil {
			return nil, err
		}
		trials = append(trials, t)
	}
	_, _ = d.Token()
	return trials, nil
}

// skip returns the offset of the next value or key.
func (s source) skip(offset int64) int {
	rest := bytes.TrimLeft(s.data[offset:], " \t\r\n,:")
	return len(s.data) - len(rest)
}

// value decodes the next value of d.
func (s source) value(d *json.Decoder, what string, v any) error {
	start := s.skip(d.InputOffset())
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return s.at(start, "%s: %v", what, err)
	}
	return s.strict(start, start+len(raw), what, v)
}

// strict decodes the bytes from start to end, refusing fields it does not know.
func (s source) strict(start, end int, what string, v any) error {
	data := s.data[start:end]
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if t, ok := v.(*Trial); ok && t.ID != "" && t.Launcher != "" {
		what += " (" + t.Key() + ")"
	}
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		// Its Offset is that of the end of the value.
		where := what
		if mistyped.Field != "" {
			where += ": " + mistyped.Field
		}
		return s.at(start, "%s: %s is not what belongs here: restore the file or record again", where, mistyped.Value)
	}
	if err != nil {
		text := err.Error()
		if field, ok := strings.CutPrefix(text, "json: unknown field "); ok {
			start += max(bytes.Index(data, []byte(field)), 0)
			text = "unknown field " + field
		}
		return s.at(start, "%s: %s: restore the file or record again", what, text)
	}
	return nil
}

// anyBehaviour is a Behaviour of any format.
type anyBehaviour struct {
	Behaviour
	Remedy *string `json:"remedy"` // of format 1, as is Proves
	Proves *string `json:"proves"`
}

// upgrade brings b, read from a recording of the given format, into this one.
func (b anyBehaviour) upgrade(format int) (Behaviour, error) {
	const unknown = "behaviour %s: unknown field %q"
	switch {
	case format > 1 && b.Remedy != nil:
		return b.Behaviour, fmt.Errorf(unknown, b.ID, "remedy")
	case format > 1 && b.Proves != nil:
		return b.Behaviour, fmt.Errorf(unknown, b.ID, "proves")
	case format == 1 && b.Remedies != nil:
		return b.Behaviour, fmt.Errorf(unknown, b.ID, "remedies")
	case b.Remedy != nil:
		b.Remedies = []Remedy{{Text: *b.Remedy}}
		if b.Proves != nil {
			b.Remedies[0].ProvedBy = *b.Proves
		}
	}
	return b.Behaviour, nil
}

// finish checks what was read and brings it into canonical form.
func (s source) finish(r *Recording, behaviours []anyBehaviour, trials []placed) (*Recording, error) {
	for _, read := range behaviours {
		b, err := read.upgrade(r.Format)
		if err != nil {
			return nil, s.at(0, "%w: restore the file or record again", err)
		}
		r.Behaviours = append(r.Behaviours, b)
	}
	for _, t := range trials {
		r.Trials = append(r.Trials, t.Trial)
	}
	return r.settle(func(i int, err error) error {
		if i < 0 {
			return s.at(0, "%w: restore the file or record again", err)
		}
		return s.at(trials[i].offset, "trial %d (%s): %w: restore the file or record again", i, trials[i].Key(), err)
	})
}

// stream reads the lines a Stream wrote.
func (s source) stream() (*Recording, error) {
	var r *Recording
	var behaviours []anyBehaviour
	var trials []placed
	for start := 0; start < len(s.data); {
		stop := len(s.data)
		whole := false
		if i := bytes.IndexByte(s.data[start:], '\n'); i >= 0 {
			stop, whole = start+i, true
		}
		err := s.syntax(start, stop)
		switch {
		case err != nil && !whole && r != nil:
			// The run was killed while it wrote its last line.
		case err != nil:
			return nil, err
		case r == nil:
			if err := s.format(s.data[start:stop]); err != nil {
				return nil, err
			}
			var h struct {
				head
				Behaviours []anyBehaviour `json:"behaviours"`
			}
			if err := s.strict(start, stop, "head of the stream", &h); err != nil {
				return nil, err
			}
			r = &Recording{Format: h.Format, Tool: h.Tool, Host: h.Host, Features: h.Features,
				Config: h.Config, Launchers: h.Launchers}
			behaviours = h.Behaviours
		case r.Complete:
			return nil, s.at(start, "the stream goes on after its end: restore the file or record again")
		case isEnd(s.data[start:stop]):
			var last end
			if err := s.strict(start, stop, "end of the stream", &last); err != nil {
				return nil, err
			}
			if last.Trials != len(trials) {
				return nil, s.at(start, "the stream has %d trials, its end says %d: record again", len(trials), last.Trials)
			}
			r.Complete = true
		default:
			t := placed{offset: start}
			if err := s.strict(start, stop, fmt.Sprintf("trial %d", len(trials)), &t.Trial); err != nil {
				return nil, err
			}
			trials = append(trials, t)
		}
		start = stop + 1
	}
	return s.finish(r, behaviours, trials)
}

func isEnd(line []byte) bool {
	var fields map[string]json.RawMessage
	return json.Unmarshal(line, &fields) == nil && fields["end"] != nil
}
