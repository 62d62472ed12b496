package record

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxSize bounds a recording, so that a wrong file cannot take all memory.
// A recording of every behaviour on every launcher is a few MiB.
const maxSize = 256 << 20

// ReadFile reads the recording in the file path. See [Read].
func ReadFile(path string) (*Recording, error) { return (*Reader)(nil).ReadFile(path) }

// Read reads a recording of this format or an earlier one. The result is in
// this format and in canonical form; name stands for the source in errors.
//
// It is strict: what it does not know it refuses, with one line that names the
// source, the place (line:column) and what to do. The one thing it forgives is
// a last line that was cut by the end of the run. Complete is false for a
// recording without its end line. A byte order mark and UTF-16, which the
// redirection of PowerShell writes, are understood.
func Read(name string, r io.Reader) (*Recording, error) { return read(name, r, maxSize, nil) }

// again is the way out of most errors.
const again = "restore the file or record again"

func read(name string, r io.Reader, limit int64, known *Reader) (*Recording, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf(
			"%s: larger than %d MiB, so not a recording: give a file made by spawnspec run --record",
			name,
			limit>>20,
		)
	}
	rd := &reader{source: source{name, DecodeText(data)}, known: known}
	if mark := len(data) - len(rd.data); len(rd.data) == 0 && mark > 0 {
		if len(data) == 3 && data[0] != 0xef {
			return nil, fmt.Errorf("%s: UTF-16 that ends within a character (1 byte after its byte order mark): %s", name, again)
		}
		return nil, fmt.Errorf("%s: nothing but a byte order mark: %s", name, again)
	}
	if len(data) > 0 && len(bytes.Trim(data, "\x00")) == 0 {
		return nil, fmt.Errorf("%s: %d NUL bytes and nothing else, as a file has after a power cut: record again", name, len(data))
	}
	if len(bytes.TrimSpace(rd.data)) == 0 {
		return nil, fmt.Errorf("%s: the file is empty: record again", name)
	}
	if err := rd.read(); err != nil {
		return nil, err
	}
	return rd.recording.canonical(func(i int, err error) error {
		if i < 0 {
			return rd.at(0, "%w: %s", err, again)
		}
		return rd.at(rd.offsets[i], "trial %d (%s): %w: %s", i, rd.recording.Trials[i].Key(), err, again)
	})
}

// DecodeText takes away a byte order mark, and makes UTF-8 of UTF-16 that
// begins with one.
func DecodeText(data []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return data[3:]
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		return data
	}
	units := make([]uint16, len(data)/2-1)
	for i := range units {
		units[i] = order.Uint16(data[2+2*i:])
	}
	return []byte(string(utf16.Decode(units)))
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

// syntax checks that the bytes from start to end are one JSON value in UTF-8,
// in which no object has a key twice.
func (s source) syntax(start, end int) error {
	data := s.data[start:end]
	var raw json.RawMessage
	err := json.Unmarshal(data, &raw)
	var bad *json.SyntaxError
	if errors.As(err, &bad) {
		if int(bad.Offset) >= len(data) && strings.HasPrefix(bad.Error(), "unexpected end") {
			return s.at(end, "the recording is cut short: record again")
		}
		// Offset counts the bytes read, the bad one included.
		return s.at(start+max(int(bad.Offset)-1, 0), "damaged JSON (%v): %s", bad, again)
	}
	if err != nil {
		return s.at(start, "damaged JSON (%v): %s", err, again)
	}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return s.at(start+i, "invalid UTF-8 (byte 0x%02x): %s", data[i], again)
		}
		i += n
	}
	if at, key := twice(data); key != "" {
		return s.at(start+at, "%q is given twice: %s", key, again)
	}
	return nil
}

// twice finds the first key that an object of a JSON value has twice, and where.
func twice(data []byte) (at int, key string) {
	d := json.NewDecoder(bytes.NewReader(data))
	var value func() bool
	value = func() bool {
		token, _ := d.Token()
		keys := map[string]bool{}
		switch token {
		case json.Delim('{'):
			for d.More() {
				before := d.InputOffset()
				name, _ := d.Token()
				k, _ := name.(string)
				if keys[k] {
					at, key = skip(data, before), k
					return false
				}
				keys[k] = true
				if !value() {
					return false
				}
			}
			_, _ = d.Token()
		case json.Delim('['):
			for d.More() {
				if !value() {
					return false
				}
			}
			_, _ = d.Token()
		}
		return true
	}
	value()
	return at, key
}

// skip returns the offset of the next key or value.
func skip(data []byte, offset int64) int {
	rest := bytes.TrimLeft(data[offset:], " \t\r\n,:")
	return len(data) - len(rest)
}

// reader reads one recording.
type reader struct {
	source
	format    int
	recording Recording
	offsets   []int // where each trial stands
	known     *Reader
}

