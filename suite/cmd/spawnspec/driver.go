package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/suite/internal/protocol"
	"github.com/spawnspec/spawnspec/suite/internal/render"
	"github.com/spawnspec/spawnspec/suite/internal/run"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

func driverCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "driver",
		Short: "For who writes the driver of a runtime",
	}
	c.AddCommand(driverCheckCommand())
	return c
}

func driverCheckCommand() *cobra.Command {
	var f checkFlags
	c := &cobra.Command{
		Use:   "check DIR|NAME",
		Short: "Hold a driver to the protocol: what is wrong, and what is missing",
		Long: `check plays every scenario with the driver in a directory, or with the one of this
binary that has the name, and says in a line each what is wrong and what is missing.
A launch is compared with what the program that was started has seen. What is missing
is no error: behaviours that need it are not applicable.

A driver is a program in the runtime's own language beside a manifest.json:

  {
    "name": "mine",
    "title": "My runtime",
    "executables": ["mine"],
    "command": ["{executable}", "{driver}/driver.script"],
    "starts": {"spawn": "process.spawn"}
  }

It is run as COMMAND… SCENARIO WAY OUTPUT [NAME=VALUE]… and appends lines of JSON to
OUTPUT. The protocol is at
` + protocolPage + `

Exit codes: 0 nothing is wrong; 1 something is wrong; 2 the driver could not be
checked: there is no such directory, manifest or interpreter.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("driver check takes one DIR or NAME; %d were given", len(args))
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return spec.RuntimeNames(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(_ *cobra.Command, args []string) error { return f.check(args[0]) },
	}
	c.Flags().StringVar(&f.executable, "executable", "", "the interpreter, in place of the one on PATH (`PATH`)")
	c.Flags().StringArrayVar(&f.only, "only", nil, "play only this `SCENARIO` (repeatable): "+strings.Join(protocol.Scenarios(), ", "))
	c.Flags().Float64Var(&f.slow, "slow", 1, "multiply every deadline, for slow machines and emulators")
	c.Flags().BoolVar(&f.all, "all", false, "list also what is right")
	_ = c.RegisterFlagCompletionFunc("only", cobra.FixedCompletions(protocol.Scenarios(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

const protocolPage = "https://github.com/spawnspec/spawnspec/blob/main/fixtures/runtimes/README.md"

type checkFlags struct {
	executable string
	only       []string
	slow       float64
	all        bool
}

// check holds one driver to the protocol.
func (f checkFlags) check(driver string) error {
	for _, scenario := range f.only {
		if !slices.Contains(protocol.Scenarios(), scenario) {
			return fmt.Errorf("--only %s: there are %s", scenario, strings.Join(protocol.Scenarios(), ", "))
		}
	}
	if err := checkSlow(f.slow); err != nil {
		return err
	}
	var drivers []string
	name := driver
	if !slices.Contains(spec.RuntimeNames(), driver) {
		r, err := runtimes.Load(driver)
		if err != nil {
			return fmt.Errorf("--driver %w", err)
		}
		drivers, name = []string{driver}, r.Name
	}
	selection := run.Selection{Launchers: []string{name}}
	if f.executable != "" { // there need be none on PATH then
		selection.Launchers[0] += "=" + f.executable
	}
	if _, err := include(&selection, drivers, nil, false); err != nil {
		return err
	}
	h, err := trial.Begin(f.slow, selection.Runtimes)
	if err != nil {
		return err
	}
	counts := map[protocol.Verdict]int{}
	protocol.Check(h, name, f.only, func(found protocol.Finding) {
		counts[found.Verdict]++
		if found.Verdict == protocol.Right && !f.all {
			return
		}
		line := fmt.Sprintf("%-8s %s", found.Verdict, found.Subject)
		if found.Why != "" {
			line += ": " + found.Why
		}
		fmt.Println(render.Printable(line))
	})
	rt := h.Runtime(name)
	fmt.Println(render.Printable(fmt.Sprintf("%s %s: %d right, %d wrong, %d missing", rt.Title, rt.Version, counts[protocol.Right],
		counts[protocol.Wrong], counts[protocol.Missing])))
	if err := h.End(); err != nil {
		return oneLine([]error{errors.New("the check left something behind"), err})
	}
	if counts[protocol.Wrong] > 0 {
		return errRed
	}
	return nil
}
