package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// Played is what a driver said when it was asked for a scenario by itself, and no
// behaviour was tried.
type Played struct {
	Values map[string]any
	// Hung is the key that was awaited when everything slept; empty when it came to its end.
	Hung string
}

// NotApplicable is why there is no answer, or empty.
func (p Played) NotApplicable() string {
	why, _ := p.Values["not applicable"].(string)
	return why
}

// Play asks the driver of a runtime for a scenario. The error is a line that says what
// is wrong with the driver.
func (r *Harness) Play(runtime, way, scenario string, parameters ...string) (Played, error) {
	rt := r.runtimes[runtime]
	if why := rt.lacks(parameters); why != "" {
		return Played{Values: map[string]any{"not applicable": why}}, nil
	}
	dir := filepath.Join(r.dir, "play"+r.token())
	args := slices.Concat(rt.command, []string{scenario, way, dir + ".jsonl"}, parameters)
	values, ended, err := r.drive(context.Background(), driverRun{scenario: scenario, dir: dir, args: args, deadline: scenarioDeadline})
	if err != nil {
		return Played{}, err
	}
	p := Played{Values: values}
	if ended.Hang {
		p.Hung, _ = values["calling"].(string)
	}
	if len(ended.Left) > 0 && scenario == asking {
		return p, errors.New("it left running: " + strings.Join(ended.Left, ", "))
	}
	return p, nil
}

// PlayLaunch asks it to start a program that exits with a value, on a way that starts
// programs. What the driver prints is seen, which in a trial goes where the program's does.
func (r *Harness) PlayLaunch(runtime, way string, code int) (Played, error) {
	request := filepath.Join(r.dir, "play"+r.token()+".request")
	lines := fmt.Sprintf("path %s\nargument %[1]s\nargument %s\n", runtimes.Quote(r.self),
		runtimes.Quote(agent.Exit(code).Ticket(1, "-", "-")))
	if err := os.WriteFile(request, []byte(lines), 0o600); err != nil {
		return Played{}, err
	}
	return r.Play(runtime, way, "launch", "request="+request)
}

// Runtime is a runtime that is part of the run.
func (r *Harness) Runtime(name string) *Runtime { return r.runtimes[name] }

// TryProgram tries what need not be declared on a way of a runtime to start programs, once.
func (r *Harness) TryProgram(d *spec.Declaration, runtime, way string, deadline time.Duration) record.Trial {
	launcher := runtime + "/" + way
	if status, reasons := r.runtimes.SkipReason(d, launcher); status != "" {
		return record.Trial{ID: d.ID, Launcher: launcher, Status: status, Reasons: reasons}
	}
	return r.TryOn(d, r.runtimes[runtime].program(way), deadline)
}
