package render

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Run is a recording with what only the run knows that made it. A recording leaves
// out what differs from run to run and what names a machine; reports of a run have
// places for both.
type Run struct {
	*record.Recording
	Hostname   string // "" when it is not known
	Start, End time.Time
	Took       map[string]time.Duration // by key of the trial, of those that ran
}

// Comparison is a comparison with what makes it fail.
type Comparison struct {
	*compare.Comparison
	FailOn compare.FailOn
}

// Kind is a kind of report that can be written to a file. A function is nil
// where the kind has nothing to say of such a subject.
type Kind struct {
	Name string
	For  string // whom it is for, in a few words
	// Run and Comparison write a report on a run and on a comparison. It has at most
	// limit bytes if the kind can be cut; 0 means [MarkdownLimit].
	Run        func(w io.Writer, r Run, limit int) error
	Comparison func(w io.Writer, c Comparison, limit int) error
	// Matrix is there where Comparison is.
	Matrix func(w io.Writer, m Matrix, limit int) error
}

// Matrix is many comparisons with what makes them fail.
type Matrix struct {
	*compare.Matrix
	FailOn compare.FailOn
}

// together is all pairs as one comparison, whose findings name their pairs.
func (m Matrix) together() Comparison { return Comparison{&m.Together, m.FailOn} }

// Kinds are all kinds of report: flags, help, completion and errors come from
// here.
var Kinds = []Kind{
	paged("text", "people", func(w io.Writer, p page.Page, _ int) error { return Text(w, p, Options{All: true}) }),
	paged("markdown", "a GitHub job summary", MarkdownWithin),
	paged("html", "a browser", func(w io.Writer, p page.Page, _ int) error { return HTML(w, p) }),
	{
		Name:       "junit",
		For:        "CI systems: GitLab, Jenkins and most others",
		Run:        func(w io.Writer, r Run, _ int) error { return JUnit(w, r) },
		Comparison: func(w io.Writer, c Comparison, _ int) error { return JUnitComparison(w, c) },
		Matrix:     func(w io.Writer, m Matrix, _ int) error { return JUnitComparison(w, m.together()) },
	},
	{
		Name:       "github",
		For:        "annotations of a GitHub Actions run, which reads them from the standard output of a step",
		Run:        func(w io.Writer, r Run, _ int) error { return Annotations(w, r) },
		Comparison: func(w io.Writer, c Comparison, _ int) error { return ComparisonAnnotations(w, c) },
		Matrix:     func(w io.Writer, m Matrix, _ int) error { return ComparisonAnnotations(w, m.together()) },
	},
	{
		Name: "ctrf",
		For:  "tools that read the Common Test Report Format",
		Run:  func(w io.Writer, r Run, _ int) error { return CTRF(w, r) },
	},
}

// paged is a kind that renders pages.
func paged(name, whom string, render func(w io.Writer, p page.Page, limit int) error) Kind {
	return Kind{name, whom,
		func(w io.Writer, r Run, limit int) error { return render(w, page.Run(r.Recording), limit) },
		func(w io.Writer, c Comparison, limit int) error {
			return render(w, page.Comparison(c.Comparison), limit)
		},
		func(w io.Writer, m Matrix, limit int) error { return render(w, page.Matrix(m.Matrix), limit) }}
}

// Of lists the kinds that there are for a subject.
func Of(there func(Kind) bool) []Kind {
	return slices.DeleteFunc(slices.Clone(Kinds), func(k Kind) bool { return !there(k) })
}

// Runs reports whether a kind can show a run.
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
