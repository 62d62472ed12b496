// Package published is the recordings of fixtures/recordings as this binary carries
// them, so that questions about other platforms are answered without a network and
// without a file.
//
// They are the recordings whole, in one archive, in which a behaviour that several of
// them declare alike is stored once. Unpacking it takes some milliseconds; reading
// every trial of it takes a hundred times as long, so what answers a question looks at
// the lines that it needs.
package published

import (
	"archive/tar"
	"bytes"
	"cmp"
	_ "embed" // the recordings
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/spawnspec/spawnspec/suite/internal/answers"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

//go:generate go run ./pack ../../../fixtures/recordings recordings.tar.zst

//go:embed recordings.tar.zst
var packed []byte

// Prefix is what a published recording's name begins with where a file could be named.
const Prefix = "published:"

// Recording is one published recording.
type Recording struct {
	Name       string   // for example "gvisor" or "cpython-3.14"
	head       []byte   // its first line
	behaviours [][]byte // the lines that declare behaviours
	trials     []byte   // the rest, each line after its line break
	// decoded is the head.
	decoded func() (record.Head, error)
}

// Texts are the texts that the trials of one behaviour hold in any published recording:
// observed values and reasons, each once.
type Texts struct {
	ID    string
	Texts []string
}

// AllTexts returns the texts of every behaviour that was recorded, by id.
func AllTexts() ([]Texts, error) {
	c, err := unpacked()
	if err != nil {
		return nil, err
	}
	var all []Texts
	for line := range bytes.Lines(c.texts) {
		var t Texts
		if err := json.Unmarshal(line, &t); err != nil {
			return nil, fmt.Errorf("the texts in this binary: %w", err)
		}
		all = append(all, t)
	}
	return all, nil
}

// declared is the file of the archive with the lines that declare behaviours. Of a
// recording's own there are the numbers of its lines in it, in a line after the head.
const declared = "behaviours"

// said is the file of the archive with the Texts, one of them a line.
const said = "texts"

// longestText is how many bytes of a text are kept: enough of a traceback to find it.
const longestText = 1000

// contents are those of the archive.
type contents struct {
	recordings []Recording
	texts      []byte
}

var unpacked = sync.OnceValues(func() (contents, error) { return unpack(packed) })

// All returns every published recording, by name and version.
func All() ([]Recording, error) {
	c, err := unpacked()
	return c.recordings, err
}

// unpack reads an archive that Pack has made.
func unpack(packed []byte) (all contents, err error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return all, err
	}
	defer d.Close()
	text, err := d.DecodeAll(packed, nil)
	if err != nil {
		return all, fmt.Errorf("the recordings in this binary: %w", err)
	}
	whole := bytes.NewReader(text)
	archive := tar.NewReader(whole)
	var lines [][]byte
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) && len(all.recordings) > 0 {
			slices.SortFunc(all.recordings, func(a, b Recording) int { return compareNames(a.Name, b.Name) })
			return all, nil
		}
		if err != nil {
			return all, fmt.Errorf("the recordings in this binary: %w", err)
		}
		start := len(text) - whole.Len()
		content := text[start : start+int(h.Size)]
		if h.Name == declared {
			lines = bytes.SplitAfter(content, []byte("\n"))
			continue
		}
		if h.Name == said {
			all.texts = content
			continue
		}
		r, err := restore(h.Name, content, lines)
		if err != nil {
			return all, fmt.Errorf("the recordings in this binary: %s: %w", h.Name, err)
		}
		all.recordings = append(all.recordings, r)
	}
}

// restore finds the behaviours of a recording in lines.
func restore(name string, content []byte, lines [][]byte) (Recording, error) {
	head, rest, _ := bytes.Cut(content, []byte("\n"))
	list, _, _ := bytes.Cut(rest, []byte("\n"))
	r := Recording{Name: name, head: head, trials: rest[len(list):]}
	r.decoded = sync.OnceValues(func() (h record.Head, err error) {
		// It was read whole when it was packed: there is nothing to find fault with.
		if err := json.Unmarshal(head, &h); err != nil {
			return h, fmt.Errorf("%s%s: %w", Prefix, name, err)
		}
		return h, nil
	})
	for number := range bytes.FieldsSeq(list) {
		n, err := strconv.Atoi(string(number))
		if err != nil || n < 0 || n >= len(lines) {
			return r, fmt.Errorf("no behaviour is numbered %q", number)
		}
		r.behaviours = append(r.behaviours, lines[n])
	}
	return r, nil
}

// Text is the recording as it is committed.
func (r Recording) Text() []byte {
	if len(r.behaviours) == 0 {
		return slices.Concat(r.head, r.trials)
	}
	return slices.Concat(r.head, []byte("\n"), bytes.TrimSuffix(slices.Concat(r.behaviours...), []byte("\n")), r.trials)
}

