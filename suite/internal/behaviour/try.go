package behaviour

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Launchers are the names of the launchers the behaviour is tried on.
func (d *Declaration) Launchers() []string { return d.launchers }

// Pins are the known differences of implementations and runtimes.
func (d *Declaration) Pins() []record.Divergence { return d.pins }

// Hopeless tells, without trying, why a trial cannot be: the status is
// NotApplicable or Unmet, with every reason; or it is empty, and it can be tried.
func (d *Declaration) Hopeless(launcher string) (record.Status, []string) {
	if why := d.notAbout(); why != "" {
		return record.NotApplicable, []string{why}
	}
	l, err := findLauncher(launcher)
	if err != nil {
		return record.Unmet, []string{err.Error()}
	}
	if w, ok := l.(way); ok {
		if status, reasons := w.hopeless(); status != "" {
			return status, reasons
		}
	}
	var elsewhere platform.NotHere
	if err := platform.Usable(l); errors.As(err, &elsewhere) {
		return record.NotApplicable, []string{fmt.Sprintf("%s is not for %s", launcher, string(elsewhere))}
	} else if err != nil {
		return record.Unmet, []string{fmt.Sprintf("%s: %v", launcher, err)}
	}
	var reasons []string
	for _, name := range d.needs {
		f, _ := platform.LookupFeature(name)
		if answer, detail := f.Probe(); answer != platform.Yes {
			reasons = append(reasons, fmt.Sprintf("feature %s: %s (%s)", name, answer, detail))
		}
	}
	if reasons != nil {
		return record.Unmet, reasons
	}
	return "", nil
}

// Try tries a behaviour on the launcher of that name.
func (r *Run) Try(d *Declaration, launcher string) record.Trial {
	if status, reasons := d.Hopeless(launcher); status != "" {
		return record.Trial{ID: d.ID, Launcher: launcher, Status: status, Reasons: reasons}
	}
	l, _ := findLauncher(launcher)
	if w, ok := l.(way); ok {
		return r.tryWay(d, w)
	}
	return r.TryOn(d, l, r.Deadline)
}

// wayDeadline is the deadline of a trial on a runtime, whose scenarios each
// have a shorter one.
const wayDeadline = 10 * time.Minute

// tryWay tries a behaviour on a runtime's launcher. Several may be tried at
// once: all that a scenario leaves behind is its keeper's to find.
func (r *Run) tryWay(d *Declaration, w way) record.Trial {
	ctx, cancel := context.WithTimeout(context.Background(), r.scale(wayDeadline))
	defer cancel()
	t := r.trial(d, w, ctx)
	return t.verdict(append(t.perform(), t.finish()...))
}

// trial makes a trial with the pins that are about this host or the launcher's runtime.
func (r *Run) trial(d *Declaration, l platform.Launcher, ctx context.Context) *Trial {
	t := &Trial{run: r, declaration: d, launcher: l, ctx: ctx}
	here := []string{platform.Implementation()}
	if w, ok := l.(way); ok {
		here = append(here, w.runtime.Title)
	}
	for _, pin := range d.pins {
		if slices.Contains(here, pin.Implementation) {
			pin.Value, _ = record.Normalise(pin.Value)
			t.pins = append(t.pins, pin)
		}
	}
	t.used = make([]bool, len(t.pins))
	return t
}

// TryOn tries a behaviour on any launcher, a deliberately wrong one included,
// with a deadline of its own.
func (r *Run) TryOn(d *Declaration, l platform.Launcher, deadline time.Duration) record.Trial {
	before, err := openDescriptors()
	if err != nil {
		return record.Trial{ID: d.ID, Launcher: l.Name(), Status: record.Broken, Reasons: []string{err.Error()}}
	}
	ctx, cancel := context.WithTimeout(context.Background(), r.scale(deadline))
	defer cancel()
	t := r.trial(d, l, ctx)
	trouble := append(t.perform(), t.finish()...)
	if after, err := openDescriptors(); err != nil {
		trouble = append(trouble, err.Error())
	} else if extra := after.beyond(before); extra != "" {
		trouble = append(trouble, "it left open "+extra)
	}
	for {
		pid := platform.Zombie(t.started)
		if pid == 0 {
			break
		}
		if t.waitedFor(pid) {
			t.failures = append(t.failures, "the launcher's wait told of the end of a child and left it a zombie")
		} else {
			trouble = append(trouble, "it left a zombie")
		}
		if !platform.Reap(pid, r.scale(time.Second)) {
			break
		}
	}
	return t.verdict(trouble)
}

