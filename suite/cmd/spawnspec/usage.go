package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/rivo/uniseg"
	"github.com/spf13/cobra"
)

// nothing refuses arguments of a command that takes none, and says what is meant instead.
func nothing(instead string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return fmt.Errorf("%s takes flags only, and %q is none: %s", name(c), args[0], instead)
	}
}

// oneID wants the id of one behaviour.
func oneID(c *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return fmt.Errorf("%s takes one ID; %d were given; `spawnspec list --all` names them all", name(c), len(args))
}

// name is a command without that of the program.
func name(c *cobra.Command) string { return strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ") }

var (
	badValue  = regexp.MustCompile(`(?s)^invalid argument "(.*)" for "(?:-\w, )?--([\w-]+)" flag: `)
	shorthand = regexp.MustCompile(`(?s)^unknown shorthand flag: '.*' in (-.*)$`)
	noValue   = regexp.MustCompile(`^flag needs an argument: (?:'.' in )?(-.*)$`)
	noFlag    = regexp.MustCompile(`(?s)^unknown flag: (--.*)$`)
)

// kinds are what the values of flags are called.
var kinds = map[string]string{"float64": "a number", "int": "a whole number", "int64": "a whole number", "bool": "true or false"}

// flagError says what is wrong with a flag, in words that need no knowledge of Go.
func flagError(c *cobra.Command, err error) error {
	text := err.Error()
	help := fmt.Sprintf("`%s --help` lists the flags", c.CommandPath())
	if m := badValue.FindStringSubmatch(text); m != nil {
		kind := "such a value"
		if f := c.Flags().Lookup(m[2]); f != nil && kinds[f.Value.Type()] != "" {
			kind = kinds[f.Value.Type()]
		}
		return fmt.Errorf("--%s %s: this is not %s; %s", m[2], m[1], kind, help)
	}
	if m := noValue.FindStringSubmatch(text); m != nil {
		return fmt.Errorf("%s: its value is missing; %s", m[1], help)
	}
	m := noFlag.FindStringSubmatch(text)
	if m == nil {
		m = shorthand.FindStringSubmatch(text)
	}
	if m == nil {
		return err
	}
	if c.Name() == "search" {
		help += "; words that begin with - come after --, as in spawnspec search -- ulimit -u"
	}
	return fmt.Errorf("%s is no flag of %s; %s", m[1], c.CommandPath(), help)
}

// refuseUnknown has what only leads to other commands refuse a name that none of them has.
func refuseUnknown(root *cobra.Command) {
	for _, c := range root.Commands() {
		switch {
		case c.Name() == "help":
			c.Args = func(_ *cobra.Command, args []string) error {
				found, rest, err := root.Find(args)
				if err != nil || len(rest) > 0 {
					return unknownCommand(found, args[len(args)-max(len(rest), 1)])
				}
				return nil
			}
		case c.HasSubCommands():
			c.Args = func(c *cobra.Command, args []string) error {
				if len(args) > 0 {
					return unknownCommand(c, args[0])
				}
				return nil
			}
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
		}
	}
}

// unknownCommand is the error about a name that no command of c has.
func unknownCommand(c *cobra.Command, word string) error {
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return fmt.Errorf("%s has no command %q; there are %s", c.CommandPath(), word, strings.Join(names, ", "))
}

// wrapHelp makes help as wide as the terminal, if it goes to one.
func wrapHelp(root *cobra.Command) {
	help := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		width := terminalWidth(os.Stdout)
		if width <= 0 {
			help(c, args)
			return
		}
		var b bytes.Buffer
		c.SetOut(&b)
		help(c, args)
		c.SetOut(nil)
		fmt.Print(wrapped(b.String(), width))
	})
}

// gap is where the second column of a line begins.
var gap = regexp.MustCompile(`^\s*\S.*?\s{2,}`)

// wrapped is a text of help in lines of at most width cells: paragraphs anew, and what is
// indented below itself. A word that is longer stays whole.
func wrapped(text string, width int) string {
	var out strings.Builder
	var paragraph []string
	flush := func() {
		if len(paragraph) > 0 {
			out.WriteString(folded(strings.Join(paragraph, " "), 0, width))
		}
		paragraph = nil
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "":
			flush()
			out.WriteString("\n")
		case line[0] != ' ' && !strings.HasSuffix(line, ":"):
			paragraph = append(paragraph, line)
		default:
			flush()
			if line[0] != ' ' {
				out.WriteString(folded(line, 0, width))
				continue
			}
			hang := len(line) - len(strings.TrimLeft(line, " ")) + 2
			if at := gap.FindStringIndex(line); at != nil {
				if at[1] <= width/2 {
					hang = at[1]
				} else {
					// No room beside it.
					out.WriteString(folded(strings.TrimRight(line[:at[1]], " "), hang, width))
					line = strings.Repeat(" ", hang+2) + line[at[1]:]
					hang += 2
				}
			}
			out.WriteString(folded(line, hang, width))
		}
	}
	flush()
	return out.String()
}

// folded breaks a line at blanks, with what follows indented by hang.
func folded(line string, hang, width int) string {
	if uniseg.StringWidth(line) <= width {
		return line + "\n"
	}
	words := strings.Split(line, " ")
	first := slices.IndexFunc(words, func(w string) bool { return w != "" })
	var out strings.Builder
	at := 0
	for i, w := range words {
		n := uniseg.StringWidth(w)
		switch {
		case i == 0:
		case i > first && w != "" && at+1+n > width:
			out.WriteString("\n" + strings.Repeat(" ", hang))
			at = hang
		default:
			out.WriteString(" ")
			at++
		}
		out.WriteString(w)
		at += n
	}
	return out.String() + "\n"
}
