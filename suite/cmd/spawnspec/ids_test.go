package main

import (
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/run"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

// invoke runs a command in this process and returns what it printed.
func invoke(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	stdout := os.Stdout
	os.Stdout = out
	defer func() { os.Stdout = stdout }()
	c := root()
	c.SetArgs(args)
	failed := c.Execute()
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	printed, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(printed), failed
}

var every = flag.Bool("every", false, "really run each behaviour by itself")

// Every id that this binary knows can be explained and listed, wherever it can be
// tried; a run of it is planned, or refused with the reason that list gives.
// With -every the command runs each, which takes a minute or two.
func TestEveryIDCanBeExplainedListedAndRun(t *testing.T) {
	var here, elsewhere int
	var binary string
	if *every {
		binary = build(t)
	}
	for i, d := range spec.All() {
		if testing.Short() && i%7 != 0 {
			continue
		}
		explained, err := invoke(t, "explain", d.ID)
		if err != nil || !strings.HasPrefix(explained, d.ID+"  "+string(d.Level)+"\n") ||
			!strings.Contains(explained, "Systems") {
			t.Errorf("explain %s: %v\n%s", d.ID, err, explained)
		}
		listed, err := invoke(t, "list", "--launchers", "--only", d.ID)
		if err != nil || !strings.Contains(listed, d.ID) {
			t.Errorf("list --launchers --only %s: %v\n%s", d.ID, err, listed)
		}
		selection := run.Selection{Only: []string{d.ID}, Runtimes: trial.NewRuntimes()}
		launchers, why := selection.Where(d)
		if (len(launchers) == 0) != (why != "") {
			t.Errorf("%s would run on %q, or not because %q", d.ID, launchers, why)
		}
		flat := strings.Join(strings.Fields(listed), " ")
		_, refused := (&runFlags{selection: run.Selection{Only: []string{d.ID}}, slow: 1}).plan()
		if why == "" {
			here++
			if refused != nil || !strings.Contains(flat, strings.Join(launchers, ", ")) {
				t.Errorf("%s: %v\n%s", d.ID, refused, listed)
			}
			if *every {
				if out, err := exec.Command(binary, "run", "--only", d.ID).CombinedOutput(); err != nil {
					t.Errorf("run --only %s: %v\n%s", d.ID, err, out)
				}
			}
			continue
		}
		elsewhere++
		if refused == nil || !strings.Contains(refused.Error(), d.ID+": "+why) || !strings.Contains(flat, why) {
			t.Errorf("%s would not run because %q: list says\n%s\nrun says %v", d.ID, why, listed, refused)
		}
	}
	if here == 0 || elsewhere == 0 {
		t.Errorf("%d ids would run here and %d would not: nothing was compared", here, elsewhere)
	}
}

// What completion offers is taken, and what was probably meant is named.
func TestWordsLeadSomewhere(t *testing.T) {
	if testing.Short() {
		t.Skip("asks for each id")
	}
	offered, _ := completeIDs(nil, nil, "")
	for _, word := range offered {
		word, _, _ = strings.Cut(word, "\t")
		if _, err := (run.Selection{Only: []string{word}, Runtimes: trial.NewRuntimes()}).Declarations(); err != nil {
			t.Errorf("completion offers %s: %v", word, err)
		}
	}
	launchers, _ := completeLaunchers(nil, nil, "")
	for _, word := range launchers {
		word, _, _ = strings.Cut(word, "\t")
		if _, err := (run.Selection{Launchers: []string{word}, Runtimes: trial.NewRuntimes()}).Pairs(); err != nil {
			t.Errorf("completion offers %s: %v", word, err)
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"explain", "EOF"}, "pipe.eof.own-copy"},
		{[]string{"explain", "wait"}, "behaviours; spawnspec explain ID"},
		{[]string{"explain", "pipe.eof.*"}, "pipe.eof.last-writer"},
		{[]string{"list", "--only", "win.*"}, "pipe.write.zero-length"},
		{[]string{"explain", "pipes.eof.own-copy"}, `did you mean "pipe.eof.own-copy"?`},
		{[]string{"explain", "pipe.eof.won-copy"}, `did you mean "pipe.eof.own-copy"?`},
		{[]string{"list", "--only", "waits"}, `did you mean "wait"?`},
		{[]string{"list", "--only", "low8"}, "'*low8*' selects"},
		{[]string{"list", "--launcher", "python"}, `did you mean "cpython"?`},
		{[]string{"list", "--launcher", "python3/fork"}, `did you mean "cpython/fork"?`},
		{[]string{"list", "--launcher", "Node.js"}, `did you mean "node"?`},
		{[]string{"list", "--launcher", "cpython/frok"}, `did you mean "cpython/fork"?`},
		{[]string{"list", "--launcher", "go/exec"}, "go/os-exec"},
		{[]string{"list", "--launcher", "pypy/foo"}, "there are go/os-exec"},
		{[]string{"run", "--report", "pdf=x"}, "KIND is text, markdown, html, junit"},
		{[]string{"compare", "--report", "ctrf=x", "a", "b"}, "KIND is text, markdown, html, junit or github"},
	} {
		printed, err := invoke(t, c.args...)
		if err != nil {
			printed = err.Error()
		}
		if !strings.Contains(printed, c.want) {
			t.Errorf("%q says %q, not %q", c.args, printed, c.want)
		}
	}
}

// Two recordings of a behaviour go by their names.
func TestExplainNamesTheRecordings(t *testing.T) {
	const recordings = "../../../fixtures/recordings/"
	printed, err := invoke(
		t,
		"explain",
		"argument.vector.empty",
		"--recording",
		recordings+"linux.json",
		"--recording",
		recordings+"gvisor.json",
	)
	if err != nil || !strings.Contains(printed, "\n"+recordings+"linux.json\n") ||
		!strings.Contains(printed, "\n"+recordings+"gvisor.json\n") {
		t.Errorf("%v\n%s", err, printed)
	}
}

// An id that was ever released is understood for good: testdata/earlier-ids.txt has
// those of the first edition, before an id led to its place. Each selects one
// behaviour, is explained, and is not the name of two.
func TestEarlierIDsAreKnown(t *testing.T) {
	if testing.Short() {
		t.Skip("asks for each id")
	}
	text, err := os.ReadFile(filepath.Join("testdata", "earlier-ids.txt"))
	if err != nil {
		t.Fatal(err)
	}
	ids := strings.Fields(string(text))
	if len(ids) != 449 {
		t.Errorf("%d ids, not 449", len(ids))
	}
	for i, id := range ids {
		if testing.Short() && i%7 != 0 {
			continue
		}
		found, err := (run.Selection{Only: []string{id}, Runtimes: trial.NewRuntimes()}).Declarations()
		if err != nil || len(found) != 1 {
			t.Errorf("--only %s selects %d behaviours: %v", id, len(found), err)
			continue
		}
		explained, err := invoke(t, "explain", id)
		if err != nil || !strings.HasPrefix(explained, found[0].ID+"  ") {
			t.Errorf("explain %s: %v\n%s", id, err, explained)
		}
	}
}
