package render_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/joshdk/go-junit"
	. "github.com/onsi/gomega"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	table "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/render"
)

// ran is a recording as the run has it that made it: the first trial took 250 ms,
// the next one 500 ms, and so on.
func ran(r *record.Recording) render.Run {
	start := time.Date(2026, 11, 27, 15, 0, 0, 0, time.UTC)
	run := render.Run{Recording: r, Hostname: "build-7", Start: start, Took: map[string]time.Duration{}}
	for i, t := range r.Trials {
		if t.Status.Ran() {
			run.Took[t.Key()] = time.Duration(i+1) * 250 * time.Millisecond
		}
	}
	run.End = start.Add(90 * time.Second)
	return run
}

// ingested is JUnit XML as an independent reader of it sees it: cases by name.
func ingested(t *testing.T, text []byte) (suites []junit.Suite, cases map[string]junit.Test) {
	t.Helper()
	suites, err := junit.Ingest(text)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	cases = map[string]junit.Test{}
	for _, s := range suites {
		for _, c := range s.Tests {
			NewWithT(t).Expect(cases).NotTo(HaveKey(c.Name))
			cases[c.Name] = c
		}
	}
	return suites, cases
}

func TestJUnitSaysWhatRanWhereAndForHowLong(t *testing.T) {
	g := NewWithT(t)
	_, r := sides()
	var b bytes.Buffer
	g.Expect(render.JUnit(&b, ran(r))).To(Succeed())
	suites, cases := ingested(t, b.Bytes())
	for _, trial := range r.Trials {
		c, there := cases[trial.Key()]
		g.Expect(there).To(Equal(trial.Status != record.NotApplicable), trial.Key())
		if !there {
			continue
		}
		want := map[record.Status]junit.Status{record.Pass: junit.StatusPassed, record.Diverges: junit.StatusPassed,
			record.Unmet: junit.StatusSkipped, record.Fail: junit.StatusFailed}[trial.Status]
		g.Expect(c.Status).To(Equal(want), trial.Key())
		g.Expect(c.Duration).To(Equal(ran(r).Took[trial.Key()]), trial.Key())
		if trial.Status == record.Diverges {
			g.Expect(c.SystemOut).To(ContainSubstring(trial.Divergences[0].Reason))
		}
	}
	for _, s := range suites {
		g.Expect(s.Properties).To(HaveKeyWithValue("kernel.release", "4.4.0"))
		g.Expect(s.Properties).NotTo(HaveKey("hostname"), "it is volatile, and an attribute of the suite")
		g.Expect(s.Properties).To(HaveKeyWithValue("trials about other systems or launchers", "2"))
	}
	g.Expect(b.String()).To(ContainSubstring(`timestamp="2026-11-27T15:00:00" hostname="build-7"`))
	g.Expect(b.String()).To(ContainSubstring(`<testsuites name="spawnspec" time="90.000" tests="`))
}

// junitSchema is what Jenkins allows in an element of JUnit XML (junit-10.xsd of
// jenkinsci/xunit-plugin as of 031e285ef3b6): its
// attributes, those that have to be there first, and the elements in it.
var junitSchema = map[string]struct{ needs, may, holds string }{
	"testsuites": {"", "name time tests failures errors", "testsuite"},
	"testsuite": {"name tests failures errors", "group time skipped timestamp hostname id package file log url",
		"testsuite properties testcase system-out system-err"},
	"properties": {"", "", "property"},
	"property":   {"name value", "", ""},
	"testcase":   {"name", "time classname group", "skipped error failure system-out system-err"},
	"failure":    {"", "type message", ""},
	"error":      {"", "type message", ""},
	"skipped":    {"", "type message", ""},
	"system-out": {"", "", ""},
}

