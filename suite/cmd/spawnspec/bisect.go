package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spawnspec/spawnspec/suite/internal/answers"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/run"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

// bisection is what is asked for.
type bisection struct {
	launcher  string // with the path of the interpreter, if it is not found on PATH
	good, bad string
	try       []string // VERSION=PATH
	build     string
	platform  string
}

func bisectCommand() *cobra.Command {
	var b bisection
	c := &cobra.Command{
		Use:   "bisect ID --launcher NAME --good VERSION --bad VERSION",
		Short: "Find the versions between which a behaviour changed",
		Long: `bisect finds where the answer of one behaviour on one launcher changed between two
versions. First it looks at the published recordings. Interpreters that lie between are
given with --try VERSION=PATH, and only those are tried that are needed.

With --build the versions are commits of the Git checkout in the working directory:
those between them are checked out and built with this command (sh -c), and the launcher
names the program that it makes, as --launcher cpython/default=./python. A commit that
cannot be built is passed over. The checkout is left as it was.`,
		Args:              oneID,
		ValidArgsFunction: completeIDs,
		RunE: func(c *cobra.Command, args []string) error {
			declarations, err := run.Selection{Only: args, Runtimes: trial.NewRuntimes()}.Declarations()
			if err != nil {
				return err
			}
			if len(declarations) != 1 {
				return fmt.Errorf("bisect is of one behaviour, and %q names %d: spawnspec list --only %[1]q", args[0], len(declarations))
			}
			for flag, value := range map[string]string{"--launcher": b.launcher, "--good": b.good, "--bad": b.bad} {
				if value == "" {
					return fmt.Errorf("bisect needs %s", flag)
				}
			}
			return b.run(c.Context(), declarations[0])
		},
	}
	c.Flags().StringVar(&b.launcher, "launcher", "", "the `LAUNCHER`, for example cpython/default or cpython/default=./python")
	c.Flags().StringVar(&b.good, "good", "", "a `VERSION`, or a commit, with the old answer")
	c.Flags().StringVar(&b.bad, "bad", "", "a `VERSION`, or a commit, with the new one")
	c.Flags().StringArrayVar(&b.try, "try", nil, "an interpreter that lies between: `VERSION=PATH` (repeatable)")
	c.Flags().StringVar(&b.build, "build", "", "the versions are commits; `COMMAND` builds the one that is checked out")
	c.Flags().StringVar(&b.platform, "platform", "Linux", "look at recordings of this `PLATFORM`")
	_ = c.RegisterFlagCompletionFunc("launcher", completeLaunchers)
	return c
}

// candidate is a version that can be asked.
type candidate struct {
	name   string
	answer *answers.Answer // what it does, if that is known
	// ask finds it out. An error says that it cannot be, and that the candidate has to be
	// passed over; nil if only its recorded answer counts.
	ask func(context.Context) (answers.Answer, error)
}

func (b bisection) run(ctx context.Context, d *spec.Declaration) error {
	name, path, _ := strings.Cut(b.launcher, "=")
	if !slices.Contains(d.Launchers, name) {
		return fmt.Errorf("%s is not tried on %s; it is on %s", d.ID, name, strings.Join(d.Launchers, ", "))
	}
	var candidates []candidate
	var err error
	if b.build != "" {
		var restore func() error
		if candidates, restore, err = b.commits(ctx, d.ID, name, path); err != nil {
			return err
		}
		defer func() {
			if err := restore(); err != nil {
				fmt.Fprintln(os.Stderr, "spawnspec: the checkout could not be left as it was:", err)
			}
		}()
	} else if candidates, err = b.versions(d, name); err != nil {
		return err
	}
	low, high, passed, err := between(ctx, candidates)
	if err != nil {
		return err
	}
	before, after := page.FlipSide{Name: candidates[low].name, Answer: *candidates[low].answer},
		page.FlipSide{Name: candidates[high].name, Answer: *candidates[high].answer}
	return show(page.Flip(d.Behaviour, name, before, after, passed, *candidates[len(candidates)-1].answer), false)
}

