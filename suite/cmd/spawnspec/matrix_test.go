package main

import (
	"bytes"
	"encoding/csv"
	"os/exec"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
)

func TestMatrix(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string // on the one line of an error; "" if there is none
	}{
		{nil, "matrix takes recordings"},
		{[]string{"--format", "xlsx", "published:linux"}, "there are text, markdown, csv"},
		{strings.Fields("published:linux " + strings.Repeat("published:gvisor ", 8)), "at most 8, or --format csv"},
		{[]string{"published:plan9"}, "no recording is published"},
		{[]string{"--only", "exec", "--format", "csv", "published:linux", "published:gvisor"}, ""},
	} {
		cmd := exec.Command(build(t), append([]string{"matrix"}, c.args...)...)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		err := cmd.Run()
		if c.says != "" {
			if cmd.ProcessState.ExitCode() != exitFailed || strings.Count(errs.String(), "\n") != 1 || !strings.Contains(errs.String(), c.says) {
				t.Errorf("%q: %v, %q", c.args, err, errs.String())
			}
			continue
		}
		lines, readErr := csv.NewReader(&out).ReadAll()
		if err != nil || readErr != nil || len(lines) < 20 || lines[0][1] != "linux" || lines[0][2] != "gvisor" {
			t.Fatalf("%q: %v, %v, %d lines", c.args, err, readErr, len(lines))
		}
		for _, line := range lines {
			if line[0] == "exec.error.etxtbsy" && (line[1] != "holds A" || line[2] != "differs as known B") {
				t.Errorf("%q", line)
			}
		}
	}
	if plainCell("=1+1") != "'=1+1" || plainCell("a=1") != "a=1" || plainCell("\x1b[31m") == "\x1b[31m" {
		t.Error("a cell that a spreadsheet would take for a formula")
	}
}

// Where there is no terminal a table of many recordings is as wide as any other page.
func TestMatrixIsNotWide(t *testing.T) {
	text, err := invoke(t, strings.Fields("matrix published:linux published:gvisor published:wine published:cpython-3.13 published:cpython-3.14")...)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(text) {
		if uniseg.StringWidth(strings.TrimSuffix(line, "\n")) > 80 {
			t.Errorf("%q", line)
		}
	}
	if !strings.Contains(text, "  error.etxtbsy\n    holds A: linux") {
		t.Errorf("it does not say what holds where:\n%.400s", text)
	}
}
