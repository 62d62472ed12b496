package run

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/suite/internal/record"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

func TestMain(m *testing.M) {
	ServeWorker()
	os.Exit(m.Run())
}

// begun names the file that says that loop.hangs has begun.
const begun = "SPAWNSPEC_TEST_BEGUN"

// What the loop is tried with; the workers are this binary too, so they know it.
var _ = Area("loop", "The loop", func() {
	for i := range 20 {
		Behaviour(fmt.Sprint("loop.passes.", i), Should, "It passes.", On(OSExec),
			Try(func(t *Trial) { t.Observe("status", t.Start(Exit(3)).Wait().String()).To(Equal("exit 3")) }))
	}
	Behaviour("loop.alone", Should, "It passes when all others are over.", On(OSExec), Alone(),
		Try(func(t *Trial) { t.Observe("a", 1).To(Equal(1)) }))
	Behaviour("loop.dies", Should, "It takes its worker along.", On(OSExec), Try(func(*Trial) { os.Exit(3) }))
	for i := range mostRanOut + 5 {
		Behaviour(fmt.Sprint("loop.runs-out.", i), Should, "It finds no descriptor.", On(OSExec), Try(func(t *Trial) { t.NoError(syscall.EMFILE) }))
	}
	Behaviour("loop.crashes", Should, "Go's runtime finds no thread in its worker.", On(OSExec), Try(func(*Trial) {
		fmt.Fprint(os.Stderr, "runtime: failed to create new OS thread (have 5 already; errno=11)\nruntime: may need to increase max user processes (ulimit -u)\nfatal error: newosproc\n")
		os.Exit(2)
	}))
	Behaviour("loop.slow-once", Should, "It is slow the first time.", On(OSExec), Try(func(t *Trial) {
		_, err := os.Stat(os.Getenv(begun))
		first := err != nil
		t.NoError(os.WriteFile(os.Getenv(begun), nil, 0o644))
		if first {
			<-t.Context().Done()
		}
		t.Observe("the first time", first).To(BeFalse())
	}))
	Behaviour("loop.hangs", Should, "It waits for its deadline.", On(OSExec), Try(func(t *Trial) {
		t.NoError(os.WriteFile(os.Getenv(begun), nil, 0o644))
		<-t.Context().Done()
	}))
})

// tries are how often the last call of looped tried each id.
var tries map[string]int

// looped runs the loop and returns what it reported, by id.
func looped(t *testing.T, ctx context.Context, deadline time.Duration, reported func(record.Trial), only ...string) (trials map[string]record.Trial, err error) {
	t.Helper()
	s := Selection{Only: only, Runtimes: NewRuntimes()}
	pairs, err := s.Pairs()
	if err != nil {
		t.Fatal(err)
	}
	h, err := Begin(1, s.Runtimes)
	if err != nil {
		t.Fatal(err)
	}
	h.Deadline = deadline
	defer func() {
		if err := h.End(); err != nil {
			t.Error(err)
		}
	}()
	trials = map[string]record.Trial{}
	tries = map[string]int{}
	goesOn := map[string]bool{}
	running := func(p Pair, now bool) {
		if goesOn[p.ID] == now {
			t.Errorf("%s begins or ends twice", p.ID)
		}
		goesOn[p.ID] = now
		if now {
			tries[p.ID]++
		}
	}
	return trials, Loop{Harness: h, Selection: s, Seed: 1, Running: running, Report: func(tried record.Trial) {
		if goesOn[tried.ID] || tries[tried.ID] == 0 {
			t.Errorf("%s is reported while it goes on, or without a try", tried.ID)
		}
		if _, twice := trials[tried.ID]; twice {
			t.Errorf("%s is reported twice", tried.ID)
		}
		trials[tried.ID] = tried
		if reported != nil {
			reported(tried)
		}
	}}.Run(ctx, pairs)
}

