package run

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// Like lists the behaviours whose id, or an earlier one, has a word in it, in any case.
func Like(word string) []*spec.Declaration {
	if word == "" {
		return nil
	}
	return slices.DeleteFunc(spec.All(), func(d *spec.Declaration) bool {
		return !slices.ContainsFunc(append([]string{d.ID}, d.Was...), func(id string) bool {
			return strings.Contains(id, strings.ToLower(word))
		})
	})
}

// unknownBehaviour is the error about what is no id, area or pattern of one.
func unknownBehaviour(word string) error {
	var names []string
	for _, d := range spec.All() {
		names = append(names, d.ID)
	}
	for _, d := range spec.All() {
		names = append(names, fileOf(d.ID))
	}
	for _, a := range spec.Areas() {
		names = append(names, a.Name)
	}
	hint := Suggestion(word, names)
	if hint == "" {
		hint = earlier(word)
	}
	if hint == "" {
		if n := len(Like(word)); n > 0 && !strings.ContainsAny(word, `*?[\`) {
			hint = fmt.Sprintf("; '*%s*' selects %d that have it in their id", strings.ToLower(word), n)
		}
	}
	return fmt.Errorf("no behaviour or area is called %q%s; `spawnspec list --all` names them all", word, hint)
}

// earlier is the suggestion for a misspelt earlier id: the present one.
func earlier(word string) string {
	present := map[string]string{}
	for _, d := range spec.All() {
		for _, old := range d.Was {
			present[old] = d.ID
		}
	}
	if old := closest(word, slices.Sorted(maps.Keys(present))); old != "" {
		return fmt.Sprintf(" (did you mean %q, now %q?)", old, present[old])
	}
	return ""
}

// unknownLauncher is the error about what is no launcher, runtime or pattern of one.
func unknownLauncher(word string) error {
	name, rest, method := strings.Cut(word, "/")
	hint := Suggestion(
		word,
		slices.Concat(spec.LauncherNames(), spec.RuntimeNames(), spec.RuntimeLaunchers()),
	)
	for _, runtime := range spec.RuntimeNames() {
		m := spec.Manifests[runtime]
		if runtime == name || !slices.Contains(m.Executables, name) && !strings.EqualFold(m.Title, name) {
			continue
		}
		// The name of the program, not of the runtime.
		if _, _, ok := spec.RuntimeOf(runtime + "/" + rest); ok || !method {
			hint = fmt.Sprintf(" (did you mean %q?)", strings.TrimSuffix(runtime+"/"+rest, "/"))
		}
	}
	launchers := append(spec.LauncherNames(), spec.RuntimeLaunchers()...)
	others := slices.DeleteFunc(launchers, func(l string) bool { return !strings.HasPrefix(l, name+"/") })
	if len(others) > 0 && hint == "" {
		return fmt.Errorf("no launcher is called %q; there are %s", word, strings.Join(others, ", "))
	}
	return fmt.Errorf("no launcher or runtime is called %q%s; there are %s", word, hint,
		strings.Join(slices.Concat(spec.LauncherNames(), spec.RuntimeNames()), ", "))
}

// Suggestion names what a misspelt word was probably meant to be, if anything.
func Suggestion(wrong string, names []string) string {
	if best := closest(wrong, names); best != "" {
		return fmt.Sprintf(" (did you mean %q?)", best)
	}
	return ""
}

// closest is the name that a misspelt word is nearest to; "" when none is near.
func closest(wrong string, names []string) string {
	best, least := "", 1+len(wrong)/4
	for _, name := range names {
		if d := distance(strings.ToLower(wrong), name, least); d < least || best == "" && d <= least {
			best, least = name, d
		}
	}
	return best
}

// distance is how many characters have to be added, taken away, changed or
// swapped to make one word of the other; more than most is only known to be more.
func distance(a, b string, most int) int {
	if len(a) > len(b)+most || len(b) > len(a)+most {
		return most + 1
	}
	two, one := []int(nil), make([]int, len(b)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			same := 1
			if a[i-1] == b[j-1] {
				same = 0
			}
			row[j] = min(one[j]+1, row[j-1]+1, one[j-1]+same)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one = one, row
	}
	return one[len(b)]
}
