package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/ticket"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
)

var begun = sync.OnceValues(func() (*Harness, error) { return Begin(1, NewRuntimes()) })

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
	d := &Declaration{Behaviour: record.Behaviour{ID: "test", Level: level}, Body: body}
	for _, p := range parts {
		p(d)
	}
	return run.TryOn(d, system{}, time.Second)
}

// Every status is reached by what it stands for, and by nothing else.
func TestVerdicts(t *testing.T) {
	here := platform.Implementation()
	const link = "https://example.org/"
	absent := "job-objects"
	if runtime.GOOS == "windows" {
		absent = "fork"
	}
	// What was only slow is told from what hung where the system shows who sleeps.
	stillBusy := struct {
		status record.Status
		says   string
	}{record.Broken, "it was still busy after 1s"}
	if _, err := platform.Activity(); err != nil {
		stillBusy.status, stillBusy.says = record.Fail, "was hang"
	}
	for _, c := range []struct {
		name   string
		level  Level
		body   func(*Trial)
		parts  []Part
		status record.Status
		says   string // what the reasons contain
		waits  bool   // until its deadline
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
		{name: "a harness that gives up in another goroutine", level: Must, status: record.Broken, says: "no more",
			body: func(t *Trial) { t.Go(func() error { t.NoError(errors.New("no more")); return nil }).Returned() }},
		{name: "a call that returns", level: Must, status: record.Pass,
			body: func(t *Trial) {
				r, w := t.Pipe()
				read := t.Go(func() error { _, err := r.Read(make([]byte, 1)); return err })
				t.Observe("before the write end is closed", read.State()).To(Equal(Blocked))
				t.NoError(w.Close())
				t.ObserveError("error", read.Err()).To(Equal("EOF"))
				t.Observe("after it", read.State()).To(Equal(Returned))
			}},
		{name: "a harness that gives up", level: Must, status: record.Broken, says: "no more",
			body: func(t *Trial) { t.NoError(errors.New("no more")) }},
		{name: "a subject that cannot be started", level: Must, status: record.Fail, says: "could not start",
			body: func(t *Trial) { t.Start(Exit(0), Image("/no/such/program")) }},
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
		{name: "a child that does not end", level: Must, status: record.Fail, waits: true, says: "was hang",
			body: func(t *Trial) { t.Observe("status", t.Start(Agent()).Wait().String()).To(Equal("exit 0")) }},
		{name: "a child that is still busy", level: Must, status: stillBusy.status, waits: true, says: stillBusy.says,
			body: func(t *Trial) {
				c := t.Start(Agent())
				t.NoError(Send(c, agent.UseCPU, time.Minute))
				t.Observe("status", c.Wait().String()).To(Equal("exit 0"))
			}},
		{name: "a read that does not end", level: Must, status: record.Fail, waits: true, says: "within its deadline",
			body: func(t *Trial) {
				r, _ := t.Pipe()
				_, err := t.ReadAll(r)
				t.ObserveError("error", err).To(Equal("hang"))
			}},
		{name: "a call without a deadline that only the end of a child ends", level: Must, status: record.Fail, waits: true,
			says: "within its deadline",
			body: func(t *Trial) {
				r, w := t.Pipe()
				t.Start(Agent(), Stdout(w))
				t.NoError(w.Close())
				n, _ := r.Read(make([]byte, 1))
				t.Observe("bytes", n).To(Equal(0))
			}},
		{name: "a child that cannot play its role", level: Must, status: record.Pass,
			body: func(t *Trial) {
				c, err := t.TryStart(Executable(t.Self()), Args("x"), Env("SPAWNSPEC_CHILD=nonsense"))
				t.NoError(err)
				t.Observe("status", c.Wait().String()).To(Equal(fmt.Sprint("exit ", ticket.ExitNoRole)))
			}},
		{name: "a start for which the host has no descriptor", level: Must, status: record.Broken, says: "run out of something: EMFILE",
			body: func(t *Trial) { t.Fail("could not start a child: %v", syscall.EMFILE) }},
		{name: "a start that the host refuses", level: Must, status: record.Broken, says: "could not start",
			body: func(t *Trial) { t.Fail("could not start a child: %v", syscall.EPERM) }},
		{name: "a check for which the host has no room", level: Must, status: record.Broken, says: "was \"ENOSPC\"",
			body: func(t *Trial) { t.ObserveError("a", syscall.ENOSPC).To(Equal("none")) }},
		{name: "a check of a list", level: Must, status: record.Fail, says: `a was ["ENOSPC"]`,
			body: func(t *Trial) { t.Observe("a", []string{"ENOSPC"}).To(BeEmpty()) }},
		{name: "a check that wants a host without room", level: Must, status: record.Pass,
			body: func(t *Trial) { t.ObserveError("a", syscall.ENOSPC).To(Equal("ENOSPC")) }},
		{name: "a call that should have blocked", level: Must, status: record.Fail, says: "was \"EAGAIN\"",
			body: func(t *Trial) { t.ObserveError("a", syscall.EAGAIN).To(Equal("none")) }},
		{name: "a harness that needs what the host has not", level: Must, status: record.Unmet, says: "feature " + absent + ": no",
			body: func(t *Trial) { t.Observe("a", 1).To(Equal(1)); t.need(absent) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.waits && testing.Short() {
				t.Skip("waits until its deadline")
			}
			trial := try(t, c.level, c.body, c.parts...)
			if trial.Status != c.status || !strings.Contains(strings.Join(trial.Reasons, "\n"), c.says) {
				t.Errorf("%s, %q; expected %s and something about %q", trial.Status, trial.Reasons, c.status, c.says)
			}
		})
	}
}

