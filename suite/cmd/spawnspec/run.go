package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/render"
	"github.com/spawnspec/spawnspec/suite/internal/run"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

type runFlags struct {
	selection run.Selection
	record    string
	baseline  string
	reports   []string
	limit     int
	slow      float64
	seed      int64
	all       bool
	runtimes  bool
	wraps     []string
	drivers   []string
	known     []string
}

func runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run",
		Short: "Try every behaviour on this machine and report what was found",
		Long: `run tries every behaviour that specifies this system, on every launcher, and
reports what was found. It needs no root, no network and no file, ends by itself
in seconds, and leaves nothing behind.

With --record F the run is also written to F. While it goes on, a line for each
trial goes to a new file F.XXXXXXXX.partial beside it, which takes the name F when
the run is over, and stays if the run is killed. It can be read like F.

With --driver DIR it tries a runtime whose driver is no part of this binary; see
"spawnspec driver check --help". With --known F what F names is a known difference
and not red, until it is not seen any more:

  {"known": [{
    "behaviour": "wait.status.low8", "launcher": "tcl/exec",
    "observation": "exit status of exit value 256", "value": "exit 1",
    "reason": "Why it is so.", "link": "https://example.org/issue"
  }]}

"launcher" is also a runtime or a glob pattern; without it the difference is one of
every launcher. "version" is a glob pattern of the runtime's versions. A manifest has
the same list, of its own runtime.`,
		Args: nothing("spawnspec run --only NAME tries one behaviour or area"),
		RunE: func(c *cobra.Command, _ []string) error {
			for _, flag := range []string{"record", "baseline"} {
				if c.Flags().Changed(flag) && c.Flags().Lookup(flag).Value.String() == "" {
					return fmt.Errorf("--%s: the name of the file is empty; leave the flag out for none", flag)
				}
			}
			return runSuite(&f)
		},
	}
	fl := c.Flags()
	fl.StringArrayVar(&f.selection.Only, "only", nil, "try only this `ID`, area or glob pattern (repeatable)")
	fl.StringArrayVar(
		&f.selection.Launchers,
		"launcher",
		nil,
		"try only this `LAUNCHER`, glob pattern or runtime; NAME=PATH picks a runtime's interpreter (repeatable)",
	)
	fl.StringArrayVar(&f.wraps, "wrap", nil,
		"try only this command in front of the program, `NAME` or NAME='COMMAND ARGUMENT…' (repeatable)")
	fl.StringArrayVar(&f.drivers, "driver", nil, "try only the runtime whose driver is in `DIR` (repeatable)")
	fl.StringArrayVar(&f.known, "known", nil, "take the differences in `FILE` for known (repeatable)")
	fl.BoolVar(&f.runtimes, "runtimes", false, "try also every runtime that is found on PATH")
	fl.StringVar(&f.record, "record", "", "write the recording to `FILE`")
	fl.StringVar(&f.baseline, "baseline", "", "compare with the recording in `FILE`, or published:NAME; exit 1 on a regression")
	reportFlags(c, &f.reports, &f.limit, render.Of(render.Runs))
	fl.Float64Var(&f.slow, "slow", 1, "multiply every deadline, for slow machines and emulators")
	fl.Int64Var(&f.seed, "seed", 0, "seed of the random order (0 picks one)")
	fl.BoolVar(&f.all, "all", false, "list everything that is otherwise only counted")
	_ = c.RegisterFlagCompletionFunc("only", completeIDs)
	_ = c.RegisterFlagCompletionFunc("launcher", completeLaunchers)
	_ = c.RegisterFlagCompletionFunc("baseline", completeRecordings)
	_ = c.MarkFlagDirname("driver")
	_ = c.MarkFlagFilename("known", "json")
	return c
}

// plan is a run of which everything has been checked that can be wrong with
// what was asked.
type plan struct {
	*runFlags
	named    []string // runtimes that were asked for by name
	known    []runtimes.Difference
	pairs    []run.Pair
	reports  []reportFile
	baseline *record.Recording
	file     *record.File // nil when nothing is recorded
}

