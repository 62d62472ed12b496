package trial

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/fixtures/runtimes/reference"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// Runtimes are the runtimes that are part of a run, by name, each with its
// interpreter.
type Runtimes map[string]*Runtime

// Runtime is one of them.
type Runtime struct {
	runtimes.Runtime
	// Path is the interpreter; empty when none was found.
	Path string
	// Asked is the interpreter that was asked for by path, with ~ for the home
	// directory: a recording names no user.
	Asked string
	// Once the harness is there: how its driver is run, and what it says of
	// itself, or why it cannot be used.
	Version string
	// Implementation, Libc and BuiltFrom are what its driver says beside that; each
	// may be empty.
	Implementation, Libc, BuiltFrom string
	Unusable                        error
	command                         []string
	ways, missing                   map[string]string
	defaults                        map[string]any
	parts                           map[string][]runtimes.Part // of a launch, of each way that starts programs
	inFront                         map[string][]string        // the commands of spec.Wrap, by name
}

// NewRuntimes is a run of no runtime but the reference.
func NewRuntimes() Runtimes {
	return Runtimes{spec.Reference: {Runtime: spec.Manifests[spec.Reference], Path: "itself"}}
}

// Include makes a runtime part of the run, with the interpreter at path; when
// path is empty, with the one that is found on PATH, or with none, and then
// its trials are unmet.
func (rs Runtimes) Include(name, path string) error {
	manifest, ok := spec.Manifests[name]
	if !ok {
		return fmt.Errorf("no runtime is called %q; there are %s", name, slices.Sorted(slices.Values(spec.RuntimeNames())))
	}
	if path == "" {
		if rs[name] == nil {
			r := &Runtime{Runtime: manifest}
			r.Path, r.Unusable = manifest.Find()
			rs[name] = r
		}
		return nil
	}
	path, err := exec.LookPath(path)
	if err != nil {
		return err
	}
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	r := &Runtime{Runtime: manifest, Path: path, Asked: path}
	if home, err := os.UserHomeDir(); err == nil {
		if rest, ok := strings.CutPrefix(path, filepath.Clean(home)+string(filepath.Separator)); ok {
			r.Asked = "~/" + filepath.ToSlash(rest)
		}
	}
	rs[name] = r
	return nil
}

// Wrap makes a command in front of the program part of the run, NAME or NAME=COMMAND,
// whose words have blanks between them. It returns the launcher's name.
func (rs Runtimes) Wrap(asked string) (launcher string, err error) {
	name, command, given := strings.Cut(asked, "=")
	if !given {
		command = spec.Manifests[spec.Wrap].Starts[name]
	}
	words := strings.Fields(command)
	switch {
	case !wrapName.MatchString(name):
		return "", fmt.Errorf("--wrap %.100q: a name is of letters, digits, dots and hyphens; write NAME='COMMAND ARGUMENT…'", asked)
	case len(words) == 0 && given:
		return "", fmt.Errorf("--wrap %.100q: the command is missing; write %s='COMMAND ARGUMENT…'", asked, name)
	case len(words) == 0:
		return "", fmt.Errorf("--wrap %s: no command is known by this name; there are %s, or write %s='COMMAND ARGUMENT…'", name,
			strings.Join(slices.Sorted(maps.Keys(spec.Manifests[spec.Wrap].Starts)), ", "), name)
	}
	spec.AddWrap(name, command)
	if words[0], err = exec.LookPath(words[0]); err == nil {
		words[0], err = filepath.Abs(words[0])
	}
	if err != nil {
		return "", fmt.Errorf("--wrap %s: %w", name, err)
	}
	r := rs[spec.Wrap]
	if r == nil {
		r = &Runtime{Runtime: spec.Manifests[spec.Wrap], inFront: map[string][]string{}}
		rs[spec.Wrap] = r
	}
	r.inFront[name] = words
	return spec.Wrap + "/" + name, nil
}

