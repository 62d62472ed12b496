// Package published is the recordings of fixtures/recordings as this binary carries
// them, so that questions about other platforms are answered without a network and
// without a file.
//
// They are the recordings whole, in one archive. Unpacking it takes some
// milliseconds; reading every trial of it takes a hundred times as long, so what
// answers a question looks at the lines that it needs.
package published

import (
	"archive/tar"
	"bytes"
	_ "embed" // the recordings
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

//go:generate go run ./pack ../../../fixtures/recordings recordings.tar.zst

//go:embed recordings.tar.zst
var packed []byte

// Prefix is what a published recording's name begins with where a file could be named.
const Prefix = "published:"

// Recording is one published recording.
type Recording struct {
	Name string // for example "gvisor" or "cpython-3.14"
	text []byte
}

// All returns every published recording, by name.
var All = sync.OnceValues(func() ([]Recording, error) { return unpack(packed) })

// unpack reads an archive that Pack has made.
func unpack(packed []byte) (all []Recording, err error) {
	d, err := zstd.NewReader(nil)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	text, err := d.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("the recordings in this binary: %w", err)
	}
	whole := bytes.NewReader(text)
	archive := tar.NewReader(whole)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) && len(all) > 0 {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("the recordings in this binary: %w", err)
		}
		start := len(text) - whole.Len()
		all = append(all, Recording{strings.TrimSuffix(h.Name, ".json"), text[start : start+int(h.Size)]})
	}
}

// Pack makes the archive of recordings, which are given by name in their own order.
// The same recordings give the same bytes.
func Pack(w io.Writer, names []string, text func(name string) ([]byte, error)) error {
	// The whole archive is one window, so that what the recordings share is stored once.
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(32<<20))
	if err != nil {
		return err
	}
	archive := tar.NewWriter(z)
	for _, name := range names {
		content, err := text(name)
		if err != nil {
			return err
		}
		if err := archive.WriteHeader(&tar.Header{Name: name + ".json", Mode: 0o644, Size: int64(len(content))}); err != nil {
			return err
		}
		if _, err := archive.Write(content); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), z.Close())
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

// Read reads the whole recording.
func (r Recording) Read() (*record.Recording, error) {
	return record.Read(Prefix+r.Name, bytes.NewReader(r.text))
}

// Head is the recording's first line.
func (r Recording) Head() (record.Head, error) {
	line, _, _ := bytes.Cut(r.text, []byte("\n"))
	whole, err := record.Read(Prefix+r.Name, bytes.NewReader(line))
	if err != nil {
		return record.Head{}, err
	}
	return whole.Head, nil
}

// Trials reads the trials of a behaviour by any of its ids.
func (r Recording) Trials(ids ...string) (trials []record.Trial, err error) {
	for _, id := range ids {
		from := 0
		for {
			line, end := r.find(fmt.Sprintf("\n"+trialOf+"%q,", id), from)
			if line == nil {
				break
			}
			from = end
			t, err := decode(line)
			if err != nil {
				return nil, fmt.Errorf("%s%s: %w", Prefix, r.Name, err)
			}
			trials = append(trials, t)
		}
	}
	return trials, nil
}

// Containing reads the trials whose line contains a text, which is compared with the
// JSON of the recording.
func (r Recording) Containing(part string) (trials []record.Trial, err error) {
	from := 0
	for {
		line, end := r.find(part, from)
		if line == nil {
			return trials, nil
		}
		from = end
		if !bytes.HasPrefix(line, []byte(trialOf)) {
			continue
		}
		t, err := decode(line)
		if err != nil {
			return nil, fmt.Errorf("%s%s: %w", Prefix, r.Name, err)
		}
		trials = append(trials, t)
	}
}

// trialOf is how the line of a trial begins.
const trialOf = `{"trial":{"id":`

// decode reads the line of a trial.
func decode(line []byte) (record.Trial, error) {
	return record.DecodeTrial(bytes.TrimSuffix(bytes.TrimPrefix(line, []byte(`{"trial":`)), []byte("}")))
}

// find returns the line that contains a part, searched from an offset, and where the
// line ends; a part that begins with a line break is the beginning of its line.
func (r Recording) find(part string, from int) (line []byte, end int) {
	at := bytes.Index(r.text[from:], []byte(part))
	if at < 0 {
		return nil, 0
	}
	at += from
	if strings.HasPrefix(part, "\n") {
		at++
	}
	start := 1 + bytes.LastIndexByte(r.text[:at], '\n')
	length := bytes.IndexByte(r.text[start:], '\n')
	if length < 0 {
		length = len(r.text) - start
	}
	return r.text[start : start+length], start + length
}

// Names lists the names of all.
func Names() []string {
	all, _ := All() // an archive that cannot be read has none
	var names []string
	for _, r := range all {
		names = append(names, Prefix+r.Name)
	}
	slices.Sort(names)
	return names
}