// plan finds whatever can be wrong with what was asked, before the first child
// is started.
func (f *runFlags) plan() (*plan, error) {
	p := &plan{runFlags: f}
	var err error
	if p.named, err = include(&f.selection, f.drivers, f.wraps, f.runtimes); err != nil {
		return nil, err
	}
	for _, name := range f.known {
		known, err := runtimes.ReadDifferences(name)
		if err == nil {
			err = f.selection.Runtimes.Pin(known, trial.Pins{})
		}
		if err != nil {
			return nil, fmt.Errorf("--known: %w", err)
		}
		p.known = append(p.known, known...)
	}
	if p.pairs, err = f.selection.Pairs(); err != nil {
		return nil, err
	}
	if why := f.whyNone(); why != "" {
		return nil, fmt.Errorf("none of the selected behaviours can run here: %s; `spawnspec list` shows those that can", why)
	}
	if err := f.selection.Runtimes.FirstUnusable(p.named); err != nil {
		return nil, err
	}
	if err := checkSlow(f.slow); err != nil {
		return nil, err
	}
	if p.reports, err = parseReports(f.reports, f.limit, render.Of(render.Runs)); err != nil {
		return nil, err
	}
	if f.baseline != "" {
		if p.baseline, err = readRecording(f.baseline); err != nil {
			return nil, fmt.Errorf("--baseline: %w", err)
		}
	}
	if f.seed == 0 {
		f.seed = time.Now().UnixNano() % 1e9
	}
	if f.record == standardOutput {
		return nil, errors.New("--record -: a recording goes into a file, since it is written while the run goes on; name one")
	}
	if f.record != "" {
		if p.file, err = record.Create(f.record); err != nil {
			return nil, fmt.Errorf("--record: %w", err)
		}
	}
	return p, nil
}

// checkSlow refuses a multiplier that is none: a deadline is 10 minutes at most before
// it is multiplied, and has to fit into a time.Duration, which holds 292 years.
func checkSlow(slow float64) error {
	if !(slow >= 0.001 && slow <= 10000) {
		return fmt.Errorf("--slow %v: must be from 0.001 to 10000; 1 is the default", slow)
	}
	return nil
}

// runSuite is the main job. What was seen is in the recording and in the reports
// before anything is printed: a terminal or a pipe may be gone by then.
func runSuite(f *runFlags) error {
	p, err := f.plan()
	if err != nil {
		return err
	}
	ran, wrong := p.execute()
	result := ran.Recording
	if result == nil {
		if p.file != nil {
			wrong = append(wrong, p.file.Abandon())
		}
		return oneLine(wrong)
	}
	if p.file != nil {
		wrong = append(wrong, p.file.Finish(result))
	}
	for _, rep := range p.reports {
		wrong = append(wrong, writeTo(rep.path, func(w io.Writer) error { return rep.Run(w, ran, f.limit) }))
	}
	shown := page.Run(result)
	red := slices.ContainsFunc(result.Trials, func(t record.Trial) bool { return t.Status.Red() })
	if !result.Complete {
		where := ""
		if p.file != nil && len(result.Trials) > 0 {
			where = "; what there is stays in " + p.file.Partial()
		}
		wrong = append(
			wrong,
			show(shown, f.all),
			fmt.Errorf("interrupted: %d of %d trials were tried%s", len(result.Trials), len(p.pairs), where),
		)
		return oneLine(wrong)
	}
	if found := trial.Found(); len(found) > 0 && !f.runtimes && len(f.selection.Launchers) == 0 &&
		len(f.selection.Only) == 0 {
		shown.Note(
			"Not tried: the runtimes on PATH (%s). Add them with --runtimes, one with --launcher NAME, another version with --launcher NAME=PATH.",
			strings.Join(found, ", "),
		)
	}
	if p.file != nil && oneLine(wrong) == nil {
		shown.Note("Recorded in %s.", f.record)
	}
	wrong = append(wrong, show(shown, f.all))
	if p.baseline != nil {
		c, err := compare.Compare(p.baseline, result)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", f.baseline, err))
			return oneLine(wrong)
		}
		compared := page.Comparison(c)
		fmt.Printf("\nCompared with %s:\n", render.Printable(f.baseline))
		wrong = append(wrong, show(compared, f.all))
		red = red || c.Failing(compare.OnRegressed)
	}
	if err := oneLine(wrong); err != nil {
		return err
	}
	if red {
		return errRed
	}
	return nil
}

