package boundary

import (
	"slices"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	. "github.com/spawnspec/spawnspec/suite/internal/behaviour"
)

// channels are the ways of a runtime to send a value to a child that is already
// there, for those that have more than one.
var channels = map[string][]string{"cpython": {"connection", "queue", "simple-queue"}}

// streams are the streams that a runtime's children read values from, for those
// that have more than one: the one they are started with, and a channel.
var streams = map[string][]string{"cpython": {"start-up", "connection"}}

// workers are the runtimes' own ways to give a child a job and get its result,
// for those that have more than one.
var workers = map[string][]string{"cpython": {"pool", "executor"}}

// through performs a scenario once for each of the names that the table has for
// the runtime, and tells the observer which one it was, as a prefix for what it
// observes. The trial is not applicable when none has a counterpart.
func through(t *Trial, table map[string][]string, observe func(prefix string, s Scene), scenario string, parameters ...string) {
	names, several := table[t.Runtime()]
	if !several {
		s := t.TryDrive(scenario, parameters...)
		switch why := s.NotApplicable(); {
		case why == "":
			observe("", s)
		case t.Observed() == 0:
			t.NotApplicable(why)
		}
		return
	}
	why := ""
	for _, name := range names {
		s := t.TryDrive(scenario, append(slices.Clone(parameters), "via="+name)...)
		if reason := s.NotApplicable(); reason != "" {
			why = reason
			continue
		}
		observe(name+": ", s)
	}
	if len(names) > 0 && why != "" && t.Observed() == 0 {
		t.NotApplicable(why)
	}
}

// damaged gives a child a damaged stream and checks what it does: ran, refused
// or ended.
func damaged(t *Trial, damage string, want types.GomegaMatcher) {
	through(t, streams, func(prefix string, s Scene) {
		t.Observe(prefix+"the child with "+damage, s.Text("child")).To(want)
		if s.Text("child") != "ran" && s.Hung == "" {
			t.Observe(prefix+"its error with "+damage, s.Text("child error"))
			t.Observe(prefix+"its exit status with "+damage, s.Value("exit"))
		}
	}, "read", "damage="+damage)
}

// replied asks a child for a result that something is wrong with.
func replied(t *Trial, value string, check func(prefix string, s Scene)) {
	through(t, workers, func(prefix string, s Scene) {
		t.Observe(prefix+"the caller's error", s.Text("parent"))
		check(prefix, s)
		t.Observe(prefix+"the next job", s.Text("again")).To(Equal("ran"))
		t.Observe(prefix+"left running", s.Left).To(BeEmpty())
	}, "reply", "value="+value)
}

// refusedOnTheWay hands over a value that no serializer takes. Where it arrives
// as it was, nothing is serialized, and the sentence is about something else.
func refusedOnTheWay(t *Trial, payload string) Scene {
	s := t.Drive("hand", "payload="+payload)
	if s.Text("child") == "ran" && s.Text("value") == "same" {
		t.NotApplicable("nothing is serialized: the child begins as a copy of its parent")
	}
	return s
}

// anError is any error but a hang.
var anError = Not(BeElementOf("none", "hang", "not reached"))
