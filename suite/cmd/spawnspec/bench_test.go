package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// BenchmarkRun measures, in turn within each iteration, a whole run and the tests
// of Go's own os/exec, which start processes too, both built beforehand; and a run
// of one behaviour. It reports medians: trials and tests, subtests included, per
// second and their ratio, the CPU seconds of a run with all its children, and the
// seconds of one behaviour.
func BenchmarkRun(b *testing.B) {
	binary, err := built()
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	tests := filepath.Join(dir, "exec.test"+exe)
	if out, err := exec.Command("go", "test", "-c", "-o", tests, "os/exec").CombinedOutput(); err != nil {
		b.Fatalf("go test -c os/exec: %v\n%s", err, out)
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		b.Fatal(err)
	}
	source := filepath.Join(strings.TrimSpace(string(goroot)), "src", "os", "exec")
	recording := filepath.Join(dir, "run.json")
	timed := func(dir, program string, args ...string) (out []byte, took, cpu float64) {
		c := exec.Command(program, args...)
		c.Dir = dir
		begin := time.Now()
		out, err := c.CombinedOutput()
		took = time.Since(begin).Seconds()
		if err != nil {
			b.Fatalf("%s: %v\n%s", c, err, out)
		}
		return out, took, (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds()
	}
	seen := map[string][]float64{}
	saw := func(unit string, value float64) { seen[unit] = append(seen[unit], value) }
	for b.Loop() {
		_, took, cpu := timed(dir, binary, "run", "--record", recording)
		r, err := record.ReadFile(recording)
		if err != nil {
			b.Fatal(err)
		}
		trials := 0
		for _, t := range r.Trials {
			if t.Status.Ran() {
				trials++
			}
		}
		saw("trials/s", float64(trials)/took)
		saw("cpu-s", cpu)
		out, took, _ := timed(source, tests, "-test.v")
		saw("os/exec-tests/s", float64(len(passed.FindAll(out, -1)))/took)
		_, took, _ = timed(dir, binary, "run", "--only", "wait.status.low8")
		saw("one-s", took)
	}
	median := func(unit string) float64 {
		slices.Sort(seen[unit])
		return seen[unit][len(seen[unit])/2]
	}
	for unit := range seen {
		b.ReportMetric(median(unit), unit)
	}
	b.ReportMetric(median("trials/s")/median("os/exec-tests/s"), "ratio")
}

// passed is what go test -v prints of each test and subtest that passed.
var passed = regexp.MustCompile(`(?m)^ *--- PASS: `)
