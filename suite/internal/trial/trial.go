package trial

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// Try is the body that tries a behaviour.
func Try(body func(*Trial)) spec.Part { return func(d *spec.Declaration) { d.Body = body } }

// ViaDriver is the body that tries a behaviour on launchers that hand over
// values (spec.ValueLaunchers), which it adds to those that On names: there the
// driver of a runtime does what the body of Try does by hand.
func ViaDriver(body func(*Trial)) spec.Part {
	return func(d *spec.Declaration) { d.ScenarioBody = body }
}

// Trial is one behaviour being tried on one launcher. Its methods are called
// from the body's own goroutine, except where they say otherwise.
type Trial struct {
	harness     *Harness
	declaration *spec.Declaration
	launcher    platform.Launcher
	ctx         context.Context
	dir         string
	children    []*Process
	parents     []*Parent
	cleanups    []func()
	scenarios   int // how many there have been

	observations []record.Observation
	measurements []record.Measurement
	failures     []string
	failed       []func(reason string) // called at each failure, from the body
	last         bool                  // it is not tried again when the deadline cuts it off
	checks       int
	hung         bool
	holds        holds
	pins         []record.Divergence // those about this host, and from declared on those of Pins
	declared     int
	used         []bool   // which pins were seen
	elsewhere    string   // why the sentence is not about this launcher after all
	unmet        []string // what turned out to be missing on this host
	exhausted    []string // what the host has run out of
	strained     bool     // a runtime may not even run
	exhausts     bool     // the trial itself lets a process run out of something
	crashed      bool     // a child that plays a role crashed
}

// harnessError is the panic of a harness that cannot go on.
type harnessError struct{ why string }

// NoError ends the trial as broken unless err is nil: the harness, not the
// subject, could not do what it had to.
func (t *Trial) NoError(err error) {
	if err != nil {
		t.noteExhausted(err)
		panic(harnessError{err.Error()})
	}
}

// stop is the panic of a trial whose subject failed so that nothing more can be seen.
type stop struct{}

// Fail ends the trial as failed: the subject did not do what every further
// observation needs. If one of the arguments is an error by which the host says
// that it lacks something, or is due to the crash of a child that plays a role, that is
// no verdict: the trial is broken.
func (t *Trial) Fail(format string, args ...any) {
	for _, a := range args {
		err, ok := a.(error)
		if ok && t.lacking(err) {
			panic(harnessError{fmt.Sprintf(format, args...)})
		}
		if ok && crashed(err) {
			t.crashed = true
			panic(harnessError{fmt.Sprintf(format, args...) + ": it crashed"})
		}
	}
	t.failure(fmt.Sprintf(format, args...))
	panic(stop{})
}

func (t *Trial) failure(reason string) {
	t.failures = append(t.failures, reason)
	if !t.last && (t.hung || t.ctx.Err() != nil) {
		return // it is going to be tried again
	}
	for _, failed := range t.failed {
		failed(reason)
	}
}

// Context ends with the trial's deadline.
func (t *Trial) Context() context.Context { return t.ctx }

// Launcher is the name of the launcher under test.
func (t *Trial) Launcher() string { return t.launcher.Name() }

// Observe records a named value that the subject showed, and returns it for a
// check. Values are the same from run to run; what is not belongs to Measure.
// An error is recorded under its stable name.
func (t *Trial) Observe(name string, value any) Observation {
	for _, o := range t.observations {
		if o.Name == name {
			panic(harnessError{fmt.Sprintf("%q is observed twice", name)})
		}
	}
	seen := value
	if err, ok := value.(error); ok {
		seen = platform.ErrorName(err)
		value = seen
	}
	normal, err := record.Normalise(seen)
	if err != nil {
		panic(harnessError{fmt.Sprintf("%q cannot be recorded: %v", name, err)})
	}
	if _, expected := t.launcher.(method); normal == record.Hang && !expected {
		t.hung = true
	}
	t.observations = append(t.observations, record.Observation{Name: name, Value: normal})
	return Observation{t, len(t.observations) - 1, value}
}

