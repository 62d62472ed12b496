package behaviour

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/onsi/ginkgo/v2"

	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Pair is a behaviour on a launcher, not tried yet.
type Pair struct {
	*Declaration
	Launcher string
}

// Selection says what a run tries.
type Selection struct {
	// Only are ids, areas or glob patterns of ids; none selects everything.
	Only []string
	// Launchers are launcher names, glob patterns of them, or names of runtimes;
	// none selects all. Of a runtime's launchers only those are selected at all
	// whose runtime was made part of the run with Include.
	Launchers []string
}

// Pairs lists what a selection selects, by id and in the launchers' order. A
// pattern that selects nothing is an error.
func (s Selection) Pairs() ([]Pair, error) {
	used := map[string]bool{}
	matches := func(patterns []string, names ...string) (bool, error) {
		if len(patterns) == 0 {
			return true, nil
		}
		found := false
		for _, p := range patterns {
			for _, name := range names {
				ok, err := path.Match(p, name)
				if err != nil {
					return false, fmt.Errorf("pattern %q: %w", p, err)
				}
				if ok {
					used[p], found = true, true
				}
			}
		}
		return found, nil
	}
	var pairs []Pair
	for _, d := range All() {
		ok, err := matches(s.Only, d.ID, d.Area)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		for _, l := range d.launchers {
			names := []string{l}
			if w, ok := wayOf(l); ok {
				if !w.runtime.included() {
					continue
				}
				names = append(names, w.runtime.Name)
			}
			ok, err := matches(s.Launchers, names...)
			if err != nil {
				return nil, err
			}
			if ok {
				pairs = append(pairs, Pair{d, l})
			}
		}
	}
	for _, p := range s.Only {
		if !used[p] {
			return nil, fmt.Errorf("no behaviour or area is called %q%s; `spawnspec list` names them all", p, nearest(p))
		}
	}
	for _, p := range s.Launchers {
		if !used[p] {
			return nil, fmt.Errorf("no launcher is called %q; there are %s", p, strings.Join(LauncherNames(), ", "))
		}
	}
	return pairs, nil
}