func TestJUnitHasNothingThatJenkinsDoesNotKnow(t *testing.T) {
	before, after := sides()
	c := render.Comparison{Comparison: compared(t, before, after), FailOn: compare.OnRegressed}
	after.Trials[4].Status = record.Broken
	for _, write := range []func(io.Writer) error{
		func(w io.Writer) error { return render.JUnit(w, ran(after)) },
		func(w io.Writer) error { return render.JUnitComparison(w, c) },
	} {
		g := NewWithT(t)
		var b bytes.Buffer
		g.Expect(write(&b)).To(Succeed())
		d := xml.NewDecoder(&b)
		open := []string{}
		seen := map[string]bool{}
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			g.Expect(err).NotTo(HaveOccurred())
			switch e := token.(type) {
			case xml.StartElement:
				name := e.Name.Local
				rule, known := junitSchema[name]
				g.Expect(known).To(BeTrue(), name)
				if len(open) > 0 {
					g.Expect(strings.Fields(junitSchema[open[len(open)-1]].holds)).To(ContainElement(name))
				}
				has := []string{}
				for _, a := range e.Attr {
					g.Expect(strings.Fields(rule.needs+" "+rule.may)).To(ContainElement(a.Name.Local), name)
					has = append(has, a.Name.Local)
					if a.Name.Local == "time" {
						g.Expect(a.Value).To(MatchRegexp(`^\d+\.\d{3}$`))
					}
				}
				g.Expect(has).To(ContainElements(strings.Fields(rule.needs)), name)
				seen[name] = true
				open = append(open, name)
			case xml.EndElement:
				open = open[:len(open)-1]
			}
		}
		g.Expect(seen).To(And(HaveKey("failure"), HaveKey("skipped"), HaveKey("property")))
	}
}

// A run tries in random order; its report has always the same.
func TestJUnitIsInTheSameOrderWhateverTheRunsWas(t *testing.T) {
	g := NewWithT(t)
	_, r := sides()
	run := ran(r)
	var first, second bytes.Buffer
	g.Expect(render.JUnit(&first, run)).To(Succeed())
	slices.Reverse(r.Trials)
	g.Expect(render.JUnit(&second, run)).To(Succeed())
	g.Expect(second.String()).To(Equal(first.String()))
}

func TestJUnitIsXMLWhateverWasRecorded(t *testing.T) {
	g := NewWithT(t)
	before, after := sides()
	evil := "\x00\x1b ]]> <&\" \uffff"
	after.Trials[0].Reasons = []string{evil}
	after.Trials[0].Observations[0].Value = evil
	after.Host[0].Value, after.Behaviours[0].Sentence = evil, evil
	for _, write := range []func(io.Writer) error{
		func(w io.Writer) error { return render.JUnit(w, ran(after)) },
		func(w io.Writer) error {
			return render.JUnitComparison(w, render.Comparison{Comparison: compared(t, before, after), FailOn: compare.OnChanged})
		},
	} {
		var b bytes.Buffer
		g.Expect(write(&b)).To(Succeed())
		var any struct{}
		g.Expect(xml.Unmarshal(b.Bytes(), &any)).To(Succeed())
		_, cases := ingested(t, b.Bytes())
		g.Expect(cases).NotTo(BeEmpty())
	}
}

// Every trial that was compared is a case, and the failures are those for which the
// command fails.
func TestJUnitOfAComparisonFailsWithTheCommand(t *testing.T) {
	before, after := sides()
	c := compared(t, before, after)
	for _, on := range compare.FailOns {
		t.Run(string(on), func(t *testing.T) {
			g := NewWithT(t)
			var b bytes.Buffer
			g.Expect(render.JUnitComparison(&b, render.Comparison{Comparison: c, FailOn: on})).To(Succeed())
			_, cases := ingested(t, b.Bytes())
			for _, trial := range c.Tried {
				g.Expect(cases).To(HaveKey(trial.Key()))
			}
			failing := map[string]bool{}
			for _, f := range c.Findings {
				for _, key := range f.Keys() {
					failing[key] = failing[key] || f.Failing(on)
				}
			}
			failures := 0
			for name, found := range cases {
				g.Expect(found.Status == junit.StatusFailed).To(Equal(failing[name]), name)
				if found.Status == junit.StatusFailed {
					failures++
				}
			}
			g.Expect(failures > 0).To(Equal(c.Failing(on)))
		})
	}
}

// command reads a workflow command back as GitHub's runner does: properties are split
// at commas and equal signs, and then both they and the data have their escapes undone.
func command(line string) (name string, properties map[string]string, data string) {
	head, data, _ := strings.Cut(strings.TrimPrefix(line, "::"), "::")
	name, rest, _ := strings.Cut(head, " ")
	properties = map[string]string{}
	undo := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
	for _, p := range strings.Split(rest, ",") {
		key, value, _ := strings.Cut(p, "=")
		properties[key] = undo.Replace(value)
	}
	return name, properties, strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(data)
}

