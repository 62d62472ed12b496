package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/answers"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/published"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/run"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// readRecording reads a file, or a published recording by its name.
func readRecording(name string) (*record.Recording, error) { return readWith(nil, name) }

// readWith is readRecording by a reader that remembers.
func readWith(reader *record.Reader, name string) (*record.Recording, error) {
	short, ok := strings.CutPrefix(name, published.Prefix)
	if !ok {
		r, err := reader.ReadFile(name)
		return r, wayOut(name, err)
	}
	r, err := published.Named(name)
	if err != nil {
		if hint := run.Suggestion(short, publishedNames()); hint != "" {
			return nil, fmt.Errorf("no recording is published as %q%s", short, hint)
		}
		return nil, err
	}
	return r.Read()
}

// publishedNames are those of the recordings in this binary, without the prefix.
func publishedNames() []string {
	names := published.Names()
	for i, n := range names {
		names[i] = strings.TrimPrefix(n, published.Prefix)
	}
	return names
}

// wayOut says what can be named where a file is that is not there or is none.
func wayOut(name string, err error) error {
	if err == nil {
		return nil
	}
	if name == standardOutput {
		return errors.New("-: a recording is read from a file, not from standard input; name one, or published:NAME")
	}
	if isFolder(name) {
		return fmt.Errorf("%s is a folder: name the recordings in it, as %s", name, filepath.Join(name, "*.json"))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	meant := strings.TrimSuffix(filepath.Base(name), ".json")
	if slices.Contains(publishedNames(), meant) {
		return fmt.Errorf("%w; did you mean %s, which is in this binary?", err, published.Prefix+meant)
	}
	return fmt.Errorf("%w; spawnspec run --record %s makes it, and published:NAME is one of those in this binary, as in published:linux", err, name)
}

// recordedOf is what the published recordings have of a behaviour and of what shows
// its remedies to work.
func recordedOf(d *spec.Declaration) (page.Recorded, error) {
	asked := []*spec.Declaration{d}
	for _, proof := range spec.All() {
		if slices.ContainsFunc(d.Remedies, func(r record.Remedy) bool { return r.ProvedBy == proof.ID }) {
			asked = append(asked, proof)
		}
	}
	columns, err := columnsOfAll(asked)
	if err != nil {
		return page.Recorded{}, err
	}
	recorded := page.Recorded{Columns: columns[d.ID], Proofs: map[string][]answers.Column{}}
	for _, proof := range asked[1:] {
		recorded.Proofs[proof.ID] = columns[proof.ID]
	}
	return recorded, nil
}

// columnsOf is what each published recording has of a behaviour, by any of its ids.
func columnsOf(d *spec.Declaration) ([]answers.Column, error) {
	all, err := columnsOfAll([]*spec.Declaration{d})
	return all[d.ID], err
}

// columnsOfAll is columnsOf of several behaviours, by their ids.
func columnsOfAll(declarations []*spec.Declaration) (map[string][]answers.Column, error) {
	all, err := published.All()
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, d := range declarations {
		ids = append(append(ids, d.ID), d.Was...)
	}
	columns := map[string][]answers.Column{}
	for _, r := range all {
		trials, err := r.Trials(ids...)
		if err != nil {
			return nil, err
		}
		if len(trials) == 0 {
			continue
		}
		head, err := r.Head()
		if err != nil {
			return nil, err
		}
		for _, d := range declarations {
			c := answers.Column{Name: r.Name, Head: head}
			for _, id := range append([]string{d.ID}, d.Was...) {
				c.Trials = append(c.Trials, trials[id]...)
			}
			if len(c.Trials) > 0 {
				columns[d.ID] = append(columns[d.ID], c)
			}
		}
	}
	return columns, nil
}

// scopeOf is what explain says of where a behaviour is tried and declared.
func scopeOf(d *spec.Declaration) page.Scope {
	file := d.Place.File
	if i := strings.LastIndex(file, "/suite/"); i >= 0 {
		file = file[i+1:]
	}
	return page.Scope{Systems: d.Systems(), Launchers: d.Launchers, Needs: d.Needs, Known: d.Pins,
		Declared: fmt.Sprintf("%s:%d", file, d.Place.Line)}
}
