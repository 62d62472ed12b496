// Command spawnspec shows how this machine really starts child processes, and
// what changed since last time.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/spawnspec/spawnspec/suite"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/published"
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
			if err := checkColour(); err != nil {
				return err
			}
			if err := suite.Check(); err != nil {
				return fmt.Errorf("this binary's own declarations are wrong:\n%w", err)
			}
			return nil
		},
	}
	c.PersistentFlags().StringVar(&colour, "color", "auto", "colour the text: `WHEN` is auto, always or never")
	_ = c.RegisterFlagCompletionFunc("color", cobra.FixedCompletions(colours, cobra.ShellCompDirectiveNoFileComp))
	c.SetFlagErrorFunc(flagError)
	c.AddCommand(runCommand(), compareCommand(), listCommand(), explainCommand(), searchCommand(), historyCommand(), matrixCommand(), bisectCommand(), driverCommand(), siteCommand(), schemaCommand())
	c.InitDefaultHelpCmd()
	c.InitDefaultCompletionCmd()
	refuseUnknown(c)
	wrapHelp(c)
	return c
}

// colour is the value of --color.
var colour string

// colours are the values of --color, with what each means.
var colours = []string{
	"auto\tif standard output is a terminal, NO_COLOR is not set and TERM is not dumb",
	"always\talso in a file or a pipe",
	"never\tplain text",
}

// checkColour refuses what is not among colours.
func checkColour() error {
	if !slices.Contains([]string{"auto", "always", "never"}, colour) {
		return fmt.Errorf("--color %s: there are auto, always and never", colour)
	}
	return nil
}

// show prints a page on standard output: as wide as the terminal, if it is one, and
// coloured as --color says; NO_COLOR takes the colour away (no-color.org) unless it is
// asked for.
func show(p page.Page, all bool) error {
	o := render.Options{All: all, Width: min(terminalWidth(os.Stdout), 120), Colour: colour == "always"}
	if colour == "auto" && term.IsTerminal(int(os.Stdout.Fd())) {
		o.Colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	return render.Text(os.Stdout, p, o)
}

// terminalWidth is the width of a terminal in columns; 0 when f is none.
func terminalWidth(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
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

// launchers says what the suite's own launchers are.
var launchers = map[string]string{
	spec.OSExec:        "Go's package os/exec",
	spec.ForkExec:      "fork and execve, by syscall.ForkExec",
	spec.Fork:          "fork without exec",
	spec.VforkExec:     "clone with CLONE_VM and CLONE_VFORK, then execve",
	spec.CreateProcess: "CreateProcessW",
	spec.System:        "behaviours that do not depend on a launcher",
}

// completeLaunchers completes launchers, and runtimes for all that they have.
func completeLaunchers(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, l := range spec.LauncherNames() {
		names = append(names, l+"\t"+launchers[l])
	}
	for _, name := range spec.RuntimeNames() {
		names = append(names, name+"\t"+spec.Manifests[name].Title+", in all its ways; =PATH picks an interpreter")
	}
	for _, l := range spec.RuntimeLaunchers() {
		runtime, way, _ := spec.RuntimeOf(l)
		names = append(names, l+"\t"+runtime.Title+": "+cmp.Or(runtime.Ways[way], runtime.Starts[way], runtime.Exits[way]))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func completeRecordings(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	if strings.HasPrefix(word, "pub") {
		return published.Names(), cobra.ShellCompDirectiveNoFileComp
	}
	return []string{"json", "partial", "stream"}, cobra.ShellCompDirectiveFilterFileExt
}

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a recording",
		Args:  nothing("it prints one schema"),
		RunE: func(*cobra.Command, []string) error {
			_, err := os.Stdout.Write(record.Schema)
			return err
		},
	}
}
