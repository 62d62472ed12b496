// Package run tries everything that is selected: in which order, how many at a
// time, and, for go test and ginkgo, as Ginkgo specs.
package run

import (
	"errors"
	"fmt"
	"path"
	"slices"
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
	// Only are ids, areas, files of areas (the first two words of ids) or glob patterns of
	// them; none selects everything.
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
	declarations, err := s.Declarations()
	if err != nil {
		return nil, err
	}
	if err := s.checkLaunchers(); err != nil {
		return nil, err
	}
	var pairs []Pair
	for _, d := range declarations {
		for _, l := range d.Launchers {
			if _, _, ok := spec.RuntimeOf(l); ok && !s.Runtimes.Has(l) {
				continue
			}
			if s.selects(l) {
				pairs = append(pairs, Pair{d, l})
			}
		}
	}
	return pairs, nil
}

// Declarations lists the behaviours that Only selects, by id, whatever they can
// be tried on. An earlier id of a behaviour selects it for good.
func (s Selection) Declarations() ([]*spec.Declaration, error) {
	all := spec.All()
	if len(s.Only) == 0 {
		return all, nil
	}
	if slices.Contains(s.Only, "") {
		return nil, errors.New("an empty name selects nothing; give an ID, an area or a pattern, `spawnspec list --all` names them all")
	}
	used := map[string]bool{}
	var found []*spec.Declaration
	for _, d := range all {
		selected := false
		for _, p := range s.Only {
			for _, name := range append([]string{d.ID, d.Area, fileOf(d.ID)}, d.Was...) {
				ok, err := path.Match(p, name)
				if err != nil {
					return nil, fmt.Errorf("pattern %q: %w", p, err)
				}
				if ok {
					used[p], selected = true, true
				}
			}
		}
		if selected {
			found = append(found, d)
		}
	}
	for _, p := range s.Only {
		if !used[p] {
			return nil, unknownBehaviour(p)
		}
	}
	return found, nil
}

// fileOf is the beginning of an id that all behaviours of one file have.
func fileOf(id string) string {
	words := strings.SplitN(id, ".", 3)
	return strings.Join(words[:min(2, len(words))], ".")
}

// checkLaunchers refuses a pattern that no launcher has.
func (s Selection) checkLaunchers() error {
	for _, p := range s.Launchers {
		known := false
		for _, l := range append(spec.LauncherNames(), spec.RuntimeLaunchers()...) {
			ok, err := spec.LauncherIs(p, l)
			if err != nil {
				return fmt.Errorf("pattern %q: %w", p, err)
			}
			known = known || ok
		}
		if !known {
			return unknownLauncher(p)
		}
	}
	return nil
}

// selects reports whether Launchers selects a launcher.
func (s Selection) selects(launcher string) bool {
	return len(s.Launchers) == 0 || slices.ContainsFunc(s.Launchers, func(p string) bool {
		ok, err := spec.LauncherIs(p, launcher)
		return err == nil && ok
	})
}

// Not says of every selected launcher on which a behaviour cannot be tried why that is,
// as far as it is known before a trial: each reason with its launchers. A runtime stands
// for all of its launchers.
func (s Selection) Not(d *spec.Declaration) (reasons []string, launchers map[string][]string) {
	launchers = map[string][]string{}
	for _, l := range append(spec.LauncherNames(), spec.RuntimeLaunchers()...) {
		runtime, _, of := spec.RuntimeOf(l)
		_, because := s.Runtimes.SkipReason(d, l)
		why := strings.Join(because, "; ")
		switch {
		case !s.selects(l) || runtime.Name == spec.Wrap && !s.Runtimes.Has(l):
			continue
		case !slices.Contains(d.Launchers, l):
			why = "the sentence is not about it"
		case of && !s.Runtimes.Has(l):
			why = "not part of this run, see --launcher"
		case why == "":
			continue
		}
		if launchers[why] == nil {
			reasons = append(reasons, why)
		}
		launchers[why] = append(launchers[why], l)
	}
	for why, on := range launchers {
		for _, name := range append(spec.RuntimeNames(), spec.Reference) {
			own := spec.Manifests[name].Launchers()
			if !slices.ContainsFunc(own, func(l string) bool { return !slices.Contains(on, l) }) {
				on = append(slices.DeleteFunc(on, func(l string) bool { return slices.Contains(own, l) }), name)
			}
		}
		launchers[why] = shorter(on, slices.Concat(spec.Exits(), spec.ImmediateExits()))
	}
	return reasons, launchers
}

// shorter writes some launchers as patterns, if a list has all of them.
func shorter(list, some []string) []string {
	others := slices.DeleteFunc(slices.Clone(list), func(l string) bool { return slices.Contains(some, l) })
	if len(list)-len(others) < len(some) {
		return list
	}
	var patterns []string
	for _, l := range some {
		if pattern := "*/" + path.Base(l); !slices.Contains(patterns, pattern) {
			patterns = append(patterns, pattern)
		}
	}
	return append(others, patterns...)
}

// Where lists the selected launchers on which a behaviour can be tried here, or
// says why there is none.
func (s Selection) Where(d *spec.Declaration) (launchers []string, why string) {
	if why := d.NotAbout(); why != "" {
		return nil, why
	}
	var reasons, runtimes []string
	for _, l := range d.Launchers {
		if !s.selects(l) {
			continue
		}
		if runtime, _, ok := spec.RuntimeOf(l); ok && !s.Runtimes.Has(l) {
			if runtime.Name != spec.Wrap && !slices.Contains(runtimes, runtime.Name) {
				runtimes = append(runtimes, runtime.Name)
			}
			continue
		}
		status, because := s.Runtimes.SkipReason(d, l)
		if status == "" {
			launchers = append(launchers, l)
			continue
		}
		if text := strings.Join(because, "; "); !slices.Contains(reasons, text) {
			reasons = append(reasons, text)
		}
	}
	switch {
	case len(launchers) > 0:
		return launchers, ""
	case len(runtimes) == 1:
		reasons = append(reasons, "needs --launcher "+runtimes[0])
	case len(runtimes) > 1:
		reasons = append(reasons, "needs one of --launcher "+strings.Join(runtimes, ", "))
	case len(reasons) == 0:
		reasons = []string{"is tried on " + strings.Join(d.Launchers, ", ") + " only"}
	}
	return nil, strings.Join(reasons, "; ")
}