// That a trial is looked at shortly before its deadline is over before what it has left
// open is counted: to look opens files.
func TestNothingLooksWhenDescriptorsAreCounted(t *testing.T) {
	var stacks string
	trial := try(t, Must, func(t *Trial) {
		t.Defer(func() { // shortly before they are counted
			dump := make([]byte, 1<<20)
			stacks = string(dump[:runtime.Stack(dump, true)])
		})
		t.Observe("a", 1).To(Equal(1))
	})
	if trial.Status != record.Pass || !strings.Contains(stacks, "tryOnce") || strings.Contains(stacks, "(*Trial).watch") {
		t.Errorf("%s, %q, and\n%s", trial.Status, trial.Reasons, stacks)
	}
}

// A body that ignores its deadline, and the end of all that it could wait for, is
// given up.
func TestBodyThatIgnoresItsDeadline(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until a deadline")
	}
	run, err := Begin(0.25, NewRuntimes()) // a quarter of each of three waits
	if err != nil {
		t.Fatal(err)
	}
	d := &Declaration{Behaviour: record.Behaviour{ID: "test", Level: Must}, Body: func(*Trial) { select {} }}
	trial := run.TryOn(d, system{}, time.Second)
	if trial.Status != record.Broken || !strings.Contains(strings.Join(trial.Reasons, ""), "did not return after its deadline") {
		t.Errorf("%s, %q", trial.Status, trial.Reasons)
	}
	if err := run.End(); err != nil {
		t.Error(err)
	}
}

// early is a context of which the deadline has passed, and no word of it has come.
type early struct{ context.Context }

func (early) Deadline() (time.Time, bool) { return time.Now().Add(-time.Millisecond), true }

// A deadline that a connection sees before its context does is no end of the child.
func TestConnectionSeesTheDeadlineFirst(t *testing.T) {
	h, err := begun()
	if err != nil {
		t.Fatal(err)
	}
	d := &Declaration{Behaviour: record.Behaviour{ID: "test", Level: Must}, Body: func(t *Trial) {
		c := t.Start(Agent())
		c.arrived()
		real := t.ctx
		t.ctx = early{real}
		sent := Send(c, agent.Getppid, agent.None{})
		_, answered := Reply(c, agent.Getppid)
		t.ctx, t.hung = real, false
		t.Observe("error of sending", errors.Is(sent, platform.ErrHang)).To(BeTrue())
		t.Observe("error of the answer", errors.Is(answered, platform.ErrHang)).To(BeTrue())
	}}
	if got := h.TryOn(d, system{}, 5*time.Second); got.Status != record.Pass {
		t.Errorf("%s %q", got.Status, got.Reasons)
	}
}

// exhausted is a launcher on a host that can start no more.
type exhausted struct{ system }

func (exhausted) Start(*platform.Launch) (platform.Process, error) { return nil, syscall.EAGAIN }

// A start that fails because the host has run out of something is no verdict,
// whatever the body makes of the error.
func TestExhaustedHostIsNoVerdict(t *testing.T) {
	h, err := begun()
	if err != nil {
		t.Fatal(err)
	}
	d := &Declaration{Behaviour: record.Behaviour{ID: "test", Level: Must}, Body: func(t *Trial) {
		_, err := t.TryStart(Exit(0))
		t.ObserveError("start", err).To(Equal("none"))
	}}
	if trial := h.TryOn(d, exhausted{}, time.Second); trial.Status != record.Broken || RanOut(trial) != "EAGAIN" {
		t.Errorf("%s, %q", trial.Status, trial.Reasons)
	}
	if trial := h.TryOn(d, system{}, time.Second); trial.Status != record.Pass || RanOut(trial) != "" {
		t.Errorf("%s, %q", trial.Status, trial.Reasons)
	}
}

