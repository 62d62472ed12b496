// Package protocol holds the driver of a runtime to the protocol that is in
// fixtures/runtimes/README.md: every scenario is played, and what is told of a launch is
// compared with what the program that was started has seen.
package protocol

import (
	"cmp"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

// Verdict is what there is to say about an answer.
type Verdict string

// Verdicts.
const (
	Right Verdict = "right"
	// Wrong is an answer that is not of the protocol, or not true.
	Wrong Verdict = "wrong"
	// Missing is an answer that is not there (yet): what needs it is not applicable.
	Missing Verdict = "missing"
)

// Finding is one thing that was checked.
type Finding struct {
	Verdict
	Subject string // scenario, way, and what of it
	Why     string // it is wrong or missing
}

// Scenarios are the names of what can be checked, in its order.
func Scenarios() []string {
	names := []string{about, launching, writing}
	for _, p := range runtimes.Plays {
		names = append(names, p.Scenario)
	}
	return names
}

const (
	about     = "about"
	launching = "launch"
	writing   = "output"
	unheardOf = "no-such-scenario"
)

// check is a check of one driver.
type check struct {
	harness *trial.Harness
	runtime *trial.Runtime
	only    []string
	report  func(Finding)
}

// Check plays the scenarios, or those of only, with the driver of a runtime that is part
// of the run, and reports what it finds.
func Check(h *trial.Harness, name string, only []string, report func(Finding)) {
	c := check{h, h.Runtime(name), only, report}
	if c.runtime.Unusable != nil {
		report(Finding{Wrong, about, c.runtime.Unusable.Error()})
		return
	}
	if c.plays(about) {
		c.about()
	}
	starts, ways := slices.Sorted(maps.Keys(c.runtime.Starts)), slices.Sorted(maps.Keys(c.runtime.Ways))
	for _, way := range starts {
		if c.plays(launching) && c.here(way) {
			c.launch(way)
		}
	}
	for _, exit := range slices.Sorted(maps.Keys(c.runtime.Exits)) {
		if c.plays(writing) && c.here(exit) {
			for _, f := range c.try(writing, exit, text) {
				c.report(f)
			}
		}
	}
	for _, way := range ways {
		if !c.here(way) {
			continue
		}
		for _, p := range runtimes.Plays {
			if c.plays(p.Scenario) {
				c.play(way, p)
			}
		}
	}
}

func (c check) plays(scenario string) bool {
	return len(c.only) == 0 || slices.Contains(c.only, scenario)
}

// here reports whether this version of the runtime has a way.
func (c check) here(way string) bool {
	why := c.runtime.Note(c.runtime.Name + "/" + way)
	if why != "" {
		c.report(Finding{Missing, way, why})
	}
	return why == ""
}

// about checks what the driver says of itself. That it has a version is known: it could
// not be used without.
func (c check) about() {
	p, err := c.harness.Play(c.runtime.Name, "-", about)
	if err != nil {
		c.report(Finding{Wrong, about, err.Error()})
		return
	}
	names := func(key string) []string {
		object, _ := p.Values[key].(map[string]any)
		return slices.Sorted(maps.Keys(object))
	}
	all := slices.Concat(slices.Sorted(maps.Keys(c.runtime.Ways)), slices.Sorted(maps.Keys(c.runtime.Starts)),
		slices.Sorted(maps.Keys(c.runtime.Exits)))
	wrong := false
	for _, in := range []struct {
		key   string
		there []string
		what  string
	}{
		{"ways", all, "none of the manifest's ways, starts or exits"},
		{"launch", slices.Sorted(maps.Keys(c.runtime.Starts)), "none of the manifest's starts"},
		{"missing", payloadNames(), "no payload"},
	} {
		for _, name := range names(in.key) {
			if !slices.Contains(in.there, name) {
				wrong = true
				c.report(Finding{Wrong, about, fmt.Sprintf("%q has %q, which is %s", in.key, name, in.what)})
			}
		}
		for _, name := range in.there {
			if in.key != "missing" && !slices.Contains(names(in.key), name) {
				c.report(Finding{Missing, about, fmt.Sprintf("%q does not have %q", in.key, name)})
			}
		}
	}
	if p, err := c.harness.Play(c.runtime.Name, cmp.Or(all[0], "-"), unheardOf); err != nil {
		wrong = true
		c.report(Finding{Wrong, "a scenario that there is not", err.Error()})
	} else if p.NotApplicable() == "" {
		wrong = true
		c.report(Finding{Wrong, "a scenario that there is not", "its answer is not that it is not applicable"})
	}
	if !wrong {
		c.report(Finding{Right, about, ""})
	}
}

func payloadNames() (names []string) {
	for _, p := range runtimes.Plays {
		for _, parameter := range p.Parameters {
			if name, ok := strings.CutPrefix(parameter, "payload="); ok {
				names = append(names, name)
			}
		}
	}
	return names
}

// play plays a scenario with each of its parameters, several at a time: most of their
// time they wait.
func (c check) play(way string, p runtimes.Play) {
	parameters := p.Parameters
	if len(parameters) == 0 {
		parameters = []string{""}
	}
	type answer struct {
		trial.Played
		err error
	}
	answers := make([]answer, len(parameters))
	var all sync.WaitGroup
	room := make(chan struct{}, 2*runtime.NumCPU())
	for i, parameter := range parameters {
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			var asked []string
			if parameter != "" {
				asked = []string{parameter}
			}
			answers[i].Played, answers[i].err = c.harness.Play(c.runtime.Name, way, p.Scenario, asked...)
		})
	}
	all.Wait()
	untold, told := slices.Clone(p.Keys), 0
	lacking, reasons := map[string][]string{}, []string{}
	for i, a := range answers {
		subject := strings.TrimSpace(p.Scenario + " " + way + " " + parameters[i])
		switch why := a.NotApplicable(); {
		case a.err != nil:
			c.report(Finding{Wrong, subject, a.err.Error()})
		case why != "":
			// Most reasons end with the parameter, and would not be the same then.
			_, value, _ := strings.Cut(parameters[i], "=")
			if rest, ok := strings.CutSuffix(why, " "+value); ok && value != "" {
				why = rest + " …"
			}
			if lacking[why] == nil {
				reasons = append(reasons, why)
			}
			lacking[why] = append(lacking[why], value)
		default:
			told++
			untold = slices.DeleteFunc(untold, func(key string) bool {
				_, ok := a.Values[key]
				return ok || a.Hung != ""
			})
			c.report(Finding{Right, subject, ""})
		}
	}
	for _, why := range reasons {
		subject := p.Scenario + " " + way
		if values := strings.TrimSpace(strings.Join(lacking[why], " ")); values != "" {
			subject += ": " + values
		}
		c.report(Finding{Missing, subject, why})
	}
	if told > 0 && len(untold) > 0 {
		c.report(Finding{Missing, p.Scenario + " " + way, fmt.Sprintf("no answer tells %q", untold)})
	}
}