// Observed is how many values have been observed so far.
func (t *Trial) Observed() int { return len(t.observations) }

// ObserveError is Observe for an error that may be nil; nil is recorded as "none".
func (t *Trial) ObserveError(name string, err error) Observation {
	return t.Observe(name, platform.ErrorName(err))
}

// Measure records a value that is not the same from run to run; it is never
// compared and never checked.
func (t *Trial) Measure(name string, value float64, unit string) {
	t.measurements = append(t.measurements, record.Measurement{Name: name, Value: value, Unit: unit})
}

// Observation is a recorded value, to be checked.
type Observation struct {
	trial *Trial
	index int
	value any
}

// To checks the value. A check that does not hold fails the trial, and the body
// goes on, so that what follows is recorded too. It reports whether it held.
func (o Observation) To(m types.GomegaMatcher) bool { return o.check(m, false) }

// NotTo checks that the value does not match.
func (o Observation) NotTo(m types.GomegaMatcher) bool { return o.check(m, true) }

func (o Observation) check(m types.GomegaMatcher, negated bool) bool {
	t, seen := o.trial, &o.trial.observations[o.index]
	t.checks++
	matched, err := m.Match(o.value)
	if err != nil {
		panic(harnessError{fmt.Sprintf("%q cannot be checked: %v", seen.Name, err)})
	}
	held := matched != negated
	if seen.Want, err = want(m, negated); err != nil {
		panic(harnessError{fmt.Sprintf("%q cannot be recorded: %v", seen.Name, err)})
	}
	seen.Held = &held
	if held {
		return true
	}
	for i, pin := range t.pins {
		if pin.Observation == seen.Name && record.Equal(pin.Value, seen.Value) {
			t.used[i] = true
			return false
		}
	}
	if why := fmt.Sprintf("%s was %s, expected %s", seen.Name, record.Text(seen.Value), seen.Want); showsExhausted(seen.Value) {
		t.exhausted = append(t.exhausted, why)
	} else {
		t.failure(why)
	}
	return false
}

// ObserveReturns observes whether a call has returned, and checks that it has. That it
// has not is this check's failure, or a known difference, and no further one of the
// trial.
func (t *Trial) ObserveReturns(name string, returned bool) bool {
	if !t.Observe(name, returned).To(gomega.BeTrue()) {
		t.hung = false
		return false
	}
	return true
}

// Defer runs a function when the trial is over, last one first.
func (t *Trial) Defer(f func()) { t.cleanups = append(t.cleanups, f) }

// Dir is a directory of the trial's own, made at the first call and removed
// when the trial is over.
func (t *Trial) Dir() string {
	if t.dir == "" {
		t.dir = filepath.Join(t.harness.dir, "t"+t.harness.token())
		t.NoError(os.Mkdir(t.dir, 0o755))
		t.NoError(os.Chmod(t.dir, 0o755)) // whatever the umask is
	}
	return t.dir
}

// written ends the trial when a file that it needs could not be written.
func (t *Trial) written(err error) {
	if platform.ErrorName(err) == "EFBIG" {
		t.Unmet("needs a larger file than this process may make (RLIMIT_FSIZE)")
	}
	t.NoError(err)
}

// File makes a file in the trial's directory and returns its path.
// Where the file system does not keep its execute bits the trial is unmet.
func (t *Trial) File(name, content string, mode os.FileMode) string {
	path := filepath.Join(t.Dir(), name)
	t.NoError(os.MkdirAll(filepath.Dir(path), 0o755))
	write := func() error { return os.WriteFile(path, []byte(content), 0o644) }
	if mode&0o111 != 0 {
		t.need("temp-exec")
		write = func() error { return platform.WriteExecutable(path, []byte(content)) }
	}
	err := write()
	t.written(err)
	t.NoError(os.Chmod(path, mode))
	info, err := os.Stat(path)
	t.NoError(err)
	if os.PathSeparator == '/' && info.Mode()&0o111 != mode&0o111 {
		t.Unmet("needs execute bits, which the file system of the temporary directory does not keep: %v became %v", mode,
			info.Mode())
	}
	return path
}

