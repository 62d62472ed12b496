package trial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Scenario is what a driver saw of one scenario.
type Scenario struct {
	trial    *Trial
	scenario string
	dir      string
	values   map[string]any
	// Hung is the key whose value was awaited when everything slept; empty when
	// the scenario came to its end.
	Hung string
	// Left are the commands that were left running.
	Left []string
}

// scenarioDeadline is how long one scenario may take, scenarioQuiet how long it may
// sleep; both before Multiplier. A hang is quiet, so the deadline is for what
// spins, and has room for a child at every byte on a busy machine.
const (
	scenarioDeadline = 3 * time.Minute
	scenarioQuiet    = time.Second
)

// RunScenario lets the launcher's runtime perform a scenario of its driver, with
// parameters written as NAME=VALUE. A scenario that the runtime has no
// counterpart for ends the trial as not applicable.
func (t *Trial) RunScenario(scenario string, parameters ...string) Scenario {
	s := t.TryScenario(scenario, parameters...)
	if why, ok := s.values["not applicable"].(string); ok {
		t.NotApplicable(why)
	}
	return s
}

// TryScenario is RunScenario for one scenario of several: NotApplicable of the scene
// reports whether the runtime has a counterpart. Behaviours that ask a launcher
// for the same share what it showed: a scenario is performed once in a run.
func (t *Trial) TryScenario(scenario string, parameters ...string) Scenario {
	key := strings.Join(append([]string{t.launcher.Name(), scenario}, parameters...), " ")
	t.harness.mu.Lock()
	p, begun := t.harness.scenarioRuns[key]
	if !begun {
		p = &scenarioRun{over: make(chan struct{})}
		t.harness.scenarioRuns[key] = p
	}
	t.harness.mu.Unlock()
	if begun {
		select {
		case <-p.over:
		case <-t.ctx.Done():
			panic(harnessError{"another trial has not finished the scenario " + scenario})
		}
		if p.scene == nil {
			t.exhausted = append(t.exhausted, p.exhausted...)
			if p.lacks.reasons != nil {
				panic(p.lacks)
			}
			panic(harnessError{"the scenario " + scenario + " broke, see the other behaviours that are about it"})
		}
	} else {
		defer close(p.over)
		defer func() {
			if p.scene == nil {
				why := recover()
				p.lacks, _ = why.(unmet)
				p.exhausted = t.exhausted
				panic(why)
			}
		}()
		s := t.drive(scenario, parameters)
		p.scene = &s
	}
	s := *p.scene
	s.trial = t
	return s
}

// scenarioRun is a scenario that was asked for.
type scenarioRun struct {
	over  chan struct{} // closed when it is over
	scene *Scenario     // nil if it broke

	lacks     unmet    // what the host lacks for it, if that is why
	exhausted []string // what the host had run out of when it broke
}

