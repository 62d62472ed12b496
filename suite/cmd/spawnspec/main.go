// Command spawnspec shows how this machine really starts child processes, and
// what changed since last time.
package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/spawnspec/spawnspec/suite"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/render"
	"github.com/spawnspec/spawnspec/suite/internal/run"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

// Exit codes.
const (
	exitRed    = 1 // something is red, or differs
	exitFailed = 2 // it could not do what was asked
)

// errRed ends the command with exitRed; everything has been said already.
var errRed = errors.New("red")

func main() {
	trial.ServeWorker()
	err := root().Execute()
	switch {
	case err == nil:
	case errors.Is(err, errRed):
		os.Exit(exitRed)
	default:
		fmt.Fprintln(os.Stderr, "spawnspec: "+render.Printable(err.Error()))
		os.Exit(exitFailed)
	}
}

func root() *cobra.Command {
	c := &cobra.Command{
		Use:   "spawnspec",
		Short: "How this machine really starts child processes, and what changed since last time",
		Long: `spawnspec tries how an operating system and the runtimes on it start child
processes, records what it saw, and compares two recordings.

Exit codes: 0 nothing red; 1 something is red, or differs; 2 it could not do
what was asked.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       run.Tool().Version,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if err := suite.Check(); err != nil {
				return fmt.Errorf("this binary's own declarations are wrong:\n%w", err)
			}
			return nil
		},
	}
	c.AddCommand(runCommand(), compareCommand(), listCommand(), explainCommand(), schemaCommand())
	return c
}

// show prints a page on standard output: coloured and as wide as the terminal, if
// it is one; NO_COLOR takes the colour away (no-color.org).
func show(p page.Page, all bool) error {
	o := render.Options{All: all}
	if fd := int(os.Stdout.Fd()); term.IsTerminal(fd) {
		o.Colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		if width, _, err := term.GetSize(fd); err == nil {
			o.Width = min(width, 120)
		}
	}
	return render.Text(os.Stdout, p, o)
}

// completeIDs completes ids and areas.
func completeIDs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, a := range spec.Areas() {
		names = append(names, a.Name+"\t"+a.Title)
	}
	for _, d := range spec.All() {
		names = append(names, d.ID+"\t"+d.Sentence)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func completeLaunchers(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return slices.Concat(
		spec.LauncherNames(),
		spec.RuntimeNames(),
		spec.ValueLaunchers(),
		spec.ProgramLaunchers(),
	), cobra.ShellCompDirectiveNoFileComp
}

func completeRecordings(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"json", "partial", "stream"}, cobra.ShellCompDirectiveFilterFileExt
}

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a recording",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := os.Stdout.Write(record.Schema)
			return err
		},
	}
}