// launch holds a way that starts programs to what the programs see. It is first asked
// without a trial, where what the driver prints can be shown.
func (c check) launch(way string) {
	subject := launching + " " + way
	p, err := c.harness.PlayLaunch(c.runtime.Name, way, 7)
	switch {
	case err != nil:
		c.report(Finding{Wrong, subject, err.Error()})
		return
	case p.NotApplicable() != "":
		c.report(Finding{Missing, subject, p.NotApplicable()})
		return
	case p.Hung != "":
		c.report(Finding{Wrong, subject, fmt.Sprintf("it hung, waiting for %q, with a program that exits at once", p.Hung)})
		return
	}
	for _, l := range launches {
		begun := time.Now()
		for _, f := range c.try(launching, way, l) {
			c.report(f)
		}
		if time.Since(begun) > c.deadline() {
			c.report(Finding{Missing, subject, "it took too long, and is asked for no more launches"})
			return
		}
	}
}

// deadline is how long one launch may take: an interpreter is started for each program.
func (c check) deadline() time.Duration { return 3 * c.harness.Deadline }

// try makes one check of a way that starts programs, or in which one exits.
func (c check) try(scenario, way string, l launch) []Finding {
	f := Finding{Right, scenario + " " + way + ", " + l.what, ""}
	d := &spec.Declaration{Behaviour: record.Behaviour{ID: scenario + "." + l.what, Level: spec.Must}, Body: l.try}
	tried := c.harness.TryProgram(d, c.runtime.Name, way, c.deadline())
	switch tried.Status {
	case record.Pass:
		return []Finding{f}
	case record.NotApplicable, record.Unmet:
		f.Verdict, f.Why = Missing, strings.Join(tried.Reasons, "; ")
		return []Finding{f}
	}
	var all []Finding
	for _, why := range tried.Reasons {
		all = append(all, Finding{Wrong, f.Subject, why})
	}
	return all
}
