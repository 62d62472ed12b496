package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/render"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

func compareCommand() *cobra.Command {
	var failOn compare.FailOn
	var reports []string
	var limit int
	var all bool
	c := &cobra.Command{
		Use:   "compare BEFORE AFTER",
		Short: "Show what differs between two recordings, why it matters and what to do",
		Long: `compare shows what differs between two recordings, by behaviour and launcher. Each is
a file, or the published recording published:NAME.

First come the defaults that moved, with what stopped working because of it and
what was seen to help; then, for each finding, what was seen before and after, why
it matters, what to do about it and where that was seen to work, who says how it
should be, and the command that tries it again.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return fmt.Errorf("compare takes two recordings, BEFORE and AFTER; %d were given", len(args))
			}
			return nil
		},
		ValidArgsFunction: func(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			return completeRecordings(c, args, word)
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if !slices.Contains(compare.FailOns, failOn) {
				return fmt.Errorf("--fail-on %s: there are regressed, changed and never", failOn)
			}
			files, err := parseReports(reports, limit, render.Of(render.Comparisons))
			if err != nil {
				return err
			}
			before, err := readRecording(args[0])
			if err != nil {
				return err
			}
			after, err := readRecording(args[1])
			if err != nil {
				return err
			}
			found, err := compare.Compare(before, after, specified()...)
			if err != nil {
				return fmt.Errorf("%s and %s: %w", args[0], args[1], err)
			}
			found.Before.Name, found.After.Name = args[0], args[1]
			for _, f := range files {
				err := writeTo(f.path, func(w io.Writer) error {
					return f.Comparison(w, render.Comparison{Comparison: found, FailOn: failOn}, limit)
				})
				if err != nil {
					return err
				}
			}
			if err := show(page.Comparison(found), all); err != nil {
				return err
			}
			if found.Failing(failOn) {
				return errRed
			}
			return nil
		},
	}
	fl := c.Flags()
	fl.StringVar(
		(*string)(&failOn),
		"fail-on",
		string(compare.OnChanged),
		"`WHEN` to give exit code 1: regressed, changed or never",
	)
	reportFlags(c, &reports, &limit, render.Of(render.Comparisons))
	fl.BoolVar(&all, "all", false, "list everything that is otherwise only counted")
	_ = c.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions([]string{
		string(compare.OnRegressed) + "\ta trial regressed or hangs",
		string(compare.OnChanged) + "\tthere is any finding",
		string(compare.Never) + "\tonly what could not be compared",
	}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// specified are the behaviours of this binary, whose advice is newer than that of
// a recording.
func specified() (all []record.Behaviour) {
	for _, d := range spec.All() {
		all = append(all, d.Behaviour)
	}
	return all
}