// started reports whether a process id is that of a child of this trial.
func (t *Trial) started(pid int) bool {
	return slices.ContainsFunc(t.children, func(c *Child) bool { return c.process != nil && c.pid == pid })
}

// waitedFor reports whether the launcher has told the trial of the end of a child.
func (t *Trial) waitedFor(pid int) bool {
	return slices.ContainsFunc(t.children, func(c *Child) bool { return c.process != nil && c.pid == pid && c.waited })
}

// perform runs the body in a goroutine of its own, so that even one that never
// comes back is bounded by the deadline.
func (t *Trial) perform() (trouble []string) {
	done := make(chan []string, 1)
	go func() {
		defer func() {
			switch p := recover().(type) {
			case nil:
				done <- nil
			case stop:
				done <- nil
			case notApplicable:
				t.elsewhere = p.why
				done <- nil
			case broken:
				done <- []string{p.why}
			default:
				if len(t.failures) > 0 { // it tripped over what has been reported
					done <- nil
					return
				}
				done <- []string{fmt.Sprintf("panic: %v\n%s", p, debug.Stack())}
			}
		}()
		body := t.declaration.body
		if _, ok := t.launcher.(way); ok && t.declaration.driven != nil {
			body = t.declaration.driven
		}
		body(t)
	}()
	select {
	case trouble = <-done:
		return trouble
	case <-t.ctx.Done():
	}
	select {
	case trouble = <-done:
		return trouble
	case <-time.After(t.run.scale(time.Second)):
	}
	// It is in the middle of a call that knows no deadline. The end of its
	// children and of its pipes ends that, and then it is the subject that hung;
	// a body that goes on all the same would disturb what follows.
	t.holds.release()
	select {
	case trouble = <-done:
		t.hung = true
		return trouble
	case <-time.After(t.run.scale(2 * time.Second)):
		return []string{"its body ignores the deadline"}
	}
}

// verdict turns what was seen into the trial's record.
func (t *Trial) verdict(trouble []string) record.Trial {
	d := t.declaration
	if t.elsewhere != "" && len(trouble) == 0 {
		return record.Trial{ID: d.ID, Launcher: t.launcher.Name(), Status: record.NotApplicable, Reasons: []string{t.elsewhere}}
	}
	out := record.Trial{ID: d.ID, Launcher: t.launcher.Name(), Observations: t.observations,
		Measurements: t.measurements}
	level := d.Level
	switch {
	case len(trouble) > 0:
	case level == Observed && t.checks > 0:
		trouble = append(trouble, "an observed behaviour only observes, this one checks")
	case level != Observed && t.checks == 0 && len(t.failures) == 0:
		trouble = append(trouble, "it checked nothing, so it could not fail")
	case len(t.observations) == 0 && len(t.failures) == 0:
		trouble = append(trouble, "it observed nothing")
	}
	for i, pin := range t.pins {
		// A runtime has many versions, and a pin says what some of them do.
		if pin.Stale = !t.used[i]; !pin.Stale || pin.Implementation == platform.Implementation() {
			out.Divergences = append(out.Divergences, pin)
		}
	}
	switch {
	case len(trouble) > 0:
		out.Status, out.Reasons = record.Broken, append(trouble, t.failures...)
	case len(t.failures) > 0:
		out.Status, out.Reasons = record.Fail, t.failures
	case t.hung && level != Observed:
		out.Status, out.Reasons = record.Fail, []string{"it did not end within its deadline"}
	default:
		out.Status = record.Pass
		for _, pin := range out.Divergences {
			if pin.Stale {
				out.Status = record.Stale
				out.Reasons = append(out.Reasons, fmt.Sprintf("%s no longer shows %s as %s: remove the pin", pin.Implementation, pin.Observation, show(pin.Value)))
			} else if out.Status == record.Pass {
				out.Status = record.Diverges
			}
		}
	}
	return out
}

// Drives reports whether the behaviour is tried on launchers that a driver
// stands behind.
func (d *Declaration) Drives() bool {
	return slices.ContainsFunc(d.launchers, func(l string) bool { _, ok := wayOf(l); return ok })
}

// TryDriver tries a behaviour on a driver that belongs to no runtime: one that
// is deliberately wrong, which every check has to notice.
func (r *Run) TryDriver(d *Declaration, name string, command ...string) record.Trial {
	rt := runtimes.Runtime{Name: name, Title: name}
	return r.tryWay(d, way{&driven{Runtime: rt, path: command[0], command: command}, "way"})
}