// Every pair is reported once. A worker that dies breaks the trial that it was
// trying, and no other; what has to be alone is last.
func TestLoop(t *testing.T) {
	var order []string
	trials, err := looped(t, context.Background(), DefaultDeadline, func(tried record.Trial) { order = append(order, tried.ID) },
		"loop.passes.*", "loop.dies", "loop.alone")
	if err != nil || len(trials) != 22 {
		t.Fatalf("%d trials, %v", len(trials), err)
	}
	for id, tried := range trials {
		switch {
		case id == "loop.dies":
			if tried.Status != record.Broken || !strings.Contains(strings.Join(tried.Reasons, " "), "exit 3") {
				t.Errorf("%s: %s %q", id, tried.Status, tried.Reasons)
			}
		case tried.Status != record.Pass:
			t.Errorf("%s: %s %q", id, tried.Status, tried.Reasons)
		}
	}
	if last := order[len(order)-1]; last != "loop.alone" {
		t.Errorf("%s came after loop.alone", last)
	}
}

// When the host has run out of something, and not just for one trial, the run ends,
// and says of what.
func TestLoopEndsWhenTheHostHasRunOut(t *testing.T) {
	trials, err := looped(t, context.Background(), DefaultDeadline, nil, "loop.runs-out.*")
	if len(trials) != mostRanOut || err == nil || strings.Contains(err.Error(), "\n") ||
		!strings.HasPrefix(err.Error(), fmt.Sprintf("the last %d trials ended because this host has run out of something: EMFILE;", mostRanOut)) {
		t.Errorf("%d trials, %v", len(trials), err)
	}
}

// A trial that ran out of something is no verdict, and the rest is tried; in the end
// the run says what it could not do. That a worker crashed for lack of something is
// one line of the trial, and says of what.
func TestLoopGoesOnAfterOneTrialRanOut(t *testing.T) {
	for only, what := range map[string]string{"loop.runs-out.3": "EMFILE", "loop.crashes": "EAGAIN"} {
		trials, err := looped(t, context.Background(), DefaultDeadline, nil, only, "loop.passes.*", "loop.alone")
		if len(trials) != 22 || err == nil || strings.Contains(err.Error(), "\n") ||
			!strings.HasPrefix(err.Error(), "1 of 22 trials ended because this host has run out of something: "+what+";") {
			t.Errorf("%s: %d trials, %v", only, len(trials), err)
		}
		tried := trials[only]
		if RanOut(tried) != what || strings.Contains(strings.Join(tried.Reasons, ""), "\n") {
			t.Errorf("%s: %s %q", only, tried.Status, tried.Reasons)
		}
	}
}

// What its deadline cuts off is tried once more, with nothing else going on: what
// was only slow passes then.
func TestLoopTriesAgainWhatWasCutOff(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until a deadline")
	}
	mark := filepath.Join(t.TempDir(), "begun")
	t.Setenv(begun, mark)
	trials, err := looped(t, context.Background(), time.Second, nil, "loop.slow-once", "loop.passes.1")
	if n := tries["loop.slow-once"]; n != 2 {
		t.Errorf("%d tries of loop.slow-once", n)
	}
	if err != nil || trials["loop.slow-once"].Status != record.Pass {
		t.Errorf("%s %q, %v", trials["loop.slow-once"].Status, trials["loop.slow-once"].Reasons, err)
	}
}

// An interrupt ends the loop at once: what is cut off is not reported.
func TestLoopInterrupted(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "begun")
	t.Setenv(begun, mark)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		look := time.NewTicker(time.Millisecond)
		defer look.Stop()
		for range look.C {
			if _, err := os.Stat(mark); err == nil {
				return
			}
		}
	}()
	began := time.Now()
	trials, err := looped(t, ctx, DefaultDeadline, nil, "loop.hangs")
	if err == nil {
		t.Error("no error says that it was interrupted")
	}
	if took := time.Since(began); took >= DefaultDeadline {
		t.Errorf("it took %v, as long as the trial's deadline", took)
	}
	if len(trials) != 0 {
		t.Errorf("what was cut off is reported: %v", trials)
	}
}
