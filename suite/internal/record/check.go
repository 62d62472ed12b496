package record

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// known is what a recording declares; its trials have to be about that.
type known struct {
	behaviours, launchers, trials map[string]bool
}

// checkHead checks everything but the trials.
func checkHead(r *Recording) (*known, error) {
	if r.Tool.Name == "" {
		return nil, errors.New("the tool has no name")
	}
	k := &known{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, b := range r.Behaviours {
		if err := declare(k.behaviours, "behaviour", b.ID); err != nil {
			return nil, err
		}
		if !slices.Contains(Levels, b.Level) {
			return nil, fmt.Errorf("behaviour %s: unknown level %q", b.ID, b.Level)
		}
		if !slices.Contains(Roles, b.Role) {
			return nil, fmt.Errorf("behaviour %s: unknown role %q", b.ID, b.Role)
		}
		for _, r := range b.Remedies {
			if r.Text == "" {
				return nil, fmt.Errorf("behaviour %s: a remedy without a text", b.ID)
			}
		}
	}
	for _, l := range r.Launchers {
		if err := declare(k.launchers, "launcher", l.Name); err != nil {
			return nil, err
		}
	}
	facts, features := map[string]bool{}, map[string]bool{}
	for _, f := range r.Host {
		if err := declare(facts, "host fact", f.Name); err != nil {
			return nil, err
		}
	}
	for _, f := range r.Features {
		if err := declare(features, "feature", f.Name); err != nil {
			return nil, err
		}
		if !slices.Contains(Answers, f.Answer) {
			return nil, fmt.Errorf("feature %s: unknown answer %q", f.Name, f.Answer)
		}
	}
	return k, nil
}

// declare adds name to names. Names are typed on command lines and make up
// keys, so they are printable ASCII without spaces.
func declare(names map[string]bool, what, name string) error {
	if name == "" {
		return fmt.Errorf("a %s without a name", what)
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fmt.Errorf("%s %q: only printable ASCII without spaces can be a name", what, name)
	}
	if names[name] {
		return fmt.Errorf("%s %s: declared twice", what, name)
	}
	names[name] = true
	return nil
}

// check checks one trial and remembers its key.
func (k *known) check(t Trial) error {
	switch {
	case !k.behaviours[t.ID]:
		return fmt.Errorf("the behaviour %q is not declared in the recording", t.ID)
	case !k.launchers[t.Launcher]:
		return fmt.Errorf("the launcher %q is not declared in the recording", t.Launcher)
	case !slices.Contains(Statuses, t.Status):
		return fmt.Errorf("unknown status %q", t.Status)
	case k.trials[t.Key()]:
		return errors.New("recorded twice")
	}
	names := map[string]bool{}
	for _, o := range t.Observations {
		if names[o.Name] {
			return fmt.Errorf("observation %q: observed twice; each needs its own name", o.Name)
		}
		names[o.Name] = true
	}
	k.trials[t.Key()] = true
	return nil
}