// read tells the layouts apart: JSON Lines, or the one object of formats 1 and 2.
func (r *reader) read() error {
	stop := len(r.data)
	if i := bytes.IndexByte(r.data, '\n'); i >= 0 {
		stop = i
	}
	fields, err := r.version(0, stop)
	if err == nil {
		if _, trials := fields["trials"]; r.format >= 3 || !trials {
			return r.lines()
		}
	}
	if r.isLine(0, stop) {
		return r.at(0, "the first line, which says what made the recording, is missing: %s", again)
	}
	if whole := r.syntax(0, len(r.data)); whole != nil {
		// Of a head that was cut not even the version is known.
		head := bytes.HasPrefix(r.data, []byte(`{"format"`)) && len(bytes.TrimSpace(r.data[stop:])) == 0
		var bad *json.SyntaxError
		if head && errors.As(json.Unmarshal(r.data, &fields), &bad) && strings.HasPrefix(bad.Error(), "unexpected end") {
			return r.at(stop, "cut short in its first line, before the first trial: record again")
		}
		return whole
	}
	if fields, err = r.version(0, len(r.data)); err != nil {
		return err
	}
	return r.object(fields)
}

// isLine reports whether a line is one that comes after the first.
func (r *reader) isLine(start, end int) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(r.data[start:end], &fields) != nil || len(fields) != 1 {
		return false
	}
	for _, kind := range []string{"behaviour", "trial", "end"} {
		if _, ok := fields[kind]; ok {
			return true
		}
	}
	return false
}

// version checks the version before anything else is looked at, since only the
// version can be relied on in a recording from the future. It returns the
// members of the object that has it.
func (r *reader) version(start, end int) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	const foreign = "not a recording: give a file made by spawnspec run --record"
	if json.Unmarshal(r.data[start:end], &fields) != nil {
		return nil, r.at(start, foreign)
	}
	if raw, ok := fields["format"]; !ok || json.Unmarshal(raw, &r.format) != nil || r.format < 1 {
		r.format = 0
		return nil, r.at(start, foreign)
	}
	return fields, nil
}

func (r *reader) newer() error {
	if r.format <= Format {
		return nil
	}
	return r.at(0, "made by a newer spawnspec (format %d; this one reads up to %d): update spawnspec", r.format, Format)
}

// lines reads JSON Lines of any format.
func (r *reader) lines() error {
	if err := r.newer(); err != nil {
		return err
	}
	for start, n := 0, 0; start < len(r.data); n++ {
		stop, whole := len(r.data), false
		if i := bytes.IndexByte(r.data[start:], '\n'); i >= 0 {
			stop, whole = start+i, true
		}
		repeats := r.known != nil && n > 0 && r.format == Format && !r.recording.Complete
		if repeats && r.repeat(start, stop) {
			start = stop + 1
			continue
		}
		err := r.syntax(start, stop)
		if err != nil && r.recording.Complete {
			return r.after(start)
		}
		if err != nil && !whole && n > 0 {
			return nil // the run was killed while it wrote its last line
		}
		if err == nil && n == 0 {
			err = r.head(start, stop)
		} else if err == nil {
			err = r.line(start, stop)
		}
		if err != nil {
			return err
		}
		if repeats {
			r.remember(start, stop)
		}
		start = stop + 1
	}
	return nil
}

// after is the error about what stands behind the end of a recording.
func (r *reader) after(start int) error {
	if rest := r.data[start:]; len(bytes.Trim(rest, "\x00")) == 0 {
		return r.at(start, "%d NUL bytes after the end of the recording, as a file has after a power cut: cut them off, or record again", len(rest))
	}
	return r.at(start, "the recording goes on after its end: %s", again)
}

// head reads the first line. In formats 1 and 2 it has the behaviours as well.
func (r *reader) head(start, end int) error {
	fields, err := r.version(start, end)
	if err != nil {
		return err
	}
	if r.format >= 3 {
		return r.rest(start, end, fields)
	}
	return r.listed(start, end, fields)
}

