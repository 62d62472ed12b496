package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/report"
	"github.com/spawnspec/spawnspec/suite/internal/run"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

func compareCommand() *cobra.Command {
	var failOn compare.FailOn
	var reports []string
	var all bool
	c := &cobra.Command{
		Use:   "compare BEFORE AFTER",
		Short: "Tell what differs between two recordings, why it matters and what to do",
		Long: `compare tells what differs between two recordings, by behaviour and launcher.
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
			files, err := parseReports(reports, "markdown")
			if err != nil {
				return err
			}
			before, err := record.ReadFile(args[0])
			if err != nil {
				return err
			}
			after, err := record.ReadFile(args[1])
			if err != nil {
				return err
			}
			found, err := compare.Compare(before, after)
			if err != nil {
				return fmt.Errorf("%s and %s: %w", args[0], args[1], err)
			}
			if err := report.Compared(os.Stdout, found, options(all)); err != nil {
				return err
			}
			for _, f := range files {
				if err := writeTo(f.path, func(w io.Writer) error { return report.Markdown(w, found) }); err != nil {
					return err
				}
			}
			if found.Failing(failOn) {
				return errRed
			}
			return nil
		},
	}
	fl := c.Flags()
	fl.StringVar((*string)(&failOn), "fail-on", string(compare.OnChanged), "what gives exit code 1: `regressed`, changed or never")
	fl.StringArrayVar(&reports, "report", nil, "also write a report, as `KIND=FILE`; markdown")
	fl.BoolVar(&all, "all", false, "list everything that is otherwise only counted")
	_ = c.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions([]string{"regressed", "changed", "never"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func listCommand() *cobra.Command {
	var selection run.Selection
	var all, runtimes bool
	c := &cobra.Command{
		Use:   "list",
		Short: "What would run here, and why the rest would not",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if _, err := include(&selection, runtimes); err != nil {
				return err
			}
			pairs, err := selection.Pairs()
			if err != nil {
				return err
			}
			var r record.Recording
			for _, d := range spec.All() {
				r.Behaviours = append(r.Behaviours, d.Behaviour)
			}
			for _, p := range pairs {
				status, reasons := selection.Runtimes.SkipReason(p.Declaration, p.Launcher)
				r.Trials = append(r.Trials, record.Trial{ID: p.ID, Launcher: p.Launcher, Status: status, Reasons: reasons})
			}
			return report.List(os.Stdout, &r, options(all))
		},
	}
	c.Flags().StringArrayVar(&selection.Only, "only", nil, "list only this `ID`, area or glob pattern (repeatable)")
	c.Flags().StringArrayVar(&selection.Launchers, "launcher", nil, "list only this `LAUNCHER`, glob pattern or runtime (repeatable)")
	c.Flags().BoolVar(&runtimes, "runtimes", false, "list also every runtime that is found on PATH")
	c.Flags().BoolVar(&all, "all", false, "with the sentences, and each that would not run")
	_ = c.RegisterFlagCompletionFunc("only", completeIDs)
	_ = c.RegisterFlagCompletionFunc("launcher", completeLaunchers)
	return c
}

func explainCommand() *cobra.Command {
	var from []string
	c := &cobra.Command{
		Use:   "explain ID",
		Short: "Explain one behaviour: who promises it, why it matters, what to do",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("explain takes one ID; %d were given", len(args))
			}
			return nil
		},
		ValidArgsFunction: completeIDs,
		RunE: func(_ *cobra.Command, args []string) error {
			pairs, err := run.Selection{Only: args, Runtimes: trial.NewRuntimes()}.Pairs()
			if err != nil {
				return err
			}
			if pairs[0].ID != args[0] {
				return fmt.Errorf("%s is an area or a pattern; explain takes one id; `spawnspec list --only %s` names them", args[0], args[0])
			}
			var trials []record.Trial
			for _, path := range from {
				r, err := record.ReadFile(path)
				if err != nil {
					return err
				}
				trials = append(trials, r.Trials...)
			}
			return report.Behaviour(os.Stdout, pairs[0].Behaviour, trials, options(true))
		},
	}
	c.Flags().StringArrayVar(&from, "recording", nil, "also show what the recording in `FILE` saw (repeatable)")
	_ = c.RegisterFlagCompletionFunc("recording", completeRecordings)
	return c
}
