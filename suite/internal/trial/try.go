package trial

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// SkipReason is, without trying, why a trial cannot be: the status is
// NotApplicable or Unmet, with every reason; or it is empty, and it can be tried.
func (rs Runtimes) SkipReason(d *spec.Declaration, launcher string) (record.Status, []string) {
	if why := d.NotAbout(); why != "" {
		return record.NotApplicable, []string{why}
	}
	l, err := rs.launcher(launcher)
	if err != nil {
		return record.Unmet, []string{err.Error()}
	}
	if runtime, way, ok := strings.Cut(launcher, "/"); ok && rs[runtime] != nil {
		if status, reasons := (method{rs[runtime], way}).skipReason(); status != "" {
			return status, reasons
		}
	}
	if _, ok := l.(system); ok {
		l = platform.OSExec // what it starts children with
	}
	var elsewhere platform.NotHere
	if err := platform.Usable(l); errors.As(err, &elsewhere) {
		return record.NotApplicable, []string{fmt.Sprintf("%s is not for %s", launcher, string(elsewhere))}
	} else if err != nil {
		return record.Unmet, []string{fmt.Sprintf("%s: %v", launcher, err)}
	}
	if reasons := lackedFeatures(d.Needs); reasons != nil {
		return record.Unmet, reasons
	}
	return "", nil
}

// Try tries a behaviour on the launcher of that name. The functions are called
// from the body, at each check that does not hold.
func (r *Harness) Try(d *spec.Declaration, launcher string, failed ...func(reason string)) record.Trial {
	if status, reasons := r.runtimes.SkipReason(d, launcher); status != "" {
		return record.Trial{ID: d.ID, Launcher: launcher, Status: status, Reasons: reasons}
	}
	l, _ := r.runtimes.launcher(launcher)
	if m, ok := l.(method); ok {
		return r.tryMethod(d, m, failed...)
	}
	tried, cut := r.tryOnce(d, l, r.deadlineOn(l), false, failed...)
	if cut {
		tried, _ = r.tryOnce(d, l, Patience*r.deadlineOn(l), true, failed...)
	}
	return tried
}

// deadlineOn is the deadline of a trial on a launcher. With a runtime's, an interpreter
// is started for each process.
func (r *Harness) deadlineOn(l platform.Launcher) time.Duration {
	if _, ok := l.(*runtimes.Launcher); ok {
		return 3 * r.Deadline
	}
	return r.Deadline
}

// methodDeadline is the deadline of a trial on a runtime, whose scenarios each
// have a shorter one.
const methodDeadline = 10 * time.Minute

// tryMethod tries a behaviour on a runtime's launcher. Several may be tried at
// once: all that a scenario leaves behind is its supervisor's to find.
func (r *Harness) tryMethod(d *spec.Declaration, m method, failed ...func(string)) record.Trial {
	ctx, cancel := context.WithTimeout(context.Background(), r.Scale(methodDeadline))
	defer cancel()
	t := r.trial(d, m, ctx)
	t.failed, t.last = failed, true
	return t.verdict(append(t.perform(), t.finish()...))
}

// trial makes a trial with the pins that are about this host or the launcher's runtime.
func (r *Harness) trial(d *spec.Declaration, l platform.Launcher, ctx context.Context) *Trial {
	t := &Trial{harness: r, declaration: d, launcher: l, ctx: ctx}
	here := []string{platform.Implementation()}
	switch l := l.(type) {
	case method:
		here = append(here, l.runtime.Title, l.Name())
	case *runtimes.Launcher:
		here = append(here, l.Title, l.Launcher)
		l.Scratch = r.dir
	default:
		here = append(here, l.Name())
	}
	for _, pin := range d.Pins {
		if slices.Contains(here, pin.Implementation) {
			pin.Value, _ = record.Normalise(pin.Value)
			t.pins = append(t.pins, pin)
		}
	}
	t.declared = len(t.pins)
	t.pins = append(t.pins, r.Pins[PinKey(d.ID, l.Name())]...)
	t.used = make([]bool, len(t.pins))
	return t
}

// Patience is how many times as long a trial is given that its deadline has cut
// off, when it is tried once more: a deadline does not tell what never ends from
// what is slow on a busy machine.
const Patience = 4

// TryOn tries a behaviour on any launcher, a deliberately wrong one included,
// with a deadline of its own.
func (r *Harness) TryOn(d *spec.Declaration, l platform.Launcher, deadline time.Duration) record.Trial {
	tried, _ := r.tryOnce(d, l, deadline, true)
	return tried
}

// tryOnce also says whether the deadline has cut the trial off that may need more time. The functions are
// called at failures, but not at those of a trial that is going to be tried again.
func (r *Harness) tryOnce(d *spec.Declaration, l platform.Launcher, deadline time.Duration, last bool, failed ...func(string)) (tried record.Trial, cut bool) {
	before, err := OpenDescriptors()
	if err != nil {
		return record.Trial{ID: d.ID, Launcher: l.Name(), Status: record.Broken, Reasons: []string{err.Error()}}, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), r.Scale(deadline))
	defer cancel()
	t := r.trial(d, l, ctx)
	t.failed, t.last = failed, last
	busy := func() bool { return false }
	if last {
		busy = t.watch(r.Scale(deadline))
	}
	trouble := t.perform()
	cut = t.hung || ctx.Err() != nil
	if busy() && cut {
		trouble = append(trouble, fmt.Sprintf("it was still busy after %v: give it more time with --slow", r.Scale(deadline)))
	}
	trouble = append(trouble, t.finish()...)
	after, err := OpenDescriptors()
	if err == nil && after.Beyond(before) != "" {
		// A child may have dialled in its last moment; that connection is being closed.
		r.settle()
		// So may be what another goroutine has just finished with, such as the handle of a
		// process that was waited for. What is left open stays open.
		for pause := time.Millisecond; pause < r.Scale(time.Second); pause *= 2 {
			if after, err = OpenDescriptors(); err != nil || after.Beyond(before) == "" {
				break
			}
			<-time.After(pause)
		}
	}
	if err != nil {
		trouble = append(trouble, err.Error())
	} else if extra := after.Beyond(before); extra != "" && len(t.unmet) == 0 && t.elsewhere == "" { // an unmet need or a reason ends a body between open and close
		trouble = append(trouble, "it left open "+extra)
	}
	for {
		pid := platform.Zombie(t.started)
		if pid == 0 {
			break
		}
		if t.waitedFor(pid) {
			t.failures = append(t.failures, "wait reported the child's exit without reaping it")
		} else {
			trouble = append(trouble, "it left a zombie")
		}
		if !platform.Reap(pid, r.Scale(time.Second)) {
			break
		}
	}
	tried = t.verdict(trouble)
	return tried, cut && tried.Status != record.Diverges // a hang that is known needs no more time
}

