// Package boundary is the area of values that cross from a parent to a child: what becomes of them,
// and of both processes, when something is in the way. What is tried is the model in
// fixtures/boundary, on every launcher; where a behaviour is about how others do it, it says so.
package boundary

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
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

// receive reads a child's reply, bounded by the trial.
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

// nameTheMethod helps with everything that a changed default has taken away.
const nameTheMethod = "Name the start method fork (multiprocessing.get_context) until the code is mended."

var method = []Part{
	Remedy("Put the methods that run in the child into a class of their own, without what cannot cross."), For("cpython"), ProvedBy("boundary.remedy.separate-class"),
	Remedy("Leave the stream out of the state that is serialized (__getstate__)."), For("cpython"), ProvedBy("boundary.remedy.getstate"),
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
		t.Observe("children behind it", s.Value("children"))
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

// startMethods is what Python says about its start methods.
var startMethods = Document("Python multiprocessing: contexts and start methods",
	"https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods")

var pickleDocumentation = Document("Python pickle", "https://docs.python.org/3/library/pickle.html")

var receiving = Document("Python multiprocessing.connection.Connection.recv",
	"https://docs.python.org/3/library/multiprocessing.html#multiprocessing.connection.Connection.recv")

func ofCPython(observation string, value any, reason, link string) Part {
	return Diverges("CPython", observation, value, reason, link)
}

const anyLength = "the first four bytes are a length, whatever they are, and the rest is waited for"

const disconnection = "https://nodejs.org/api/process.html#event-disconnect"

var advancedSerialization = Document("Node.js child_process: advanced serialization",
	"https://nodejs.org/api/child_process.html#advanced-serialization")

var forking = Document("Node.js child_process: child_process.fork()",
	"https://nodejs.org/api/child_process.html#child_processforkmodulepath-args-options")

var rejections = Document("Node.js command line: --unhandled-rejections",
	"https://nodejs.org/api/cli.html#--unhandled-rejectionsmode")

// serializations are the launchers whose children read the channel differently.
var serializations = []string{"node/advanced", "node/json"}

var subprocessSend = Document("Node.js child_process: subprocess.send()",
	"https://nodejs.org/api/child_process.html#subprocesssendmessage-sendhandle-options-callback")

func issueOfNode(number int) string {
	return fmt.Sprintf("https://github.com/nodejs/node/issues/%d", number)
}

func ofNode(observation string, value any, reason, link string) Part {
	return Diverges("Node.js", observation, value, reason, link)
}

const partialPacket = "a port drops the beginning of a packet at the end of the stream"

// pipes are the runtimes whose programs start a child and then serialize into
// the pipe to it, each with what its serializer promises.
var pipes = map[string]string{
	"Erlang": "https://www.erlang.org/doc/apps/erts/erlang.html#open_port/2",
	"Go":     "https://pkg.go.dev/encoding/gob",
	"Java":   "https://docs.oracle.com/en/java/javase/17/docs/specs/serialization/protocol.html",
	"Perl":   "https://perldoc.perl.org/Storable",
	"PHP":    "https://www.php.net/manual/en/function.serialize.php",
	"Ruby":   "https://docs.ruby-lang.org/en/master/Marshal.html",
}

// ofPipes pins what is seen of the runtimes with these titles, or of all of them.
func ofPipes(observation string, value any, reason string, titles ...string) Part {
	return func(d *Declaration) {
		if titles == nil {
			titles = slices.Sorted(maps.Keys(pipes))
		}
		for _, title := range titles {
			Diverges(title, observation, value, reason, pipes[title])(d)
		}
	}
}

const matters = "A remedy that was never seen to work is advice, not evidence."

// pickling is what the report that this project began with is about.
var pickling = Document("Python multiprocessing, programming guidelines: more picklability",
	"https://docs.python.org/3/library/multiprocessing.html#the-spawn-and-forkserver-start-methods")

// byChildFirst pins what comes of the order that CPython has on Windows, and
// that way child-first has everywhere.
func byChildFirst(observation string, value any) Part {
	return Diverges("CPython", observation, value, "the child is started before the value is pickled, and reads a stream that ends in the middle",
		"https://github.com/python/cpython/blob/main/Lib/multiprocessing/popen_spawn_win32.py")
}

// brokenForGood is what an executor says of every job after one whose worker is gone.
const brokenForGood = "concurrent.futures.process.BrokenProcessPool: A child process terminated abruptly, the process pool is not usable anymore"

const endsThere = "where the system does not tell who sleeps, a caller that waits for ever is ended, and asks for nothing more"

var executorDocumentation = Document("Python concurrent.futures: BrokenProcessPool", "https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.process.BrokenProcessPool")

var executorIsBroken = ofCPython("executor: the next job", brokenForGood, "ProcessPoolExecutor gives up all workers with the first that is gone; a new one is needed", executorDocumentation.Link)

var launchers = On("cpython/fork", "cpython/spawn")

var poolDocumentation = Document("Python multiprocessing.pool", "https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.pool")

var poolEndsThere = known("pool: the next job", "not reached", endsThere, 66587)

var poolLosesJob = all(
	known("pool: the caller's error", "hang", "multiprocessing.Pool replaces the worker and forgets its job: whoever waits for that waits for ever", 66587),
	poolEndsThere,
	known("pool: shutting down", "not reached", endsThere, 66587))

var poolLosesLock = known("pool: the next job", "hang", "the worker died with the lock of the job queue, which nobody can release any more", 96062)

var poolStaysOpen = known("pool: shutting down", "hang", "multiprocessing.Pool waits in join for the job that it has forgotten", 66587)

// all is several parts as one.
func all(parts ...Part) Part {
	return func(d *Declaration) {
		for _, p := range parts {
			p(d)
		}
	}
}

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

// known pins what CPython's issue tracker knows of.
func known(observation string, value any, reason string, issue int) Part {
	return ofCPython(observation, value, reason, fmt.Sprintf("https://github.com/python/cpython/issues/%d", issue))
}
