package answers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Gist is what the recorded platforms do, in a line.
type Gist struct {
	Text  string // "" if nothing was tried
	Alike bool   // every place that tried it gave the same answer
}

// GistOf tells columns in a line: "everywhere alike: holds", "Linux, gVisor: holds;
// Wine: differs as known", "works: cpython/fork; does not work: cpython/spawn". It
// goes by platforms where these decide, and else by launchers.
func GistOf(columns []Column) Gist {
	all := slices.DeleteFunc(places(columns), func(p seenAt) bool { return !p.Kind.Tried() })
	if len(all) == 0 {
		return Gist{}
	}
	platform := func(p seenAt) string { return p.Platform }
	if answer := label(all); answer != "" {
		if on := distinct(all, platform); len(on) == 1 {
			return Gist{on[0] + ": " + answer, true}
		}
		return Gist{"everywhere alike: " + answer, true}
	}
	if parts, whole := told(all, platform); whole {
		var texts []string
		for _, p := range parts {
			texts = append(texts, strings.Join(p.names, ", ")+": "+p.label)
		}
		return Gist{Text: strings.Join(texts, "; ")}
	}
	parts, _ := told(all, func(p seenAt) string { return p.Launcher })
	most := 0 // the largest part, which is told as the rest
	for i, p := range parts {
		if len(p.names) > len(parts[most].names) {
			most = i
		}
	}
	var texts []string
	rest := ""
	for i, p := range parts {
		if names := folded(p.names, all); i != most || len(names) < manyNames {
			texts = append(texts, p.text(names))
		} else {
			rest = "all others: " + p.label
		}
	}
	if rest != "" {
		texts = append(texts, rest)
	}
	return Gist{Text: strings.Join(texts, "; ")}
}

// manyNames is how many launchers are not named any more.
const manyNames = 4

// said is the places that give one answer.
type said struct {
	label string
	value bool // the label is what was observed
	names []string
}

// rank orders answers as [Kinds] does, and what depends on more after what is positive.
func (s said) rank() int {
	i := slices.Index(Kinds, Kind(s.label))
	if i < 0 {
		i = slices.Index(Kinds, Seen)
	}
	return i
}

// text puts what was done before who did it, and a value behind.
func (s said) text(names []string) string {
	if s.value {
		return strings.Join(names, ", ") + ": " + s.label
	}
	return s.label + ": " + strings.Join(names, ", ")
}

// told tells places by a name of theirs, those with the same answer together. It is
// not whole if some name has several answers.
func told(all []seenAt, name func(seenAt) string) (parts []said, whole bool) {
	whole = true
	for _, n := range distinct(all, name) {
		here := slices.DeleteFunc(slices.Clone(all), func(p seenAt) bool { return name(p) != n })
		answer := label(here)
		if answer == "" {
			answer, whole = "depends on the "+decides(here), false
		}
		i := slices.IndexFunc(parts, func(s said) bool { return s.label == answer })
		if i < 0 {
			i = len(parts)
			parts = append(parts, said{label: answer, value: here[0].Kind == Seen && label(here) != ""})
		}
		parts[i].names = append(parts[i].names, n)
	}
	slices.SortStableFunc(parts, func(a, b said) int { return cmp.Compare(a.rank(), b.rank()) })
	return parts, whole
}

// decides is what the answer of places with the same launcher depends on.
func decides(all []seenAt) string {
	for _, platform := range distinct(all, func(p seenAt) string { return p.Platform }) {
		if label(slices.DeleteFunc(slices.Clone(all), func(p seenAt) bool { return p.Platform != platform })) == "" {
			return "version"
		}
	}
	return "platform"
}

// distinct are the names of places, each once.
func distinct(all []seenAt, name func(seenAt) string) (names []string) {
	for _, p := range all {
		if n := name(p); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

// label is the answer that all places give; "" if they give several. What nothing
// promises is told by its value, if it is a single one, or else only compared.
func label(all []seenAt) string {
	first := all[0]
	for _, p := range all {
		if p.Kind != first.Kind || first.Kind == Seen && p.key() != first.key() {
			return ""
		}
	}
	switch {
	case first.Kind != Seen:
		return string(first.Kind)
	case len(first.Values) == 1:
		const short = 40 // bytes
		if text := record.Text(first.Values[0].Value); len(text) <= short {
			return strings.Trim(text, `"`)
		}
	}
	values := "1 value"
	if n := len(first.Values); n != 1 {
		values = fmt.Sprintf("%d values", n)
	}
	return values
}

// folded names a runtime in the place of all its launchers.
func folded(launchers []string, all []seenAt) (names []string) {
	of := map[string][]string{} // by runtime
	runtime := map[string]string{}
	for _, p := range all {
		runtime[p.Launcher] = p.Runtime
		if p.Runtime != "" && !slices.Contains(of[p.Runtime], p.Launcher) {
			of[p.Runtime] = append(of[p.Runtime], p.Launcher)
		}
	}
	for _, l := range launchers {
		name := l
		if r := runtime[l]; r != "" && len(of[r]) > 1 &&
			!slices.ContainsFunc(of[r], func(other string) bool { return !slices.Contains(launchers, other) }) {
			name = r
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
