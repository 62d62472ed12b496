package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Kind is a kind of report that can be written to a file. A function is nil
// where the kind has nothing to say of such a subject.
type Kind struct {
	Name string
	For  string // whom it is for, in a few words
	// Run and Comparison write a report on a recording and on a comparison.
	Run        func(io.Writer, *record.Recording) error
	Comparison func(io.Writer, *compare.Comparison) error
}

// Kinds are all kinds of report: flags, help, completion and errors come from
// here.
var Kinds = []Kind{
	paged("text", "people", func(w io.Writer, p page.Page) error { return Text(w, p, Options{All: true}) }),
	paged("markdown", "a GitHub job summary", Markdown),
	{Name: "junit", For: "CI systems", Run: JUnit},
}

// paged is a kind that renders pages.
func paged(name, whom string, render func(io.Writer, page.Page) error) Kind {
	return Kind{name, whom,
		func(w io.Writer, r *record.Recording) error { return render(w, page.Run(r)) },
		func(w io.Writer, c *compare.Comparison) error { return render(w, page.Comparison(c)) }}
}

// Of lists the kinds that there are for a subject.
func Of(there func(Kind) bool) []Kind {
	return slices.DeleteFunc(slices.Clone(Kinds), func(k Kind) bool { return !there(k) })
}

// Runs reports whether a kind can show a recording.
func Runs(k Kind) bool { return k.Run != nil }

// Comparisons reports whether a kind can show a comparison.
func Comparisons(k Kind) bool { return k.Comparison != nil }

// Names lists kinds for a sentence: "text, markdown or junit".
func Names(kinds []Kind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	if n := len(names); n > 1 {
		return fmt.Sprintf("%s or %s", strings.Join(names[:n-1], ", "), names[n-1])
	}
	return strings.Join(names, "")
}
