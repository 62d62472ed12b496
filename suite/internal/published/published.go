// Package published is the recordings of fixtures/recordings as this binary carries
// them, so that questions about other platforms are answered without a network and
// without a file.
//
// They are the recordings whole, in one archive, in which what several of them have
// alike is stored once. Each subject of the specification is compressed by itself, so
// that a question about one behaviour unpacks a hundredth of it.
package published

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/flate"
	_ "embed" // the recordings
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spawnspec/spawnspec/suite/internal/answers"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

//go:generate go run ./pack ../../../fixtures/recordings recordings.zip
//go:generate go run ./wrappers ../../../fixtures/recordings/wrappers.json ../../../fixtures/recordings/WRAPPERS.md

//go:embed recordings.zip
var packed []byte

// Prefix is what a published recording's name begins with where a file could be named.
const Prefix = "published:"

// Recording is one published recording.
type Recording struct {
	Name string // for example "gvisor" or "cpython-3.14"
	in   *archive
	at   int // its place in every file of the archive
	// head is its first line, and decoded what that says.
	head    []byte
	decoded func() (record.Head, error)
	// numbers are those of the lines that declare behaviours, among all such lines.
	numbers []byte
	// subjects are those of its trials, in order, and tail is what follows on them.
	subjects []string
	tail     []byte
}

// Texts are the texts that the trials of one behaviour hold in any published recording:
// observed values and reasons, each once.
type Texts struct {
	ID    string
	Texts []string
}

// AllTexts returns the texts of every behaviour that was recorded, by id.
func AllTexts() ([]Texts, error) {
	a, err := unpacked()
	if err != nil {
		return nil, err
	}
	content, err := a.file(said)
	if err != nil {
		return nil, err
	}
	var all []Texts
	for line := range bytes.Lines(content) {
		var t Texts
		if err := json.Unmarshal(line, &t); err != nil {
			return nil, wrong(said, err)
		}
		all = append(all, t)
	}
	return all, nil
}

// The files of the archive, each compressed by itself. Of a list there is a part for
// each recording, in the order of their names in names.
const (
	named    = "names"      // a line each
	heads    = "heads"      // a list: the first line, the numbers of its behaviours, the subjects of its trials, what follows on these
	declared = "behaviours" // the lines that declare behaviours
	said     = "texts"      // the Texts, one of them a line
	trialsOf = "trials/"    // and a subject: a list of the lines of its trials
)

// longestText is how many bytes of a text are kept: enough of a traceback to find it.
const longestText = 1000

// archive is what Pack has made, whose files are unpacked when they are asked for.
type archive struct {
	recordings []Recording
	files      map[string]func() ([]byte, error)
	lists      map[string]func() ([][]byte, error)
}

var unpacked = sync.OnceValues(func() (*archive, error) { return unpack(packed) })

// All returns every published recording, by name and version.
func All() ([]Recording, error) {
	a, err := unpacked()
	if err != nil {
		return nil, err
	}
	return a.recordings, nil
}

// wrong says that a file of the archive is.
func wrong(file string, err error) error {
	return fmt.Errorf("the recordings in this binary: %s: %w", file, err)
}

// file is one whole file of the archive.
func (a *archive) file(name string) ([]byte, error) {
	if content := a.files[name]; content != nil {
		return content()
	}
	return nil, wrong(name, fs.ErrNotExist)
}

// list is the parts of a file of the archive.
func (a *archive) list(name string) ([][]byte, error) {
	if parts := a.lists[name]; parts != nil {
		return parts()
	}
	return nil, wrong(name, fs.ErrNotExist)
}