// What fails while the kernel kills for lack of memory is no verdict, and neither is
// what fails because a child that plays a role crashed; a child that leaves is one.
func TestChildLostToTheHostIsNoVerdict(t *testing.T) {
	h, err := begun()
	if err != nil {
		t.Fatal(err)
	}
	kills := h.oomKills
	oomKills = func() int { return kills }
	defer func() { oomKills, taskRoom = platform.OOMKills, platform.TaskRoom }()
	ends := func(code int) *Declaration {
		return &Declaration{Behaviour: record.Behaviour{ID: "test", Level: Must}, Body: func(t *Trial) {
			c := t.Start(Agent())
			c.Exit(code)
			t.Observe("parent", MustCall(c, agent.Getppid, agent.None{})).To(Equal(os.Getpid()))
		}}
	}
	if trial := h.TryOn(ends(3), system{}, 5*time.Second); trial.Status != record.Fail {
		t.Errorf("a child that leaves: %s, %q", trial.Status, trial.Reasons)
	}
	if trial := h.TryOn(ends(2), system{}, 5*time.Second); trial.Status != record.Broken || !strings.HasSuffix(trial.Reasons[0], "the child is gone: it crashed") {
		t.Errorf("a child that crashes: %s, %q", trial.Status, trial.Reasons)
	}
	taskRoom = func() int { return 20 }
	if trial := h.TryOn(ends(3), system{}, 5*time.Second); trial.Status != record.Broken || !strings.HasPrefix(RanOut(trial), "EAGAIN") {
		t.Errorf("without room for processes: %s, %q", trial.Status, trial.Reasons)
	}
	taskRoom = platform.TaskRoom
	killed := ends(3)
	body := killed.Body.(func(*Trial))
	killed.Body = func(t *Trial) { kills++; body(t) }
	if trial := h.TryOn(killed, system{}, 5*time.Second); trial.Status != record.Broken || !strings.HasPrefix(RanOut(trial), "ENOMEM") {
		t.Errorf("while the kernel kills: %s, %q", trial.Status, trial.Reasons)
	}
}

// A janitor that is killed is not missed: the run cleans up itself, and tells nothing.
func TestJanitorThatIsGone(t *testing.T) {
	h, err := Begin(1, NewRuntimes())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.janitor.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := h.End(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(h.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there: %v", h.dir, err)
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

// A child that dials in its last moment leaves a connection that is being closed when
// the trial is over. It is no leak of the trial.
func TestConnectionOfTheLastMomentIsNoLeak(t *testing.T) {
	for range 100 {
		trial := try(t, Must, func(t *Trial) {
			for range 5 {
				f, err := platform.Dial(t.harness.listener.Address())
				t.NoError(err)
				t.NoError(f.Close())
			}
			t.Observe("a", 1).To(Equal(1))
		})
		if trial.Status != record.Pass {
			t.Fatalf("%s, %q", trial.Status, trial.Reasons)
		}
	}
}

// A trial ends every process it has started, children of children included,
// whether they wait for orders or are in the middle of something.
func TestNothingSurvivesATrial(t *testing.T) {
	var pids []int
	trial := try(t, Must, func(t *Trial) {
		r, _ := t.Pipe()
		c := t.Start(Agent(), Stdin(r))
		g := c.Start(Agent(), InheritStdio(), Via(OSExec), Orphan())
		_ = Send(g, agent.Read, agent.ReadArgs{FD: 0, Max: 1}) // blocks
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
		for !gone(p) && time.Now().Before(deadline) { // an orphan is reaped by another process
			time.Sleep(time.Millisecond) //nolint:forbidigo // who reaps an orphan does not tell us
		}
		if !gone(p) {
			t.Errorf("process %d of %v is still there", pid, pids)
		}
	}
}

// A ticket that is nested too deep, or of an unknown role, ends the
// process before it can start another.
func TestUnknownRolesEndAtOnce(t *testing.T) {
	for text, code := range map[string]string{
		"spawnspec-child 7 agent 0 t a":    "exit 121",
		"spawnspec-child 1 dance 0 t a":    "exit 122",
		"spawnspec-child 1 exit x t a":     "exit 122",
		"spawnspec-child 1 exit":           "exit 122",
		"spawnspec-child 0 exit 0 t a":     "exit 122",
		"spawnspec-child 1 agent 0 t /a/b": "exit 123",
	} {
		trial := try(t, Must, func(t *Trial) {
			c, err := t.TryStart(Executable(t.Self()), Args(t.Self(), text))
			t.NoError(err)
			t.Observe("status", c.Wait().String()).To(Equal(code))
		})
		if trial.Status != record.Pass {
			t.Errorf("%q: %s, %q", text, trial.Status, trial.Reasons)
		}
	}
}
