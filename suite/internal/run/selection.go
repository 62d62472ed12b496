// Package run tries everything that is selected: in which order, how many at a
// time, and, for go test and ginkgo, as Ginkgo specs.
package run

import (
	"fmt"
	"path"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/spec"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

// Pair is a behaviour on a launcher, not tried yet.
type Pair struct {
	*spec.Declaration
	Launcher string
}

// Selection says what a run tries.
type Selection struct {
	// Only are ids, areas or glob patterns of ids; none selects everything.
	Only []string
	// Launchers are launcher names, glob patterns of them, or names of runtimes;
	// none selects all. Of a runtime's launchers only those are selected at all
	// whose runtime is part of the run.
	Launchers []string
	// Runtimes are the runtimes that are part of the run.
	Runtimes trial.Runtimes
}

// Pairs lists what a selection selects, by id and in the launchers' order. A
// pattern that selects nothing is an error.
func (s Selection) Pairs() ([]Pair, error) {
	used := map[string]bool{}
	matches := func(patterns []string, names ...string) (bool, error) {
		if len(patterns) == 0 {
			return true, nil
		}
		found := false
		for _, p := range patterns {
			for _, name := range names {
				ok, err := path.Match(p, name)
				if err != nil {
					return false, fmt.Errorf("pattern %q: %w", p, err)
				}
				if ok {
					used[p], found = true, true
				}
			}
		}
		return found, nil
	}
	var pairs []Pair
	for _, d := range spec.All() {
		ok, err := matches(s.Only, d.ID, d.Area)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		for _, l := range d.Launchers {
			names := []string{l}
			if runtime, _, ok := spec.RuntimeOf(l); ok {
				if s.Runtimes[runtime.Name] == nil {
					continue
				}
				names = append(names, runtime.Name)
			}
			ok, err := matches(s.Launchers, names...)
			if err != nil {
				return nil, err
			}
			if ok {
				pairs = append(pairs, Pair{d, l})
			}
		}
	}
	for _, p := range s.Only {
		if !used[p] {
			return nil, fmt.Errorf("no behaviour or area is called %q%s; `spawnspec list` names them all", p, nearest(p))
		}
	}
	for _, p := range s.Launchers {
		if !used[p] {
			return nil, fmt.Errorf("no launcher is called %q; there are %s", p, strings.Join(spec.LauncherNames(), ", "))
		}
	}
	return pairs, nil
}

// nearest suggests the id that shares the longest beginning with a wrong one.
func nearest(wrong string) string {
	best, length := "", 3
	for _, d := range spec.All() {
		n := 0
		for n < len(d.ID) && n < len(wrong) && d.ID[n] == wrong[n] {
			n++
		}
		if n > length {
			best, length = d.ID, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}