// drive performs a scenario.
func (t *Trial) drive(scenario string, parameters []string) Scenario {
	m := t.method()
	if runtime.GOOS == "linux" { // there, what supervises a driver waits for it by waitid
		t.need("waitid")
	}
	if why := m.runtime.lacks(parameters); why != "" {
		return Scenario{trial: t, scenario: scenario, values: map[string]any{"not applicable": why}}
	}
	t.scenarios++
	dir := filepath.Join(t.Dir(), fmt.Sprintf("scene%d", t.scenarios))
	args := slices.Concat(m.runtime.command, []string{scenario, m.name, dir + ".jsonl"}, parameters)
	values, ended, err := t.harness.drive(t.ctx, driverRun{scenario: scenario, dir: dir, args: args, deadline: scenarioDeadline})
	if err != nil {
		t.noteExhausted(err)
		asked := strings.TrimSpace(scenario + " " + strings.Join(parameters, " "))
		panic(harnessError{fmt.Sprintf("the driver of %s, %s: %v", m.runtime.Title, asked, err)})
	}
	calling, _ := values["calling"].(string)
	delete(values, "calling")
	if ended.Hang {
		values[calling] = record.Hang
	}
	s := Scenario{trial: t, scenario: scenario, dir: dir, values: values}
	if ended.Hang {
		s.Hung = calling
	}
	var names []string
	for _, n := range [][2]string{{dir, "{dir}"}, {filepath.Join(t.harness.dir, "runtime-"+m.runtime.Name), "{driver}"}, {m.runtime.Path, "{executable}"}} {
		// A path of Windows in a quoted text has its separators twice.
		names = append(names, strings.ReplaceAll(n[0], `\`, `\\`), n[1], n[0], n[1])
	}
	tidy := strings.NewReplacer(names...).Replace
	for key, v := range s.values {
		s.values[key] = clean(v, tidy)
	}
	for _, command := range ended.Left {
		s.Left = append(s.Left, digits.ReplaceAllString(clean(command, tidy).(string), "N"))
	}
	slices.Sort(s.Left)
	return s
}

// address and digits are what is different in every run: addresses of objects
// in the texts of errors, and numbers in command lines.
var (
	address = regexp.MustCompile(`0x[0-9a-fA-F]{4,}`)
	digits  = regexp.MustCompile(`[0-9]+`)
)

// clean takes out of a value what is different in every run.
func clean(v any, tidy func(string) string) any {
	switch v := v.(type) {
	case string:
		return address.ReplaceAllString(tidy(v), "0x…")
	case []any:
		for i := range v {
			v[i] = clean(v[i], tidy)
		}
	case map[string]any:
		same := map[string]any{}
		for k, e := range v {
			same[clean(k, tidy).(string)] = clean(e, tidy)
		}
		return same
	}
	return v
}

// driverRun is one run of a driver, or of the command that builds one.
type driverRun struct {
	scenario string
	dir      string // a new working directory, beside which its files are
	args     []string
	deadline time.Duration // before Multiplier
}

// maxPrinted is how much a driver may print, in bytes. It is shown only when the
// driver breaks, and of that the last line: the limit is for the disk.
const maxPrinted = 64 << 20

// drive runs a driver below a supervisor and reads what it has observed. The
// error says in one line what is wrong with the driver; its observation is nil for
// a command that builds one.
func (r *Harness) drive(ctx context.Context, d driverRun) (values map[string]any, ended agent.ScenarioResult, err error) {
	if err := os.Mkdir(d.dir, 0o755); err != nil {
		return nil, ended, err
	}
	log, output := d.dir+".log", d.dir+".jsonl"
	supervisor, err := r.supervisor(ctx)
	if err != nil {
		return nil, ended, err
	}
	args := agent.ScenarioArgs{Dir: platform.Text(d.dir), Log: platform.Text(log), Output: platform.Text(output),
		MaxLog: maxPrinted, MaxOutput: runtimes.MaxObservation,
		Deadline: r.Scale(d.deadline), Quiet: r.Scale(scenarioQuiet)}
	for _, a := range d.args {
		args.Args = append(args.Args, platform.Text(a))
	}
	if ended, err = Call(supervisor, agent.RunScenario, args); err != nil {
		return nil, ended, errors.Join(err, errors.New(strings.Join(supervisor.end(), "; ")))
	}
	r.mu.Lock()
	r.idle = append(r.idle, supervisor)
	r.mu.Unlock()
	var wrong error
	values, wrong = runtimes.ReadObservation(output, d.scenario)
	broken, isBroken := values["broken"].(string)
	why := ""
	switch {
	case isBroken:
		first, _, _ := strings.Cut(broken, `\n`) // of an error with its stack
		return nil, ended, fmt.Errorf("%.300s", first)
	case ended.Flood:
		why = fmt.Sprintf("it printed more than %d MiB", args.MaxLog>>20)
		if info, err := os.Lstat(output); err == nil && info.Size() > args.MaxOutput {
			why = fmt.Sprintf("its observation became longer than %d MiB", args.MaxOutput>>20)
		}
	case ended.Slow:
		why = fmt.Sprintf("it was still busy after %v: give it more time with --slow", args.Deadline)
	case ended.Hang && wrong == nil && values["calling"] != nil:
		return values, ended, nil
	case ended.Hang && d.scenario == building:
		why = "it hung"
	case ended.Hang && (wrong == nil || errors.Is(wrong, runtimes.ErrNoObservation)):
		why = "it hung without saying what it was waiting for"
	case ended.Hang:
		why = wrong.Error()
	case ended.Status.Code != 0 || !ended.Status.Exited:
		why = "it ended with " + ended.Status.String()
	case errors.Is(wrong, runtimes.ErrNoObservation) && d.scenario == building:
		return nil, ended, nil
	case errors.Is(wrong, runtimes.ErrNoObservation) && d.scenario != asking:
		return map[string]any{"not applicable": "its driver has no answer to scenario " + d.scenario}, ended, nil
	case wrong != nil:
		why = wrong.Error()
	default:
		return values, ended, nil
	}
	return nil, ended, fmt.Errorf("%s; it printed: %s", why, lastPrinted(log))
}

// supervisor borrows a process that performs scenarios: it adopts and ends what they
// leave behind. It outlives a run that is killed for as long as that takes, so
// nothing else ends it. One that did its work is handed on to the next scenario.
func (r *Harness) supervisor(ctx context.Context) (*Process, error) {
	t := &Trial{harness: r, ctx: ctx}
	r.mu.Lock()
	if n := len(r.idle); n > 0 {
		c := r.idle[n-1]
		r.idle = r.idle[:n-1]
		r.mu.Unlock()
		c.trial = t
		return c, nil
	}
	r.mu.Unlock()
	// It is started for a trial of its own, so that none has a hold on it.
	starting, cancel := context.WithTimeout(ctx, r.helperDeadline())
	defer cancel()
	c, err := (&Trial{harness: r, ctx: starting, launcher: platform.OSExec}).TryStart(Agent(), Orphan(), NewSession())
	if err != nil {
		return nil, err
	}
	if !c.arrived() {
		return nil, errors.Join(goneError{child: c}, errors.New(strings.Join(c.end(), "; ")))
	}
	c.trial = t
	return c, nil
}

// DismissSupervisors ends the supervisors that are idle.
func (r *Harness) DismissSupervisors() (err error) {
	r.mu.Lock()
	idle := r.idle
	r.idle = nil
	r.mu.Unlock()
	for _, c := range idle {
		if leaks := c.end(); leaks != nil {
			err = errors.Join(err, fmt.Errorf("a supervisor: %s", strings.Join(leaks, "; ")))
		}
	}
	return err
}

// terminal is what programs print to colour a terminal (ECMA-48 control sequences).
var terminal = regexp.MustCompile(`\x1b\[[0-9;?]*[ -/]*[@-~]`)

// lastPrinted is the last line of what a driver printed, quoted.
func lastPrinted(path string) string {
	const most = 4096
	f, err := platform.OpenRegular(path)
	if err != nil {
		return "nothing"
	}
	defer f.Close()
	if end, err := f.Seek(0, io.SeekEnd); err == nil {
		_, _ = f.Seek(max(0, end-most), io.SeekStart)
	}
	content, _ := io.ReadAll(io.LimitReader(f, most))
	lines := strings.Split(strings.TrimSpace(terminal.ReplaceAllString(string(content), "")), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return fmt.Sprintf("%.150q", last) // a control character takes four
	}
	return "nothing"
}

// NotApplicable is why the runtime has no counterpart for the scenario, or empty.
func (s Scenario) NotApplicable() string {
	why, _ := s.values["not applicable"].(string)
	return why
}

// Dir is the working directory in which the driver performed it.
func (s Scenario) Dir() string { return s.dir }

// Has reports whether the driver told a key at all.
func (s Scenario) Has(key string) bool { _, ok := s.values[key]; return ok }

// Value is the value of a key. The sentence is not about a driver that does not tell it
// (yet), except behind a hang, and except for the key "value" where the call failed that
// would have given it: its error is what arrived in its place.
func (s Scenario) Value(key string) any {
	v, ok := s.values[key]
	failure, failed := s.values["parent"].(string)
	switch {
	case ok:
		return v
	case s.Hung != "":
		return record.NotReached
	case key == "value" && failed && failure != "none":
		return failure
	}
	s.trial.NotApplicable(fmt.Sprintf("its driver does not tell %q in scenario %s", key, s.scenario))
	return nil
}

// Text is the value of a key whose values are texts.
func (s Scenario) Text(key string) string {
	switch v := s.Value(key).(type) {
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}
