package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

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

// A table of as many recordings as there are platforms and versions takes seconds and
// little memory: what they share is read once, and of each one number a behaviour is
// kept. With -args -matrix 1000 it is as large as it has to bear.
func TestMatrixOfManyRecordings(t *testing.T) {
	if testing.Short() {
		t.Skip("measures")
	}
	text, err := os.ReadFile(filepath.Join(committed, "linux.json"))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	dir := t.TempDir()
	args := []string{"matrix", "--format", "csv"}
	for i := range *matrixSize {
		var cell []byte
		for j, line := range lines {
			if (j*31+i)%50 == 0 && bytes.HasPrefix(line, []byte(`{"trial"`)) { // one trial of fifty differs, in its own way
				line = bytes.Replace(line, []byte(`"none"`), fmt.Appendf(nil, `"of cell %d"`, i), 1)
			}
			cell = append(cell, line...)
		}
		path := filepath.Join(dir, fmt.Sprintf("cell%04d.json", i))
		if err := os.WriteFile(path, cell, 0o666); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	for _, args := range [][]string{args, {"compare", "--fail-on", "never", dir, dir}} {
		c := exec.Command(build(t), args...)
		var out, errs bytes.Buffer
		c.Stdout, c.Stderr = &out, &errs
		start := time.Now()
		if err := c.Run(); err != nil {
			t.Fatalf("%v: %.500s", err, errs.String())
		}
		took := time.Since(start)
		if args[0] == "matrix" {
			table, err := csv.NewReader(&out).ReadAll()
			if err != nil || len(table) < 200 || len(table[0]) != 1+*matrixSize || table[0][1] != "cell0000" {
				t.Fatalf("%v, %d rows of %d cells", err, len(table), len(table[0]))
			}
		}
		if took > 20*time.Second {
			t.Errorf("%s of %d recordings took %v", args[0], *matrixSize, took)
		}
		if usage := reflect.Indirect(reflect.ValueOf(c.ProcessState.SysUsage())); usage.Kind() == reflect.Struct {
			if most := usage.FieldByName("Maxrss"); most.IsValid() && most.CanInt() && most.Int() > 1<<20 {
				t.Errorf("%s of %d recordings took %d KiB", args[0], *matrixSize, most.Int())
			} else if most.IsValid() {
				t.Logf("%s of %d recordings: %v, %d KiB", args[0], *matrixSize, took, most.Int())
			}
		}
	}
}
