package spec

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/spawnspec/spawnspec/fixtures/runtimes"
)

// Launcher names, for On.
const (
	OSExec        = "go/os-exec"
	ForkExec      = "unix/fork-exec"
	Fork          = "unix/fork"
	VforkExec     = "linux/vfork-exec"
	CreateProcess = "win32/create-process"
	// System stands for no launcher at all: the sentence is about the operating
	// system, however the child was started. Such trials start with go/os-exec.
	System = "system"
)

// Images are the launchers of the system that start an executable image: all but Fork.
// Runtimes have more of them, see ProgramLaunchers.
var Images = []string{OSExec, ForkExec, VforkExec, CreateProcess}

// Every launcher.
var Every = []string{OSExec, ForkExec, Fork, VforkExec, CreateProcess}

// LauncherNames lists every launcher that belongs to no runtime, System included.
func LauncherNames() []string { return append(slices.Clone(Every), System) }

// Reference is the name of the runtime that is driven as others are and is part
// of every run: the model in fixtures/boundary.
const Reference = "reference"

// DefaultMethod is the name of the method of a launcher that leaves the choice
// of one to its runtime.
const DefaultMethod = "default"

// Manifests are the manifests of the runtimes that have a driver, by name, the
// reference included.
var Manifests = func() map[string]runtimes.Runtime {
	all, err := runtimes.All()
	if err != nil {
		registry.errors = append(registry.errors, err)
	}
	byName := map[string]runtimes.Runtime{Reference: {Name: Reference, Title: "The reference boundary",
		Ways: map[string]string{"gob": "encoding/gob", "json": "encoding/json"}}}
	known, err := runtimes.InFront()
	if err != nil {
		registry.errors = append(registry.errors, err)
	}
	byName[Wrap] = runtimes.Runtime{Name: Wrap, Title: "A command in front", Starts: maps.Clone(wraps), Known: known}
	for _, r := range all {
		byName[r.Name] = r
	}
	return byName
}()

// Wrap is the name that commands in front of a program have in the place of a runtime:
// wrap/env is a launcher. A run has those that it is told to have.
const Wrap = "wrap"

// wraps are commands that are known by their name, each as it is put in front of a
// program, with nothing asked for.
var wraps = map[string]string{
	"bwrap": "bwrap --dev-bind / /", "busybox-env": "busybox env", "chroot": "chroot /", "dumb-init": "dumb-init",
	"env": "env", "nice": "nice -n 0", "nohup": "nohup", "setpriv": "setpriv", "setsid": "setsid -w", "stdbuf": "stdbuf -o L",
	"sudo": "sudo -n", "timeout": "timeout 600", "tini": "tini -s --", "unshare": "unshare",
}

// AddWrap makes a command in front of a program a launcher, on which every behaviour is
// tried that is tried on any launcher.
func AddWrap(name, command string) {
	starts := Manifests[Wrap].Starts
	if _, known := starts[name]; !known {
		for _, d := range registry.list {
			if d.AnyLauncher {
				d.Launchers = append(d.Launchers, Wrap+"/"+name)
			}
		}
	}
	starts[name] = command
	byKind = findKinds()
}

// AddRuntime makes a runtime, whose driver is no part of this binary, one like those
// built in: what is tried on every way to start programs, or to exit, is tried on its, and
// what is tried on the reference, which hands over values, on its ways to do that.
func AddRuntime(r runtimes.Runtime) error {
	if known, ok := Manifests[r.Name]; ok {
		return fmt.Errorf("%s: the name %q is taken by the driver of %s; give this one another", r.From, r.Name, known.Title)
	}
	everyStart, exits, immediate, byTitle := ProgramLaunchers(), Exits(), ImmediateExits(), map[string]string{}
	for name, m := range Manifests {
		byTitle[m.Title] = name
	}
	// What is pinned to a runtime or a system is pinned to this name.
	if byTitle[r.Title] != "" || slices.Contains(implementations, r.Title) || isLauncher(r.Title) {
		return fmt.Errorf("%s: the title %q is taken; give this driver another", r.From, r.Title)
	}
	Manifests[r.Name] = r
	byKind = findKinds()
	for _, d := range registry.list {
		onAll := func(launchers []string) bool {
			return !slices.ContainsFunc(launchers, func(l string) bool { return !slices.Contains(d.Launchers, l) })
		}
		onReference := slices.ContainsFunc(d.Launchers, func(l string) bool { return strings.HasPrefix(l, Reference+"/") })
		for _, l := range r.Launchers() {
			if HandsOver(l) && onReference || StartsPrograms(l) && onAll(everyStart) ||
				isExit(l) && onAll(exits) && !isImmediate(l) || isExit(l) && onAll(immediate) && isImmediate(l) {
				d.Launchers = append(d.Launchers, l)
			}
		}
	}
	return nil
}

