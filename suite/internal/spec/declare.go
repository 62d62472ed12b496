package spec

import (
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

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
	// Hosts are the families of systems that the sentence is about; none means all.
	Hosts []Host
	// Launchers are the names of the launchers that it is tried on.
	Launchers []string
	// AnyLauncher says that these are all that start an image.
	AnyLauncher bool
	// Needs are the features without which it cannot be tried.
	Needs []string
	// Alone says that no other trial may go on meanwhile.
	Alone bool
	// Place is where it is declared.
	Place Place
	// Pins are the known differences of implementations and runtimes.
	Pins []record.Divergence
	// Body tries it; ScenarioBody does on launchers that hand over values, where
	// a runtime's driver acts.
	Body, ScenarioBody Body
}

// Place is a place in the source.
type Place struct {
	File string // its path as the compiler saw it
	Line int
}

// Body is what tries a behaviour. Package trial makes bodies and calls them.
type Body any

// A Part of a declaration says one more thing about a behaviour.
type Part func(*Declaration)

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

// Subject says what the behaviour is about, as a noun phrase that can stand in a
// list: "an open text file". A default has its own, see [DefaultOf].
func Subject(phrase string) Part {
	return func(d *Declaration) { d.Subject = phrase }
}

// Brief is the sentence in at most 80 characters, for a page that lists many. What
// was observed follows on it, without its name when there is only one.
func Brief(sentence string) Part {
	return func(d *Declaration) { d.Brief = sentence }
}

// WayBack is the line of a program that sets the default to a value again, for
// which [record.Before] stands, and the behaviour that shows that it works.
func WayBack(code, provedBy string) Part {
	return func(d *Declaration) { d.WayBack = record.WayBack{Code: code, ProvedBy: provedBy} }
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
	return func(d *Declaration) { d.Hosts = append(d.Hosts, hosts...) }
}

// On says which launchers the behaviour is tried on; without it, on all that start an
// image: Images and ProgramLaunchers.
func On(launchers ...string) Part {
	return func(d *Declaration) { d.Launchers = append(d.Launchers, launchers...) }
}

// Also adds launchers to all that start an image.
func Also(launchers ...string) Part {
	return func(d *Declaration) {
		d.Launchers, d.AnyLauncher = slices.Concat(Images, ProgramLaunchers(), launchers), true
	}
}

// OnWays says that the behaviour is tried on every way of a runtime to start programs, and
// on every command in front of one, and not on the launchers of the system.
func OnWays() Part {
	return func(d *Declaration) { d.Launchers, d.AnyLauncher = ProgramLaunchers(), true }
}

// Needs names features without which the behaviour cannot be tried: a host
// that lacks one is unmet, not wrong.
func Needs(features ...string) Part {
	return func(d *Declaration) { d.Needs = append(d.Needs, features...) }
}

// Alone says that no other trial may go on while this one does: it measures, or
// uses up what others need.
func Alone() Part { return func(d *Declaration) { d.Alone = true } }

// Diverges pins a known difference of one implementation, or of one launcher of a
// runtime, such as cpython/subprocess: the value that the
// named observation has there, why, and where to read about it. The trial runs
// all the same, and turns stale when the pinned value is not seen any more.
func Diverges(implementation, observation string, value any, reason, link string) Part {
	return func(d *Declaration) {
		d.Pins = append(d.Pins, record.Divergence{Implementation: implementation,
			Observation: observation, Value: value, Reason: reason, Link: link})
	}
}

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
	FreeBSD = Host{"FreeBSD", func(goos string) bool { return goos == "freebsd" }}
	NetBSD  = Host{"NetBSD", func(goos string) bool { return goos == "netbsd" }}
	OpenBSD = Host{"OpenBSD", func(goos string) bool { return goos == "openbsd" }}
	BSD     = Host{"the BSDs", func(goos string) bool { return strings.HasSuffix(goos, "bsd") }}
)

// Implementations that a divergence can be pinned to, as platform.Implementation names them.
var implementations = []string{"gVisor", "Wine", "WSL1", "qemu-user",
	"macOS", "FreeBSD", "NetBSD", "OpenBSD", "Linux", "Windows"}

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

