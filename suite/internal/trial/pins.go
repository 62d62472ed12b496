package trial

import (
	"fmt"
	"path"
	"slices"

	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// Pins are known differences that stand in the manifests of drivers and in files of
// users, by [PinKey]. One that a trial does not show any more is stale on every launcher.
type Pins map[string][]record.Divergence

// PinKey is the key of a trial in Pins.
func PinKey(id, launcher string) string { return id + " @ " + launcher }

// Pin finds what differences of a file are about. An earlier id of a behaviour stands
// for it for good. The error is a line that names the place.
func (rs Runtimes) Pin(differences []runtimes.Difference, into Pins) error {
	for _, known := range differences {
		value, err := record.Normalise(known.Value)
		if err != nil {
			return fmt.Errorf("%s: value: %w", known.Place, err)
		}
		i := slices.IndexFunc(spec.All(), func(d *spec.Declaration) bool {
			return d.ID == known.Behaviour || slices.Contains(d.Was, known.Behaviour)
		})
		if i < 0 {
			return fmt.Errorf("%s: no behaviour is called %.100q; `spawnspec list` shows all", known.Place, known.Behaviour)
		}
		found := false
		for _, l := range spec.All()[i].Launchers {
			is, err := spec.LauncherIs(known.Launcher, l)
			if err != nil {
				return fmt.Errorf("%s: pattern %.100q: %w", known.Place, known.Launcher, err)
			}
			if !is && known.Launcher != "" {
				continue
			}
			found = true
			has, err := rs.hasVersion(l, known.Version)
			if err != nil {
				return fmt.Errorf("%s: pattern %.100q: %w", known.Place, known.Version, err)
			}
			if key := PinKey(spec.All()[i].ID, l); has {
				into[key] = append(into[key], record.Divergence{Implementation: l, Observation: known.Observation,
					Value: value, Reason: known.Reason, Link: known.Link})
			}
		}
		if !found {
			return fmt.Errorf("%s: %s is not tried on %.100q; `spawnspec list --launchers --only %s` shows on which it is",
				known.Place, known.Behaviour, known.Launcher, known.Behaviour)
		}
	}
	return nil
}

// hasVersion reports whether a launcher's runtime has a version of this pattern.
func (rs Runtimes) hasVersion(launcher, pattern string) (bool, error) {
	version := ""
	if r, _, ok := spec.RuntimeOf(launcher); ok && rs[r.Name] != nil {
		version = rs[r.Name].VersionOf(launcher)
	}
	is, err := path.Match(pattern, version)
	return is || pattern == "", err
}

// PinManifests adds the differences in the manifests of the runtimes that are part of a
// run, whose versions are known once there is a harness.
func (rs Runtimes) PinManifests(into Pins) error {
	for _, r := range rs {
		var own []runtimes.Difference
		for _, d := range r.Known {
			if d.Launcher == "" {
				d.Launcher = r.Name
			}
			own = append(own, d)
		}
		if err := rs.Pin(own, into); err != nil {
			return err
		}
	}
	return nil
}