// nearest suggests the id that shares the longest beginning with a wrong one.
func nearest(wrong string) string {
	best, length := "", 3
	for _, d := range All() {
		n := 0
		for n < len(d.ID) && n < len(wrong) && d.ID[n] == wrong[n] {
			n++
		}
		if n > length {
			best, length = d.ID, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// Head is the recording of a run before any trial. A run of some launchers only
// tells of these, and of what is tried on them.
func Head(s Selection, r *Run, seed int64) record.Recording {
	tried, about := map[string]bool{}, map[string]bool{}
	if pairs, err := s.Pairs(); err == nil && len(s.Launchers) > 0 {
		for _, p := range pairs {
			tried[p.Launcher], about[p.ID] = true, true
		}
	}
	listed := func(names map[string]bool, name string) bool { return len(names) == 0 || names[name] }
	head := record.Recording{Head: record.Head{Format: record.Format, Tool: Tool(),
		Config: record.Config{Only: append(slices.Clone(s.Only), s.Launchers...), Deadline: r.scale(r.Deadline).String(), Multiplier: r.Multiplier, Seed: seed}}}
	for _, f := range platform.Host() {
		head.Host = append(head.Host, record.Fact{Name: f.Name, Value: f.Value, Volatile: f.Volatile})
	}
	for _, f := range platform.Features() {
		answer, detail := f.Probe()
		head.Features = append(head.Features, record.Feature{Name: f.Name, Answer: record.Answer(answer), Detail: detail})
	}
	for _, l := range append(platform.Launchers(), system{}) {
		if !listed(tried, l.Name()) {
			continue
		}
		known := record.Launcher{Name: l.Name(), Version: platform.LauncherVersion(l)}
		if err := platform.Usable(l); err != nil {
			known.Note = err.Error()
		}
		head.Launchers = append(head.Launchers, known)
	}
	for _, name := range slices.Sorted(maps.Keys(runtimesByName)) {
		if rt := runtimesByName[name]; rt.included() {
			for _, l := range rt.Launchers() {
				if !listed(tried, l) {
					continue
				}
				known := record.Launcher{Name: l, Version: rt.version, Runtime: name, Default: strings.HasSuffix(l, "/"+DefaultMethod), Path: rt.asked}
				if w, _ := wayOf(l); w.runtime.unusable != nil || w.runtime.ways[w.name] != "" {
					_, reasons := w.hopeless()
					known.Note = strings.Join(reasons, "; ")
				}
				head.Launchers = append(head.Launchers, known)
			}
		}
	}
	for _, d := range All() {
		if listed(about, d.ID) || len(s.Only) > 0 {
			head.Behaviours = append(head.Behaviours, d.Behaviour)
		}
	}
	return head
}

// Tool names this program and its version, as the Go tool stamped it.
func Tool() record.Tool {
	t := record.Tool{Name: "spawnspec", Version: "devel"}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		t.Version = strings.Trim(info.Main.Version, "()")
	}
	return t
}

// Specs makes a Ginkgo spec of each pair that can be tried here; the others are
// decided already. Every trial's record goes to report, one at a time. Those on
// a runtime's launchers are tried a few at a time: much of their time is spent
// waiting for somebody else's hang.
func Specs(pairs []Pair, run func() *Run, report func(record.Trial)) {
	byArea, driven := map[string][]Pair{}, map[string][]Pair{}
	for _, p := range pairs {
		if status, reasons := p.Hopeless(p.Launcher); status == record.NotApplicable {
			// Not about this host: there is nothing to run, and nothing to skip.
			report(record.Trial{ID: p.ID, Launcher: p.Launcher, Status: status, Reasons: reasons})
			continue
		}
		if _, ok := wayOf(p.Launcher); ok {
			driven[p.Area] = append(driven[p.Area], p)
		} else {
			byArea[p.Area] = append(byArea[p.Area], p)
		}
	}
	for _, area := range slices.SortedFunc(slices.Values(Areas()), func(a, b AreaInfo) int { return cmp.Compare(a.Name, b.Name) }) {
		ginkgo.Describe(area.Title, ginkgo.Label(area.Name), func() {
			for _, p := range byArea[area.Name] {
				p.spec(report, func() record.Trial { return run().Try(p.Declaration, p.Launcher) })
			}
		})
		if len(driven[area.Name]) == 0 {
			continue
		}
		ginkgo.Describe(area.Title, ginkgo.Label(area.Name), ginkgo.Ordered, ginkgo.ContinueOnFailure, func() {
			pool := &pool{pairs: driven[area.Name]}
			ginkgo.BeforeAll(func() { pool.begin(run()) })
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
		trial := try()
		report(trial)
		switch {
		case trial.Status.Red():
			ginkgo.Fail(strings.Join(trial.Reasons, "\n"))
		case !trial.Status.Ran():
			ginkgo.Skip(strings.Join(trial.Reasons, "; "))
		}
	})
}

// pool tries pairs a few at a time, in random order.
type pool struct {
	pairs   []Pair
	results []chan record.Trial
	run     *Run
	before  descriptors
	stop    chan struct{}
	workers sync.WaitGroup
}

// atATime is how many trials of runtimes go on at once on each processor.
const atATime = 2

func (p *pool) begin(r *Run) {
	p.run = r
	p.before, _ = openDescriptors()
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
					p.results[i] <- r.Try(p.pairs[i].Declaration, p.pairs[i].Launcher)
				}
			}
		})
	}
}

// end waits for what has begun, and looks for what all of it left open.
func (p *pool) end() error {
	close(p.stop)
	p.workers.Wait()
	if err := p.run.dismissKeepers(); err != nil {
		return err
	}
	after, err := openDescriptors()
	if extra := after.beyond(p.before); extra != "" {
		return fmt.Errorf("the trials on runtimes left open %s", extra)
	}
	return err
}