// execute tries everything. Without a recording nothing was tried; with one, wrong
// is what went wrong around the trials.
func (p *plan) execute() (ran render.Run, wrong []error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, platform.Terminate)
	defer stop()
	r, err := trial.Begin(p.slow, p.selection.Runtimes)
	if err != nil {
		return ran, []error{err}
	}
	if err := p.selection.Runtimes.FirstUnusable(p.named); err != nil {
		return ran, []error{err, r.End()}
	}
	if err := p.selection.Runtimes.Pin(p.known, r.Pins); err != nil {
		return ran, []error{err, r.End()}
	}
	head := run.Head(p.selection, r, p.seed)
	if err := r.DivertCrash(); err != nil {
		return ran, []error{err, r.End()}
	}
	if p.file != nil {
		if err := p.file.Begin(&head); err != nil {
			return ran, []error{err, r.End()}
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintln(os.Stderr, "spawnspec:", note)
	}
	width := terminalWidth(os.Stderr)
	if os.Getenv("TERM") == "dumb" { // it cannot write over a line
		width = 0
	}
	progress := startProgress(os.Stderr, width, len(p.pairs))
	loop := run.Loop{Harness: r, Selection: p.selection, Seed: p.seed, Running: progress.running,
		Report: func(t record.Trial) {
			head.Trials = append(head.Trials, t)
			if p.file != nil {
				_ = p.file.Trial(t) // Finish reports it
			}
			progress.tried(t)
		}}
	if err := loop.Run(ctx, p.pairs); err != nil && ctx.Err() == nil {
		wrong = append(wrong, err)
	}
	ran = render.Run{Recording: &head, Start: progress.start, End: time.Now(), Took: progress.done()}
	ran.Hostname, _ = os.Hostname() // a report does without it
	head.Complete = len(head.Trials) == len(p.pairs)
	if err := r.End(); err != nil {
		wrong = append(wrong, fmt.Errorf("the run left something behind: %w", err))
	}
	return ran, wrong
}

// oneLine makes one line of what went wrong; nil when nothing did.
func oneLine(errs []error) error {
	err := errors.Join(errs...)
	if err == nil {
		return nil
	}
	return errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
}

