package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Standard output may fail in any way: the recording and the reports are there
// before anything is printed.
func TestStandardOutputThatFailsLosesNothing(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /dev/full")
	}
	t.Parallel()
	binary := build(t)
	for name, script := range map[string]string{
		"full":   `"$0" "$@" >/dev/full`,
		"closed": `"$0" "$@" >&-`,
		"head":   `"$0" "$@" | head -1`,
	} {
		dir := t.TempDir()
		recording, junit := filepath.Join(dir, "a.json"), filepath.Join(dir, "a.xml")
		run := exec.Command("sh", "-c", script, binary, "run", "--only", "status.*", "--record", recording,
			"--report", "junit="+junit)
		out, err := run.CombinedOutput()
		if name == "full" && (err == nil || strings.Count(string(out), "\n") != 1) {
			t.Errorf("%s: %v: %s", name, err, out)
		}
		if strings.Contains(string(out), "panic") {
			t.Errorf("%s: %s", name, out)
		}
		r, err := record.ReadFile(recording)
		if err != nil || !r.Complete || len(r.Trials) == 0 {
			t.Errorf("%s: %v", name, err)
		}
		if info, err := os.Stat(junit); err != nil || info.Size() == 0 {
			t.Errorf("%s: no report: %v", name, err)
		}
	}
}
