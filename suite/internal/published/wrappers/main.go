// Command wrappers writes what commands do that are put in front of a program, from a
// recording of them.
//
//	wrappers RECORDING MARKDOWN
package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: wrappers RECORDING MARKDOWN")
		os.Exit(2)
	}
	r, err := record.ReadFile(os.Args[1])
	if err == nil {
		err = os.WriteFile(os.Args[2], []byte(page(r)), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "wrappers:", err)
		os.Exit(1)
	}
}

// page is a table for each command: what it does, and what a program sees of that.
func page(r *record.Recording) string {
	var b, nothing strings.Builder
	b.WriteString(`# What a command in front of a program changes

A command such as timeout or tini runs another one. All those that spawnspec knows by name were put in front of a program,
and the program was held to what holds without them. ` + "`spawnspec run --wrap NAME='COMMAND …'`" + ` does it with any other.
Made by ` + "`go generate ./suite/internal/published`" + ` from [wrappers.json](wrappers.json).
`)
	for _, l := range r.Launchers {
		if !strings.HasPrefix(l.Name, spec.Wrap+"/") {
			continue
		}
		var lines []string // in the order of the reasons
		tried := 0
		for _, t := range r.Trials {
			if t.Launcher != l.Name {
				continue
			}
			if t.Status == record.Pass || t.Status == record.Diverges {
				tried++
			}
			for _, d := range t.Divergences {
				lines = append(lines, fmt.Sprintf("| [%s](%s) | %s | %s: `%s` |\n", d.Reason, d.Link, t.ID, d.Observation, record.Text(d.Value)))
			}
		}
		slices.Sort(lines)
		command := "`" + l.Version + "`"
		if len(lines) == 0 {
			fmt.Fprintf(&nothing, "- %s: %d behaviours hold\n", command, tried)
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%d behaviours were tried.\n\n| What it does | Behaviour | What the program sees |\n|---|---|---|\n", command, tried)
		last := ""
		for _, line := range lines {
			reason, rest, _ := strings.Cut(line[2:], " | ")
			if reason == last {
				reason = ""
			} else {
				last = reason
			}
			b.WriteString("| " + reason + " | " + rest)
		}
	}
	if nothing.Len() > 0 {
		b.WriteString("\n## Nothing is changed by\n\n" + nothing.String())
	}
	return b.String()
}