// started reports whether a process id is that of a child of this trial.
func (t *Trial) started(pid int) bool {
	return slices.ContainsFunc(t.children, func(c *Process) bool { return c.process != nil && c.pid == pid })
}

// waitedFor reports whether the launcher has told the trial of the end of a child.
func (t *Trial) waitedFor(pid int) bool {
	return slices.ContainsFunc(t.children, func(c *Process) bool { return c.process != nil && c.pid == pid && c.waited })
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
			case unmet:
				t.unmet = p.reasons
				done <- nil
			case harnessError:
				done <- []string{p.why}
			default:
				if len(t.failures) > 0 { // it tripped over what has been reported
					done <- nil
					return
				}
				done <- []string{fmt.Sprintf("panic: %v\n%s", p, debug.Stack())}
			}
		}()
		body := t.declaration.Body
		if _, ok := t.launcher.(method); ok && t.declaration.ScenarioBody != nil {
			body = t.declaration.ScenarioBody
		}
		body.(func(*Trial))(t)
	}()
	select {
	case trouble = <-done:
		return trouble
	case <-t.ctx.Done():
	}
	select {
	case trouble = <-done:
		return trouble
	case <-time.After(t.harness.Scale(time.Second)):
	}
	// It is in the middle of a call that knows no deadline. The end of its
	// children and of its pipes ends that, and then it is the subject that hung;
	// a body that goes on all the same would disturb what follows.
	t.holds.release()
	select {
	case trouble = <-done:
		t.hung = true
		return trouble
	case <-time.After(t.harness.Scale(2 * time.Second)):
		return []string{"the body did not return after its deadline"}
	}
}

// verdict turns what was seen into the trial's record.
func (t *Trial) verdict(trouble []string) record.Trial {
	d := t.declaration
	if t.elsewhere != "" && len(trouble) == 0 {
		return record.Trial{ID: d.ID, Launcher: t.launcher.Name(), Status: record.NotApplicable, Reasons: []string{t.elsewhere}}
	}
	if len(t.unmet) > 0 && len(trouble) == 0 && len(t.failures) == 0 {
		return record.Trial{ID: d.ID, Launcher: t.launcher.Name(), Status: record.Unmet, Reasons: t.unmet}
	}
	if what := t.lostToHost(); what != "" {
		t.exhausted = append(t.exhausted, what)
	}
	if len(t.exhausted) > 0 {
		trouble = append(trouble, ranOut+t.exhausted[0])
	}
	out := record.Trial{ID: d.ID, Launcher: t.launcher.Name(), Observations: t.observations,
		Measurements: t.measurements}
	level := d.Level
	switch {
	case len(trouble) > 0:
	case level == spec.Observed && t.checks > 0:
		trouble = append(trouble, "an observed behaviour only observes, this one checks")
	case level != spec.Observed && t.checks == 0 && len(t.failures) == 0:
		trouble = append(trouble, "it checked nothing, so it could not fail")
	case len(t.observations) == 0 && len(t.failures) == 0:
		trouble = append(trouble, "it observed nothing")
	}
	for i, pin := range t.pins {
		// A runtime has many versions, and what is declared says what some of them do. Pins
		// of a manifest and of a user's say which they are about.
		if pin.Stale = !t.used[i]; !pin.Stale || i >= t.declared || pin.Implementation == platform.Implementation() {
			out.Divergences = append(out.Divergences, pin)
		}
	}
	switch {
	case len(trouble) > 0:
		out.Status, out.Reasons = record.Broken, append(trouble, t.failures...)
	case len(t.failures) > 0:
		out.Status, out.Reasons = record.Fail, t.failures
	case t.hung && level != spec.Observed:
		out.Status, out.Reasons = record.Fail, []string{"it did not end within its deadline"}
	default:
		out.Status = record.Pass
		for _, pin := range out.Divergences {
			if pin.Stale {
				out.Status = record.Stale
				out.Reasons = append(out.Reasons, fmt.Sprintf("%s no longer shows %s as %s: remove the pin", pin.Implementation, pin.Observation, record.Text(pin.Value)))
			} else if out.Status == record.Pass {
				out.Status = record.Diverges
			}
		}
	}
	return out
}

// TryDriver tries a behaviour on a driver that belongs to no runtime: one that
// is deliberately wrong, which every check has to notice.
func (r *Harness) TryDriver(d *spec.Declaration, name string, command ...string) record.Trial {
	rt := runtimes.Runtime{Name: name, Title: name}
	return r.tryMethod(d, method{&Runtime{Runtime: rt, Path: command[0], command: command}, "method"})
}
