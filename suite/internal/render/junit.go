package render

import (
	"encoding/xml"
	"io"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Name    string       `xml:"name,attr"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string       `xml:"classname,attr"`
	Name    string       `xml:"name,attr"`
	Failure *junitDetail `xml:"failure"`
	Error   *junitDetail `xml:"error"`
	Skipped *junitDetail `xml:"skipped"`
	Output  string       `xml:"system-out,omitempty"`
}

type junitDetail struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes a recording as JUnit XML, one test suite for each area. The
// name of a case is the key of the trial, and so stays the same when a sentence
// is edited. Stale and fail are failures, broken is an error; a known
// divergence passes, with what it is in the output.
func JUnit(w io.Writer, r *record.Recording) error {
	all := junitSuites{Name: r.Tool.Name}
	for _, t := range r.Trials {
		b := r.Behaviour(t.ID)
		i := slices.IndexFunc(all.Suites, func(s junitSuite) bool { return s.Name == b.Area })
		if i < 0 {
			i = len(all.Suites)
			all.Suites = append(all.Suites, junitSuite{Name: b.Area})
		}
		s := &all.Suites[i]
		s.Tests++
		c := junitCase{Class: b.Area, Name: t.Key()}
		var text strings.Builder
		if err := Text(&text, page.Trial(b, t), Options{}); err != nil {
			return err
		}
		detail := &junitDetail{Message: Printable(strings.Join(t.Reasons, "; ")), Text: text.String()}
		switch {
		case t.Status == record.Broken:
			c.Error = detail
			s.Errors++
		case t.Status.Red():
			c.Failure = detail
			s.Failures++
		case !t.Status.Ran():
			c.Skipped = &junitDetail{Message: detail.Message}
			s.Skipped++
		case t.Status == record.Diverges:
			c.Output = detail.Text
		}
		s.Cases = append(s.Cases, c)
	}
	slices.SortFunc(all.Suites, func(a, b junitSuite) int { return strings.Compare(a.Name, b.Name) })
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(text)+"\n")
	return err
}
