package run

import (
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

// Head is the recording of a run before any trial. A run of some launchers only
// reports these, and of what is tried on them.
func Head(s Selection, h *trial.Harness, seed int64) record.Recording {
	tried, about := map[string]bool{}, map[string]bool{}
	if pairs, err := s.Pairs(); err == nil && len(s.Launchers) > 0 {
		for _, p := range pairs {
			tried[p.Launcher], about[p.ID] = true, true
		}
	}
	listed := func(names map[string]bool, name string) bool { return len(names) == 0 || names[name] }
	head := record.Recording{Head: record.Head{Format: record.Format, Tool: Tool(),
		Config: record.Config{Only: append(slices.Clone(s.Only), s.Launchers...), Deadline: h.Scale(h.Deadline).String(), Multiplier: h.Multiplier, Seed: seed}}}
	for _, f := range platform.Host() {
		head.Host = append(head.Host, record.Fact{Name: f.Name, Value: f.Value, Volatile: f.Volatile})
		if f.Name == "go.version" {
			head.Host = append(head.Host, record.Fact{Name: "go.cgo", Value: cgo()})
		}
	}
	for _, f := range platform.Features() {
		answer, detail := f.Probe()
		head.Features = append(head.Features, record.Feature{Name: f.Name, Answer: record.Answer(answer), Detail: detail})
	}
	for _, l := range platform.Launchers() {
		if !listed(tried, l.Name()) {
			continue
		}
		known := record.Launcher{Name: l.Name(), Version: platform.LauncherVersion(l)}
		if err := platform.Usable(l); err != nil {
			known.Note = err.Error()
		}
		head.Launchers = append(head.Launchers, known)
	}
	if listed(tried, spec.System) {
		head.Launchers = append(head.Launchers, record.Launcher{Name: spec.System, Version: "the system's own"})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Runtimes)) {
		rt := s.Runtimes[name]
		for _, l := range rt.Launchers() {
			if listed(tried, l) && s.Runtimes.Has(l) {
				head.Launchers = append(head.Launchers, record.Launcher{Name: l, Version: rt.VersionOf(l), Runtime: name,
					Default: strings.HasSuffix(l, "/"+spec.DefaultMethod), Path: rt.Asked, Note: rt.Note(l),
					Implementation: rt.Implementation, Libc: rt.Libc, Build: rt.BuiltFrom})
			}
		}
	}
	for _, d := range spec.All() {
		if listed(about, d.ID) || len(s.Only) > 0 {
			head.Behaviours = append(head.Behaviours, d.Behaviour)
		}
	}
	return head
}

// cgo is how the binary was built, which decides who resolves users and hosts
// and whether libc is in the process at all. It is asked here and not in package
// platform, because package runtime/debug is initialised late, and everything that
// a child needs has to be there before the packages of the test framework are.
func cgo() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "CGO_ENABLED" {
				return map[string]string{"0": "no", "1": "yes"}[s.Value]
			}
		}
	}
	return "unknown"
}

// Tool names this program and its version, as the Go tool stamped it.
func Tool() record.Tool {
	t := record.Tool{Name: "spawnspec", Version: "devel"}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		t.Version = strings.Trim(info.Main.Version, "()")
	}
	return t
}
