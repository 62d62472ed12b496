package main

import (
	"fmt"
	"path"
	"slices"

	"github.com/spf13/cobra"

	"github.com/spawnspec/spawnspec/suite/internal/answers"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/run"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

func historyCommand() *cobra.Command {
	var launchers, from []string
	var all bool
	c := &cobra.Command{
		Use:   "history ID",
		Short: "What a behaviour was from version to version of those that were recorded",
		Long: `history tells, for each launcher and platform, what the published recordings have of
one behaviour, in the order of versions: where an answer changed, and with "not tried"
the releases between them that no recording is of.`,
		Args:              oneID,
		ValidArgsFunction: completeIDs,
		RunE: func(_ *cobra.Command, args []string) error {
			declarations, err := run.Selection{Only: args, Runtimes: trial.NewRuntimes()}.Declarations()
			if err != nil {
				return err
			}
			if len(declarations) != 1 {
				return fmt.Errorf("history is of one behaviour, and %q names %d: spawnspec list --only %[1]q", args[0], len(declarations))
			}
			d := declarations[0]
			columns, err := columnsOf(d)
			if err != nil {
				return err
			}
			for _, name := range from {
				r, err := readRecording(name)
				if err != nil {
					return err
				}
				columns = append(columns, columnOf(name, r, append([]string{d.ID}, d.Was...)))
			}
			if len(launchers) > 0 {
				for i := range columns {
					columns[i].Trials = slices.DeleteFunc(columns[i].Trials, func(t record.Trial) bool { return !matches(t.Launcher, launchers) })
				}
			}
			if len(answers.History(columns)) == 0 {
				return fmt.Errorf("no recording has a trial of %s on such a launcher; there are %v", d.ID, d.Launchers)
			}
			return show(page.History(d.Behaviour, columns), all)
		},
	}
	c.Flags().StringArrayVar(&launchers, "launcher", nil, "tell only of this `LAUNCHER`, glob pattern or runtime (repeatable)")
	c.Flags().StringArrayVar(&from, "recording", nil, "tell also of the recording in `FILE` (repeatable)")
	c.Flags().BoolVar(&all, "all", false, "show long values whole")
	_ = c.RegisterFlagCompletionFunc("launcher", completeLaunchers)
	_ = c.RegisterFlagCompletionFunc("recording", completeRecordings)
	return c
}

// matches reports whether a launcher is one of those that are named, by name, pattern
// or runtime.
func matches(launcher string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		whole, err := path.Match(name, launcher)
		ofRuntime, _ := path.Match(name+"/*", launcher)
		return err == nil && (whole || ofRuntime)
	})
}

// columnOf is what a recording has of a behaviour, by any of its ids.
func columnOf(name string, r *record.Recording, ids []string) answers.Column {
	c := answers.Column{Name: name, Head: r.Head}
	for _, t := range r.Trials {
		if slices.Contains(ids, t.ID) {
			c.Trials = append(c.Trials, t)
		}
	}
	return c
}