// RuntimeNames lists the runtimes that have a driver and are not part of every run.
func RuntimeNames() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(Manifests)), func(name string) bool { return name == Reference || name == Wrap })
}

// RuntimeOf is the runtime that a launcher belongs to, and what the launcher is
// called there; ok is false for the launchers of LauncherNames.
func RuntimeOf(launcher string) (r runtimes.Runtime, way string, ok bool) {
	name, way, _ := strings.Cut(launcher, "/")
	r = Manifests[name]
	_, hands := r.Ways[way]
	_, starts := r.Starts[way]
	_, exits := r.Exits[way]
	return r, way, hands || starts || exits
}

// ValueLaunchers are the launchers that hand over values.
func ValueLaunchers() []string { return slices.Clone(byKind().values) }

// ProgramLaunchers are the launchers of runtimes that start programs.
func ProgramLaunchers() []string { return slices.Clone(byKind().starts) }

// Exits are the launchers that stand for a program of a runtime itself and the way in which
// it exits, but for ImmediateExits.
func Exits() []string {
	return slices.DeleteFunc(slices.Clone(byKind().exits), isImmediate)
}

// ImmediateExits are those that by their documentation flush nothing, as _exit.
func ImmediateExits() []string {
	return slices.DeleteFunc(slices.Clone(byKind().exits), func(l string) bool { return !isImmediate(l) })
}

// kinds are the launchers of runtimes by what they do.
type kinds struct{ values, starts, exits []string }

// byKind finds them once, since most declarations ask for them: until a runtime or a
// command is added.
var byKind = findKinds()

func findKinds() func() kinds {
	return sync.OnceValue(func() kinds {
		return kinds{
			launchersOf(func(r runtimes.Runtime) map[string]string { return r.Ways }),
			launchersOf(func(r runtimes.Runtime) map[string]string { return r.Starts }),
			launchersOf(func(r runtimes.Runtime) map[string]string { return r.Exits }),
		}
	})
}

func isExit(launcher string) bool {
	r, way, _ := RuntimeOf(launcher)
	_, ok := r.Exits[way]
	return ok
}

func isImmediate(exit string) bool { return path.Base(exit) == runtimes.ImmediateExit }

// HandsOver reports whether a launcher is the way of a runtime that hands over values.
func HandsOver(launcher string) bool {
	r, way, _ := RuntimeOf(launcher)
	_, ok := r.Ways[way]
	return ok
}

// RuntimeLaunchers are all launchers of runtimes.
func RuntimeLaunchers() []string {
	return slices.Concat(ValueLaunchers(), ProgramLaunchers(), byKind().exits)
}

// StartsPrograms reports whether a launcher is the way of a runtime that starts
// programs, and is held to what every launcher is held to.
func StartsPrograms(launcher string) bool {
	r, way, _ := RuntimeOf(launcher)
	_, ok := r.Starts[way]
	return ok
}

// ValueLaunchersOf are those launchers of one runtime that hand over values.
func ValueLaunchersOf(runtime string) []string {
	return slices.DeleteFunc(ValueLaunchers(), func(l string) bool { return !strings.HasPrefix(l, runtime+"/") })
}

func launchersOf(ways func(runtimes.Runtime) map[string]string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(Manifests)) {
		for _, way := range slices.Sorted(maps.Keys(ways(Manifests[name]))) {
			names = append(names, name+"/"+way)
		}
	}
	return names
}

// LauncherIs reports whether a pattern names a launcher or the runtime it belongs to.
func LauncherIs(pattern, launcher string) (bool, error) {
	ok, err := path.Match(pattern, launcher)
	if runtime, _, has := RuntimeOf(launcher); has && err == nil && !ok {
		ok, err = path.Match(pattern, runtime.Name)
	}
	return ok, err
}

// isLauncher reports whether there is a launcher of this name.
func isLauncher(name string) bool {
	_, _, ok := RuntimeOf(name)
	return ok || slices.Contains(LauncherNames(), name)
}

// isRuntimeTitle reports whether a runtime has this title.
func isRuntimeTitle(title string) bool {
	for _, r := range Manifests {
		if r.Title == title {
			return true
		}
	}
	return false
}
