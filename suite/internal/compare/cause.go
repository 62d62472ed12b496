package compare

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// causes looks for differences that explain others, the surest kind first:
//
//   - A default moved: a behaviour with that role differs. What follows is a
//     matter of evidence, see [follow].
//   - A feature came or went, and the reason of a trial names it.
//   - A runtime has another version, and there are findings on its launchers
//     that no default explains.
//
// Between two operating systems only that is said of the last two: launchers
// and features come and go with the system, and naming each would hide what is
// worth knowing.
func causes(host []HostDifference, findings []Finding, b, a *side) []Cause {
	found := defaults(findings, b, a)
	for _, h := range host {
		if h.Kind == OfHost && h.Name == "os" {
			return append(
				found,
				Cause{
					Kind:   OfHost,
					What:   "the operating system",
					Before: h.Before,
					After:  h.After,
					Findings: following(findings, func(f Finding, _ string) bool {
						return f.Verb == NewlySkipped || f.Verb == NewlyRun
					}),
				},
			)
		}
	}
	for _, h := range host {
		if h.Kind != OfFeature {
			continue
		}
		follows := following(findings, func(f Finding, _ string) bool {
			return names(f.BeforeReasons, h.Name) || names(f.AfterReasons, h.Name)
		})
		if len(follows) > 0 {
			found = append(found, Cause{Kind: OfFeature, What: "the feature " + h.Name, Before: h.Before, After: h.After, Findings: follows})
		}
	}
	return append(found, versions(host, findings, found, b, a)...)
}

// defaults lists the defaults that moved, those with consequences first.
func defaults(findings []Finding, b, a *side) []Cause {
	var found []Cause
	for _, f := range findings {
		if f.Role != record.RoleDefault {
			continue
		}
		for _, launcher := range f.Launchers {
			for _, d := range f.Differences {
				of := cmp.Or(a.launchers[launcher].Implementation, b.launchers[launcher].Implementation, runtime(launcher, b, a), launcher)
				c := Cause{Kind: OfDefault, What: "the default " + declared(f.ID, b, a).Subject + " of " + of, Cites: f.Cites, Matters: f.Matters,
					Before: valueText(d.Before, d.NoBefore), After: valueText(d.After, d.NoAfter)}
				if len(f.Differences) > 1 {
					c.What += " (" + d.Name + ")"
				}
				c.follow(f, launcher, findings, b, a)
				found = append(found, c)
			}
		}
	}
	slices.SortStableFunc(found, func(x, y Cause) int { return cmp.Compare(len(y.Findings), len(x.Findings)) })
	return found
}

// follow groups under c, the default that f says has moved, the findings on
// launcher that follow from it. A launcher that leaves the choice to its runtime
// (cpython/default) and that moved from fork to forkserver has to have done
// before what cpython/fork did, and to do now what cpython/forkserver does and
// cpython/fork does not.
func (c *Cause) follow(f Finding, launcher string, findings []Finding, b, a *side) {
	l := a.launchers[launcher]
	if !l.Default {
		return
	}
	was, is := l.Method(c.Before), l.Method(c.After)
	c.Findings = following(findings, func(g Finding, l string) bool {
		trial := func(s *side, launcher string) *record.Trial { return s.trials[key{g.ID, launcher}] }
		return l == launcher && alike(trial(b, l), trial(b, was)) &&
			alike(trial(a, l), trial(a, is)) && !alike(trial(a, l), trial(a, was))
	})
	if len(c.Findings) == 0 {
		return
	}
	// What happened to people comes before what was taken apart to explain it.
	weight := func(f Finding) int {
		if f.Role == record.RoleStory {
			return math.MaxInt
		}
		return len(f.Seen)
	}
	slices.SortStableFunc(c.Findings, func(x, y Finding) int { return cmp.Compare(weight(y), weight(x)) })
	c.Default = &Default{Was: was, Is: is, Gone: true}
	for k, t := range a.trials {
		if k.launcher == was && t.Status.Ran() {
			c.Default.Gone = false
		}
	}
	var named []string
	suggest := func(id string) {
		for _, r := range declared(id, b, a).Remedies {
			if text := r.Text + " " + r.ProvedBy; helps(r, []string{launcher}, b, a) && !slices.Contains(named, text) {
				named = append(named, text)
				c.Default.Remedies = append(c.Default.Remedies, remedy(r, []string{launcher}, b, a))
			}
		}
	}
	for _, g := range c.Findings {
		if !c.Default.Gone && alike(b.trials[key{g.ID, launcher}], a.trials[key{g.ID, was}]) {
			c.Default.Kept = append(c.Default.Kept, g.ID)
		}
		suggest(g.ID)
	}
	suggest(f.ID)
	c.Default.Own = f.Remedies
	if way := declared(f.ID, b, a).WayBack; way.Code != "" && !c.Default.Gone && len(c.Default.Kept) > 0 {
		c.Default.WayBack = remedy(record.Remedy{Text: way.With(c.Before), ProvedBy: way.ProvedBy}, []string{launcher}, b, a)
	}
}

