package behaviour

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/fixtures/child"
	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// driven is a runtime as a source of launchers.
type driven struct {
	runtimes.Runtime
	// path is the interpreter; empty when the runtime is not part of this run.
	path string
	// asked is the interpreter that was asked for by path, with ~ for the home
	// directory: a recording names no user.
	asked string
	// Once the run has begun: how its driver is run, and what it says of itself,
	// or why it cannot be.
	command  []string
	version  string
	ways     map[string]string
	defaults map[string]any
	unusable error
}

// reference is the model in fixtures/boundary, which is driven as a runtime is
// and is part of every run.
const reference = "reference"

// runtimesByName are the runtimes that have a driver.
var runtimesByName = func() map[string]*driven {
	all, err := runtimes.All()
	if err != nil {
		registry.errors = append(registry.errors, err)
	}
	byName := map[string]*driven{}
	for _, r := range all {
		byName[r.Name] = &driven{Runtime: r}
	}
	byName[reference] = &driven{
		Runtime: runtimes.Runtime{Name: reference, Title: "The reference boundary", Ways: map[string]string{"gob": "encoding/gob", "json": "encoding/json"}},
		path:    "itself",
	}
	return byName
}()

// Include makes a runtime part of the run, with the interpreter at path; when
// path is empty, with the one that is found on PATH, or with none, and then
// its trials are unmet.
func Include(name, path string) error {
	r, ok := runtimesByName[name]
	if !ok {
		return fmt.Errorf("no runtime is called %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(runtimesByName)), ", "))
	}
	if path == "" {
		if r.path == "" {
			r.path, r.unusable = r.Find()
		}
		return nil
	}
	path, err := exec.LookPath(path)
	if err != nil {
		return err
	}
	if r.path, err = filepath.Abs(path); err != nil {
		return err
	}
	r.asked = r.path
	if home, err := os.UserHomeDir(); err == nil {
		if rest, ok := strings.CutPrefix(r.path, filepath.Clean(home)+string(filepath.Separator)); ok {
			r.asked = "~/" + filepath.ToSlash(rest)
		}
	}
	return nil
}

// DefaultMethod is the name of the method of a launcher that leaves the choice
// of one to its runtime.
const DefaultMethod = "default"

// IsRuntime reports whether there is a driver for a runtime of this name that
// is not part of every run.
func IsRuntime(name string) bool {
	_, ok := runtimesByName[name]
	return ok && name != reference
}

// Found names the runtimes whose interpreters are on PATH.
func Found() []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(runtimesByName)) {
		if IsRuntime(name) {
			if _, err := runtimesByName[name].Find(); err == nil {
				found = append(found, name)
			}
		}
	}
	return found
}

func (r *driven) included() bool { return r.path != "" || r.unusable != nil }

// way is a launcher that belongs to a runtime. It starts nothing by itself: its
// driver does, in scenarios.
type way struct {
	runtime *driven
	name    string
}

func (w way) Name() string { return w.runtime.Name + "/" + w.name }

func (w way) Start(*platform.Launch) (platform.Process, error) {
	return nil, fmt.Errorf("%s starts children in scenarios of its driver only: %w", w.Name(), errors.ErrUnsupported)
}

// wayOf finds a runtime's launcher by name.
func wayOf(launcher string) (w way, ok bool) {
	name, rest, _ := strings.Cut(launcher, "/")
	r, ok := runtimesByName[name]
	if !ok || !slices.Contains(r.Launchers(), launcher) {
		return way{}, false
	}
	return way{r, rest}, true
}

// hopeless is Hopeless for a runtime's launcher.
func (w way) hopeless() (record.Status, []string) {
	if w.runtime.unusable != nil {
		return record.Unmet, []string{w.runtime.Title + ": " + w.runtime.unusable.Error()}
	}
	if why := w.runtime.ways[w.name]; why != "" {
		return record.NotApplicable, []string{fmt.Sprintf("%s %s: %s", w.runtime.Title, w.runtime.version, why)}
	}
	return "", nil
}

