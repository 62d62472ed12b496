package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// matrixSize is how many recordings a matrix has in the tests, and how many trials
// each of them; 1000 is what it has to bear.
var matrixSize = flag.Int("matrix", 60, "recordings in a matrix, and trials in each")

const committed = "../../../fixtures/recordings"

// folder makes a folder of recordings, which are copies of committed ones.
func folder(t *testing.T, recordings map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, of := range recordings {
		text := []byte(of)
		if strings.HasSuffix(of, ".json") {
			var err error
			if text, err = os.ReadFile(filepath.Join(committed, of)); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, text, 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// comparison runs compare and returns what it says and its exit code.
func comparison(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.Command(build(t), append([]string{"compare"}, args...)...)
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// Folders are compared by the names in them; what has no counterpart is named, and
// the worst of all pairs is the exit code.
func TestFoldersAreComparedByName(t *testing.T) {
	if testing.Short() {
		t.Skip("reads many recordings")
	}
	before := folder(t, map[string]string{"x/py.json": "cpython-3.9.json", "node.json": "node-20.json",
		"same.json": "node-24.json", "gone.json": "node-12.json", "notes.txt": "none"})
	after := folder(t, map[string]string{"x/py.json": "cpython-3.10.json", "node.json": "node-22.json",
		"same.json": "node-24.json", "new/er.json": "node-26.json"})
	out, errs, code := comparison(t, before, after)
	if code != 1 || errs != "" {
		t.Errorf("exit code %d, %q", code, errs)
	}
	flat := strings.Join(strings.Fields(out), " ")
	for _, want := range []string{"3 pairs of recordings compared, 2 differ", "Only in " + before + ": gone",
		"Only in " + after + ": new/er", "node 1 hangs, 1 changed, 4 newly-run", "x/py 5 changed of",
		"TypeError: cannot pickle 'weakref' object → TypeError: cannot pickle 'weakref.ReferenceType' object"} {
		if !strings.Contains(flat, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--fail-on", "never", before, after}, 0, ""},
		{[]string{"--fail-on", "regressed", before, after}, 1, ""},
		{[]string{before, before}, 0, ""},
		{[]string{filepath.Join(committed, "node-20.json"), folder(t, map[string]string{"a.json": "node-20.json"})}, 0, ""},
		{[]string{before, folder(t, map[string]string{"node.json": "{", "same.json": "node-24.json"})}, 2, "1 of 2 pairs cannot be compared"},
		{[]string{before, folder(t, map[string]string{"other.json": "node-22.json"})}, 2, "have no recording of the same name"},
		{[]string{before, folder(t, map[string]string{"a.txt": "none"})}, 2, "no recording is in it"},
		{[]string{before, filepath.Join(after, "node.json")}, 2, "is a folder"},
		{[]string{before, filepath.Join(after, "nowhere")}, 2, "nowhere"},
	} {
		_, errs, code := comparison(t, c.args...)
		if code != c.code || !strings.Contains(errs, c.says) || strings.Count(errs, "\n") > 1 || errs != "" && c.says == "" {
			t.Errorf("%q: exit code %d, not %d: %q", c.args, code, c.code, errs)
		}
	}
}

// Every kind of report that tells one comparison tells many, and names the pairs.
func TestFoldersHaveReports(t *testing.T) {
	if testing.Short() {
		t.Skip("reads many recordings")
	}
	before := folder(t, map[string]string{"one.json": "node-20.json", "two.json": "node-20.json"})
	after := folder(t, map[string]string{"one.json": "node-22.json", "two.json": "node-22.json"})
	for _, kind := range []string{"text", "markdown", "html", "junit", "github"} {
		path := filepath.Join(t.TempDir(), kind)
		if _, errs, code := comparison(t, "--report", kind+"="+path, before, after); code != 1 {
			t.Errorf("%s: exit code %d: %s", kind, code, errs)
		}
		report, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if kind != "github" && !strings.Contains(string(report), "one, two") {
			t.Errorf("%s does not name the pairs:\n%.2000s", kind, report)
		}
		if !strings.Contains(string(report), "negative-length") {
			t.Errorf("%s does not say what hangs:\n%.2000s", kind, report)
		}
	}
}

// A matrix of a thousand recordings of a thousand trials, each compared with a
// baseline, takes less than 20 seconds and 1 GiB; with -matrix 1000.
func TestAMatrixOfManyRecordings(t *testing.T) {
	n := *matrixSize
	base := &record.Recording{Complete: true, Head: record.Head{Tool: record.Tool{Name: "spawnspec", Version: "1"},
		Host:      []record.Fact{{Name: "os", Value: "linux"}, {Name: "cell", Value: "the baseline"}},
		Launchers: []record.Launcher{{Name: "system"}}}}
	for i := range n {
		id := fmt.Sprintf("area.topic.n%04d", i)
		base.Behaviours = append(base.Behaviours, record.Behaviour{ID: id, Area: "area", Level: record.Must,
			Sentence: strings.Repeat("A sentence about what is tried. ", 5), Matters: "It matters."})
		base.Trials = append(base.Trials, record.Trial{ID: id, Launcher: "system", Status: record.Pass,
			Observations: []record.Observation{{Name: "value", Value: "as the baseline"}, {Name: "list", Value: []string{"a", "b", "c"}},
				{Name: "object", Value: map[string]any{"exit": 0, "signal": "none"}}}})
	}
	var text bytes.Buffer
	if err := base.Write(&text); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	baseline := filepath.Join(dir, "baseline.json")
	cells := filepath.Join(dir, "cells")
	if err := errors.Join(os.WriteFile(baseline, text.Bytes(), 0o666), os.Mkdir(cells, 0o777)); err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text.Bytes(), []byte("\n"))
	first := 1 + n // the line of the first trial
	for i := range n {
		cell := bytes.Clone(lines[0])
		cell = bytes.Replace(cell, []byte("the baseline"), fmt.Appendf(nil, "cell %d", i), 1)
		for j, line := range lines[1:] {
			switch at := j + 1 - first; {
			case at >= 0 && at < n && (at*31+i)%50 == 0: // one trial of fifty differs, in its own way
				line = bytes.Replace(line, []byte("as the baseline"), fmt.Appendf(nil, "of cell %d", i), 1)
			case at == 0: // and one in all of them
				line = bytes.Replace(line, []byte("as the baseline"), []byte("everywhere"), 1)
			}
			cell = append(cell, line...)
		}
		if err := os.WriteFile(filepath.Join(cells, fmt.Sprintf("cell%04d.json", i)), cell, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	c := exec.Command(build(t), "compare", "--fail-on", "never", baseline, cells)
	c.Stdout, c.Stderr = &out, &out
	start := time.Now()
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %.500s", err, out.String())
	}
	took := time.Since(start)
	if want := fmt.Sprintf("%d pairs of recordings compared, %d differ", n, n); !strings.Contains(strings.Join(strings.Fields(out.String()), " "), want) {
		t.Errorf("it does not say %q: %.500s", want, out.String())
	}
	if lines := strings.Count(out.String(), "\n"); lines > 200 {
		t.Errorf("the page of %d pairs has %d lines", n, lines)
	}
	if took > 20*time.Second {
		t.Errorf("%d recordings of %d trials took %v", n, n, took)
	}
	if usage := reflect.Indirect(reflect.ValueOf(c.ProcessState.SysUsage())); usage.Kind() == reflect.Struct {
		if most := usage.FieldByName("Maxrss"); most.IsValid() && most.CanInt() && most.Int() > 1<<20 {
			t.Errorf("%d recordings of %d trials took %d KiB", n, n, most.Int())
		} else if most.IsValid() {
			t.Logf("%d recordings of %d trials: %v, %d KiB", n, n, took, most.Int())
		}
	}
}

// part is what a page has under a title.
func part(text, title string) string {
	_, rest, _ := strings.Cut(text, "\n"+title+"\n")
	section, _, _ := strings.Cut(rest, "\n\n")
	return section
}

// An error on both sides that is not the same one is no silence, and nothing that has
// stopped working.
func TestAnotherErrorIsToldAsThat(t *testing.T) {
	if testing.Short() {
		t.Skip("reads many recordings")
	}
	for _, pair := range []struct{ before, after, id, value string }{
		{"linux", "wine", "directory.start.missing", "ENOENT"},
		{"linux", "gvisor", "argument.limit.single-string", "ENAMETOOLONG"},
	} {
		text, stderr, _ := comparison(t, filepath.Join(committed, pair.before+".json"), filepath.Join(committed, pair.after+".json"))
		if other := part(text, "Another error than before"); !strings.Contains(other, pair.id) || !strings.Contains(other, pair.value) {
			t.Errorf("%s and %s: %s is not among the errors that are another: %s\n%s", pair.before, pair.after, pair.id, stderr, text)
		}
		for _, title := range []string{"No error at all", "Stopped working"} {
			if strings.Contains(part(text, title), pair.id) {
				t.Errorf("%s is told under %q", pair.id, title)
			}
		}
	}
}

// A step back to an older version is not set back by what the newer one had.
func TestADowngradeHasNoWayBack(t *testing.T) {
	text, _, _ := comparison(t, filepath.Join(committed, "cpython-3.14.json"), filepath.Join(committed, "cpython-3.13.json"))
	if !strings.Contains(text, "Default start method of CPython: forkserver → fork") || strings.Contains(text, "Back, in one line") ||
		strings.Contains(text, "Name the start method fork") {
		t.Errorf("it offers what was left behind:\n%s", text)
	}
}

// A recording that was cut short is told as one wherever it is shown.
func TestARecordingCutShortSaysSo(t *testing.T) {
	if testing.Short() {
		t.Skip("reads many recordings")
	}
	text, err := os.ReadFile(filepath.Join(committed, "linux.json"))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	file := filepath.Join(folder(t, map[string]string{"cut.json": string(bytes.Join(lines[:len(lines)*2/3], nil))}), "cut.json")
	dir := filepath.Join(t.TempDir(), "site")
	for _, args := range [][]string{
		{"matrix", file, "published:gvisor"},
		{"matrix", "--format", "csv", file},
		{"explain", "--recording", file, "wait.zombie.persists"},
		{"site", dir, file, filepath.Join(committed, "gvisor.json")},
	} {
		out, err := invoke(t, args...)
		if err != nil {
			t.Errorf("%v: %v", args, err)
		}
		if args[0] == "site" {
			page, err := os.ReadFile(filepath.Join(dir, "platforms.html"))
			if err != nil {
				t.Fatal(err)
			}
			out = string(page)
		}
		if !strings.Contains(out, "(cut short)") {
			t.Errorf("%v does not say that the recording was cut short:\n%.600s", args, out)
		}
	}
}

// Who names a recording that there is not is told which there are, in the order of
// versions.
func TestAMissingRecordingHasAWayOut(t *testing.T) {
	if testing.Short() {
		t.Skip("reads many recordings")
	}
	for _, c := range []struct{ name, says string }{
		{"published:cpython", "cpython-2.7, cpython-3.6, cpython-3.8, cpython-3.9, cpython-3.10,"},
		{"here.json", "run --record here.json makes it, and published:NAME is one of those in this binary"},
		{"cpython-3.14.json", "did you mean published:cpython-3.14"},
	} {
		for _, args := range [][]string{{"compare", c.name, "published:linux"}, {"compare", "published:linux", c.name}, {"matrix", c.name}} {
			if _, err := invoke(t, args...); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v: %v, which has to say %q", args, err, c.says)
			}
		}
	}
}
