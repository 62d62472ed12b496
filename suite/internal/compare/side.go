package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// key identifies a trial by the id its behaviour has on the after side.
type key struct{ id, launcher string }

// side is a recording by key.
type side struct {
	recording  *record.Recording
	behaviours map[string]record.Behaviour
	trials     map[key]*record.Trial
	launchers  map[string]record.Launcher
	specified  map[string]record.Behaviour // by the specification at hand; of the after side
}

func newSide(r *record.Recording) *side {
	s := &side{r, map[string]record.Behaviour{}, map[key]*record.Trial{}, map[string]record.Launcher{},
		map[string]record.Behaviour{}}
	for _, b := range r.Behaviours {
		s.behaviours[b.ID] = b
	}
	for i, t := range r.Trials {
		s.trials[key{t.ID, t.Launcher}] = &r.Trials[i]
	}
	for _, l := range r.Launchers {
		s.launchers[l.Name] = l
	}
	return s
}

// follow gives the behaviours of s the ids they have on the after side, and
// returns the earlier id of each that was renamed. Comparing back to an older
// version works too: there the before side knows both ids.
func (s *side) follow(after *side) map[string]string {
	renames := map[string]string{}
	for _, b := range after.recording.Behaviours {
		for _, was := range b.Was {
			s.rename(was, b.ID, after, renames)
		}
	}
	for _, b := range s.recording.Behaviours {
		for _, was := range b.Was {
			if _, ok := after.behaviours[was]; ok {
				s.rename(b.ID, was, after, renames)
			}
		}
	}
	return renames
}

// rename moves the behaviour from to the id to, unless from is still declared after.
// Of behaviours that were merged into one, which may have had the id before, the
// first that ran on a launcher is its trial there.
func (s *side) rename(from, to string, after *side, renames map[string]string) {
	b, ok := s.behaviours[from]
	_, still := after.behaviours[from]
	if !ok || still {
		return
	}
	delete(s.behaviours, from)
	if _, already := s.behaviours[to]; !already {
		s.behaviours[to] = b
	}
	renames[to] = strings.TrimPrefix(renames[to]+", "+from, ", ")
	for i, t := range s.recording.Trials {
		if t.ID != from {
			continue
		}
		delete(s.trials, key{from, t.Launcher})
		if there := s.trials[key{to, t.Launcher}]; there == nil || !there.Status.Ran() {
			s.trials[key{to, t.Launcher}] = &s.recording.Trials[i]
		}
	}
}

// bothKeys lists the keys of a and b, sorted.
func bothKeys(a, b *side) []key {
	var all []key
	for k := range a.trials {
		all = append(all, k)
	}
	for k := range b.trials {
		if a.trials[k] == nil {
			all = append(all, k)
		}
	}
	slices.SortFunc(all, func(x, y key) int {
		return cmp.Or(cmp.Compare(x.id, y.id), cmp.Compare(x.launcher, y.launcher))
	})
	return all
}

// on lists what the behaviour id has trials on.
func (s *side) on(id string) []string {
	var names []string
	for k := range s.trials {
		if k.id == id {
			names = append(names, k.launcher)
		}
	}
	return names
}

// tried lists the launchers on which the behaviour id was really tried.
func (s *side) tried(id string) []string {
	return filter(s.on(id), func(l string) bool { return s.trials[key{id, l}].Status.Ran() })
}

// proof is what the trials of id on launchers show of the remedy that it proves.
func (s *side) proof(id string, launchers []string) Proof {
	shown := NotTried
	for _, l := range launchers {
		t := s.trials[key{id, l}]
		if t == nil || !t.Status.Ran() {
			continue
		}
		if t.Status.Red() || answered(t, false) {
			return DoesNotWork
		}
		shown = Works
	}
	return shown
}

// lacks reports whether s may be without the trial k only because its run was
// cut short or restricted to a selection, or did not include the launcher.
func (s *side) lacks(k key) bool {
	_, declared := s.behaviours[k.id]
	_, listed := s.launchers[k.launcher]
	return !listed || declared && (!s.recording.Complete || len(s.recording.Config.Only) > 0)
}

// partial says why s lacks trials that the other side has.
func (s *side) partial(name string, lacking []key) []string {
	var why, without []string
	if !s.recording.Complete {
		why = append(why, "was cut short")
	}
	if only := s.recording.Config.Only; len(only) > 0 && len(lacking) > 0 {
		why = append(why, "covers only "+strings.Join(only, ", "))
	}
	for _, k := range lacking {
		if _, listed := s.launchers[k.launcher]; !listed {
			without = append(without, k.launcher)
		}
	}
	if len(without) > 0 {
		why = append(why, "was made without "+strings.Join(distinct(without), ", "))
	}
	if len(why) == 0 {
		return nil
	}
	sentence := "The " + name + " side " + strings.Join(why, " and ")
	switch n := len(lacking); n {
	case 0:
		return []string{sentence + "."}
	case 1:
		return []string{sentence + ": 1 trial of the other side was not compared."}
	default:
		return []string{fmt.Sprintf("%s: %d trials of the other side were not compared.", sentence, n)}
	}
}

// usable reports whether s lists the launcher as one that can be used.
func (s *side) usable(launcher string) bool {
	l, listed := s.launchers[launcher]
	return listed && l.Note == ""
}

func (s *side) summary() Side {
	r := s.recording
	return Side{Tool: r.Tool, Host: r.Host, Launchers: r.Launchers, Complete: r.Complete, Trials: len(r.Trials)}
}

// distinct returns the different strings of all lists, sorted.
func distinct(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}

// filter returns the items that belong.
func filter[T any](items []T, belongs func(T) bool) (found []T) {
	for _, item := range items {
		if belongs(item) {
			found = append(found, item)
		}
	}
	return found
}