// include makes the runtimes part of the run that the selection names, as
// NAME, NAME/WAY or NAME=PATH, those whose drivers are in these directories, commands in
// front, and with all those that are on PATH. It takes the paths out of the selection,
// selects what it was not told in there, and returns the runtimes that are named.
func include(s *run.Selection, drivers, wraps []string, all bool) (named []string, err error) {
	s.Runtimes = trial.NewRuntimes()
	for _, dir := range drivers {
		r, err := runtimes.Load(dir)
		if err == nil {
			err = spec.AddRuntime(r)
		}
		if err != nil {
			return nil, fmt.Errorf("--driver %w", err)
		}
		of := func(l string) bool {
			return l == r.Name || strings.HasPrefix(l, r.Name+"/") || strings.HasPrefix(l, r.Name+"=")
		}
		if !slices.ContainsFunc(s.Launchers, of) {
			s.Launchers = append(s.Launchers, r.Name)
		}
	}
	for i, l := range s.Launchers {
		launcher, path, given := strings.Cut(l, "=")
		runtime, _, _ := strings.Cut(launcher, "/")
		switch {
		case given && launcher == "":
			return nil, fmt.Errorf("--launcher %s: the runtime's name before = is missing; write NAME=PATH, as in cpython=/usr/bin/python3", l)
		case !slices.Contains(spec.RuntimeNames(), runtime):
			if given {
				return nil, fmt.Errorf("--launcher %s: %s takes no path; use --launcher %s", l, launcher, launcher)
			}
			continue
		case given && path == "":
			return nil, fmt.Errorf("--launcher %s: the path of the interpreter is missing; write %s=PATH", l, launcher)
		}
		named = append(named, runtime)
		if err := s.Runtimes.Include(runtime, path); err != nil {
			return nil, fmt.Errorf("--launcher %s: %w", l, err)
		}
		if err := s.Runtimes.FirstUnusable(named); err != nil { // there is no interpreter
			return nil, err
		}
		s.Launchers[i] = launcher
	}
	for _, w := range wraps {
		launcher, err := s.Runtimes.Wrap(w)
		if err != nil {
			return nil, err
		}
		s.Launchers = append(s.Launchers, launcher)
	}
	if all {
		for _, runtime := range trial.Found() {
			if err := s.Runtimes.Include(runtime, ""); err != nil {
				return nil, err
			}
		}
	}
	return named, nil
}

// whyNone is the reason of the first selected behaviour if none can be tried
// here, else "".
func (f *runFlags) whyNone() (why string) {
	declarations, _ := f.selection.Declarations() // which succeeded for the pairs
	for _, d := range declarations {
		launchers, because := f.selection.Where(d)
		if len(launchers) > 0 {
			return ""
		}
		if why == "" {
			why = d.ID + ": " + because
		}
	}
	return why
}

// reportFile is a report that is asked for.
type reportFile struct {
	render.Kind
	path string
}

// leastLimit is the least that --report-limit can be, in bytes: below it there is no
// room for the first lines of a page.
const leastLimit = 16 << 10

// parseReports takes KIND=FILE apart and refuses what could not be written in
// the end; kinds are those that there are.
func parseReports(texts []string, limit int, kinds []render.Kind) (files []reportFile, err error) {
	if limit != 0 && limit < leastLimit {
		return nil, fmt.Errorf("--report-limit %d: must be at least %d bytes, or 0 for %d", limit, leastLimit, render.MarkdownLimit)
	}
	for _, text := range texts {
		name, path, ok := strings.Cut(text, "=")
		i := slices.IndexFunc(kinds, func(k render.Kind) bool { return k.Name == name })
		if !ok || path == "" || i < 0 {
			return nil, fmt.Errorf("--report %s: write it as KIND=FILE; KIND is %s", text, render.Names(kinds))
		}
		files = append(files, reportFile{kinds[i], path})
		if path == standardOutput {
			continue
		}
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return nil, fmt.Errorf("--report %s: %w", text, err)
		}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return nil, fmt.Errorf("--report %s: %s is a directory", text, path)
		}
	}
	return files, nil
}

// standardOutput is the FILE that stands for standard output.
const standardOutput = "-"

// reportFlags adds --report for these kinds, and --report-limit.
func reportFlags(c *cobra.Command, reports *[]string, limit *int, kinds []render.Kind) {
	c.Flags().StringArrayVar(reports, "report", nil,
		"also write a report, as `KIND=FILE`; KIND is "+render.Names(kinds)+"; FILE - is standard output")
	c.Flags().IntVar(limit, "report-limit", render.MarkdownLimit,
		"end a Markdown report after a whole section, in at most so many `BYTES`")
	_ = c.RegisterFlagCompletionFunc("report", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		for _, k := range kinds {
			names = append(names, k.Name+"=\tfor "+k.For)
		}
		return names, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
	})
}

func writeTo(path string, write func(io.Writer) error) error {
	if path == standardOutput {
		return write(os.Stdout)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}