// alike reports whether two trials of a behaviour saw the same.
func alike(x, y *record.Trial) bool {
	return x != nil && y != nil && x.Status.Ran() == y.Status.Ran() &&
		(x.Status.Ran() || x.Status == y.Status) && len(differences(x.Observations, y.Observations)) == 0
}

// versions are the runtimes of another version, each once for all its launchers,
// with what else differs of the runtime: a finding may as well follow from that.
func versions(host []HostDifference, findings []Finding, found []Cause, b, a *side) []Cause {
	var causes []Cause
	for i, h := range host {
		like := func(o HostDifference) bool {
			return o.Name == h.Name || o.Runtime != "" && o.Runtime == h.Runtime && o.Before == h.Before && o.After == h.After
		}
		if h.Kind != OfLauncher || slices.ContainsFunc(host[:i], like) {
			continue
		}
		name := h.Name
		if slices.ContainsFunc(host[i+1:], like) {
			name = h.Runtime + "/*"
		}
		follows := following(findings, func(f Finding, launcher string) bool {
			return !explained(found, f.ID, launcher) &&
				slices.ContainsFunc(host, func(o HostDifference) bool { return o.Name == launcher && like(o) })
		})
		if len(follows) > 0 {
			c := Cause{Kind: OfLauncher, What: "the version of " + name, Before: h.Before, After: h.After, Findings: follows}
			for _, o := range host {
				if o.Kind == OfRuntime && o.Runtime == h.Runtime {
					c.What += ", or the " + strings.TrimPrefix(o.Name, h.Runtime+" ")
					c.Before += ", " + o.Before
					c.After += ", " + o.After
				}
			}
			causes = append(causes, c)
		}
	}
	for _, h := range host {
		newer := slices.ContainsFunc(
			host,
			func(o HostDifference) bool { return o.Kind == OfLauncher && o.Runtime == h.Runtime },
		)
		if h.Kind != OfRuntime || newer {
			continue
		}
		follows := following(findings, func(f Finding, launcher string) bool {
			return !explained(found, f.ID, launcher) && runtime(launcher, b, a) == h.Runtime
		})
		if len(follows) > 0 {
			causes = append(
				causes,
				Cause{
					Kind:     OfRuntime,
					What:     "the " + strings.TrimPrefix(h.Name, h.Runtime+" ") + " of " + h.Runtime,
					Before:   h.Before,
					After:    h.After,
					Findings: follows,
				},
			)
		}
	}
	return causes
}

// explained reports whether the trial of id on launcher follows from a default
// that moved.
func explained(causes []Cause, id, launcher string) bool {
	return slices.ContainsFunc(causes, func(c Cause) bool {
		return c.Default != nil && slices.ContainsFunc(c.Findings, func(f Finding) bool {
			return f.ID == id && slices.Contains(f.Launchers, launcher)
		})
	})
}

// valueText shows a value in a sentence, so without the quotes of a string.
func valueText(v any, none bool) string {
	if none {
		return ""
	}
	if text, ok := v.(string); ok {
		return text
	}
	return record.Text(v)
}

// following returns the findings that belong, each on the launchers where it does.
func following(findings []Finding, belongs func(f Finding, launcher string) bool) []Finding {
	var found []Finding
	for _, f := range findings {
		f.Launchers = filter(f.Launchers, func(l string) bool { return belongs(f, l) })
		if len(f.Launchers) > 0 {
			found = append(found, f)
		}
	}
	return found
}

// names reports whether one of reasons has name as a whole word.
func names(reasons []string, name string) bool {
	return slices.ContainsFunc(reasons, func(reason string) bool {
		words := strings.FieldsFunc(reason, func(r rune) bool { return strings.ContainsRune(" ,;:()'\"", r) })
		return slices.ContainsFunc(words, func(word string) bool { return strings.TrimRight(word, ".") == name })
	})
}