// unpack reads the directory of an archive, and what there is of each recording but
// its trials.
func unpack(packed []byte) (*archive, error) {
	whole, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, wrong("archive", err)
	}
	a := &archive{files: map[string]func() ([]byte, error){}, lists: map[string]func() ([][]byte, error){}}
	for _, h := range whole.File {
		a.files[h.Name] = sync.OnceValues(func() ([]byte, error) {
			f, err := h.Open()
			if err != nil {
				return nil, wrong(h.Name, err)
			}
			var text bytes.Buffer
			text.Grow(int(min(h.UncompressedSize64, uint64(100*len(packed)))) + bytes.MinRead) // in one allocation
			if _, err := text.ReadFrom(f); err != nil {
				return nil, wrong(h.Name, err)
			}
			return text.Bytes(), nil
		})
		a.lists[h.Name] = sync.OnceValues(func() ([][]byte, error) {
			text, err := a.file(h.Name)
			if err != nil {
				return nil, err
			}
			return parts(h.Name, text)
		})
	}
	names, err := a.file(named)
	if err != nil {
		return nil, err
	}
	all, err := a.list(heads)
	if err != nil {
		return nil, err
	}
	for at, name := range strings.Fields(string(names)) {
		if len(all) < 4*at+4 {
			return nil, wrong(heads, io.ErrUnexpectedEOF)
		}
		r := Recording{Name: name, in: a, at: at, head: all[4*at], numbers: all[4*at+1], subjects: strings.Fields(string(all[4*at+2])), tail: all[4*at+3]}
		r.decoded = sync.OnceValues(func() (h record.Head, err error) {
			// It was read whole when it was packed: there is nothing to find fault with.
			if err := json.Unmarshal(r.head, &h); err != nil {
				return h, fmt.Errorf("%s%s: %w", Prefix, name, err)
			}
			return h, nil
		})
		a.recordings = append(a.recordings, r)
	}
	if len(a.recordings) == 0 {
		return nil, wrong(named, io.ErrUnexpectedEOF)
	}
	slices.SortFunc(a.recordings, func(x, y Recording) int { return compareNames(x.Name, y.Name) })
	return a, nil
}

// listed puts parts together: their lengths in a line, then all of them.
func listed(parts [][]byte) (text []byte) {
	for _, p := range parts {
		text = fmt.Appendf(text, "%d ", len(p))
	}
	return slices.Concat(text, []byte("\n"), slices.Concat(parts...))
}

// parts takes apart what listed has put together.
func parts(name string, text []byte) (all [][]byte, err error) {
	lengths, rest, _ := bytes.Cut(text, []byte("\n"))
	for length := range bytes.FieldsSeq(lengths) {
		n, err := strconv.Atoi(string(length))
		if err != nil || n < 0 || n > len(rest) {
			return nil, wrong(name, fmt.Errorf("no part is %q bytes long", length))
		}
		all, rest = append(all, rest[:n]), rest[n:]
	}
	return all, nil
}

// Text is the recording as it is committed.
func (r Recording) Text() ([]byte, error) {
	text := slices.Concat(r.head, []byte("\n"))
	content, err := r.in.file(declared)
	if err != nil {
		return nil, err
	}
	lines := bytes.SplitAfter(content, []byte("\n"))
	for number := range bytes.FieldsSeq(r.numbers) {
		n, err := strconv.Atoi(string(number))
		if err != nil || n < 0 || n >= len(lines) {
			return nil, wrong(heads, fmt.Errorf("no behaviour is numbered %q", number))
		}
		text = append(text, lines[n]...)
	}
	for _, subject := range r.subjects {
		trials, err := r.trials(subject)
		if err != nil {
			return nil, err
		}
		text = append(text, trials...)
	}
	return append(text, r.tail...), nil
}

// trials are the lines of its trials of a subject.
func (r Recording) trials(subject string) ([]byte, error) {
	all, err := r.in.list(trialsOf + subject)
	if err != nil {
		return nil, err
	}
	if r.at >= len(all) {
		return nil, wrong(trialsOf+subject, io.ErrUnexpectedEOF)
	}
	return all[r.at], nil
}

// subjectOf is the subject that an id is about: its first two words.
func subjectOf(id string) string {
	words := strings.SplitN(id, ".", 3)
	return strings.Join(words[:min(2, len(words))], ".")
}

