package behaviour

import (
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/child"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

var begun = sync.OnceValues(func() (*Run, error) { return Begin(1) })

func TestMain(m *testing.M) {
	code := m.Run()
	if run, err := begun(); err != nil || run.End() != nil {
		code = 1
	}
	os.Exit(code)
}

// try tries a body with a deadline of a second.
func try(t *testing.T, level Level, body func(*Trial), parts ...Part) record.Trial {
	t.Helper()
	run, err := begun()
	if err != nil {
		t.Fatal(err)
	}
	d := &Declaration{Behaviour: record.Behaviour{ID: "test", Level: level}, body: body}
	for _, p := range parts {
		p(d)
	}
	return run.TryOn(d, system{}, time.Second)
}

// Every status is reached by what it stands for, and by nothing else.
func TestVerdicts(t *testing.T) {
	here := platform.Implementation()
	const link = "https://example.org/"
	for _, c := range []struct {
		name   string
		level  Level
		body   func(*Trial)
		parts  []Part
		status record.Status
		says   string // what the reasons contain
	}{
		{name: "a check that holds", level: Must, status: record.Pass,
			body: func(t *Trial) { t.Observe("a", 1).To(Equal(1)) }},
		{name: "a check that does not", level: Must, status: record.Fail, says: "a was 1, expected to equal 2",
			body: func(t *Trial) { t.Observe("a", 1).To(Equal(2)) }},
		{name: "a negated check that does not hold", level: Must, status: record.Fail, says: "a was 1, expected not to equal 1",
			body: func(t *Trial) { t.Observe("a", 1).NotTo(Equal(1)) }},
		{name: "a second check after one that failed", level: Must, status: record.Fail, says: "b was",
			body: func(t *Trial) { t.Observe("a", 1).To(Equal(2)); t.Observe("b", 1).To(Equal(2)) }},
		{name: "a panic that follows from a failure", level: Must, status: record.Fail, says: "a was",
			body: func(t *Trial) { t.Observe("a", 1).To(Equal(2)); panic("the value that was checked was needed") }},
		{name: "a panic", level: Must, status: record.Broken, says: "panic: oh",
			body: func(t *Trial) { t.Observe("a", 1).To(Equal(1)); panic("oh") }},
		{name: "a must that checks nothing", level: Must, status: record.Broken, says: "could not fail",
			body: func(t *Trial) { t.Observe("a", 1) }},
		{name: "an observed that observes", level: Observed, status: record.Pass,
			body: func(t *Trial) { t.Observe("a", 1) }},
		{name: "an observed that checks", level: Observed, status: record.Broken, says: "only observes",
			body: func(t *Trial) { t.Observe("a", 1).To(Equal(1)) }},
		{name: "an observed that observes nothing", level: Observed, status: record.Broken, says: "observed nothing",
			body: func(*Trial) {}},
		{name: "a name that is used twice", level: Observed, status: record.Broken, says: "twice",
			body: func(t *Trial) { t.Observe("a", 1); t.Observe("a", 1) }},
		{name: "a harness that gives up", level: Must, status: record.Broken, says: "no more",
			body: func(t *Trial) { t.Broken(errors.New("no more")) }},
		{name: "a subject that cannot be started", level: Must, status: record.Fail, says: "could not start",
			body: func(t *Trial) { t.Start(child.Exit(0), Image("/no/such/program")) }},
		{name: "a pinned value", level: Must, status: record.Diverges,
			body:  func(t *Trial) { t.Observe("a", 1).To(Equal(2)); t.Observe("b", 1).To(Equal(1)) },
			parts: []Part{Diverges(here, "a", 1, "because", link)}},
		{name: "another value than the pinned one", level: Must, status: record.Fail, says: "a was 3",
			body:  func(t *Trial) { t.Observe("a", 3).To(Equal(2)) },
			parts: []Part{Diverges(here, "a", 1, "because", link)}},
		{name: "a pin of another observation", level: Must, status: record.Fail, says: "a was 1",
			body:  func(t *Trial) { t.Observe("a", 1).To(Equal(2)); t.Observe("b", 1).To(Equal(1)) },
			parts: []Part{Diverges(here, "b", 1, "because", link)}},
		{name: "a pinned value that is gone", level: Must, status: record.Stale, says: "remove the pin",
			body:  func(t *Trial) { t.Observe("a", 2).To(Equal(2)) },
			parts: []Part{Diverges(here, "a", 1, "because", link)}},
		{name: "a pin of another implementation", level: Must, status: record.Pass,
			body:  func(t *Trial) { t.Observe("a", 2).To(Equal(2)) },
			parts: []Part{Diverges("another", "a", 1, "because", link)}},
		{name: "a child that does not end", level: Must, status: record.Fail, says: "was \"hang\"",
			body: func(t *Trial) { t.Observe("status", t.Start(child.Obey()).Wait().String()).To(Equal("exit 0")) }},
		{name: "a read that does not end", level: Must, status: record.Fail, says: "within its deadline",
			body: func(t *Trial) {
				r, _ := t.Pipe()
				_, err := t.ReadAll(r)
				t.ObserveError("error", err).To(Equal("hang"))
			}},
		{name: "a call without a deadline that only the end of a child ends", level: Must, status: record.Fail, says: "within its deadline",
			body: func(t *Trial) {
				r, w := t.Pipe()
				null := t.Null()
				t.Start(child.Obey(), Files(null, w, null))
				t.Broken(w.Close())
				n, _ := r.Read(make([]byte, 1))
				t.Observe("bytes", n).To(Equal(0))
			}},
		{name: "a body that ignores its deadline", level: Must, status: record.Broken, says: "ignores the deadline",
			body: func(*Trial) { select {} }},
		{name: "a child that cannot play its role", level: Must, status: record.Fail,
			body: func(t *Trial) {
				c := t.Start(child.Exit(0), Args("x"), Env("SPAWNSPEC_CHILD=nonsense"))
				t.Observe("status", c.Wait().String()).To(Equal("exit 122"))
				t.Observe("a", 1).To(Equal(2))
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			trial := try(t, c.level, c.body, c.parts...)
			if trial.Status != c.status || !strings.Contains(strings.Join(trial.Reasons, "\n"), c.says) {
				t.Errorf("%s, %q; expected %s and something about %q", trial.Status, trial.Reasons, c.status, c.says)
			}
		})
	}
}

// What a trial leaves behind is found, whatever it checked.
func TestLeaksAreFound(t *testing.T) {
	if open, err := platform.OpenDescriptors(); err != nil || open == nil {
		t.Skip("descriptors cannot be listed here")
	}
	var leaked *os.File
	trial := try(t, Must, func(t *Trial) {
		leaked, _ = os.Open(os.DevNull)
		t.Observe("a", 1).To(Equal(1))
	})
	_ = leaked.Close()
	if trial.Status != record.Broken || !strings.Contains(strings.Join(trial.Reasons, ""), "left open descriptor") {
		t.Errorf("a leaked descriptor: %s, %q", trial.Status, trial.Reasons)
	}
}

// A trial ends every process it has started, children of children included,
// whether they wait for orders or are in the middle of something.
func TestNothingSurvivesATrial(t *testing.T) {
	var pids []int
	trial := try(t, Must, func(t *Trial) {
		r, _ := t.Pipe()
		c := t.Start(child.Obey(), Files(r))
		g := c.MustStart(child.Obey(), child.Starting{Launcher: OSExec, Orphan: true})
		_ = Tell(g, child.Read, child.Reading{FD: 0, Max: 1}) // blocks
		pids = []int{c.Pid(), g.Pid()}
		t.Observe("a", 1).To(Equal(1))
	})
	if trial.Status != record.Pass {
		t.Fatalf("%s, %q", trial.Status, trial.Reasons)
	}
	for _, pid := range pids {
		p, err := os.FindProcess(pid)
		if err != nil {
			continue // Windows
		}
		deadline := time.Now().Add(5 * time.Second)
		for !gone(p) && time.Now().Before(deadline) { // an orphan is reaped by somebody else
			time.Sleep(time.Millisecond) //nolint:forbidigo // who reaps an orphan does not tell us
		}
		if !gone(p) {
			t.Errorf("process %d of %v is still there", pid, pids)
		}
	}
}

// A ticket that is nested too deep, or of a role that nobody knows, ends the
// process before it can start another.
func TestUnknownRolesEndAtOnce(t *testing.T) {
	for text, code := range map[string]string{
		"spawnspec-child 7 obey 0 t a":    "exit 121",
		"spawnspec-child 1 dance 0 t a":   "exit 122",
		"spawnspec-child 1 exit x t a":    "exit 122",
		"spawnspec-child 1 exit":          "exit 122",
		"spawnspec-child 0 exit 0 t a":    "exit 122",
		"spawnspec-child 1 obey 0 t /a/b": "exit 123",
	} {
		trial := try(t, Must, func(t *Trial) {
			c, err := t.TryStartImage(t.Self(), Args(t.Self(), text), Files(t.Null(), t.Null(), t.Null()))
			t.Broken(err)
			t.Observe("status", c.Wait().String()).To(Equal(code))
		})
		if trial.Status != record.Pass {
			t.Errorf("%q: %s, %q", text, trial.Status, trial.Reasons)
		}
	}
}

// The rules of a declaration are held.
func TestCheck(t *testing.T) {
	saved := registry
	t.Cleanup(func() { registry = saved })
	body := func(d *Declaration) {
		Try(func(*Trial) {})(d)
		Matters("Somebody would notice.")(d)
	}
	for name, c := range map[string]struct {
		declare func()
		says    string
	}{
		"nothing wrong":          {func() { Behaviour("a.b", Should, "It is so.", body) }, ""},
		"twice":                  {func() { Behaviour("a.b", Should, "It is so.", body); Behaviour("a.b", Should, "It is so.", body) }, "declared twice"},
		"ill-formed":             {func() { Behaviour("A.b", Should, "It is so.", body) }, "dotted"},
		"no full stop":           {func() { Behaviour("a.b", Should, "It is so", body) }, "full stop"},
		"no reason":              {func() { Behaviour("a.b", Should, "It is so.", Try(func(*Trial) {})) }, "why it matters"},
		"no body":                {func() { Behaviour("a.b", Should, "It is so.") }, "nothing tries it"},
		"must without cite":      {func() { Behaviour("a.b", Must, "It is so.", body) }, "authority"},
		"citation without link":  {func() { Behaviour("a.b", Should, "It is so.", body, Cite(Document("X", "x"))) }, "https"},
		"pin without reason":     {func() { Behaviour("a.b", Should, "It is so.", body, Diverges("Wine", "a", 1, "", "https://x")) }, "reason"},
		"unknown implementation": {func() { Behaviour("a.b", Should, "It is so.", body, Diverges("Vine", "a", 1, "b", "https://x")) }, "Vine"},
		"unknown launcher":       {func() { Behaviour("a.b", Should, "It is so.", body, On("dos/spawn")) }, "dos/spawn"},
		"unknown feature":        {func() { Behaviour("a.b", Should, "It is so.", body, Needs("luck")) }, "luck"},
		"retired":                {func() { Retired("a.b", "gone"); Behaviour("a.b", Should, "It is so.", body) }, "retired"},
		"several remedies": {func() {
			Behaviour("a.b", Should, "It is so.", body, Remedy("Do."), ProvedBy("a.c"), Remedy("Or do not."), Remedy("Or both."), ProvedBy("a.c"))
			Behaviour("a.c", Should, "It is so.", body)
		}, ""},
		"remedy proved by nobody": {func() { Behaviour("a.b", Should, "It is so.", body, Remedy("Do."), ProvedBy("c.d")) }, "c.d"},
		"remedy proves itself":    {func() { Behaviour("a.b", Should, "It is so.", body, Remedy("Do."), ProvedBy("a.b")) }, "its own"},
		"remedy without a text":   {func() { Behaviour("a.b", Should, "It is so.", body, Remedy("")) }, "what to do"},
		"proof of no remedy":      {func() { Behaviour("a.b", Should, "It is so.", body, ProvedBy("a.c"), Remedy("Do.")) }, "no remedy"},
		"two proofs":              {func() { Behaviour("a.b", Should, "It is so.", body, Remedy("Do."), ProvedBy("a.c"), ProvedBy("a.c")) }, "no remedy"},
	} {
		registry.list, registry.areas, registry.errors, registry.retired = nil, nil, nil, nil
		Area("test", "Test", c.declare)
		err := Check()
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	registry.list, registry.errors = nil, nil
	Behaviour("a.b", Should, "It is so.", body)
	if err := Check(); err == nil || !strings.Contains(err.Error(), "outside of an area") {
		t.Errorf("outside of an area: %v", err)
	}
}

// A pattern selects by id, area and launcher, and one that selects nothing is
// an error that helps.
func TestSelection(t *testing.T) {
	saved := registry
	t.Cleanup(func() { registry = saved })
	registry.list, registry.areas = nil, nil
	Area("one", "One", func() {
		Behaviour("pipe.eof.first", Should, "It is so.", On(OSExec, ForkExec))
		Behaviour("wait.any", Should, "It is so.", On(System))
	})
	for _, c := range []struct {
		Selection
		keys string
	}{
		{Selection{}, "pipe.eof.first@go/os-exec pipe.eof.first@unix/fork-exec wait.any@system"},
		{Selection{Only: []string{"wait.any"}}, "wait.any@system"},
		{Selection{Only: []string{"pipe.*"}, Launchers: []string{"unix/*"}}, "pipe.eof.first@unix/fork-exec"},
		{Selection{Only: []string{"one"}, Launchers: []string{"system"}}, "wait.any@system"},
	} {
		pairs, err := c.Pairs()
		var keys []string
		for _, p := range pairs {
			keys = append(keys, p.ID+"@"+p.Launcher)
		}
		if got := strings.Join(keys, " "); err != nil || got != c.keys {
			t.Errorf("%+v selects %q, %v", c.Selection, got, err)
		}
	}
	if _, err := (Selection{Only: []string{"pipe.eof.frist"}}).Pairs(); err == nil || !strings.Contains(err.Error(), `"pipe.eof.first"`) {
		t.Errorf("a misspelt id: %v", err)
	}
	if _, err := (Selection{Launchers: []string{"go/exec"}}).Pairs(); err == nil || !strings.Contains(err.Error(), OSExec) {
		t.Errorf("a misspelt launcher: %v", err)
	}
	if !slices.Contains(LauncherNames(), System) {
		t.Error("the pseudo-launcher is not listed")
	}
}