// Self is the path of this binary, which plays the children.
func (t *Trial) Self() string { return t.harness.self }

// Pipe makes a pipe; both ends are closed when the trial is over.
func (t *Trial) Pipe() (r, w *os.File) {
	r, w, err := os.Pipe()
	t.NoError(err)
	t.holds.opened(r, w)
	t.Defer(func() { _ = r.Close(); _ = w.Close() })
	return r, w
}

// ReadAll reads to the end of file. At the trial's deadline it gives what was
// read so far and platform.ErrHang.
func (t *Trial) ReadAll(r io.Reader) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	var buffer lockedBuffer
	go func() {
		_, err := io.Copy(&buffer, r)
		done <- result{buffer.bytes(), err}
	}()
	select {
	case got := <-done:
		return got.data, got.err
	case <-t.ctx.Done():
		t.hung = true
		return buffer.bytes(), platform.ErrHang
	}
}

// Grace is how long a trial waits to see that something does not happen, where no
// event can be awaited that shows it. It is a multiple of what a call takes whose
// event has come: the wake-up of a process, a few milliseconds on a busy machine, and
// twice the 15.6 ms of a tick of the clock of Windows. Too short it takes a slow call
// for a blocked one, and --slow makes it longer.
func (t *Trial) Grace() time.Duration { return t.harness.Scale(40 * time.Millisecond) }

// Eventually polls a condition that no event announces, such as the state of a
// process in /proc, until it holds or the trial's deadline has come.
func (t *Trial) Eventually(holds func() bool) bool {
	for wait := 50 * time.Microsecond; ; wait = min(2*wait, 20*time.Millisecond) {
		if holds() {
			return true
		}
		select {
		case <-t.ctx.Done():
			t.hung = true
			return holds()
		case <-time.After(wait):
		}
	}
}

// PerSystem picks what is expected on this operating system. A system without
// an entry only observes.
func PerSystem(expected map[string]types.GomegaMatcher) types.GomegaMatcher {
	if m, ok := expected[runtime.GOOS]; ok {
		return m
	}
	return anything{}
}

type anything struct{}

func (anything) Match(any) (bool, error)          { return true, nil }
func (anything) FailureMessage(any) string        { return "to be anything" }
func (anything) NegatedFailureMessage(any) string { return "not to be anything" }

// holds is what a body can be stuck on: what it takes to get it going again
// from outside, while the body's own state belongs to the body.
type holds struct {
	mu        sync.Mutex
	processes map[int]platform.Process // children that have not been waited for, by their ids
	files     []*os.File               // pipes, and the channels of reporting processes
}

func (h *holds) started(pid int, p platform.Process) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.processes == nil {
		h.processes = map[int]platform.Process{}
	}
	h.processes[pid] = p
}

// running lists the children that have not been waited for.
func (h *holds) running() []int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(maps.Keys(h.processes))
}

func (h *holds) ended(pid int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.processes, pid)
}

func (h *holds) opened(files ...*os.File) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.files = append(h.files, files...)
}

// release closes and kills.
func (h *holds) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.files {
		_ = f.Close()
	}
	for _, p := range h.processes {
		_ = p.Kill() // not by its id, which may be another process's by now
	}
}

// finish ends everything that the trial started and says what it left behind.
func (t *Trial) finish() (leaks []string) {
	for _, c := range slices.Backward(t.children) {
		leaks = append(leaks, c.end()...)
	}
	for _, p := range t.parents {
		leaks = append(leaks, p.end()...)
	}
	for _, f := range slices.Backward(t.cleanups) {
		f()
	}
	if t.dir != "" {
		if err := platform.RemoveAll(t.dir); err != nil {
			leaks = append(leaks, fmt.Sprintf("its directory could not be removed: %v", err))
		}
	}
	return leaks
}