func annotations(t *testing.T, write func(io.Writer) error) (lines []string) {
	t.Helper()
	g := NewWithT(t)
	var b bytes.Buffer
	g.Expect(write(&b)).To(Succeed())
	for line := range strings.Lines(b.String()) {
		g.Expect(line).To(MatchRegexp(`^::(error|warning) title=[^:,]+::.+\n$`))
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	return lines
}

// What was recorded can hold whatever ends a command or begins another one.
func TestAnnotationsAreEscaped(t *testing.T) {
	g := NewWithT(t)
	_, r := sides()
	r.Trials[0].Reasons = []string{"50%, a:b::c%0A\r\n::add-mask::x"}
	r.Trials[0].ID = "a,b:c%2C"
	lines := annotations(t, func(w io.Writer) error { return render.Annotations(w, ran(r)) })
	name, properties, data := command(lines[0])
	g.Expect(name).To(Equal("error"))
	g.Expect(properties).To(Equal(map[string]string{"title": "Does not hold: a,b:c%2C"}))
	g.Expect(data).To(ContainSubstring("\nBecause 50%, a:b::c%0A  ::add-mask::x\n"))
}

// What many trials have in common is said once.
func TestAnnotationsAreOneForEachCause(t *testing.T) {
	g := NewWithT(t)
	_, r := sides()
	for i := range 40 {
		id := fmt.Sprintf("fork.n%02d", i)
		r.Trials = append(r.Trials, record.Trial{ID: id, Launcher: "unix/fork", Status: record.Broken,
			Reasons: []string{"fork: resource temporarily unavailable"}})
	}
	lines := annotations(t, func(w io.Writer) error { return render.Annotations(w, ran(r)) })
	g.Expect(lines).To(HaveLen(3))
	_, properties, _ := command(lines[1])
	g.Expect(properties["title"]).To(HavePrefix("Could not be tried, because the harness went wrong: fork.n00 and 39 other behaviours"))
}

// GitHub shows ten, and loses all others without a word.
func TestAnnotationsAreTenAtMost(t *testing.T) {
	g := NewWithT(t)
	before, after := sides()
	for i := range 40 {
		id := fmt.Sprintf("fork.n%02d", i)
		seen := func(value string) []record.Observation { return []record.Observation{{Name: id, Value: value}} }
		before.Trials = append(before.Trials, record.Trial{ID: id, Launcher: "unix/fork", Status: record.Pass, Observations: seen("a")})
		after.Trials = append(after.Trials,
			record.Trial{ID: id, Launcher: "unix/fork", Status: record.Fail, Observations: seen("b"), Reasons: []string{id}})
	}
	for _, write := range []func(io.Writer) error{
		func(w io.Writer) error { return render.Annotations(w, ran(after)) },
		func(w io.Writer) error {
			return render.ComparisonAnnotations(w,
				render.Comparison{Comparison: compared(t, before, after), FailOn: compare.OnRegressed})
		},
	} {
		lines := annotations(t, write)
		g.Expect(lines).To(HaveLen(10))
		_, properties, data := command(lines[9])
		g.Expect(properties["title"]).To(MatchRegexp(`^\d\d more causes$`))
		g.Expect(data).To(ContainSubstring("fork.n"))
		g.Expect(len(data)).To(BeNumerically("<", 10000))
	}
}

// What fails is an error; with --fail-on never nothing is.
func TestAnnotationsAreErrorsWhereTheCommandFails(t *testing.T) {
	before, after := sides()
	for on, most := range map[compare.FailOn]int{compare.OnRegressed: 3, compare.Never: 0} {
		g := NewWithT(t)
		n := 0
		for _, line := range annotations(t, func(w io.Writer) error {
			return render.ComparisonAnnotations(w, render.Comparison{Comparison: compared(t, before, after), FailOn: on})
		}) {
			if name, _, _ := command(line); name == "error" {
				n++
			}
		}
		g.Expect(n).To(Equal(most), string(on))
	}
	g := NewWithT(t)
	g.Expect(annotations(t, func(w io.Writer) error {
		return render.ComparisonAnnotations(w, render.Comparison{Comparison: compared(t, before, before)})
	})).To(BeEmpty())
}

// ctrfSchema is what the Common Test Report Format asks of the parts that are written
// here, and that it allows no others: the rules of schema/ctrf.schema.json in
// ctrf-io/ctrf as of 08703dfde1d8 for them.
const ctrfSchema = `{
	"type": "object", "additionalProperties": false, "required": ["reportFormat", "specVersion", "results"], "properties": {
	"reportFormat": {"const": "CTRF"}, "specVersion": {"type": "string", "pattern": "^\\d+\\.\\d+\\.\\d+$"},
	"results": {"type": "object", "additionalProperties": false, "required": ["tool", "summary", "tests"], "properties": {
		"tool": {"type": "object", "additionalProperties": false, "required": ["name"], "properties": {
			"name": {"type": "string", "minLength": 1}, "version": {"type": "string"}}},
		"summary": {"type": "object", "additionalProperties": false,
			"required": ["tests", "passed", "failed", "skipped", "pending", "other", "start", "stop"],
			"properties": {"extra": {"type": "object"}}, "patternProperties": {
				"^(tests|passed|failed|skipped|pending|other|start|stop)$": {"type": "integer"}}},
		"tests": {"type": "array", "items": {"type": "object", "additionalProperties": false,
			"required": ["name", "status", "duration"], "properties": {
			"name": {"type": "string", "minLength": 1}, "duration": {"type": "integer"},
			"status": {"enum": ["passed", "failed", "skipped", "pending", "other"]},
			"message": {"type": "string"}, "trace": {"type": "string"},
			"suite": {"type": "array", "minItems": 1, "items": {"type": "string"}}}}},
		"environment": {"type": "object", "additionalProperties": false, "properties": {"extra": {"type": "object"}},
			"patternProperties": {"^os(Platform|Release|Version)$": {"type": "string"}}}}}}}`

func TestCTRFFollowsItsSchemaAndAddsUp(t *testing.T) {
	g := NewWithT(t)
	_, r := sides()
	var b bytes.Buffer
	g.Expect(render.CTRF(&b, ran(r))).To(Succeed())
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(ctrfSchema))
	g.Expect(err).NotTo(HaveOccurred())
	c := jsonschema.NewCompiler()
	g.Expect(c.AddResource("ctrf.json", schema)).To(Succeed())
	report, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(c.MustCompile("ctrf.json").Validate(report)).To(Succeed())
	var read struct {
		Results struct {
			Summary struct{ Tests, Passed, Failed, Skipped, Other int }
			Tests   []struct{ Name string }
		}
	}
	g.Expect(json.Unmarshal(b.Bytes(), &read)).To(Succeed())
	s := read.Results.Summary
	g.Expect(s.Passed + s.Failed + s.Skipped + s.Other).To(And(Equal(s.Tests), Equal(len(read.Results.Tests))))
	g.Expect(s.Failed).To(Equal(2))
	g.Expect(s.Skipped).To(Equal(2))
}