// between finds two neighbours among candidates with the answers of the first and of
// another one; those between them that could not be asked are passed over.
func between(ctx context.Context, candidates []candidate) (low, high int, passed []string, err error) {
	answer := func(i int) (answers.Answer, error) {
		c := &candidates[i]
		if c.answer == nil {
			fmt.Fprintln(os.Stderr, "trying", c.name)
			a, err := c.ask(ctx)
			if err != nil {
				return a, fmt.Errorf("%s: %w", c.name, err)
			}
			c.answer = &a
		}
		return *c.answer, nil
	}
	low, high = 0, len(candidates)-1
	good, err := answer(low)
	if err != nil {
		return 0, 0, nil, err
	}
	bad, err := answer(high)
	if err != nil {
		return 0, 0, nil, err
	}
	if good.Equal(bad) {
		return 0, 0, nil, fmt.Errorf("%s and %s give the same answer (%s); nothing changed between them", candidates[low].name, candidates[high].name, good.Kind)
	}
	without := map[int]bool{}
	for {
		middle := -1 // the one nearest to the middle that can be asked
		for i := low + 1; i < high; i++ {
			if !without[i] && (middle < 0 || abs(2*i-low-high) < abs(2*middle-low-high)) {
				middle = i
			}
		}
		if middle < 0 {
			break
		}
		a, err := answer(middle)
		switch {
		case ctx.Err() != nil:
			return 0, 0, nil, ctx.Err()
		case err != nil:
			fmt.Fprintln(os.Stderr, "passed over:", err)
			without[middle] = true
		case a.Equal(good):
			low = middle
		default:
			high = middle
		}
	}
	for i := low + 1; i < high; i++ {
		passed = append(passed, candidates[i].name)
	}
	return low, high, passed, nil
}

func abs(n int) int { return max(n, -n) }

// recordedOn says on which platforms a launcher was recorded.
func recordedOn(columns []answers.Column, launcher string) string {
	var platforms []string
	for _, s := range answers.History(columns) {
		if s.Launcher == launcher && !slices.Contains(platforms, s.Platform) {
			platforms = append(platforms, s.Platform)
		}
	}
	if len(platforms) == 0 {
		return ", nor on any other platform"
	}
	return ", but on " + strings.Join(platforms, ", ")
}

// versions are the recorded ones from good to bad, and the interpreters to try.
func (b bisection) versions(d *spec.Declaration, launcher string) ([]candidate, error) {
	columns, err := columnsOf(d)
	if err != nil {
		return nil, err
	}
	var all []candidate
	for _, s := range answers.History(columns) {
		if s.Launcher != launcher || s.Platform != b.platform {
			continue
		}
		for _, span := range s.Spans {
			if !span.Answer.Kind.Tried() {
				continue
			}
			for _, v := range span.Versions {
				all = append(all, candidate{name: v, answer: &span.Answer})
			}
		}
	}
	var names []string
	for _, c := range all {
		names = append(names, c.name)
	}
	for _, t := range b.try {
		version, path, ok := strings.Cut(t, "=")
		if !ok || version == "" || path == "" {
			return nil, fmt.Errorf("--try %s: it is VERSION=PATH", t)
		}
		all = append(all, candidate{name: version, ask: func(ctx context.Context) (answers.Answer, error) { return ask(ctx, d.ID, launcher, path) }})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no version of %s @ %s is recorded on %s%s; give two or more with --try VERSION=PATH", d.ID, launcher, b.platform,
			recordedOn(columns, launcher))
	}
	slices.SortStableFunc(all, func(x, y candidate) int { return answers.CompareVersions(x.name, y.name) })
	find := func(version string) int {
		i := slices.IndexFunc(all, func(c candidate) bool { return c.name == version })
		if i < 0 {
			i = slices.IndexFunc(all, func(c candidate) bool { return answers.Release(c.name) == version })
		}
		return i
	}
	good, bad := find(b.good), find(b.bad)
	for version, i := range map[string]int{b.good: good, b.bad: bad} {
		if i < 0 {
			return nil, fmt.Errorf("%s @ %s is not recorded of %s on %s (recorded: %s); give it with --try %[3]s=PATH", d.ID, launcher,
				version, b.platform, strings.Join(names, " "))
		}
	}
	if good > bad {
		slices.Reverse(all)
		good, bad = len(all)-1-good, len(all)-1-bad
	}
	return all[good : bad+1], nil
}