var wrapName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]*$`)

// Has reports whether a launcher of a runtime is part of the run.
func (rs Runtimes) Has(launcher string) bool {
	runtime, way, _ := strings.Cut(launcher, "/")
	r := rs[runtime]
	return r != nil && (runtime != spec.Wrap || r.inFront[way] != nil)
}

// VersionOf is the version of what a launcher of the runtime stands for; of a command in
// front, the command.
func (r *Runtime) VersionOf(launcher string) string {
	if r.Name == spec.Wrap {
		return strings.Join(r.inFront[strings.TrimPrefix(launcher, spec.Wrap+"/")], " ")
	}
	return r.Version
}

// Found names the runtimes whose interpreters are on PATH.
func Found() []string {
	return slices.DeleteFunc(spec.RuntimeNames(), func(name string) bool {
		_, err := spec.Manifests[name].Find()
		return err != nil
	})
}

// FirstUnusable is the error of the first runtime of those named that cannot be
// used, also because no interpreter was found: to ask for a runtime by its name, with
// a path or without, and not to get it is an error. For a run of all that is found it
// is none.
func (rs Runtimes) FirstUnusable(names []string) error {
	for _, name := range names {
		if r := rs[name]; r != nil && r.Unusable != nil {
			return fmt.Errorf("--launcher %s: %w", name, r.Unusable)
		}
	}
	return nil
}

// method is a launcher that belongs to a runtime: one of its ways to hand over
// a value. It starts nothing by itself: the runtime's driver does, in scenarios.
type method struct {
	runtime *Runtime
	name    string
}

func (m method) Name() string { return m.runtime.Name + "/" + m.name }

func (m method) Start(*platform.Launch) (platform.Process, error) {
	return nil, fmt.Errorf("%s starts children in scenarios of its driver only: %w", m.Name(), errors.ErrUnsupported)
}

// SkipReason is SkipReason for a runtime's launcher.
func (m method) skipReason() (record.Status, []string) {
	if m.runtime.Unusable != nil {
		return record.Unmet, []string{m.runtime.Title + ": " + m.runtime.Unusable.Error()}
	}
	if why := m.runtime.ways[m.name]; why != "" {
		return record.NotApplicable, []string{fmt.Sprintf("%s %s: %s", m.runtime.Title, m.runtime.Version, why)}
	}
	return "", nil
}

// program is one of the runtime's ways to start programs, or to exit, as a launcher.
func (r *Runtime) program(way string) *runtimes.Launcher {
	if r.Name == spec.Wrap {
		return &runtimes.Launcher{Launcher: r.Name + "/" + way, Title: r.Title, Command: r.inFront[way], InFront: true,
			Parts: append(r.parts[way], runtimes.Descriptors, runtimes.Group, runtimes.Session)}
	}
	_, exits := r.Exits[way]
	return &runtimes.Launcher{Launcher: r.Name + "/" + way, Title: r.Title, Version: r.Version, Command: r.command, Parts: r.parts[way], Exits: exits}
}

// programs are those ways to start programs, or to exit, that this version of the runtime has.
func (r *Runtime) programs() (all []*runtimes.Launcher) {
	for _, way := range slices.Concat(slices.Sorted(maps.Keys(r.Starts)), slices.Sorted(maps.Keys(r.Exits))) {
		if r.Unusable == nil && r.ways[way] == "" && (r.Name != spec.Wrap || r.inFront[way] != nil) {
			all = append(all, r.program(way))
		}
	}
	return all
}

// Note is what there is to say about a launcher of the runtime: why it cannot
// be used; empty when it can.
func (r *Runtime) Note(launcher string) string {
	_, way, _ := strings.Cut(launcher, "/")
	if _, reasons := (method{r, way}).skipReason(); len(reasons) > 0 {
		return reasons[0]
	}
	return ""
}

// launcher finds a launcher by name.
func (rs Runtimes) launcher(name string) (platform.Launcher, error) {
	if name == spec.System {
		return system{}, nil
	}
	if l, ok := platform.LauncherNamed(name); ok {
		return l, nil
	}
	runtime, way, _ := strings.Cut(name, "/")
	if r := rs[runtime]; r != nil && slices.Contains(r.Launchers(), name) {
		if _, handsOver := r.Ways[way]; handsOver {
			return method{r, way}, nil
		}
		return r.program(way), nil
	}
	if manifest, _, ok := spec.RuntimeOf(name); ok {
		return nil, fmt.Errorf("needs --launcher %s: %s is not part of this run", manifest.Name, manifest.Title)
	}
	return nil, fmt.Errorf("no launcher is called %q", name)
}

// system is the pseudo-launcher spec.System.
type system struct{}

func (system) Name() string { return spec.System }
func (system) Start(l *platform.Launch) (platform.Process, error) {
	return platform.OSExec.Start(l)
}

// What a driver is run for beside the scenarios of behaviours. Building is none of
// its own: it is the command of the manifest.
const (
	building = "build"
	asking   = "about"
)

// aboutDeadline is how long a driver may take to say what it is, and most to be
// built, before Multiplier. An interpreter needs a tenth of it to start; one that
// does not end is named before who waits for it gives up.
const aboutDeadline = 12 * time.Second

// prepare installs the drivers of the runtimes that are part of the run and
// asks each what it is, all at once: each waits for its interpreter to start.
func (r *Harness) prepare() {
	var all sync.WaitGroup
	for _, rt := range r.runtimes {
		if rt.Path != "" {
			all.Go(func() { rt.Unusable = r.install(rt) })
		}
		if rt.inFront != nil {
			all.Go(func() { r.lookAtCommands(rt) })
		}
	}
	all.Wait()
}

// lookAtCommands learns which commands in front of a program execute it: only those have
// its process id.
func (r *Harness) lookAtCommands(rt *Runtime) {
	rt.parts = map[string][]runtimes.Part{}
	for way := range rt.inFront {
		if r.executes(rt.program(way)) {
			rt.parts[way] = []runtimes.Part{runtimes.ProcessID}
		}
	}
}

// executes reports whether a command in front of a program executes it, and does not
// stay to wait for it.
func (r *Harness) executes(command *runtimes.Launcher) (itself bool) {
	r.TryOn(&spec.Declaration{Body: func(t *Trial) {
		c := t.Start(Agent())
		itself = Ask(c, agent.Getppid) == os.Getpid()
	}}, command, scenarioDeadline) // one that is only slow would be taken for one that stays
	return itself
}

// refusal is why a way of a runtime cannot start the plainest program on this host, which
// is no verdict about it: with the error of that as the reason, or empty. It is asked once,
// after a start has failed.
func (r *Harness) refusal(way *runtimes.Launcher, patience time.Duration) string {
	r.refusing.Lock()
	defer r.refusing.Unlock()
	why, known := r.refused[way.Launcher]
	if known {
		return why
	}
	plain := *way
	plain.Token, plain.Patience, plain.Capturing, plain.Scratch = "", patience, nil, r.dir
	l := &platform.Launch{Path: r.self, Args: []string{r.self, agent.Exit(0).Ticket(1, "-", "-")}}
	for i := range 3 {
		l.Give(i, platform.Null)
	}
	p, err := plain.Start(l)
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		_, err = p.Wait(ctx)
		cancel()
	}
	var refused *runtimes.StartError
	if errors.As(err, &refused) {
		text, _, _ := strings.Cut(refused.Text, r.self) // most texts end with the path of the program
		why = fmt.Sprintf("%s cannot start a program here: %s", way.Launcher, strings.TrimRight(text, `: '"`))
	}
	r.refused[way.Launcher] = why
	return why
}