// Behaviour declares one behaviour: its id, stable forever; its level; the
// normative sentence; what there is to say about it; and, with Try, its body.
func Behaviour(id string, level Level, sentence string, parts ...Part) {
	d := &Declaration{Behaviour: record.Behaviour{ID: id, Level: level, Sentence: sentence, Cites: []record.Citation{}}}
	_, d.Place.File, d.Place.Line, _ = runtime.Caller(1)
	if registry.area == nil {
		registry.errors = append(registry.errors, fmt.Errorf("%s: declared outside of an area", id))
	} else {
		d.Area = registry.area.Name
	}
	for _, p := range parts {
		p(d)
	}
	if d.Launchers == nil {
		d.Launchers, d.AnyLauncher = slices.Concat(Images, ProgramLaunchers()), true
	}
	if d.ScenarioBody != nil {
		d.Launchers = slices.Concat(d.Launchers, ValueLaunchers())
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

// Isolate empties the registry for a test that declares behaviours of its own,
// and returns what restores it.
func Isolate() (restore func()) {
	saved := registry
	registry.area, registry.areas, registry.list, registry.retired, registry.errors = nil, nil, nil, nil, nil
	return func() { registry = saved }
}

// All returns every declared behaviour, by id.
func All() []*Declaration {
	list := slices.Clone(registry.list)
	slices.SortFunc(list, func(a, b *Declaration) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// Areas returns every area, in the order of declaration.
func Areas() []AreaInfo { return registry.areas }

var wellFormed = regexp.MustCompile(`^[a-z0-9]+\.[a-z0-9]+(\.[a-z0-9]+(-[a-z0-9]+)*)+$`)

// Check holds the registry against its rules and returns all that is wrong.
func Check() error {
	errs := slices.Clone(registry.errors)
	wrong := func(d *Declaration, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", d.ID, fmt.Sprintf(format, args...)))
	}
	ids, was := map[string]bool{}, map[string]string{}
	for _, d := range registry.list {
		if ids[d.ID] {
			wrong(d, "declared twice")
		}
		ids[d.ID] = true
	}
	for _, d := range registry.list {
		if !wellFormed.MatchString(d.ID) {
			wrong(d, "an id is its area, its file and its name, in lower-case words with dots between them")
		}
		words := strings.SplitN(d.ID, ".", 3)
		if d.Area != words[0] {
			wrong(d, "the id of a behaviour of area %s begins with %s", d.Area, d.Area)
		}
		if want := "/" + strings.Join(words[:min(2, len(words))], "/") + ".go"; !strings.HasSuffix(strings.Replace(d.Place.File, "_test.go", ".go", 1), want) {
			wrong(d, "it is declared in %s, not in %s", d.Place.File, want[1:])
		}
		if why, gone := registry.retired[d.ID]; gone {
			wrong(d, "this id is retired (%s)", why)
		}
		if !strings.HasSuffix(d.Sentence, ".") {
			wrong(d, "a sentence ends with a full stop")
		}
		if d.Body == nil {
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
		for _, p := range d.Pins {
			if p.Reason == "" || !strings.HasPrefix(p.Link, "https://") {
				wrong(d, "the divergence of %s needs a reason and a link", p.Implementation)
			}
			if !slices.Contains(implementations, p.Implementation) && !isRuntimeTitle(p.Implementation) && !isLauncher(p.Implementation) {
				wrong(d, "no implementation is called %q", p.Implementation)
			}
		}
		for _, l := range d.Launchers {
			if !isLauncher(l) {
				wrong(d, "no launcher is called %q", l)
			}
		}
		for _, f := range d.Needs {
			if _, ok := platform.LookupFeature(f); !ok {
				wrong(d, "no feature is called %q", f)
			}
		}
		for _, old := range d.Was {
			switch {
			case old == d.ID:
				wrong(d, "Was names the behaviour's own id")
			case ids[old]:
				wrong(d, "Was names %q, which is declared", old)
			case was[old] != "":
				wrong(d, "Was names %q, as %s does", old, was[old])
			}
			was[old] = d.ID
		}
		if n := utf8.RuneCountInString(d.Brief); n > 80 || n > 0 && !strings.HasSuffix(d.Brief, ".") {
			wrong(d, "Brief is one sentence of at most 80 characters, not %d", n)
		}
		if d.WayBack.Code != "" {
			switch {
			case d.Role != record.RoleDefault:
				wrong(d, "WayBack is about a default that moves, and this is none")
			case !strings.Contains(d.WayBack.Code, record.Before):
				wrong(d, "WayBack has no place for the value, "+record.Before)
			case !ids[d.WayBack.ProvedBy]:
				wrong(d, "its way back is proved by %q, which is not declared", d.WayBack.ProvedBy)
			}
		}
		if d.Role == record.RoleDefault && d.Subject == "" {
			wrong(d, "a default says what it is the default of")
		}
		for _, r := range d.Remedies {
			for _, runtime := range r.For {
				if _, ok := Manifests[runtime]; !ok {
					wrong(d, "no runtime is called %q", runtime)
				}
			}
			switch {
			case r.Text == "":
				wrong(d, "a remedy says what to do")
			case r.ProvedBy == d.ID:
				wrong(d, "ProvedBy names the behaviour itself")
			case r.ProvedBy != "" && !ids[r.ProvedBy]:
				wrong(d, "its remedy is proved by %q, which is not declared", r.ProvedBy)
			}
		}
	}
	return errors.Join(errs...)
}

// Systems names the families of systems that the sentence is about; none means all.
func (d *Declaration) Systems() (names []string) {
	for _, h := range d.Hosts {
		names = append(names, h.name)
	}
	return names
}

// NotAbout returns why a behaviour is not about this host, or "".
func (d *Declaration) NotAbout() string {
	if len(d.Hosts) == 0 {
		return ""
	}
	for _, h := range d.Hosts {
		if h.is(runtime.GOOS) {
			return ""
		}
	}
	names := d.Systems()
	return "specifies " + strings.Join(names, " and ") + " only"
}
