package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/published"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/render"
	"github.com/spawnspec/spawnspec/suite/internal/run"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

// mostColumns is how many recordings a table that is read can have.
const mostColumns = 8

func matrixCommand() *cobra.Command {
	var only []string
	var format string
	var all bool
	formats := []string{"text", "markdown", "csv"}
	c := &cobra.Command{
		Use:   "matrix RECORDING...",
		Short: "One table of several recordings: what each of them has of every behaviour",
		Long: `matrix shows behaviours in rows and recordings in columns. Equal answers of a row have
the same letter, rows that are equal in all are only counted, and "never tried" is no
answer. Each RECORDING is a file or published:NAME. As csv there may be any number of
recordings, and every row is written.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("matrix takes recordings, for example published:linux published:gvisor")
			}
			return nil
		},
		ValidArgsFunction: completeRecordings,
		RunE: func(_ *cobra.Command, args []string) error {
			if !slices.Contains(formats, format) {
				return fmt.Errorf("--format %s: there are %s", format, strings.Join(formats, ", "))
			}
			if len(args) > mostColumns && format != "csv" {
				return fmt.Errorf("%d recordings are too many to read side by side: give at most %d, or --format csv", len(args), mostColumns)
			}
			declarations, err := run.Selection{Only: only, Runtimes: trial.NewRuntimes()}.Declarations()
			if err != nil {
				return err
			}
			var behaviours []record.Behaviour
			for _, d := range declarations {
				behaviours = append(behaviours, d.Behaviour)
			}
			m := page.NewGrid(behaviours)
			var reader record.Reader // what recordings share is parsed once
			var failed error         // of the first that cannot be read
			inOrder(args, func(name string) column {
				r, err := readWith(&reader, name)
				return column{r, err}
			}, func(name string, c column) {
				switch {
				case failed != nil:
				case c.err != nil:
					failed = c.err
				default:
					m.Add(strings.TrimSuffix(filepath.Base(strings.TrimPrefix(name, published.Prefix)), ".json"), c.recording)
				}
			})
			if failed != nil {
				return failed
			}
			switch format {
			case "csv":
				w := csv.NewWriter(os.Stdout)
				for _, line := range m.Table() {
					for i, cell := range line {
						line[i] = plainCell(cell)
					}
					if err := w.Write(line); err != nil {
						return err
					}
				}
				w.Flush()
				return w.Error()
			case "markdown":
				return render.Markdown(os.Stdout, m.Page())
			}
			return show(m.Page(), all)
		},
	}
	c.Flags().StringArrayVar(&only, "only", nil, "show only this `ID`, area or glob pattern (repeatable)")
	c.Flags().StringVar(&format, "format", "text", "text, markdown or csv")
	c.Flags().BoolVar(&all, "all", false, "name the behaviours that are equal in all")
	_ = c.RegisterFlagCompletionFunc("only", completeIDs)
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// column is what came of reading a recording.
type column struct {
	recording *record.Recording
	err       error
}

// plainCell makes a cell harmless for a spreadsheet, which takes one that begins like a
// formula for one.
func plainCell(cell string) string {
	cell = render.Printable(cell)
	if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