// Pack makes the archive of recordings, which are given by name in their own order.
// The same recordings give the same bytes.
func Pack(w io.Writer, names []string, text func(name string) ([]byte, error)) error {
	// The whole archive is one window, so that what the recordings share is stored once.
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(32<<20))
	if err != nil {
		return err
	}
	var whole bytes.Buffer
	archive := tar.NewWriter(&whole)
	add := func(name string, content []byte) error {
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
			return err
		}
		_, err := archive.Write(content)
		return err
	}
	var lines []byte
	numbers := map[string]int{}
	contents := map[string][]byte{}
	for _, name := range names {
		content, err := text(name)
		if err != nil {
			return err
		}
		head, rest, _ := bytes.Cut(content, []byte("\n"))
		short := slices.Concat(head, []byte("\n"))
		for bytes.HasPrefix(rest, []byte(`{"behaviour":`)) {
			end := 1 + bytes.IndexByte(rest, '\n')
			line := string(rest[:end])
			n, known := numbers[line]
			if !known {
				n = len(numbers)
				numbers[line] = n
				lines = append(lines, line...)
			}
			short = fmt.Appendf(short, "%d ", n)
			rest = rest[end:]
		}
		contents[name] = slices.Concat(short, []byte("\n"), rest)
	}
	if err := add(declared, lines); err != nil {
		return err
	}
	texts, err := textsOf(contents)
	if err != nil {
		return err
	}
	if err := add(said, texts); err != nil {
		return err
	}
	for _, name := range names {
		if err := add(name, contents[name]); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	// At once, so that the archive says how long it is: reading it takes one allocation.
	_, err = w.Write(z.EncodeAll(whole.Bytes(), nil))
	return errors.Join(err, z.Close())
}

// textsOf are the texts of all trials, as the archive keeps them.
func textsOf(contents map[string][]byte) (lines []byte, err error) {
	byID := map[string]map[string]bool{}
	var collect func(texts map[string]bool, v any)
	collect = func(texts map[string]bool, v any) {
		switch v := v.(type) {
		case string:
			texts[v[:min(len(v), longestText)]] = true
		case []any:
			for _, item := range v {
				collect(texts, item)
			}
		case map[string]any:
			for _, item := range v {
				collect(texts, item)
			}
		}
	}
	for _, content := range contents {
		for line := range bytes.Lines(content) {
			if !bytes.HasPrefix(line, []byte(trialOf)) {
				continue
			}
			t, err := decode(bytes.TrimSuffix(line, []byte("\n")))
			if err != nil {
				return nil, err
			}
			if byID[t.ID] == nil {
				byID[t.ID] = map[string]bool{}
			}
			for _, o := range t.Observations {
				collect(byID[t.ID], o.Value)
			}
			for _, reason := range t.Reasons {
				collect(byID[t.ID], reason)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		line, err := json.Marshal(Texts{id, slices.Sorted(maps.Keys(byID[id]))})
		if err != nil {
			return nil, err
		}
		lines = append(append(lines, line...), '\n')
	}
	return lines, nil
}

// Named returns the published recording of a name, with or without the [Prefix].
func Named(name string) (Recording, error) {
	all, err := All()
	if err != nil {
		return Recording{}, err
	}
	name = strings.TrimPrefix(name, Prefix)
	var names []string
	for _, r := range all {
		if r.Name == name {
			return r, nil
		}
		names = append(names, r.Name)
	}
	return Recording{}, fmt.Errorf("no recording is published as %q; there are %s", name, strings.Join(names, ", "))
}

// compareNames orders recordings by what they are of, and then by version.
func compareNames(a, b string) int {
	of := func(name string) string { return strings.TrimRight(name, "0123456789.") }
	return cmp.Or(cmp.Compare(of(a), of(b)), answers.CompareVersions(a, b))
}

// Read reads the whole recording.
func (r Recording) Read() (*record.Recording, error) {
	return record.Read(Prefix+r.Name, bytes.NewReader(r.Text()))
}

// Head is the recording's first line.
func (r Recording) Head() (record.Head, error) { return r.decoded() }

// Trials reads the trials of behaviours, by the ids that the recording has them under.
func (r Recording) Trials(ids ...string) (map[string][]record.Trial, error) {
	trials := map[string][]record.Trial{}
	if len(ids) <= fewIDs {
		for _, id := range ids {
			// Searched for, not split into lines: most of them are about others.
			begin, rest := []byte(fmt.Sprintf("\n"+trialOf+"%q,", id)), r.trials
			for at := bytes.Index(rest, begin); at >= 0; at = bytes.Index(rest, begin) {
				line := rest[at+1:]
				rest = nil
				if end := bytes.IndexByte(line, '\n'); end >= 0 {
					line, rest = line[:end], line[end:]
				}
				if err := r.decode(line, trials); err != nil {
					return nil, err
				}
			}
		}
		return trials, nil
	}
	wanted := map[string]bool{}
	for _, id := range ids {
		wanted[id] = true
	}
	for line := range bytes.Lines(r.trials) {
		if id, ok := bytes.CutPrefix(line, []byte(trialOf+`"`)); ok && wanted[string(id[:max(0, bytes.IndexByte(id, '"'))])] {
			if err := r.decode(bytes.TrimSuffix(line, []byte("\n")), trials); err != nil {
				return nil, err
			}
		}
	}
	return trials, nil
}

// fewIDs is how many ids are looked for one by one.
const fewIDs = 8

// decode adds the trial of a line.
func (r Recording) decode(line []byte, trials map[string][]record.Trial) error {
	t, err := decode(line)
	if err != nil {
		return fmt.Errorf("%s%s: %w", Prefix, r.Name, err)
	}
	trials[t.ID] = append(trials[t.ID], t)
	return nil
}

// trialOf is how the line of a trial begins.
const trialOf = `{"trial":{"id":`

// decode reads the line of a trial.
func decode(line []byte) (record.Trial, error) {
	return record.DecodeTrial(bytes.TrimSuffix(bytes.TrimPrefix(line, []byte(`{"trial":`)), []byte("}")))
}

// Names lists the names of all.
func Names() []string {
	all, _ := All() // an archive that cannot be read has none
	var names []string
	for _, r := range all {
		names = append(names, Prefix+r.Name)
	}
	return names
}
