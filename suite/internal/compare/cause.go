package compare

import (
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// causes looks for differences that explain others, the surest kind first:
//
//   - A default moved: a behaviour whose id begins with "default." differs. What
//     follows is everything else on the same launcher, if that launcher stands
//     for the default itself (its name ends in "/default"); a launcher that
//     names its method does not depend on the default.
//   - A feature came or went, and the reason of a trial names it.
//   - A launcher has another version, and trials on it differ.
//
// Between two operating systems only that is said: launchers and features come
// and go with the system, and naming each would hide what is worth knowing.
func causes(host []HostDifference, findings []Finding) []Cause {
	var found []Cause
	for _, f := range findings {
		if !strings.HasPrefix(f.ID, "default.") {
			continue
		}
		for _, d := range f.Differences {
			found = append(found, Cause{
				What:   "the default " + strings.TrimPrefix(f.ID, "default.") + " (" + d.Name + ")",
				Before: sideText(d.Before, d.NoBefore),
				After:  sideText(d.After, d.NoAfter),
				Findings: keys(findings, func(g Finding, launcher string) bool {
					return g.ID != f.ID && strings.HasSuffix(launcher, "/default") && slices.Contains(f.Launchers, launcher)
				}),
			})
		}
	}
	for _, h := range host {
		if h.Kind == "fact" && h.Name == "os" {
			return append(found, Cause{"the operating system", h.Before, h.After, keys(findings, func(f Finding, _ string) bool {
				return f.Verb == NewlySkipped || f.Verb == NewlyRun
			})})
		}
	}
	for _, h := range host {
		var follows []string
		switch h.Kind {
		case "feature":
			follows = keys(findings, func(f Finding, _ string) bool {
				return names(f.BeforeReasons, h.Name) || names(f.AfterReasons, h.Name)
			})
		case "launcher":
			if h.Before != "" && h.After != "" {
				follows = keys(findings, func(_ Finding, launcher string) bool { return launcher == h.Name })
			}
		}
		if len(follows) > 0 {
			found = append(found, Cause{"the " + h.Kind + " " + h.Name, h.Before, h.After, follows})
		}
	}
	return found
}

func sideText(v any, none bool) string {
	if none {
		return ""
	}
	return record.Text(v)
}

// keys lists the keys of the trials of findings that belong.
func keys(findings []Finding, belongs func(f Finding, launcher string) bool) []string {
	var found []string
	for _, f := range findings {
		for i, launcher := range f.Launchers {
			if belongs(f, launcher) {
				found = append(found, f.Keys()[i])
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// names reports whether one of reasons has name as a whole word.
func names(reasons []string, name string) bool {
	return slices.ContainsFunc(reasons, func(reason string) bool {
		words := strings.FieldsFunc(reason, func(r rune) bool { return strings.ContainsRune(" ,;:()'\"", r) })
		return slices.ContainsFunc(words, func(word string) bool { return strings.TrimRight(word, ".") == name })
	})
}
