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
// Nor is what only one side knows of a runtime.
func hostDifferences(before, after *record.Recording) []HostDifference {
	volatile, oses := map[string]bool{}, map[string]bool{}
	for _, f := range slices.Concat(before.Host, after.Host) {
		volatile[f.Name] = volatile[f.Name] || f.Volatile
		if f.Name == "os" {
			oses[f.Value] = true
		}
	}
	// Between two systems every feature has another error.
	olds, news := properties(before, volatile, len(oses) < 2), properties(after, volatile, len(oses) < 2)
	var found []HostDifference
	for _, kind := range []Kind{OfTool, OfHost, OfLauncher, OfRuntime, OfFeature} {
		old, new := olds[kind], news[kind]
		oneSided := kind != OfLauncher && kind != OfRuntime
		for _, n := range new {
			i := slices.IndexFunc(old, func(o property) bool { return o.name == n.name })
			switch {
			case i < 0 && oneSided:
				found = append(found, HostDifference{kind, n.name, n.runtime, "", n.value})
			case i >= 0 && old[i].value != n.value:
				found = append(found, HostDifference{kind, n.name, n.runtime, old[i].value, n.value})
			}
		}
		for _, o := range old {
			if oneSided && !slices.ContainsFunc(new, func(n property) bool { return n.name == o.name }) {
				found = append(found, HostDifference{kind, o.name, o.runtime, o.value, ""})
			}
		}
	}
	return found
}

// properties lists what is compared of a host, by kind.
func properties(r *record.Recording, volatile map[string]bool, details bool) map[Kind][]property {
	all := map[Kind][]property{OfTool: {{name: r.Tool.Name, value: r.Tool.Version}}}
	for _, f := range r.Host {
		if !volatile[f.Name] {
			all[OfHost] = append(all[OfHost], property{name: f.Name, value: f.Value})
		}
	}
	for _, l := range r.Launchers {
		all[OfLauncher] = append(all[OfLauncher], property{l.Name, launcherText(l), l.Runtime})
		for _, of := range []struct{ what, value string }{{"implementation", l.Implementation}, {"libc", l.Libc},
			{"build", l.Build}} {
			p := property{cmp.Or(l.Runtime, l.Name) + " " + of.what, of.value, l.Runtime}
			if of.value != "" && !slices.Contains(all[OfRuntime], p) {
				all[OfRuntime] = append(all[OfRuntime], p)
			}
		}
	}
	for _, f := range r.Features {
		all[OfFeature] = append(all[OfFeature], property{name: f.Name, value: featureText(f, details)})
	}
	return all
}

// featureText is what has to be equal for a feature to be the same. The error
// of one that is missing is part of it: a call that is forbidden (EPERM) is
// another thing than one that does not exist (ENOSYS).
func featureText(f record.Feature, details bool) string {
	if f.Answer == record.Yes || f.Detail == "" || !details {
		return string(f.Answer)
	}
	return string(f.Answer) + ": " + f.Detail
}

// launcherText is what has to be equal for a launcher to be the same.
func launcherText(l record.Launcher) string {
	if l.Note != "" {
		return strings.TrimPrefix(l.Version+", not usable: "+l.Note, ", ")
	}
	return cmp.Or(l.Version, "usable")
}
