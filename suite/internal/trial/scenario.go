package trial

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
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
// tells whether the runtime has a counterpart. Behaviours that ask a launcher
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
			panic(harnessError{"the scenario " + scenario + " broke, see the other behaviours that are about it"})
		}
	} else {
		defer close(p.over)
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
}

// drive performs a scenario.
func (t *Trial) drive(scenario string, parameters []string) Scenario {
	m := t.method()
	t.scenarios++
	dir := filepath.Join(t.Dir(), fmt.Sprintf("scene%d", t.scenarios))
	t.NoError(os.Mkdir(dir, 0o755))
	log, output := dir+".log", dir+".jsonl"
	d := agent.ScenarioArgs{Dir: agent.Text(dir), Log: agent.Text(log), Output: agent.Text(output), Deadline: t.harness.Scale(scenarioDeadline), Quiet: t.harness.Scale(scenarioQuiet)}
	for _, a := range slices.Concat(m.runtime.command, []string{scenario, m.name, output}, parameters) {
		d.Args = append(d.Args, agent.Text(a))
	}
	supervisor := t.supervisor()
	ended, err := Call(supervisor, agent.RunScenario, d)
	if err != nil {
		t.NoError(errors.Join(fmt.Errorf("%s, %s: %w", m.runtime.Title, scenario, err), errors.New(strings.Join(supervisor.end(), "; "))))
	}
	t.harness.mu.Lock()
	t.harness.idle = append(t.harness.idle, supervisor)
	t.harness.mu.Unlock()
	values, err := readObservation(output)
	say := func(why string) {
		panic(harnessError{fmt.Sprintf("the driver of %s, %s %s: %s; it printed: %s", m.runtime.Title, scenario, strings.Join(parameters, " "), why, lastLine(tail(log)))})
	}
	if why, ok := values["broken"].(string); ok {
		say(why)
	}
	calling, _ := values["calling"].(string)
	delete(values, "calling")
	switch {
	case ended.Slow:
		say(fmt.Sprintf("it was still busy after %v: give it more time with --slow", d.Deadline))
	case ended.Hang && calling == "":
		say("it hung without saying what it was waiting for")
	case ended.Hang:
		values[calling] = record.Hang
	case err != nil:
		say(err.Error())
	case ended.Status.Code != 0 || !ended.Status.Exited:
		say("it ended with " + ended.Status.String())
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

// supervisor borrows a process that performs scenarios: it adopts and ends what they
// leave behind. It outlives a run that is killed for as long as that takes, so
// nothing else ends it. One that did its work is handed on to the next scenario.
func (t *Trial) supervisor() *Process {
	r := t.harness
	r.mu.Lock()
	if n := len(r.idle); n > 0 {
		c := r.idle[n-1]
		r.idle = r.idle[:n-1]
		r.mu.Unlock()
		c.trial = t
		return c
	}
	r.mu.Unlock()
	// It is started for a trial of its own, so that none has a hold on it.
	ctx, cancel := context.WithTimeout(t.ctx, r.Scale(DefaultDeadline))
	defer cancel()
	c := &Process{trial: &Trial{harness: r, ctx: ctx}, depth: 1}
	l := &platform.Launch{Orphan: true, NewSession: runtime.GOOS != "windows"}
	c.ticket(l, agent.Agent())
	t.NoError(c.start(platform.OSExec, l))
	if !c.arrived() {
		t.NoError(errors.Join(errGone, errors.New(strings.Join(c.end(), "; "))))
	}
	c.trial = t
	return c
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

// readObservation merges the lines that a driver wrote. A line that the
// driver's end has cut short does not count.
func readObservation(path string) (map[string]any, error) {
	values := map[string]any{}
	f, err := os.Open(path)
	if err != nil {
		return values, errors.New("it wrote no observation")
	}
	defer f.Close()
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return values, nil
		}
		var object map[string]any
		if err := json.Unmarshal(line, &object); err != nil {
			return values, fmt.Errorf("it wrote %.100q: %w", line, err)
		}
		for key, v := range object {
			if values["calling"] == key {
				delete(values, "calling")
			}
			values[key] = v
		}
	}
}

// tail is the end of what a driver printed.
func tail(path string) string {
	const most = 4096
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(content[max(0, len(content)-most):])
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return fmt.Sprintf("%.300q", last)
	}
	return "nothing"
}

// NotApplicable is why the runtime has no counterpart for the scenario, or empty.
func (s Scenario) NotApplicable() string {
	why, _ := s.values["not applicable"].(string)
	return why
}

// Has reports whether the driver told a key at all.
func (s Scenario) Has(key string) bool { _, ok := s.values[key]; return ok }

// notReached stands for what a hang has kept a scenario from showing.
const notReached = "not reached"

// Value is the value of a key. A key that the driver owes is an error of the
// harness, except behind a hang.
func (s Scenario) Value(key string) any {
	v, ok := s.values[key]
	switch {
	case ok:
		return v
	case s.Hung != "":
		return notReached
	}
	panic(harnessError{fmt.Sprintf("the driver of %s does not tell %q in scenario %s", s.trial.method().runtime.Title, key, s.scenario)})
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

// StartProgram lets the launcher's runtime start a program, with nothing asked
// for but its one argument, and returns what the program saw of its start. It
// leaves with status 7 then.
func (t *Trial) StartProgram() (agent.Snapshot, Scenario) {
	c := &Process{trial: t}
	c.expect()
	defer t.harness.forget(c.token, c.coming)
	type told struct {
		record agent.Snapshot
		err    error
	}
	seen := make(chan told, 1)
	go func() {
		r, err := Call(c, agent.TakenSnapshot, agent.None{})
		if err == nil {
			err = Send(c, agent.ExitWith, 7)
		}
		if c.channel != nil {
			c.Gone()
			_ = c.channel.file.Close()
		}
		seen <- told{r, err}
	}()
	s := t.RunScenario("start", "executable="+t.Self(), "argument="+agent.Inspect().Ticket(2, c.token, t.harness.listener.Address()))
	if s.Text("parent") != "none" {
		t.Fail("%s could not start a program: %s", t.launcher.Name(), s.Text("parent"))
	}
	select {
	case got := <-seen:
		if got.err != nil {
			t.Fail("the program that %s started did not report: %v", t.launcher.Name(), got.err)
		}
		return got.record, s
	case <-t.ctx.Done():
		t.Fail("the program that %s started did not report", t.launcher.Name())
		return agent.Snapshot{}, s
	}
}

// StartRawProgram lets the launcher's runtime start an image without a runtime of its
// own, and returns what the kernel gave it. It needs the feature script-image.
func (t *Trial) StartRawProgram() agent.Raw {
	script, front := agent.RawScript(), &linux.Script{}
	const atCWD = -100
	report := front.Must("openat", atCWD, rawReport, os.O_WRONLY|os.O_CREATE, 0o644)
	front.Must("dup3", report, agent.RawFD, 0)
	front.Must("close", report)
	script.Prepend(front)
	path, err := t.harness.image(script)
	t.NoError(err)
	s := t.RunScenario("start", "executable="+path, "argument=none")
	content, err := os.ReadFile(filepath.Join(s.dir, rawReport))
	if err != nil {
		t.Fail("the program that %s started did not report: %v", t.launcher.Name(), err)
	}
	raw, err := agent.DecodeRaw(content)
	t.NoError(err)
	return raw
}

// rawReport is the file, in the scenario's directory, that StartRawProgram's image writes.
const rawReport = "report"
