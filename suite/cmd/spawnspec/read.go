package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spawnspec/spawnspec/suite"
	"github.com/spawnspec/spawnspec/suite/internal/answers"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/run"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

func listCommand() *cobra.Command {
	var selection run.Selection
	var all, runtimes, launchers bool
	var wraps, drivers []string
	c := &cobra.Command{
		Use:   "list",
		Short: "What would run here, and why the rest would not",
		Long: `list shows the behaviours that would run here. With --launchers it says of every
launcher, too, on which one would not, as far as that is known without starting it:
what a way of a runtime cannot be asked for is what its driver says in a run.`,
		Args: nothing("spawnspec list --only NAME lists one area, spawnspec explain NAME tells about it"),
		RunE: func(*cobra.Command, []string) error {
			if _, err := include(&selection, drivers, wraps, runtimes); err != nil {
				return err
			}
			if _, err := selection.Pairs(); err != nil {
				return err
			}
			declarations, err := selection.Declarations()
			if err != nil {
				return err
			}
			narrow := len(selection.Only)+len(selection.Launchers) > 0
			return show(page.Behaviours(listed(selection, declarations), narrow, launchers), all)
		},
	}
	c.Flags().StringArrayVar(&selection.Only, "only", nil, "list only this `ID`, area or glob pattern (repeatable)")
	c.Flags().
		StringArrayVar(&selection.Launchers, "launcher", nil, "list only this `LAUNCHER`, glob pattern or runtime (repeatable)")
	c.Flags().StringArrayVar(&wraps, "wrap", nil, "list only this command in front, `NAME` or NAME='COMMAND…' (repeatable)")
	c.Flags().StringArrayVar(&drivers, "driver", nil, "list only the runtime whose driver is in `DIR` (repeatable)")
	c.Flags().BoolVar(&runtimes, "runtimes", false, "list also every runtime that is found on PATH")
	c.Flags().BoolVar(&launchers, "launchers", false, "with the level and the launchers of each, and why not on the others")
	c.Flags().BoolVar(&all, "all", false, "with both, and with those that would not run here")
	_ = c.RegisterFlagCompletionFunc("only", completeIDs)
	_ = c.RegisterFlagCompletionFunc("launcher", completeLaunchers)
	_ = c.MarkFlagDirname("driver")
	return c
}

// listed says of each behaviour where it would run, and where it would not and why.
func listed(selection run.Selection, declarations []*spec.Declaration) (all []page.Listed) {
	for _, d := range declarations {
		launchers, why := selection.Where(d)
		l := page.Listed{Behaviour: d.Behaviour, Launchers: launchers, Why: why}
		// Of one that is about another system there is no more to say than that.
		if reasons, on := selection.Not(d); d.NotAbout() == "" && (len(launchers) > 0 || len(reasons) > 1) {
			for _, reason := range reasons {
				l.Not = append(l.Not, page.NotOn{Why: reason, Launchers: on[reason]})
			}
		}
		all = append(all, l)
	}
	return all
}

func explainCommand() *cobra.Command {
	var from []string
	var all bool
	c := &cobra.Command{
		Use:   "explain ID|AREA|PATTERN",
		Short: "Explain a behaviour: who promises it, what every recorded platform does, what to do",
		Long: `explain shows everything there is to say about one behaviour: what it is about, who
promises it, why it matters, what to do and where that was seen to work, what every
published recording has of it, and between which versions that changed. Of an area,
a glob pattern or a part of ids it is a chapter to read: each subject with its
behaviours, and in a line what the recorded platforms do.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("explain takes one ID, AREA or PATTERN; %d were given", len(args))
			}
			return nil
		},
		ValidArgsFunction: completeIDs,
		RunE: func(_ *cobra.Command, args []string) error {
			var sources []page.Source
			for _, path := range from {
				r, err := readRecording(path)
				if err != nil {
					return err
				}
				sources = append(sources, page.Source{Name: path, Recording: r})
			}
			selection := run.Selection{Only: args, Runtimes: trial.NewRuntimes()}
			declarations, err := selection.Declarations()
			if err != nil {
				if declarations = run.Like(args[0]); len(declarations) == 0 {
					return err
				}
			}
			if len(declarations) == 1 {
				d := declarations[0]
				recorded, err := recordedOf(d)
				if err != nil {
					return err
				}
				return show(page.Behaviour(d.Behaviour, scopeOf(d), recorded, sources), all)
			}
			chapter, err := chapterOf(args[0], declarations)
			if err != nil {
				return err
			}
			return show(chapter, all)
		},
	}
	c.Flags().StringArrayVar(&from, "recording", nil, "also show what the recording in `FILE`, or published:NAME, saw (repeatable)")
	c.Flags().BoolVar(&all, "all", false, "show long values whole; of a chapter also why each matters and what to do")
	_ = c.RegisterFlagCompletionFunc("recording", completeRecordings)
	return c
}

// chapterOf is the page of an area, or of what a pattern selects.
func chapterOf(name string, declarations []*spec.Declaration) (page.Page, error) {
	title, intro := fmt.Sprintf("Behaviours that %q selects", name), ""
	for _, a := range spec.Areas() {
		if a.Name == name {
			title, intro = a.Title, suite.ChapterOf(name).Intro
			if rest, again := strings.CutPrefix(intro, title+": "); again {
				intro = strings.ToUpper(rest[:1]) + rest[1:]
			}
		}
	}
	columns, err := columnsOfAll(declarations)
	if err != nil {
		return page.Page{}, err
	}
	subjects := map[string][]string{}
	for _, d := range declarations {
		if subjects[d.Area] == nil {
			subjects[d.Area] = suite.ChapterOf(d.Area).Subjects
		}
	}
	// Of an area in the order of its subjects, and of a subject as the source has it.
	at := func(d *spec.Declaration) int {
		i := slices.Index(subjects[d.Area], strings.Split(d.ID, ".")[1])
		if i < 0 {
			i = len(subjects[d.Area])
		}
		return i
	}
	declarations = slices.Clone(declarations)
	slices.SortStableFunc(declarations, func(a, b *spec.Declaration) int {
		return cmp.Or(cmp.Compare(a.Area, b.Area), cmp.Compare(at(a), at(b)), cmp.Compare(a.Place.File, b.Place.File),
			cmp.Compare(a.Place.Line, b.Place.Line))
	})
	var entries []page.Entry
	for _, d := range declarations {
		entries = append(entries, page.Entry{Behaviour: d.Behaviour, Scope: scopeOf(d), Gist: answers.GistOf(columns[d.ID])})
	}
	return page.Chapter(title, intro, entries), nil
}
