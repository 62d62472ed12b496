package boundary

import (
	"slices"
	"strings"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// What a launcher of a runtime has several of is tried where it makes a
// difference: a table names the launchers and what each of them has. On other
// launchers of that runtime the sentence is about the same code once more.
type table map[string][]string

// channels are the ways to send a value to a child that is already there.
var channels = table{
	"cpython/fork":  {"connection", "queue", "simple-queue"},
	"cpython/spawn": {"connection", "queue", "simple-queue"},
	"node/advanced": {"channel"},
	"node/json":     {"channel"},
}

// streams are what children read values from: the stream that they are started
// with, and a channel.
var streams = table{
	"cpython/fork":  {"connection"},
	"cpython/spawn": {"start-up", "connection"},
	"node/advanced": {"channel"},
	"node/json":     {"channel"},
}

// workers are the runtimes' own ways to give a child a job and get its result.
var workers = table{
	"cpython/fork":  {"pool", "executor"},
	"cpython/spawn": {"pool", "executor", "process"},
	"node/advanced": {"channel"},
	"node/json":     {"channel"},
}

// through performs a scenario once for each name that the table has for the
// launcher, and tells the observer which one it was, as a prefix for what it
// observes. The trial is not applicable when none has a counterpart.
func through(t *Trial, names table, observe func(prefix string, s Scenario), scenario string, parameters ...string) {
	if names[t.Launcher()] == nil {
		for launcher := range names {
			if strings.HasPrefix(launcher, t.Runtime()+"/") {
				t.NotApplicable("its children read and answer as those of other start methods do, where this is tried")
			}
		}
		s := t.TryScenario(scenario, parameters...)
		switch why := s.NotApplicable(); {
		case why == "":
			observe("", s)
		case t.Observed() == 0:
			t.NotApplicable(why)
		}
		return
	}
	why := ""
	for _, name := range names[t.Launcher()] {
		s := t.TryScenario(scenario, append(slices.Clone(parameters), "via="+name)...)
		if reason := s.NotApplicable(); reason != "" {
			why = reason
			continue
		}
		observe(name+": ", s)
	}
	if t.Observed() == 0 {
		t.NotApplicable(why)
	}
}

// damaged gives a child a damaged stream and checks what it does: ran, refused
// or ended.
func damaged(t *Trial, damage string, want types.GomegaMatcher) {
	through(t, streams, func(prefix string, s Scenario) {
		t.Observe(prefix+"the child with "+damage, s.Text("child")).To(want)
		if s.Text("child") != "ran" && s.Hung == "" {
			t.Observe(prefix+"its error with "+damage, s.Text("child error"))
			t.Observe(prefix+"its exit status with "+damage, s.Value("exit"))
		}
	}, "read", "damage="+damage)
}

// replied asks a child for a result that something is wrong with.
func replied(t *Trial, value string, check func(prefix string, s Scenario)) {
	through(t, workers, func(prefix string, s Scenario) {
		check(prefix, s)
		t.Observe(prefix+"the next job", s.Text("again")).To(Equal("ran"))
		t.Observe(prefix+"left running", s.Left).To(BeEmpty())
	}, "reply", "value="+value)
}

// refusedOnTheWay hands over a value that no serializer takes. Where it arrives
// as it was, nothing is serialized, and the sentence is about something else.
func refusedOnTheWay(t *Trial, payload string) Scenario {
	s := t.RunScenario("hand", "payload="+payload)
	if s.Text("child") == "ran" && s.Text("value") == "same" {
		t.NotApplicable("nothing is serialized: the child begins as a copy of its parent")
	}
	return s
}

// works reports whether a value arrived as what it was.
func works(s Scenario) bool {
	return s.Text("parent") == "none" && s.Text("child") == "ran" && s.Text("value") == "same"
}

// anError is any error but a hang.
var anError = Not(BeElementOf("none", "hang", "not reached"))