// install makes a runtime ready to be driven. The error is a line that names the
// interpreter.
func (r *Harness) install(rt *Runtime) error {
	if rt.Name == spec.Reference {
		// It is this very program, and says the same without being started.
		rt.command = []string{r.self, agent.Reference().Ticket(1, "-", "-")}
		return rt.is(reference.About())
	}
	dir := filepath.Join(r.dir, "runtime-"+rt.Name)
	build, command, err := rt.Install(dir, rt.Path)
	if err != nil {
		return err
	}
	rt.command = command
	if len(build) > 0 {
		run := driverRun{scenario: building, dir: dir + "-build", args: build, deadline: max(aboutDeadline, time.Duration(rt.BuildSeconds)*time.Second)}
		if _, _, err := r.drive(context.Background(), run); err != nil {
			return fmt.Errorf("%s: its driver could not be built: %w", rt.Path, err)
		}
	}
	if err := r.about(rt); err != nil {
		return fmt.Errorf("%s does not run its driver: %w", rt.Path, err)
	}
	return nil
}

// about asks a driver what it drives.
func (r *Harness) about(rt *Runtime) error {
	dir := filepath.Join(r.dir, "about-"+rt.Name+"-"+r.token())
	run := driverRun{scenario: asking, dir: dir, args: slices.Concat(rt.command, []string{asking, "-", dir + ".jsonl"}), deadline: aboutDeadline}
	values, ended, err := r.drive(context.Background(), run)
	switch {
	case err != nil:
		return err
	case ended.Hang:
		return fmt.Errorf("it hung, waiting for %q", values["calling"])
	case len(ended.Left) > 0:
		return fmt.Errorf("it left running: %.300q", strings.Join(ended.Left, ", "))
	}
	return rt.is(values)
}