// Boundaries are the launchers that hand over values.
func Boundaries() []string {
	return launchersOf(func(r runtimes.Runtime) map[string]string { return r.Ways })
}

// Starters are the launchers of runtimes that start programs.
func Starters() []string {
	return launchersOf(func(r runtimes.Runtime) map[string]string { return r.Starts })
}

func launchersOf(ways func(runtimes.Runtime) map[string]string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(runtimesByName)) {
		for _, way := range slices.Sorted(maps.Keys(ways(runtimesByName[name].Runtime))) {
			names = append(names, name+"/"+way)
		}
	}
	return names
}

// Ways are the launchers of one runtime that hand over values.
func Ways(runtime string) []string {
	return slices.DeleteFunc(Boundaries(), func(l string) bool { return !strings.HasPrefix(l, runtime+"/") })
}

// prepare installs the drivers of the runtimes that are part of the run and
// asks each what it is.
func (r *Run) prepare() {
	for _, rt := range runtimesByName {
		if rt.path == "" {
			continue
		}
		if rt.Name == reference {
			rt.command = []string{r.self, child.Reference().Ticket(1, "-", "-")}
		} else if rt.command, rt.unusable = rt.Install(filepath.Join(r.dir, "runtime-"+rt.Name), rt.path); rt.unusable != nil {
			continue
		}
		rt.unusable = r.about(rt)
	}
}

// about asks a driver what it drives.
func (r *Run) about(rt *driven) error {
	dir := filepath.Join(r.dir, "about-"+rt.Name+r.token())
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	output := filepath.Join(dir, "observation")
	ctx, cancel := context.WithTimeout(context.Background(), r.scale(sceneDeadline))
	defer cancel()
	c := exec.CommandContext(ctx, rt.command[0], slices.Concat(rt.command[1:], []string{"about", "-", output})...)
	c.Dir = dir
	printed, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s does not run its driver: %w: %s", rt.path, err, lastLine(string(printed)))
	}
	values, err := readObservation(output)
	if err != nil {
		return err
	}
	rt.version, _ = values["version"].(string)
	if rt.version == "" {
		return fmt.Errorf("%s does not tell its version", rt.path)
	}
	// What is found on PATH may be a script that looks for the interpreter.
	if itself, _ := values["executable"].(string); itself != "" {
		for i, word := range rt.command {
			if word == rt.path {
				rt.command[i] = itself
			}
		}
		rt.path = itself
	}
	rt.ways = map[string]string{}
	ways, _ := values["ways"].(map[string]any)
	for name, why := range ways {
		rt.ways[name], _ = why.(string)
	}
	rt.defaults, _ = values["defaults"].(map[string]any)
	return nil
}

// Wrong is the error of the first runtime of those named that cannot be used:
// who names an interpreter wants to know, who takes what there is does not.
func (r *Run) Wrong(names []string) error {
	for _, name := range names {
		if err := runtimesByName[name].unusable; err != nil {
			return fmt.Errorf("--launcher %s: %w", name, err)
		}
	}
	return nil
}

// Default is what the launcher's runtime says a default is; it is "none" where
// the runtime has no such default.
func (t *Trial) Default(name string) any {
	if v, ok := t.way().runtime.defaults[name]; ok {
		return v
	}
	return "none"
}

func (t *Trial) way() way {
	w, ok := t.launcher.(way)
	if !ok {
		panic(broken{t.launcher.Name() + " has no driver"})
	}
	return w
}

// Runtime is the name of the runtime that the launcher belongs to.
func (t *Trial) Runtime() string { return t.way().runtime.Name }

// Way is the launcher's name without that of its runtime.
func (t *Trial) Way() string { return t.way().name }

// NotApplicable ends the trial: the sentence is not about this launcher.
func (t *Trial) NotApplicable(why string) { panic(notApplicable{why}) }

// notApplicable is the panic of a trial that finds out that it is not about
// its launcher.
type notApplicable struct{ why string }

// isRuntime reports whether a runtime has this title.
func isRuntime(title string) bool {
	for _, r := range runtimesByName {
		if r.Title == title {
			return true
		}
	}
	return false
}