// Pack makes the archive of recordings, which are given by name in their own order.
// The same recordings give the same bytes.
func Pack(w io.Writer, names []string, text func(name string) ([]byte, error)) error {
	var whole bytes.Buffer
	files := zip.NewWriter(&whole)
	files.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	add := func(name string, content []byte) error {
		f, err := files.Create(name)
		if err == nil {
			_, err = f.Write(content)
		}
		return err
	}
	var lines []byte
	numbers := map[string]int{}
	trials := map[string][][]byte{} // by subject, and then by recording
	var ofHeads [][]byte
	contents := map[string][]byte{}
	for at, name := range names {
		content, err := text(name)
		if err != nil {
			return err
		}
		contents[name] = content
		head, rest, _ := bytes.Cut(content, []byte("\n"))
		var declares, tail []byte
		var subjects []string
		for line := range bytes.Lines(rest) {
			switch begin, isTrial := bytes.CutPrefix(line, []byte(trialOf+`"`)); {
			case bytes.HasPrefix(line, []byte(`{"behaviour":`)):
				n, known := numbers[string(line)]
				if !known {
					n = len(numbers)
					numbers[string(line)] = n
					lines = append(lines, line...)
				}
				declares = fmt.Appendf(declares, "%d ", n)
			case isTrial:
				id, _, _ := bytes.Cut(begin, []byte(`"`))
				subject := subjectOf(string(id))
				if len(subjects) == 0 || subjects[len(subjects)-1] != subject {
					subjects = append(subjects, subject)
				}
				if trials[subject] == nil {
					trials[subject] = make([][]byte, len(names))
				}
				trials[subject][at] = append(trials[subject][at], line...)
			default:
				tail = append(tail, line...)
			}
		}
		ofHeads = append(ofHeads, head, declares, []byte(strings.Join(subjects, " ")), tail)
	}
	texts, err := textsOf(contents)
	if err != nil {
		return err
	}
	err = errors.Join(add(named, []byte(strings.Join(names, "\n"))), add(heads, listed(ofHeads)), add(declared, lines), add(said, texts))
	for _, subject := range slices.Sorted(maps.Keys(trials)) {
		err = errors.Join(err, add(trialsOf+subject, listed(trials[subject])))
	}
	if err := errors.Join(err, files.Close()); err != nil {
		return err
	}
	// What cannot be told from it again is not packed.
	packed, err := unpack(whole.Bytes())
	if err != nil {
		return err
	}
	for _, r := range packed.recordings {
		if text, err := r.Text(); err != nil || !bytes.Equal(text, contents[r.Name]) {
			return errors.Join(err, fmt.Errorf("%s: its lines are not in the order of a recording: behaviours, then trials by id", r.Name))
		}
	}
	_, err = w.Write(whole.Bytes())
	return err
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
	text, err := r.Text()
	if err != nil {
		return nil, err
	}
	return record.Read(Prefix+r.Name, bytes.NewReader(text))
}

// Head is the recording's first line.
func (r Recording) Head() (record.Head, error) { return r.decoded() }

// Trials reads the trials of behaviours, by the ids that the recording has them under.
func (r Recording) Trials(ids ...string) (map[string][]record.Trial, error) {
	wanted := map[string]map[string]bool{} // by subject
	for _, id := range ids {
		subject := subjectOf(id)
		if wanted[subject] == nil {
			wanted[subject] = map[string]bool{}
		}
		wanted[subject][id] = true
	}
	trials := map[string][]record.Trial{}
	for _, subject := range r.subjects {
		if wanted[subject] == nil {
			continue
		}
		lines, err := r.trials(subject)
		if err != nil {
			return nil, err
		}
		for line := range bytes.Lines(lines) {
			id, _, _ := bytes.Cut(bytes.TrimPrefix(line, []byte(trialOf+`"`)), []byte(`"`))
			if !wanted[subject][string(id)] {
				continue
			}
			t, err := decode(bytes.TrimSuffix(line, []byte("\n")))
			if err != nil {
				return nil, fmt.Errorf("%s%s: %w", Prefix, r.Name, err)
			}
			trials[t.ID] = append(trials[t.ID], t)
		}
	}
	return trials, nil
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