// ask tries the behaviour with an interpreter.
func ask(ctx context.Context, id, launcher, path string) (answers.Answer, error) {
	dir, err := os.MkdirTemp("", "spawnspec-bisect-")
	if err != nil {
		return answers.Answer{}, err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return answers.Answer{}, err
	}
	at := launcher
	if path != "" {
		at += "=" + path
	}
	file := filepath.Join(dir, "recording.json")
	c := exec.CommandContext(ctx, self, "run", "--only", id, "--launcher", at, "--record", file)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) } // it ends what it has started
	var said bytes.Buffer
	c.Stderr = &said
	failed := c.Run()
	r, err := record.ReadFile(file)
	if err != nil {
		if last := lastLine(said.String()); last != "" {
			return answers.Answer{}, errors.New(last)
		}
		return answers.Answer{}, errors.Join(failed, err)
	}
	for _, t := range r.Trials {
		if t.ID != id || t.Launcher != launcher {
			continue
		}
		if t.Status == record.Broken || !t.Status.Ran() {
			return answers.Answer{}, fmt.Errorf("%s: %s", t.Status, strings.Join(t.Reasons, "; "))
		}
		return answers.Of(t), nil
	}
	return answers.Answer{}, fmt.Errorf("%s was not tried on %s", id, launcher)
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// commits are those of the checkout from good to bad, and how to leave it as it was.
func (b bisection) commits(ctx context.Context, id, launcher, path string) (all []candidate, restore func() error, err error) {
	if path == "" {
		return nil, nil, fmt.Errorf("with --build the launcher names what is built: --launcher %s=PATH", launcher)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, nil, err
	}
	if changed, err := git(ctx, "status", "--porcelain", "--untracked-files=no"); err != nil {
		return nil, nil, err
	} else if changed != "" {
		return nil, nil, errors.New("the checkout has changes that are not committed: commit or stash them first")
	}
	here, err := git(ctx, "symbolic-ref", "--short", "-q", "HEAD")
	if err != nil {
		if here, err = git(ctx, "rev-parse", "HEAD"); err != nil {
			return nil, nil, err
		}
	}
	first, err := git(ctx, "rev-parse", "--verify", b.good+"^{commit}")
	if err != nil {
		return nil, nil, err
	}
	list, err := git(ctx, "rev-list", "--reverse", "--first-parent", first+".."+b.bad)
	if err != nil {
		return nil, nil, err
	}
	if list == "" {
		return nil, nil, fmt.Errorf("no commit leads from %s to %s", b.good, b.bad)
	}
	for _, commit := range append([]string{first}, strings.Fields(list)...) {
		all = append(all, candidate{name: commit[:min(len(commit), 12)], ask: func(ctx context.Context) (answers.Answer, error) {
			if _, err := git(ctx, "checkout", "-q", "--detach", commit); err != nil {
				return answers.Answer{}, err
			}
			made := exec.CommandContext(ctx, "sh", "-c", b.build)
			made.Stdout, made.Stderr = os.Stderr, os.Stderr
			if err := made.Run(); err != nil {
				return answers.Answer{}, fmt.Errorf("it cannot be built: %w", err)
			}
			return ask(ctx, id, launcher, path)
		}})
	}
	return all, func() error {
		_, err := git(context.Background(), "checkout", "-q", here)
		return err
	}, nil
}

// git runs git in the working directory and returns what it prints.
func git(ctx context.Context, args ...string) (string, error) {
	c := exec.CommandContext(ctx, "git", args...)
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, lastLine(said.String()))
	}
	return strings.TrimSpace(string(out)), nil
}
