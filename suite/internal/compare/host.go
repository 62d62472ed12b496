package compare

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// property is a named value of a host, as text.
type property struct{ name, value, runtime string }

// hostDifferences lists what is not the same on both hosts. A launcher that only
// one side has is no difference of the hosts: the other run did not include it.
func hostDifferences(before, after *record.Recording) []HostDifference {
	volatile := map[string]bool{}
	for _, f := range slices.Concat(before.Host, after.Host) {
		volatile[f.Name] = volatile[f.Name] || f.Volatile
	}
	olds, news := properties(before, volatile), properties(after, volatile)
	var found []HostDifference
	for _, kind := range []string{"tool", "fact", "launcher", "feature"} {
		old, new := olds[kind], news[kind]
		for _, n := range new {
			i := slices.IndexFunc(old, func(o property) bool { return o.name == n.name })
			switch {
			case i < 0 && kind != "launcher":
				found = append(found, HostDifference{kind, n.name, n.runtime, "", n.value})
			case i >= 0 && old[i].value != n.value:
				found = append(found, HostDifference{kind, n.name, n.runtime, old[i].value, n.value})
			}
		}
		for _, o := range old {
			if kind != "launcher" && !slices.ContainsFunc(new, func(n property) bool { return n.name == o.name }) {
				found = append(found, HostDifference{kind, o.name, o.runtime, o.value, ""})
			}
		}
	}
	return found
}

// properties lists what is compared of a host, by kind.
func properties(r *record.Recording, volatile map[string]bool) map[string][]property {
	all := map[string][]property{"tool": {{name: r.Tool.Name, value: r.Tool.Version}}}
	for _, f := range r.Host {
		if !volatile[f.Name] {
			all["fact"] = append(all["fact"], property{name: f.Name, value: f.Value})
		}
	}
	for _, l := range r.Launchers {
		all["launcher"] = append(all["launcher"], property{l.Name, launcherText(l), l.Runtime})
	}
	for _, f := range r.Features {
		all["feature"] = append(all["feature"], property{name: f.Name, value: f.Answer})
	}
	return all
}

// launcherText is what has to be equal for a launcher to be the same.
func launcherText(l record.Launcher) string {
	if l.Note != "" {
		return strings.TrimPrefix(l.Version+", not usable: "+l.Note, ", ")
	}
	return cmp.Or(l.Version, "usable")
}
