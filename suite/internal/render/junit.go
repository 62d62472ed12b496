package render

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// The elements and attributes are those of the schema by which Jenkins reads JUnit
// XML; it has no more places for skipped tests or properties.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Time     string       `xml:"time,attr,omitempty"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr,omitempty"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	Hostname   string          `xml:"hostname,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string       `xml:"classname,attr"`
	Name    string       `xml:"name,attr"`
	Time    string       `xml:"time,attr,omitempty"`
	Failure *junitDetail `xml:"failure"`
	Error   *junitDetail `xml:"error"`
	Skipped *junitDetail `xml:"skipped"`
	Output  string       `xml:"system-out,omitempty"`
}

type junitDetail struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes a run as JUnit XML, one test suite for each area: times in seconds,
// the machine as properties of each suite. See [casesOf] for what is a test.
func JUnit(w io.Writer, r Run) error {
	cases, others, err := casesOf(r)
	if err != nil {
		return err
	}
	properties := append(toolAndHost("", r.Tool, r.Host), junitProperty{"trials about other systems or launchers", fmt.Sprint(others)})
	for _, l := range r.Launchers {
		properties = append(properties, junitProperty{"launcher " + Printable(l.Name), Printable(l.Version)})
	}
	all := junitOf(r.Tool.Name, cases, properties, true)
	all.Time = seconds(r.End.Sub(r.Start))
	for i := range all.Suites {
		all.Suites[i].Hostname = Printable(r.Hostname)
		if !r.Start.IsZero() {
			all.Suites[i].Timestamp = r.Start.UTC().Format("2006-01-02T15:04:05")
		}
	}
	return all.write(w)
}

// JUnitComparison writes a comparison as JUnit XML. See [casesCompared] for what is
// a test.
func JUnitComparison(w io.Writer, c Comparison) error {
	properties := append(
		toolAndHost("before ", c.Before.Tool, c.Before.Host),
		toolAndHost("after ", c.After.Tool, c.After.Host)...)
	return junitOf("spawnspec compare", casesCompared(c), properties, false).write(w)
}

// toolAndHost are the properties of one side.
func toolAndHost(side string, tool record.Tool, host []record.Fact) []junitProperty {
	all := []junitProperty{{side + "tool", Printable(tool.Name + " " + tool.Version)}}
	for _, f := range host {
		if !f.Volatile {
			all = append(all, junitProperty{side + Printable(f.Name), Printable(f.Value)})
		}
	}
	return all
}

// junitOf sorts cases into a suite for each area.
func junitOf(name string, cases []testCase, properties []junitProperty, timed bool) *junitSuites {
	all := &junitSuites{Name: name}
	took := map[string]time.Duration{}
	for _, c := range cases {
		i, found := slices.BinarySearchFunc(all.Suites, c.area, func(s junitSuite, area string) int {
			return strings.Compare(s.Name, area)
		})
		if !found {
			all.Suites = slices.Insert(all.Suites, i, junitSuite{Name: c.area, Properties: properties})
		}
		s := &all.Suites[i]
		shown := junitCase{Class: c.area, Name: c.name}
		if timed {
			took[c.area] += c.took
			shown.Time, s.Time = seconds(c.took), seconds(took[c.area])
		}
		detail := &junitDetail{Message: c.message, Text: c.text}
		switch c.outcome {
		case errored:
			shown.Error = detail
			s.Errors++
			all.Errors++
		case failed:
			shown.Failure = detail
			s.Failures++
			all.Failures++
		case skipped:
			shown.Skipped = detail
			s.Skipped++
		case passed:
			shown.Output = c.text
		}
		s.Tests++
		all.Tests++
		s.Cases = append(s.Cases, shown)
	}
	return all
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

func (s *junitSuites) write(w io.Writer) error {
	text, err := xml.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(text)+"\n")
	return err
}