// large is a comparison of which Markdown has to leave out most.
func large(t *testing.T) *compare.Comparison {
	before, after := sides()
	for i := range 3000 {
		id := fmt.Sprintf("fork.n%04d", i)
		b := record.Behaviour{ID: id, Area: "fork", Level: record.Must, Sentence: strings.Repeat("S", 400) + "."}
		before.Behaviours, after.Behaviours = append(before.Behaviours, b), append(after.Behaviours, b)
		before.Trials = append(before.Trials, record.Trial{ID: id, Launcher: "go/os-exec", Status: record.Pass})
		after.Trials = append(after.Trials, record.Trial{ID: id, Launcher: "go/os-exec", Status: record.Fail})
	}
	return compared(t, before, after)
}

// GitHub shows nothing of a summary that is too long.
func TestMarkdownEndsAtAWholeSectionWithinItsLimit(t *testing.T) {
	c := large(t)
	for limit, most := range map[int]int{0: 1 << 20, 100_000: 100_000, 20_000: 20_000} {
		g := NewWithT(t)
		var b bytes.Buffer
		g.Expect(render.MarkdownWithin(&b, page.Comparison(c), limit)).To(Succeed())
		g.Expect(b.Len()).To(And(BeNumerically("<=", most), BeNumerically(">", most/2)))
		g.Expect(b.String()).To(MatchRegexp(`\n… and \d+ parts left out to stay within \d+ bytes: .*fork\\?.n\d{4}.*\n$`))
		g.Expect(strings.Count(b.String(), "<details>")).To(Equal(strings.Count(b.String(), "</details>")))
		g.Expect(strings.Count(b.String(), "```") % 2).To(BeZero())
		last := b.String()[:strings.LastIndex(b.String(), "\n… and")]
		g.Expect(last).To(HaveSuffix("```\n\n</details>\n"), "the last section is whole: it ends with its command")
	}
}

