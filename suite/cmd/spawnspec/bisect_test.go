package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/answers"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// answer is one that tells n from others.
func answer(n int) *answers.Answer {
	return &answers.Answer{Kind: answers.Seen, Values: []record.Observation{{Name: "value", Value: int64(n)}}}
}

// The two neighbours are found whatever lies where, by asking few, and what cannot be
// asked is passed over and named.
func TestBetween(t *testing.T) {
	const many = 40
	for flip := 1; flip < many; flip++ {
		for _, broken := range [][]int{nil, {flip}, {flip - 1, flip}, {many / 2, many/2 + 1}} {
			asked := 0
			var all []candidate
			for i := range many {
				a := answer(0)
				if i >= flip {
					a = answer(1)
				}
				c := candidate{name: fmt.Sprint(i), ask: func(context.Context) (answers.Answer, error) {
					asked++
					if slices.Contains(broken, i) && i > 0 && i < many-1 {
						return answers.Answer{}, errors.New("it cannot be built")
					}
					return *a, nil
				}}
				if i%7 == 3 && !slices.Contains(broken, i) {
					c.answer = a // recorded
				}
				all = append(all, c)
			}
			low, high, passed, err := between(t.Context(), all)
			if err != nil || low >= flip || high < flip || len(passed) != high-low-1 || asked > 12 {
				t.Errorf("a flip at %d without %v: %d to %d, passed over %v, %d asked, %v", flip, broken, low, high, passed, asked, err)
			}
		}
	}
	if _, _, _, err := between(t.Context(), []candidate{{name: "a", answer: answer(1)}, {name: "b", answer: answer(1)}}); err == nil {
		t.Error("two equal ends are no error")
	}
}

func TestBisectOverRecordings(t *testing.T) {
	if testing.Short() {
		t.Skip("reads many recordings")
	}
	out, err := exec.Command(build(t), "bisect", "boundary.story.testcase", "--launcher", "cpython/default", "--good", "3.6", "--bad", "3.15").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "with cpython/default changed between\n3.13.0 and 3.14.8") && !strings.Contains(string(out), "changed between 3.13.0 and 3.14.8") ||
		!strings.Contains(string(out), "works → does not work") {
		t.Errorf("%v: %s", err, out)
	}
	for _, c := range []struct{ args, says string }{
		{"boundary.story.testcase --launcher cpython/default --good 3.6", "bisect needs --bad"},
		{"boundary.story.testcase --launcher cpython/default --good 3.7 --bad 3.15", "give it with --try 3.7=PATH"},
		{"boundary.story.testcase --launcher cpython/fork --good 3.6 --bad 3.15", "give the same answer (works)"},
		{"boundary.story.testcase --launcher node/json --good 3.6 --bad 3.15", "it is on cpython/"},
		{"boundary.story.* --launcher cpython/default --good 3.6 --bad 3.15", "bisect is of one behaviour"},
		{"boundary.story.testcase --launcher cpython/default --good 3.6 --bad 3.15 --try 3.7", "it is VERSION=PATH"},
		{"boundary.story.testcase --launcher cpython/default --good a --bad b --build make", "--launcher cpython/default=PATH"},
	} {
		cmd := exec.Command(build(t), append([]string{"bisect"}, strings.Fields(c.args)...)...)
		cmd.Dir = t.TempDir()
		out, _ := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != exitFailed || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), c.says) {
			t.Errorf("%s: %s", c.args, out)
		}
	}
}

// In a checkout commits are built and asked, one that cannot be built is passed over,
// and the checkout is left on the branch that it was on.
func TestBisectOverCommits(t *testing.T) {
	if testing.Short() {
		t.Skip("builds commits")
	}
	perl, err := exec.LookPath("perl")
	if err != nil {
		t.Skip("needs perl: ", err)
	}
	dir := t.TempDir()
	in := func(name string, args ...string) string {
		c := exec.Command(name, args...)
		c.Dir = dir
		c.Env = append(os.Environ(), "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a",
			"GIT_COMMITTER_EMAIL=a@example.org", "GIT_CONFIG_GLOBAL="+os.DevNull)
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v: %s", name, args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	in("git", "init", "-q", "-b", "main")
	// The interpreter of the first commits ignores a signal in what it starts.
	for i := range 6 {
		source := fmt.Sprintf("#!/bin/sh\nexec %s \"$@\" # %d\n", perl, i)
		if i < 4 {
			source = fmt.Sprintf("#!/bin/sh\ntrap '' USR1\nexec %s \"$@\" # %d\n", perl, i)
		}
		if i == 3 {
			source = "exit 1"
		}
		if err := os.WriteFile(filepath.Join(dir, "source"), []byte(source), 0o755); err != nil {
			t.Fatal(err)
		}
		in("git", "add", ".")
		in("git", "commit", "-q", "-m", fmt.Sprint(i))
	}
	first, last := in("git", "rev-parse", "HEAD~5"), in("git", "rev-parse", "--short=12", "HEAD~1")
	cmd := exec.Command(build(t), "bisect", "runtime.start.signals", "--launcher", "perl/fork-exec=./made", "--good", first, "--bad", "main",
		"--build", "grep -q exec source && cp source made")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "and "+last) && !strings.Contains(string(out), last) || !strings.Contains(string(out), "ignored signals") ||
		!strings.Contains(string(out), "passed over") {
		t.Errorf("%v, want a change to %s: %s", err, last, out)
	}
	if branch := in("git", "symbolic-ref", "--short", "HEAD"); branch != "main" {
		t.Errorf("the checkout is left on %s", branch)
	}
}
