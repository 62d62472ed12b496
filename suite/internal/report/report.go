// Package report shows recordings and comparisons to a reader: as text, as
// Markdown and as JUnit XML. It decides nothing, and writes only where it is
// told to.
package report

import (
	"io"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Options say how text is laid out.
type Options struct {
	Colour bool // with ANSI escape sequences
	Width  int  // in columns; 0 means 80
	All    bool // list everything that is otherwise only counted
}

// Compared shows a comparison: what differs in the host, the likely causes,
// then each finding.
func Compared(w io.Writer, c *compare.Comparison, o Options) error { return nil }

// Run shows a recording to someone who has never seen one: what this machine
// is, how much holds, what differs and why, what could not be tried and why.
func Run(w io.Writer, r *record.Recording, o Options) error { return nil }

// Behaviour explains one behaviour and shows what trials of it saw; trials may
// be empty.
func Behaviour(w io.Writer, b record.Behaviour, trials []record.Trial, o Options) error { return nil }

// List shows what would run here and why the rest would not. A trial that
// would run has the status pass or none.
func List(w io.Writer, r *record.Recording, o Options) error { return nil }

// Markdown writes a comparison as a GitHub job summary.
func Markdown(w io.Writer, c *compare.Comparison) error { return nil }

// JUnit writes a recording as JUnit XML, one test suite for each area.
func JUnit(w io.Writer, r *record.Recording) error { return nil }
