package run

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/onsi/ginkgo/v2"

	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

// Specs makes a Ginkgo spec of each pair that can be tried here; the others are
// decided already. Every trial's record goes to report, one at a time. Those on
// a runtime's launchers are tried a few at a time: much of their time is spent
// waiting for somebody else's hang.
func Specs(s Selection, pairs []Pair, harness func() *trial.Harness, report func(record.Trial)) {
	byArea, driven := map[string][]Pair{}, map[string][]Pair{}
	for _, p := range pairs {
		if status, reasons := s.Runtimes.SkipReason(p.Declaration, p.Launcher); status == record.NotApplicable {
			// Not about this host: there is nothing to run, and nothing to skip.
			report(record.Trial{ID: p.ID, Launcher: p.Launcher, Status: status, Reasons: reasons})
			continue
		}
		if _, _, ok := spec.RuntimeOf(p.Launcher); ok {
			driven[p.Area] = append(driven[p.Area], p)
		} else {
			byArea[p.Area] = append(byArea[p.Area], p)
		}
	}
	for _, area := range slices.SortedFunc(slices.Values(spec.Areas()), func(a, b spec.AreaInfo) int { return cmp.Compare(a.Name, b.Name) }) {
		ginkgo.Describe(area.Title, ginkgo.Label(area.Name), func() {
			for _, p := range byArea[area.Name] {
				p.spec(report, func() record.Trial { return harness().Try(p.Declaration, p.Launcher) })
			}
		})
		if len(driven[area.Name]) == 0 {
			continue
		}
		ginkgo.Describe(area.Title, ginkgo.Label(area.Name), ginkgo.Ordered, ginkgo.ContinueOnFailure, func() {
			pool := &pool{pairs: driven[area.Name]}
			ginkgo.BeforeAll(func() { pool.begin(harness()) })
			ginkgo.AfterAll(func() {
				if err := pool.end(); err != nil {
					ginkgo.Fail(err.Error())
				}
			})
			for i, p := range pool.pairs {
				p.spec(report, func() record.Trial { return <-pool.results[i] })
			}
		})
	}
}

// spec is the Ginkgo spec of a pair.
func (p Pair) spec(report func(record.Trial), try func() record.Trial) {
	ginkgo.It(p.Sentence+" ["+p.ID+" @ "+p.Launcher+"]", ginkgo.Label(string(p.Level)), func() {
		tried := try()
		report(tried)
		switch {
		case tried.Status.Red():
			ginkgo.Fail(strings.Join(tried.Reasons, "\n"))
		case !tried.Status.Ran():
			ginkgo.Skip(strings.Join(tried.Reasons, "; "))
		}
	})
}

// pool tries pairs a few at a time, in random order.
type pool struct {
	pairs   []Pair
	results []chan record.Trial
	harness *trial.Harness
	before  trial.Descriptors
	stop    chan struct{}
	workers sync.WaitGroup
}

// atATime is how many trials of runtimes go on at once on each processor.
const atATime = 2

func (p *pool) begin(h *trial.Harness) {
	p.harness = h
	p.before, _ = trial.OpenDescriptors()
	p.stop = make(chan struct{})
	p.results = make([]chan record.Trial, len(p.pairs))
	for i := range p.results {
		p.results[i] = make(chan record.Trial, 1)
	}
	suite, _ := ginkgo.GinkgoConfiguration()
	next := make(chan int, len(p.pairs))
	for _, i := range rand.New(rand.NewPCG(uint64(suite.RandomSeed), 0)).Perm(len(p.pairs)) {
		next <- i
	}
	close(next)
	for range atATime * runtime.NumCPU() {
		p.workers.Go(func() {
			for i := range next {
				select {
				case <-p.stop:
					return
				default:
					p.results[i] <- h.Try(p.pairs[i].Declaration, p.pairs[i].Launcher)
				}
			}
		})
	}
}

// end waits for what has begun, and looks for what all of it left open.
func (p *pool) end() error {
	close(p.stop)
	p.workers.Wait()
	if err := p.harness.DismissSupervisors(); err != nil {
		return err
	}
	after, err := trial.OpenDescriptors()
	if extra := after.Beyond(p.before); extra != "" {
		return fmt.Errorf("the trials on runtimes left open %s", extra)
	}
	return err
}
