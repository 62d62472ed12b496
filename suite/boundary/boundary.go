// Package boundary is the area of values that cross from a parent to a child: what becomes of them,
// and of both processes, when something is in the way. What is tried is the model in
// fixtures/boundary, on every launcher; where a behaviour is about how others do it, it says so.
//
// Subjects, in the order of reading: story, default, method, main, kind, value, send, write, read, channel,
// reply, task, worker, skew, remedy.
package boundary

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/fixtures/boundary"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const title = "Values between parent and child"

const taken = "the target ran"

// Gob numbers types in the order in which a process first meets them, and the
// number is part of every frame. Met here, the payload has the same number in
// every run, whatever the order of the trials.
var _, _ = boundary.Encode(boundary.Gob, small)

var codecs = []boundary.Codec{boundary.Gob, boundary.JSON}

// small fits every pipe.
var small = agent.Payload{Name: "small", Counts: map[string]int{"one": 1}, Data: []byte("abc")}

// exchange is a child with a pipe each way.
type exchange struct {
	*Process
	trial *Trial
	in    *os.File // the write end of its standard input
	out   *os.File // the read end of its standard output
}

// connected starts a child with a pipe each way; its own ends are closed here.
func connected(t *Trial) exchange {
	r, in := t.Pipe()
	out, w := t.Pipe()
	c := t.Start(Agent(), Stdin(r), Stdout(w))
	t.NoError(errors.Join(r.Close(), w.Close()))
	return exchange{c, t, in, out}
}

// receive reads a child's reply, bounded by the trial. A reply ends with its stream,
// and the stream with the child: a launcher that can only hand on streams of its own
// holds this one for as long as the child runs.
func (e exchange) receive() (digest string, err error) {
	reply, err := e.trial.ReadAll(e.out)
	if err != nil {
		e.trial.Fail("no reply could be read: %v", err)
	}
	return boundary.Receive[string](bytes.NewReader(reply))
}

// served is what a serving child did, in words.
func (e exchange) served() string {
	s, err := Reply(e.Process, agent.Serve)
	if err != nil {
		e.trial.Fail("the child did not serve: %v", err)
	}
	return words(s)
}

// write writes to the child in the background; end also ends the stream. An
// error is the child's to explain, which may refuse a stream before its end.
func (e exchange) write(end bool, pieces ...[]byte) {
	go func() {
		for _, p := range pieces {
			if _, err := e.in.Write(p); err != nil {
				break
			}
		}
		if end {
			_ = e.in.Close()
		}
	}()
}

// frame is a payload in its frame.
func frame(t *Trial, c boundary.Codec, p agent.Payload) []byte {
	f, err := boundary.Encode(c, p)
	t.NoError(err)
	return f
}

// refused is the words for a stream that the child refuses.
func refused(f boundary.Fault) string { return "read: " + string(f) }

// serving starts a child that serves what comes on its standard input.
func serving(t *Trial) exchange {
	e := connected(t)
	if err := Send(e.Process, agent.Serve, ""); err != nil {
		t.Fail("the child did not come up: %v", err)
	}
	return e
}

// step is whose error it is and where it came up.
func step(err error) string {
	var e *boundary.Error
	if errors.As(err, &e) {
		return fmt.Sprintf("%s: %s", e.Side, e.Step)
	}
	return "none"
}

func words(s agent.ServeResult) string {
	switch {
	case s.Ran && s.Error != "":
		return taken + ", then " + s.Error
	case s.Ran:
		return taken
	}
	return s.Error
}

// anError is any error but a hang.
var anError = Not(BeElementOf("none", "hang", "not reached"))

// workers are the runtimes' own ways to give a child a job and get its result.
var workers = table{
	"cpython/fork":  {"pool", "executor"},
	"cpython/spawn": {"pool", "executor", "process"},
	"node/advanced": {"channel"},
	"node/json":     {"channel"},
}

// What a launcher of a runtime has several of is tried where it makes a
// difference: a table names the launchers and what each of them has. On other
// launchers of that runtime the sentence is about the same code once more.
type table map[string][]string

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

// works reports whether a value arrived as what it was.
func works(s Scenario) bool {
	return s.Text("parent") == "none" && s.Text("child") == "ran" && s.Text("value") == "same"
}

var method = []Part{
	Remedy("Put the methods that run in the child into a separate class that holds nothing that cannot be serialized."),
	For("cpython"), ProvedBy("boundary.remedy.separate-class"),
	Remedy("Leave the stream out of the state that is serialized (__getstate__)."), For("cpython"),
	ProvedBy("boundary.remedy.getstate"),
}

// A kind of value that people hand to a child.
type kind struct {
	name, what string
	remedies   []Part
}

// handed tries to hand a payload to a child and observes all there is to it.
// "works" is the plain answer: it arrived as what it was.
func handed(t *Trial, payload string) {
	s := t.RunScenario("hand", "payload="+payload)
	t.Observe("works", works(s))
	// Where in the value the culprit is CPython tells in notes, from 3.14 on.
	text, notes, noted := strings.Cut(s.Text("parent"), " / ")
	t.Observe("the parent's error", text)
	if noted {
		t.Observe("notes of the parent's error", notes)
	}
	t.Observe("the child", s.Text("child"))
	if s.Text("child") != "none" {
		t.Observe("the child's error", s.Text("child error"))
		t.Observe("the child's exit status", s.Value("exit"))
	}
	if s.Text("child") == "ran" {
		t.Observe("what arrived", s.Text("value"))
	}
	if s.Has("children") || s.Hung != "" {
		t.Observe("children left", s.Value("children"))
	}
	if !works(s) {
		t.Observe("the next value", s.Text("again"))
	}
	t.Observe("left running", s.Left)
}

// remediesOf adds to a kind's own remedies the one that helps with them all.
func remediesOf(k kind) []Part {
	if k.remedies == nil {
		return nil
	}
	return append(slices.Clone(k.remedies),
		Remedy(nameTheMethod), For("cpython"), ProvedBy("boundary.remedy.name-the-method"))
}

// ran runs a program of one kind whose child's target is in its main module,
// and observes what became of both.
func ran(t *Trial, prefix, kind string) Scenario {
	s := t.RunScenario("main", "kind="+kind)
	t.Observe(prefix+"works", s.Text("parent") == "0" && s.Text("child") == "ran")
	if s.Text("child") != "ran" {
		t.Observe(prefix+"the child's error", s.Text("child error"))
		t.Observe(prefix+"the child's exit status", s.Value("exit"))
	}
	if s.Text("parent") != "0" {
		t.Observe(prefix+"the parent's error", s.Text("parent error"))
	}
	return s
}

// serializations are the launchers whose children read the channel differently.
var serializations = []string{"node/advanced", "node/json"}

var launchers = On("cpython/fork", "cpython/spawn")

// asked gives workers a job and observes what becomes of it, of the next one
// and of the workers when they are shut down.
func asked(t *Trial, scenario, parameter string) {
	through(t, workers, func(prefix string, s Scenario) {
		t.Observe(prefix+"the caller's error", s.Text("parent")).To(anError)
		t.Observe(prefix+"the next job", s.Text("again")).To(Equal("ran"))
		t.Observe(prefix+"shutting down", s.Text("shutdown")).To(Equal("none"))
		if s.Has("terminate") {
			t.Observe(prefix+"terminating then", s.Text("terminate"))
		}
		t.Observe(prefix+"left running", s.Left).To(BeEmpty())
	}, scenario, parameter)
}