// Markdown means to its readers what it was meant to: an independent one finds as many
// tables, with as many rows, and nothing of what was recorded is markup.
func TestMarkdownIsReadAsItWasMeant(t *testing.T) {
	g := NewWithT(t)
	before, after := sides()
	evil := "a|b `c` *d* _e_ [f](http://g) <script>h</script> # i \\| \n\n| j | k |\n|---|---|\n- l"
	after.Host[1].Value = evil
	after.Trials[0].Observations[0].Value = evil
	after.Trials[0].Reasons = []string{evil}
	c := compared(t, before, after)
	var b bytes.Buffer
	g.Expect(render.Markdown(&b, page.Comparison(c))).To(Succeed())
	source := b.Bytes()
	parser := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()
	tables, found := 0, ""
	g.Expect(ast.Walk(parser.Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *table.Table:
			tables++
			columns := n.FirstChild().ChildCount()
			for row := n.FirstChild(); row != nil; row = row.NextSibling() {
				g.Expect(row.ChildCount()).To(Equal(columns))
				for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
					found += plain(cell, source) + "\n"
				}
			}
		case *ast.Link:
			g.Expect(string(n.Destination)).To(HavePrefix("https://"))
		case *ast.RawHTML:
			g.Expect(plain(n, source)).NotTo(ContainSubstring("script"))
		case *ast.HTMLBlock:
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				g.Expect(string(line.Value(source))).To(MatchRegexp(`^</?(details|summary)>`))
			}
		case *ast.Emphasis:
			g.Expect(n.Level).To(Equal(2), "labels are strong; nothing else is emphasised")
		case *ast.CodeSpan:
			t.Error("nothing is a code span")
		}
		return ast.WalkContinue, nil
	})).To(Succeed())
	g.Expect(tables).To(BeNumerically(">", 2))
	g.Expect(found).To(ContainSubstring("a|b `c` *d* _e_ [f](http://g) <script>h</script> # i"))
	g.Expect(string(source)).NotTo(ContainSubstring("<script>"))
}

// plain is the text of a node as a reader sees it.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(unescaped(t.Segment.Value(source)))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

var (
	escapes  = regexp.MustCompile(`\\([!-/:-@\[-` + "`" + `{-~])`)
	entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

func unescaped(text []byte) []byte {
	return []byte(entities.Replace(string(escapes.ReplaceAll(text, []byte("$1")))))
}

// The committed recordings are what all kinds have to cope with.
func TestReportsOfCommittedRecordings(t *testing.T) {
	if testing.Short() {
		t.Skip("reads all recordings")
	}
	g := NewWithT(t)
	folder := filepath.Join("..", "..", "..", "fixtures", "recordings")
	read := func(name string) *record.Recording {
		r, err := record.ReadFile(filepath.Join(folder, name))
		g.Expect(err).NotTo(HaveOccurred())
		return r
	}
	before, after := read("cpython-3.13.json"), read("cpython-3.14.json")
	c := render.Comparison{Comparison: compared(t, before, after), FailOn: compare.OnRegressed}
	var b bytes.Buffer
	g.Expect(render.JUnitComparison(&b, c)).To(Succeed())
	_, cases := ingested(t, b.Bytes())
	g.Expect(len(cases)).To(BeNumerically(">=", len(c.Tried)))
	lines := annotations(t, func(w io.Writer) error { return render.ComparisonAnnotations(w, c) })
	_, properties, _ := command(lines[0])
	g.Expect(properties["title"]).To(ContainSubstring("start method of CPython moved: fork → forkserver"))
}
