package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/spawnspec/spawnspec/suite/internal/behaviour"
	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/report"
)

type runFlags struct {
	selection behaviour.Selection
	record    string
	baseline  string
	reports   []string
	slow      float64
	seed      int64
	all       bool
	runtimes  bool
}

func runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run",
		Short: "Try every behaviour on this machine and tell what was found",
		Long: `run tries every behaviour that is about this machine, on every launcher, and
tells what was found. It needs no root, no network and no file, ends by itself
in seconds, and leaves nothing behind.

With --record F the run is also written to F; while it goes on, one line of JSON
per trial goes to F.stream, which stays if the run is killed.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return run(&f) },
	}
	fl := c.Flags()
	fl.StringArrayVar(&f.selection.Only, "only", nil, "try only this `ID`, area or glob pattern (repeatable)")
	fl.StringArrayVar(&f.selection.Launchers, "launcher", nil, "try only this `LAUNCHER`, glob pattern or runtime; NAME=PATH picks a runtime's interpreter (repeatable)")
	fl.BoolVar(&f.runtimes, "runtimes", false, "try also every runtime that is found on PATH")
	fl.StringVar(&f.record, "record", "", "write the recording to `FILE`")
	fl.StringVar(&f.baseline, "baseline", "", "compare with the recording in `FILE` and be red where it regressed")
	fl.StringArrayVar(&f.reports, "report", nil, "also write a report, as `KIND=FILE`; junit")
	fl.Float64Var(&f.slow, "slow", 1, "multiply every deadline, for slow machines and emulators")
	fl.Int64Var(&f.seed, "seed", 0, "seed of the random order (0 picks one)")
	fl.BoolVar(&f.all, "all", false, "list everything that is otherwise only counted")
	_ = c.RegisterFlagCompletionFunc("only", completeIDs)
	_ = c.RegisterFlagCompletionFunc("launcher", completeLaunchers)
	_ = c.RegisterFlagCompletionFunc("baseline", completeRecordings)
	return c
}

// run is the main job. Whatever can be wrong with what was asked is found
// before the first child is started.
func run(f *runFlags) error {
	named, err := include(&f.selection, f.runtimes)
	if err != nil {
		return err
	}
	pairs, err := f.selection.Pairs()
	if err != nil {
		return err
	}
	if len(pairs) == 0 {
		return errors.New("--only and --launcher together select nothing; `spawnspec list` shows what there is")
	}
	if why := hopeless(pairs); why != "" {
		return fmt.Errorf("nothing of this can be tried here: %s; `spawnspec list --all` tells what can", why)
	}
	if f.slow <= 0 {
		return fmt.Errorf("--slow %v: must be above 0; 1 is the default", f.slow)
	}
	reports, err := parseReports(f.reports, "junit")
	if err != nil {
		return err
	}
	var baseline *record.Recording
	if f.baseline != "" {
		if baseline, err = record.ReadFile(f.baseline); err != nil {
			return err
		}
	}
	if f.seed == 0 {
		f.seed = time.Now().UnixNano() % 1e9
	}

	r, err := behaviour.Begin(f.slow)
	if err != nil {
		return err
	}
	if err := r.Wrong(named); err != nil {
		return errors.Join(err, r.End())
	}
	head := behaviour.Head(f.selection, r, f.seed)
	var stream *record.Stream
	var file *os.File
	streamPath := f.record + ".stream"
	if f.record != "" {
		if file, err = os.Create(streamPath); err != nil {
			return errors.Join(err, r.End())
		}
		defer file.Close()
		if stream, err = record.NewStream(file, head); err != nil {
			return errors.Join(err, r.End())
		}
	}
	result := head
	var writeError error
	progress := newProgress(len(pairs))
	var mu sync.Mutex
	try(pairs, r, f.seed, func(t record.Trial) {
		mu.Lock()
		defer mu.Unlock()
		result.Trials = append(result.Trials, t)
		if stream != nil && writeError == nil {
			writeError = stream.Trial(t)
		}
		progress.tried(t)
	})
	progress.done()
	if err := r.End(); err != nil {
		return fmt.Errorf("the run left something behind: %w", err)
	}
	if writeError != nil {
		return writeError
	}
	result.Complete = len(result.Trials) == len(pairs)
	if err := report.Run(os.Stdout, &result, options(f.all)); err != nil {
		return err
	}
	if !result.Complete {
		where := ""
		if f.record != "" {
			where = "; what there is stays in " + streamPath
		}
		return fmt.Errorf("interrupted: %d of %d trials were tried%s", len(result.Trials), len(pairs), where)
	}
	if found := behaviour.Found(); len(found) > 0 && !f.runtimes && len(f.selection.Launchers) == 0 {
		fmt.Printf("\nRuntimes found, not tried: %s. --runtimes tries them all, --launcher NAME one, --launcher NAME=PATH another version of it.\n", strings.Join(found, ", "))
	}
	if f.record != "" {
		if err := errors.Join(stream.End(), file.Close(), record.WriteFile(f.record, &result), os.Remove(streamPath)); err != nil {
			return err
		}
		fmt.Printf("\nRecorded in %s.\n", f.record)
	}
	for _, rep := range reports {
		if err := writeTo(rep.path, func(w io.Writer) error { return report.JUnit(w, &result) }); err != nil {
			return err
		}
	}
	red := false
	for _, t := range result.Trials {
		red = red || t.Status.Red()
	}
	if baseline != nil {
		c, err := compare.Compare(baseline, &result)
		if err != nil {
			return fmt.Errorf("%s: %w", f.baseline, err)
		}
		fmt.Printf("\nCompared with %s:\n", f.baseline)
		if err := report.Compared(os.Stdout, c, options(f.all)); err != nil {
			return err
		}
		red = red || c.Failing("regressed")
	}
	if red {
		return errRed
	}
	return nil
}

// include makes the runtimes part of the run that the selection names, as
// NAME, NAME/WAY or NAME=PATH, and with all those that are on PATH. It takes the
// paths out of the selection, and returns the runtimes named with one.
func include(s *behaviour.Selection, all bool) (named []string, err error) {
	for i, l := range s.Launchers {
		launcher, path, given := strings.Cut(l, "=")
		runtime, _, _ := strings.Cut(launcher, "/")
		switch {
		case !behaviour.IsRuntime(runtime):
			if given {
				return nil, fmt.Errorf("--launcher %s: %s takes no path; leave out the part from = on", l, launcher)
			}
			continue
		case given && path == "":
			return nil, fmt.Errorf("--launcher %s: the path of the interpreter is missing; write %s=PATH", l, launcher)
		case given:
			named = append(named, runtime)
		}
		if err := behaviour.Include(runtime, path); err != nil {
			return nil, fmt.Errorf("--launcher %s: %w", l, err)
		}
		s.Launchers[i] = launcher
	}
	if all {
		for _, runtime := range behaviour.Found() {
			if err := behaviour.Include(runtime, ""); err != nil {
				return nil, err
			}
		}
	}
	return named, nil
}

// hopeless is the reason of the first pair if none can be tried here, else "".
func hopeless(pairs []behaviour.Pair) (why string) {
	for _, p := range pairs {
		status, reasons := p.Hopeless(p.Launcher)
		if status == "" {
			return ""
		}
		if why == "" {
			why = strings.Join(reasons, "; ")
		}
	}
	return why
}

// failer is what Ginkgo tells of a failed suite; the trials tell it better.
type failer struct{}

func (failer) Fail() {}

// try lets Ginkgo run the pairs in random order, silently: what it would print
// is for the authors of a suite, not for those who run one.
func try(pairs []behaviour.Pair, r *behaviour.Run, seed int64, tried func(record.Trial)) {
	formatter.ColorableStdOut = io.Discard
	ginkgo.GinkgoWriter.ClearTeeWriters()
	suiteConfig, reporterConfig := ginkgo.GinkgoConfiguration()
	suiteConfig.RandomSeed, suiteConfig.RandomizeAllSpecs = seed, true
	behaviour.Specs(pairs, func() *behaviour.Run { return r }, tried)
	ginkgo.RunSpecs(failer{}, "spawnspec", suiteConfig, reporterConfig)
}

type reportFile struct{ kind, path string }

// parseReports takes KIND=FILE apart; kinds lists those that there are.
func parseReports(texts []string, kinds ...string) (files []reportFile, err error) {
	for _, text := range texts {
		kind, path, ok := strings.Cut(text, "=")
		known := false
		for _, k := range kinds {
			known = known || k == kind
		}
		if !ok || path == "" || !known {
			return nil, fmt.Errorf("--report %s: write it as %s=FILE", text, strings.Join(kinds, "=FILE or "))
		}
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return nil, fmt.Errorf("--report %s: %w", text, err)
		}
		files = append(files, reportFile{kind, path})
	}
	return files, nil
}

func writeTo(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// progress shows on standard error how far a run is: one line that is written
// over on a terminal, a line for each red trial elsewhere.
type progress struct {
	total, n int
	terminal bool
	shown    time.Time
}

func newProgress(total int) *progress {
	return &progress{total: total, terminal: term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("TERM") != "dumb"}
}

func (p *progress) tried(t record.Trial) {
	p.n++
	if !p.terminal {
		if t.Status.Red() {
			fmt.Fprintf(os.Stderr, "%s: %s\n", t.Status, t.Key())
		}
		return
	}
	if now := time.Now(); t.Status.Ran() && now.Sub(p.shown) > 50*time.Millisecond {
		p.shown = now
		fmt.Fprintf(os.Stderr, "\r\x1b[K%d of %d  %.60s", p.n, p.total, t.Key())
	}
}

func (p *progress) done() {
	if p.terminal {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
}
