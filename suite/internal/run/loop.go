package run

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

// Loop tries pairs in random order, several at a time: those on launchers that start
// programs in worker processes, one trial each at a time, because a trial looks
// at what its process has open and which children it has; those that hand over values
// in this process, because what they start is their supervisors' to find.
type Loop struct {
	Harness   *trial.Harness
	Selection Selection
	Seed      int64 // of the random order
	// Report is called for each trial, for one at a time.
	Report func(record.Trial)
	// Running, if there is one, is called when the try of a pair begins (now is true)
	// and when it is over, before its trial is reported. A pair that is tried once more
	// has two tries. Calls to it and to Report come one at a time.
	Running func(p Pair, now bool)
}

// On each processor so many trials go on at once. Most of a trial's time is
// spent waiting: of 2, 3, 4 and 6 workers on two processors 4 took the least time.
const (
	workersPerProcessor   = 2
	scenariosPerProcessor = 2
	trialsPerWorker       = 8 // a worker for fewer costs more than it saves
)

// mostRanOut is how many trials in a row may run out of something, such as processes
// or descriptors: what follows would end in the same way, and so the run does. Fewer
// let it go on, and are what it could not do in the end.
const mostRanOut = 10

// Run tries the pairs. When the context ends, what goes on is ended and not
// reported: what an interrupt does to a trial says nothing about its behaviour.
func (l Loop) Run(ctx context.Context, pairs []Pair) error {
	var processes, alone, scenarios []Pair
	for _, p := range pairs {
		if status, reasons := l.Selection.Runtimes.SkipReason(p.Declaration, p.Launcher); status != "" {
			l.Report(record.Trial{ID: p.ID, Launcher: p.Launcher, Status: status, Reasons: reasons})
		} else if spec.HandsOver(p.Launcher) {
			scenarios = append(scenarios, p)
		} else if p.Alone {
			alone = append(alone, p)
		} else {
			processes = append(processes, p)
		}
	}
	order := rand.New(rand.NewPCG(uint64(l.Seed), 0))
	for _, list := range [][]Pair{processes, alone, scenarios} {
		order.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	before, err := trial.OpenDescriptors()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var reporting sync.Mutex
	if observer := l.Running; observer == nil {
		l.Running = func(Pair, bool) {}
	} else {
		l.Running = func(p Pair, now bool) {
			reporting.Lock()
			defer reporting.Unlock()
			observer(p, now)
		}
	}
	ranOut, inARow := 0, 0 // how many trials ran out of something, and how many of the last ones
	what := ""             // it was, the last time
	report := func(t record.Trial) {
		reporting.Lock()
		defer reporting.Unlock()
		if ctx.Err() != nil {
			return
		}
		l.Report(t)
		out := trial.RanOut(t)
		if out == "" {
			inARow = 0
			return
		}
		what = out
		ranOut++
		if inARow++; inARow == mostRanOut {
			stop(ranOutError(fmt.Sprintf("the last %d trials", inARow), what))
		}
	}
	var tasks sync.WaitGroup
	var errs list[error]
	cut := &list[Pair]{}
	// each calls do in so many goroutines, which share what is next.
	each := func(goroutines int, next <-chan Pair, do func(<-chan Pair) error) {
		for range goroutines {
			tasks.Go(func() { errs.add(do(next)) })
		}
	}
	workers := min(workersPerProcessor*runtime.NumCPU(), (len(processes)+trialsPerWorker-1)/trialsPerWorker)
	each(workers, queue(ctx, processes), func(next <-chan Pair) error { return l.work(ctx, next, report, cut) })
	each(min(scenariosPerProcessor*runtime.NumCPU(), len(scenarios)), queue(ctx, scenarios), func(next <-chan Pair) error {
		for p := range next {
			l.Running(p, true)
			t := l.Harness.Try(p.Declaration, p.Launcher)
			l.Running(p, false)
			report(t)
		}
		return nil
	})
	over := make(chan struct{})
	go func() { tasks.Wait(); close(over) }()
	select {
	case <-over:
	case <-ctx.Done():
		// A scenario that goes on is ended with the process that supervises it.
		errs.add(l.Harness.DismissSupervisors())
		return errors.Join(context.Cause(ctx), joined(errs.all()))
	}
	each(min(1, len(alone)), queue(ctx, alone), func(next <-chan Pair) error { return l.work(ctx, next, report, cut) })
	tasks.Wait()
	// What a deadline has cut off is tried once more, with nothing else going on.
	again := cut.all()
	each(min(1, len(again)), queue(ctx, again), func(next <-chan Pair) error { return l.work(ctx, next, report, nil) })
	tasks.Wait()
	errs.add(l.Harness.DismissSupervisors())
	after, err := trial.OpenDescriptors()
	errs.add(err)
	if extra := after.Beyond(before); extra != "" && ctx.Err() == nil {
		errs.add(fmt.Errorf("the trials on runtimes left open %s", extra))
	}
	if ranOut > 0 && ctx.Err() == nil {
		errs.add(ranOutError(fmt.Sprintf("%d of %d trials", ranOut, len(pairs)), what))
	}
	return errors.Join(context.Cause(ctx), joined(errs.all()))
}

// ranOutError says that trials could not be tried, which is no verdict on any behaviour.
func ranOutError(trials, what string) error {
	return fmt.Errorf("%s ended because this host has run out of something: %s; raise its limits (ulimit -a) or free what is full", trials, what)
}

// work hands pairs to a worker process, one at a time, and to another one when it
// dies. Those that their deadline has cut off go to cut, for another try; without
// it this is that try.
func (l Loop) work(ctx context.Context, next <-chan Pair, report func(record.Trial), cut *list[Pair]) error {
	var w *trial.Worker
	var stop func() bool
	end := func() error {
		if w == nil {
			return nil
		}
		stop()
		ended := w
		w = nil
		return ended.Close()
	}
	for p := range next {
		if w == nil {
			started, err := l.Harness.NewWorker(ctx)
			if err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return err
			}
			w = started
			stop = context.AfterFunc(ctx, func() { _ = started.Close() })
		}
		l.Running(p, true)
		t, slow, err := w.Try(p.ID, p.Launcher, cut == nil)
		l.Running(p, false)
		if err != nil || slow {
			_ = end() // it is gone, or what was cut off may go on in it
		}
		if slow && cut != nil {
			cut.add(p)
			continue
		}
		report(t)
	}
	return end()
}

// queue gives out pairs until there are none left or the context ends.
func queue(ctx context.Context, pairs []Pair) <-chan Pair {
	next := make(chan Pair)
	go func() {
		defer close(next)
		for _, p := range pairs {
			select {
			case next <- p:
			case <-ctx.Done():
				return
			}
		}
	}()
	return next
}

// list collects what goroutines find.
type list[T any] struct {
	mu    sync.Mutex
	items []T
}

func (l *list[T]) add(item T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.items = append(l.items, item)
}

func (l *list[T]) all() []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.items)
}

// joined is one error of all that there are, and one of those that say the same.
func joined(errs []error) error {
	var distinct []error
	for _, err := range errs {
		says := func(other error) bool { return other.Error() == err.Error() }
		if err != nil && !slices.ContainsFunc(distinct, says) {
			distinct = append(distinct, err)
		}
	}
	return errors.Join(distinct...)
}
