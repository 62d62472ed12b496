// Package behaviour is how a behaviour is declared and tried. An area declares
// its behaviours once, in sentences; every run tries each of them on each
// launcher it is about, observes, checks, and leaves nothing behind.
package behaviour

import (
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Level is what stands behind a sentence.
type Level = record.Level

// Levels.
const (
	Must     = record.Must
	Should   = record.Should
	Observed = record.Observed
)

// Declaration is one declared behaviour.
type Declaration struct {
	record.Behaviour
	hosts     []Host
	launchers []string
	needs     []string
	pins      []record.Divergence
	body      func(*Trial)
	driven    func(*Trial)
}

// A Part of a declaration says one more thing about a behaviour.
type Part func(*Declaration)

// Try is the body that tries the behaviour.
func Try(body func(*Trial)) Part { return func(d *Declaration) { d.body = body } }

// Driven is the body that tries the behaviour on launchers that hand over values
// (Boundaries), which it adds to those that On names: there the driver of a
// runtime does what Try does by hand.
func Driven(body func(*Trial)) Part { return func(d *Declaration) { d.driven = body } }

// Cite names authorities.
func Cite(citations ...record.Citation) Part {
	return func(d *Declaration) { d.Cites = append(d.Cites, citations...) }
}

// Matters says what goes wrong for people when the behaviour is different.
func Matters(text string) Part { return func(d *Declaration) { d.Matters = text } }

// Remedy says what to do about it. There can be several.
func Remedy(text string) Part {
	return func(d *Declaration) { d.Remedies = append(d.Remedies, record.Remedy{Text: text}) }
}

// ProvedBy names the behaviour whose trial shows that the Remedy before it works.
func ProvedBy(id string) Part {
	return func(d *Declaration) {
		n := len(d.Remedies)
		if n == 0 || d.Remedies[n-1].ProvedBy != "" {
			registry.errors = append(registry.errors, fmt.Errorf("%s: %s proves no remedy of its own", d.ID, id))
			return
		}
		d.Remedies[n-1].ProvedBy = id
	}
}

// For says that the Remedy before it is for the users of these runtimes only.
func For(runtimes ...string) Part {
	return func(d *Declaration) {
		n := len(d.Remedies)
		if n == 0 {
			registry.errors = append(registry.errors, fmt.Errorf("%s: For without a remedy", d.ID))
			return
		}
		d.Remedies[n-1].For = append(d.Remedies[n-1].For, runtimes...)
	}
}

// Role says what the behaviour is to others, beside its own sentence; see
// [record.Role]. A default is declared with DefaultOf.
func Role(role record.Role) Part { return func(d *Declaration) { d.Role = role } }

// DefaultOf says that the behaviour observes a default, and of what: "start
// method". A default that moved explains what else differs.
func DefaultOf(subject string) Part {
	return func(d *Declaration) { d.Role, d.Subject = record.RoleDefault, subject }
}

// Seen names real reports, as owner/repository#number or a link.
func Seen(reports ...string) Part {
	return func(d *Declaration) { d.Seen = append(d.Seen, reports...) }
}

// Was names earlier ids of the behaviour.
func Was(ids ...string) Part {
	return func(d *Declaration) { d.Was = append(d.Was, ids...) }
}

// About says which hosts the sentence is about; without it, all.
func About(hosts ...Host) Part {
	return func(d *Declaration) { d.hosts = append(d.hosts, hosts...) }
}

// On says which launchers the behaviour is tried on; without it, Images.
func On(launchers ...string) Part {
	return func(d *Declaration) { d.launchers = append(d.launchers, launchers...) }
}

// Needs names features without which the behaviour cannot be tried: a host
// that lacks one is unmet, not wrong.
func Needs(features ...string) Part {
	return func(d *Declaration) { d.needs = append(d.needs, features...) }
}

// Diverges pins a known difference of one implementation: the value that the
// named observation has there, why, and where to read about it. The trial runs
// all the same, and turns stale when the pinned value is not seen any more.
func Diverges(implementation, observation string, value any, reason, link string) Part {
	return func(d *Declaration) {
		d.pins = append(d.pins, record.Divergence{Implementation: implementation, Observation: observation, Value: value, Reason: reason, Link: link})
	}
}

// Launcher names, for On.
const (
	OSExec        = "go/os-exec"
	ForkExec      = "unix/fork-exec"
	Fork          = "unix/fork"
	VforkExec     = "linux/vfork-exec"
	CreateProcess = "win32/create-process"
	// System stands for no launcher at all: the sentence is about the operating
	// system, whoever started the child. Such trials start with go/os-exec.
	System = "system"
)

// Images are the launchers that start an executable image: all but Fork.
var Images = []string{OSExec, ForkExec, VforkExec, CreateProcess}

// Every launcher.
var Every = []string{OSExec, ForkExec, Fork, VforkExec, CreateProcess}

// LauncherNames lists every launcher, System included.
func LauncherNames() []string { return append(slices.Clone(Every), System) }

// Host is a family of systems that a sentence can be about.
type Host struct {
	name string
	is   func(goos string) bool
}

// Host families.
var (
	Unix    = Host{"Unix", func(goos string) bool { return goos != "windows" }}
	Linux   = Host{"Linux", func(goos string) bool { return goos == "linux" }}
	Windows = Host{"Windows", func(goos string) bool { return goos == "windows" }}
	Darwin  = Host{"macOS", func(goos string) bool { return goos == "darwin" }}
	BSD     = Host{"the BSDs", func(goos string) bool { return strings.HasSuffix(goos, "bsd") }}
)

// Implementations that a divergence can be pinned to, as platform.Implementation names them.
var implementations = []string{"gVisor", "Wine", "WSL1", "qemu-user", "macOS", "FreeBSD", "NetBSD", "OpenBSD", "Linux", "Windows"}

// AreaInfo is a chapter of the specification.
type AreaInfo struct{ Name, Title string }

// registry holds everything declared in this binary.
var registry struct {
	area    *AreaInfo
	areas   []AreaInfo
	list    []*Declaration
	retired map[string]string
	errors  []error
}

// Area opens an area of the specification; declare declares its behaviours. An
// area of several files is opened in each of them. The result is there to be
// assigned in a package-level var.
func Area(name, title string, declare func()) bool {
	registry.area = &AreaInfo{Name: name, Title: title}
	if !slices.Contains(registry.areas, *registry.area) {
		registry.areas = append(registry.areas, *registry.area)
	}
	declare()
	registry.area = nil
	return true
}

// Behaviour declares one behaviour: its id, stable for ever; its level; the
// normative sentence; what there is to say about it; and, with Try, its body.
func Behaviour(id string, level Level, sentence string, parts ...Part) {
	d := &Declaration{Behaviour: record.Behaviour{ID: id, Level: level, Sentence: sentence, Cites: []record.Citation{}}}
	if registry.area == nil {
		registry.errors = append(registry.errors, fmt.Errorf("%s: declared outside of an area", id))
	} else {
		d.Area = registry.area.Name
	}
	for _, p := range parts {
		p(d)
	}
	if d.launchers == nil {
		d.launchers = Images
	}
	if d.driven != nil {
		d.launchers = slices.Concat(d.launchers, Boundaries())
	}
	registry.list = append(registry.list, d)
}

// Retired keeps the id of a behaviour that is gone, so that it is never given
// to another one.
func Retired(id, why string) bool {
	if registry.retired == nil {
		registry.retired = map[string]string{}
	}
	registry.retired[id] = why
	return true
}

// All returns every declared behaviour, by id.
func All() []*Declaration {
	list := slices.Clone(registry.list)
	slices.SortFunc(list, func(a, b *Declaration) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// Areas returns every area, in the order of declaration.
func Areas() []AreaInfo { return registry.areas }

var wellFormed = regexp.MustCompile(`^[a-z0-9]+(\.[a-z0-9]+(-[a-z0-9]+)*)+$`)

// Check holds the registry against its rules and returns all that is wrong.
func Check() error {
	errs := slices.Clone(registry.errors)
	wrong := func(d *Declaration, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", d.ID, fmt.Sprintf(format, args...)))
	}
	ids := map[string]bool{}
	for _, d := range registry.list {
		if ids[d.ID] {
			wrong(d, "declared twice")
		}
		ids[d.ID] = true
	}
	for _, d := range registry.list {
		if !wellFormed.MatchString(d.ID) {
			wrong(d, "an id is dotted lower-case words")
		}
		if why, gone := registry.retired[d.ID]; gone {
			wrong(d, "this id is retired (%s)", why)
		}
		if !strings.HasSuffix(d.Sentence, ".") {
			wrong(d, "a sentence ends with a full stop")
		}
		if d.body == nil {
			wrong(d, "nothing tries it")
		}
		if d.Level == Must && len(d.Cites) == 0 {
			wrong(d, "a must needs the authority that promises it")
		}
		if d.Matters == "" {
			wrong(d, "it does not say why it matters")
		}
		for _, c := range d.Cites {
			if c.Name == "" || !strings.HasPrefix(c.Link, "https://") {
				wrong(d, "citation %q needs a name and an https link", c.Name)
			}
		}
		for _, p := range d.pins {
			if p.Reason == "" || !strings.HasPrefix(p.Link, "https://") {
				wrong(d, "the divergence of %s needs a reason and a link", p.Implementation)
			}
			if !slices.Contains(implementations, p.Implementation) && !isRuntime(p.Implementation) {
				wrong(d, "no implementation is called %q", p.Implementation)
			}
		}
		for _, l := range d.launchers {
			if _, err := findLauncher(l); err != nil {
				wrong(d, "%v", err)
			}
		}
		for _, f := range d.needs {
			if _, ok := platform.LookupFeature(f); !ok {
				wrong(d, "no feature is called %q", f)
			}
		}
		if slices.Contains(d.Was, d.ID) {
			wrong(d, "it was itself")
		}
		if (d.Role == record.RoleDefault) != (d.Subject != "") {
			wrong(d, "a default says what it is the default of")
		}
		for _, r := range d.Remedies {
			for _, runtime := range r.For {
				if _, ok := runtimesByName[runtime]; !ok {
					wrong(d, "no runtime is called %q", runtime)
				}
			}
			switch {
			case r.Text == "":
				wrong(d, "a remedy says what to do")
			case r.ProvedBy == d.ID:
				wrong(d, "it proves its own remedy")
			case r.ProvedBy != "" && !ids[r.ProvedBy]:
				wrong(d, "its remedy is proved by %q, which is not declared", r.ProvedBy)
			}
		}
	}
	return errors.Join(errs...)
}

// findLauncher finds a launcher by name.
func findLauncher(name string) (platform.Launcher, error) {
	if name == System {
		return system{}, nil
	}
	for _, l := range platform.Launchers() {
		if l.Name() == name {
			return l, nil
		}
	}
	if w, ok := wayOf(name); ok {
		return w, nil
	}
	return nil, fmt.Errorf("no launcher is called %q", name)
}

// system is the pseudo-launcher System.
type system struct{}

func (system) Name() string { return System }
func (system) Start(l *platform.Launch) (platform.Process, error) {
	return platform.Launchers()[0].Start(l)
}

// NotAbout returns why a behaviour is not about this host, or "".
func (d *Declaration) notAbout() string {
	if len(d.hosts) == 0 {
		return ""
	}
	names := []string{}
	for _, h := range d.hosts {
		if h.is(runtime.GOOS) {
			return ""
		}
		names = append(names, h.name)
	}
	return "it is about " + strings.Join(names, " and ")
}

// describe makes the short text of what a matcher expects, from the words it
// would fail with.
func describe(message string) string {
	lines := strings.Split(message, "\n")
	for i, line := range lines {
		if i > 0 && (strings.HasPrefix(line, "to ") || strings.HasPrefix(line, "not to ")) {
			text := strings.Join(strings.Fields(strings.Join(lines[i:], " ")), " ")
			return typeName.ReplaceAllString(text, "")
		}
	}
	return strings.Join(strings.Fields(message), " ")
}

// typeName is how Gomega announces the type of a value: "<int>: ", "<[]string | len:2, cap:2>: ".
var typeName = regexp.MustCompile(`<[^<>]*>: `)