// is takes what a driver says of itself.
func (rt *Runtime) is(about map[string]any) error {
	text := func(key string) string { s, _ := about[key].(string); return s }
	texts := func(key string) map[string]string {
		m := map[string]string{}
		object, _ := about[key].(map[string]any)
		for name := range object {
			m[name], _ = object[name].(string)
		}
		return m
	}
	rt.Version, rt.Implementation, rt.Libc, rt.BuiltFrom = text("version"), text("implementation"), text("libc"), text("build")
	if rt.Version == "" {
		return errors.New("it does not tell its version")
	}
	if rt.Implementation != "" {
		rt.Title = rt.Implementation
	}
	// What is found on PATH may be a script that looks for the interpreter.
	if itself := text("executable"); itself != "" {
		for i, word := range rt.command {
			if word == rt.Path {
				rt.command[i] = itself
			}
		}
		rt.Path = itself
	}
	rt.ways, rt.missing = texts("ways"), texts("missing")
	rt.defaults, _ = about["defaults"].(map[string]any)
	rt.parts = map[string][]runtimes.Part{}
	for way, parts := range texts("launch") {
		for _, p := range strings.Fields(parts) {
			if !runtimes.IsPart(p) {
				return fmt.Errorf("it says that %s has %q, which is no part of a launch", way, p)
			}
			rt.parts[way] = append(rt.parts[way], runtimes.Part(p))
		}
	}
	return nil
}

// lacks is why the runtime has not the payload that is asked for, which its driver
// has said once; empty if it has it.
func (rt *Runtime) lacks(parameters []string) string {
	for _, p := range parameters {
		if payload, ok := strings.CutPrefix(p, "payload="); ok {
			return rt.missing[payload]
		}
	}
	return ""
}

// ThroughShell reports whether the launcher has a shell start what it starts.
func (t *Trial) ThroughShell() bool {
	l, ok := t.launcher.(*runtimes.Launcher)
	return ok && l.Has(runtimes.Shell)
}

// shellVariables are set by shells themselves: LOGNAME by zsh, the last two by ksh93.
var shellVariables = []string{"_", "PWD", "OLDPWD", "SHLVL", "LOGNAME", "A__z", "_AST_FEATURES"}

// WithoutShells are variables, without those that a shell sets for itself where there is
// one between the launcher and the child.
func (t *Trial) WithoutShells(variables []string) []string {
	others := []string{}
	for _, v := range variables {
		name, _, _ := strings.Cut(v, "=")
		if !t.ThroughShell() || !slices.Contains(shellVariables, name) {
			others = append(others, v)
		}
	}
	return others
}

// Default is what the launcher's runtime says a default is; it is "none" where
// the runtime has no such default.
func (t *Trial) Default(name string) any {
	if v, ok := t.method().runtime.defaults[name]; ok {
		return v
	}
	return "none"
}

func (t *Trial) method() method {
	m, ok := t.launcher.(method)
	if !ok {
		panic(harnessError{t.launcher.Name() + " has no driver"})
	}
	return m
}

// Runtime is the name of the runtime that the launcher belongs to.
func (t *Trial) Runtime() string { return t.method().runtime.Name }

// Method is the launcher's name without that of its runtime.
func (t *Trial) Method() string { return t.method().name }

// NotApplicable ends the trial: the sentence is not about this launcher.
func (t *Trial) NotApplicable(why string) { panic(notApplicable{why}) }

// notApplicable is the panic of a trial that finds out that it is not about
// its launcher.
type notApplicable struct{ why string }