// line reads a line after the first.
func (r *reader) line(start, stop int) error {
	if r.recording.Complete {
		return r.after(start)
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(r.data[start:stop], &fields) != nil {
		return r.at(start, "not a line of a recording: %s", again)
	}
	if r.format < 3 {
		// A trial, or {"end":true,"trials":7}.
		if _, isEnd := fields["end"]; !isEnd {
			return r.trial(start, stop)
		}
		var old struct {
			End    bool `json:"end"`
			Trials int  `json:"trials"`
		}
		if err := r.decode(start, stop, "end", &old); err != nil {
			return err
		}
		return r.end(start, old.Trials)
	}
	for kind, raw := range fields {
		from := start + bytes.Index(r.data[start:stop], raw)
		to := from + len(raw)
		switch {
		case len(fields) > 1:
			return r.at(start, "a line with more than one member: %s", again)
		case kind == "behaviour":
			return r.behaviour(from, to)
		case kind == "trial":
			return r.trial(from, to)
		case kind == "end":
			var last end
			if err := r.decode(from, to, kind, &last); err != nil {
				return err
			}
			return r.end(start, last.Trials)
		default:
			return r.at(r.find(start, stop, kind), "unknown field %q: %s", kind, again)
		}
	}
	return r.at(start, "not a line of a recording: %s", again)
}

// end ends a recording that says it has so many trials.
func (r *reader) end(at, trials int) error {
	if n := len(r.recording.Trials); n != trials {
		return r.at(at, "the recording has %d trials, its end says %d: record again", n, trials)
	}
	r.recording.Complete = true
	return nil
}

// object reads a whole recording of format 1 or 2.
func (r *reader) object(fields map[string]json.RawMessage) error {
	if err := r.newer(); err != nil {
		return err
	}
	if r.format >= 3 {
		return r.at(0, "not in JSON Lines, which format %d is written in: %s", r.format, again)
	}
	complete, ok := fields["complete"]
	if !ok {
		return r.at(0, `"complete" is missing: %s`, again)
	}
	if err := json.Unmarshal(complete, &r.recording.Complete); err != nil {
		return r.at(r.find(0, len(r.data), "complete"), "complete: not true or false: %s", again)
	}
	trials, ok := fields["trials"]
	if !ok {
		return r.at(0, `"trials" is missing: %s`, again)
	}
	delete(fields, "complete")
	delete(fields, "trials")
	if err := r.listed(0, len(r.data), fields); err != nil {
		return err
	}
	return r.each(bytes.Index(r.data, trials), trials, "trials", r.trial)
}

// listed reads a head that has the behaviours as a list.
func (r *reader) listed(start, end int, fields map[string]json.RawMessage) error {
	behaviours, ok := fields["behaviours"]
	if !ok {
		return r.at(start, `"behaviours" is missing: %s`, again)
	}
	delete(fields, "behaviours")
	if err := r.rest(start, end, fields); err != nil {
		return err
	}
	return r.each(start+bytes.Index(r.data[start:end], behaviours), behaviours, "behaviours", r.behaviour)
}

// each calls read for the place of each item of a list.
func (r *reader) each(at int, list json.RawMessage, what string, read func(start, end int) error) error {
	d := json.NewDecoder(bytes.NewReader(list))
	if token, _ := d.Token(); token != json.Delim('[') {
		return r.at(at, "%s: not a list: %s", what, again)
	}
	for d.More() {
		start := skip(list, d.InputOffset())
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return r.at(at+start, "%s: %v: %s", what, err, again)
		}
		if err := read(at+start, at+start+len(raw)); err != nil {
			return err
		}
	}
	return nil
}

// rest reads the members of a [Head], which stand between start and end.
func (r *reader) rest(start, end int, fields map[string]json.RawMessage) error {
	for _, name := range []string{"tool", "host", "features", "config", "launchers"} {
		if _, ok := fields[name]; !ok {
			return r.at(start, "%q is missing: %s", name, again)
		}
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return r.at(start, "%v: %s", err, again)
	}
	return r.decodeText(start, end, text, "head", &r.recording.Head)
}

func (r *reader) behaviour(start, end int) error {
	var b Behaviour
	err := r.decode(start, end, "behaviour", &b)
	r.recording.Behaviours = append(r.recording.Behaviours, b)
	return err
}

func (r *reader) trial(start, end int) error {
	var t Trial
	what := fmt.Sprintf("trial %d", len(r.recording.Trials))
	var key struct{ ID, Launcher string }
	if json.Unmarshal(r.data[start:end], &key) == nil && key.ID != "" && key.Launcher != "" {
		what += " (" + Trial{ID: key.ID, Launcher: key.Launcher}.Key() + ")"
	}
	err := r.decode(start, end, what, &t)
	r.recording.Trials, r.offsets = append(r.recording.Trials, t), append(r.offsets, start)
	return err
}

// decode reads the bytes from start to end into v, whose kind is the first word of what.
func (r *reader) decode(start, end int, what string, v any) error {
	return r.decodeText(start, end, r.data[start:end], what, v)
}

// decodeText reads text, which stands between start and end or is made of what
// does, into v after it was brought into this format.
func (r *reader) decodeText(start, end int, text []byte, what string, v any) error {
	kind, _, _ := strings.Cut(what, " ")
	text, err := upgrade(r.format, kind, text)
	if err == nil {
		err = strict(text, v)
	}
	var wrong *memberError
	if errors.As(err, &wrong) {
		return r.at(r.find(start, end, wrong.name()), "%s: %w: %s", what, err, again)
	}
	if err != nil {
		return r.at(start, "%s: %w: %s", what, err, again)
	}
	return nil
}

// find returns where the key stands between start and end, or start.
func (r *reader) find(start, end int, key string) int {
	quoted, _ := json.Marshal(key)
	return start + max(bytes.Index(r.data[start:end], quoted), 0)
}
