package suite_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rivo/uniseg"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/render"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// compared is the page of two committed recordings, as the command makes it.
func compared(t *testing.T, before, after string) page.Page {
	t.Helper()
	var specified []record.Behaviour
	for _, d := range spec.All() {
		specified = append(specified, d.Behaviour)
	}
	c, err := compare.Compare(recording(t, before+".json"), recording(t, after+".json"), specified...)
	if err != nil {
		t.Fatal(err)
	}
	return page.Comparison(c)
}

// printed is a page on a terminal of 80 columns.
func printed(t *testing.T, p page.Page) string {
	t.Helper()
	var out strings.Builder
	if err := render.Text(&out, p, render.Options{}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// flat is a text without its line ends.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// The hint that the owner of the test in the story could not find, in the first
// lines: what moved and how to set it back, the error that was printed, whose it
// is, and what helps. Once it was the system that changed, once the version.
func TestTheHint(t *testing.T) {
	for _, upgrade := range []struct {
		before, after string
		hints, never  []string
	}{
		{"cpython-3.13", "wine-cpython-3.13",
			[]string{"CPython 3.13.0 on Linux 6.18 (Debian 12) → CPython 3.13.1 on Wine 10.0 (Windows 10 Pro): ",
				"fork → spawn", "There is no cpython/fork on the after side",
				"the child's error: EOFError: Ran out of input", "its EOFError is printed last and looks like the cause"},
			[]string{"set_start_method", "get_context"}},
		{"cpython-3.13", "cpython-3.14",
			[]string{"CPython 3.13.0 → 3.14.8", "on Linux 6.18 (Debian 12): ", "fork → forkserver",
				`Back, in one line: multiprocessing.set_start_method("fork")`, "58 of 58 cases are as they were",
				`multiprocessing.get_context("fork")`, "(works before and after)",
				"https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods"}, nil},
	} {
		t.Run(upgrade.after, func(t *testing.T) {
			out := printed(t, compared(t, upgrade.before, upgrade.after))
			lines := strings.Split(out, "\n")
			first := flat(strings.Join(lines[:min(len(lines), 25)], "\n"))
			for _, hint := range append(upgrade.hints, "Default start method of CPython: ",
				"TypeError: cannot pickle 'TextIOWrapper' instances", "a bound method of a running unittest.TestCase",
				"Put the methods that run in the child into a separate class", "__getstate__") {
				if !strings.Contains(first, hint) {
					t.Errorf("the first lines do not say %s:\n%s", hint, first)
				}
			}
			for _, hint := range upgrade.never {
				if strings.Contains(flat(out), hint) {
					t.Errorf("%s does not work on the after side", hint)
				}
			}
		})
	}
}

// The page of the upgrade fits two screens. Every error that stopped a program
// stands in it whole, every change without an error with both values, and the
// README shows what the command prints.
func TestTheFirstPage(t *testing.T) {
	p := compared(t, "cpython-3.13", "cpython-3.14")
	out := printed(t, p)
	if n := strings.Count(out, "\n"); n > 80 {
		t.Errorf("the page has %d lines", n)
	}
	for line := range strings.Lines(out) {
		if n := uniseg.StringWidth(strings.TrimRight(line, "\n")); n > 80 && !strings.Contains(line, "://") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	var html, markdown strings.Builder
	if err := errors.Join(render.HTML(&html, p), render.Markdown(&markdown, p)); err != nil {
		t.Fatal(err)
	}
	unescape := strings.NewReplacer(`\`, "", "&lt;", "<", "&gt;", ">", "&#39;", "'", "&#34;", `"`, "&amp;", "&").Replace
	pages := map[string]string{"text": flat(out), "markdown": flat(unescape(markdown.String())),
		"html": flat(unescape(html.String()))}
	particular := regexp.MustCompile(`<.*>|\B'[^']*'`)
	worked := map[string]bool{}
	for _, trial := range recording(t, "cpython-3.13.json").Trials {
		worked[trial.Key()] = slices.ContainsFunc(trial.Observations, func(o record.Observation) bool {
			return o.Name == record.Works && o.Value == true
		})
	}
	for _, trial := range recording(t, "cpython-3.14.json").Trials {
		for _, o := range trial.Observations {
			text, _ := o.Value.(string)
			if trial.Launcher != "cpython/default" || !worked[trial.Key()] || compare.Class(text) == "" {
				continue
			}
			text = text[strings.Index(text, compare.Class(text)):]
			for kind, page := range pages {
				// Of errors that differ in a name only, one is whole, and the other names stand beside it.
				whole := strings.Contains(page, text)
				for _, part := range particular.FindAllString(text, -1) {
					around := strings.Split(text, part)
					whole = whole || strings.Contains(page, around[0]) && (part[0] == '<' || strings.Contains(page, part))
				}
				if !whole {
					t.Errorf("%s: the %s page does not say %s", trial.Key(), kind, text)
				}
			}
		}
	}
	for _, silent := range []string{
		"A child has its parent's globals: changed in the parent → initial",
		"A second child has its parent's environment: changed since → initial",
		"The top level of the main module runs so often for two children: 1 → 2",
		"A value has the same id() in the child: true → false",
	} {
		for kind, page := range pages {
			if !strings.Contains(page, silent) {
				t.Errorf("the %s page does not say %s", kind, silent)
			}
		}
	}
	for _, noise := range []string{"/.cache/", "/.pyenv/", "(not observed)", "not reached", "so 119 trials",
		"regressed,"} {
		if strings.Contains(out, noise) {
			t.Errorf("the page has %s", noise)
		}
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.ReplaceAll(string(readme), "\r\n", "\n"), "```\n"+out+"```\n") {
		t.Errorf("README.md has to show the page as it is:\n%s", out)
	}
}

// Where nothing could be seen on one side, nothing has changed: Wine counts no
// children, and what comes after a hang was not reached.
func TestWhatOneSideCouldNotSeeIsNoChange(t *testing.T) {
	out := flat(printed(t, compared(t, "cpython-3.13", "wine-cpython-3.13")))
	for _, noise := range []string{"children left", "(not observed)", "not reached", "boundary.kind.auth-key"} {
		if strings.Contains(out, noise) {
			t.Errorf("the page has %s", noise)
		}
	}
	for _, change := range []string{"for two children: 1 → 3", "gives a warning: true → false"} {
		if !strings.Contains(out, change) {
			t.Errorf("the page does not say %s", change)
		}
	}
}

// An error is never cut, however long it is: it is what a reader searches for.
func TestErrorsAreNotCut(t *testing.T) {
	out := flat(printed(t, compared(t, "cpython-2.7", "cpython-3.6")))
	for _, trial := range recording(t, "cpython-3.6.json").Trials {
		for _, o := range trial.Observations {
			if text, _ := o.Value.(string); strings.Contains(text, "MaybeEncodingError: ") && trial.Launcher == "cpython/fork" {
				if !strings.Contains(out, flat(record.Text(text))) {
					t.Errorf("%s: the page does not say %s", trial.Key(), text)
				}
			}
		}
	}
	if strings.Contains(out, " characters)") {
		t.Error("something is cut")
	}
}

// Both sides of the story, as recorded: with the child started first, which is
// what Windows does, there are two errors, with the value serialized first one and
// no child, with fork none.
func TestTheStory(t *testing.T) {
	twoErrors := map[string]any{"works": false, "the child": "failed", "the child's error": "EOFError: Ran out of input"}
	oneError := map[string]any{"works": false, "the child": "none"}
	for _, c := range []struct {
		recording, launcher string
		want                map[string]any
	}{
		{"wine-cpython-3.13", "cpython/spawn", twoErrors},
		{"wine-cpython-3.13", "cpython/default", twoErrors},
		{"cpython-3.13", "cpython/child-first", twoErrors},
		{"cpython-3.13", "cpython/spawn", oneError},
		{"cpython-3.13", "cpython/forkserver", oneError},
		{"cpython-3.13", "cpython/fork", map[string]any{"works": true, "the parent's error": "none", "the child": "ran"}},
	} {
		seen := map[string]any{}
		for _, trial := range recording(t, c.recording+".json").Trials {
			if trial.ID == "boundary.story.testcase" && trial.Launcher == c.launcher {
				for _, o := range trial.Observations {
					seen[o.Name] = o.Value
				}
			}
		}
		for name, value := range c.want {
			if seen[name] != value {
				t.Errorf("%s, %s: %s is %v, not %v", c.recording, c.launcher, name, seen[name], value)
			}
		}
		text, _ := seen["the parent's error"].(string)
		if c.want["works"] == false && !strings.Contains(text, "TextIOWrapper") {
			t.Errorf("%s, %s: the parent's error is %q", c.recording, c.launcher, text)
		}
	}
}

// read are the recordings that have been read: none is changed.
var read = map[string]*record.Recording{}

func recording(t *testing.T, name string) *record.Recording {
	t.Helper()
	if read[name] == nil {
		r, err := record.ReadFile(filepath.Join(recordings, name))
		if err != nil {
			t.Fatal(err)
		}
		read[name] = r
	}
	return read[name]
}
