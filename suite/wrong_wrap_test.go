package suite_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// wrongWraps are commands in front of a program that lose one thing each, and the
// behaviour that notices it.
var wrongWraps = []struct{ loses, script, noticedBy string }{
	{"nothing", `exec "$@"`, ""},
	{"the last argument",
		`n=$#; for a; do shift; [ $((n -= 1)) -gt 0 ] && set -- "$@" "$a"; done; exec "$@"`, "argument.vector.text"},
	{"an empty argument", `for a; do shift; [ -n "$a" ] && set -- "$@" "$a"; done; exec "$@"`, "argument.vector.text"},
	{"a quotation mark",
		`for a; do shift; set -- "$@" "$(printf %s "$a" | tr -d '"')"; done; exec "$@"`, "argument.vector.text"},
	{"a variable", `unset SPAWNSPEC_ONE; exec "$@"`, "inherit.snapshot.as-asked"},
	{"the directory", `cd /; exec "$@"`, "inherit.snapshot.as-asked"},
	{"standard output", `exec "$@" >/dev/null`, "inherit.snapshot.as-asked"},
	{"a descriptor", `exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&-; exec "$@"`, "stdio.descriptor.permuted"},
	{"a signal's disposition", `exec env --default-signal=HUP "$@"`, "exec.signal.ignored-preserved"},
	{"the exit status", `"$@"; exit 0`, "wait.status.low8"},
	{"the signal's number", `"$@"; exit $?`, "wait.status.signal-encoding"},
	{"the last byte of the output", `"$@" | head -c -1`, "pipe.write.edges"},
	{"the process group", `exec setsid "$@"`, "inherit.attribute.session-and-group"},
}

func TestWrongWrapIsNoticed(t *testing.T) {
	if testing.Short() {
		t.Skip("tries each wrapper that is wrong")
	}
	if runtime.GOOS != "linux" {
		t.Skip("the commands are written for GNU tools on Linux")
	}
	harness := harnessOf(t)
	for _, w := range wrongWraps {
		t.Run(w.loses, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "wrap")
			if err := os.WriteFile(path, []byte("#!/bin/sh\n"+w.script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			l := &runtimes.Launcher{Launcher: "wrap/wrong", Command: []string{path}, InFront: true,
				Parts: []runtimes.Part{runtimes.Descriptors, runtimes.Group, runtimes.Session,
					runtimes.ProcessID, runtimes.Shell}}
			tried := 0
			for _, d := range spec.All() {
				noticing := slices.ContainsFunc(wrongWraps, func(other struct{ loses, script, noticedBy string }) bool {
					return other.noticedBy == d.ID
				})
				if !noticing || w.noticedBy != "" && w.noticedBy != d.ID {
					continue
				}
				want := record.Fail
				if w.noticedBy == "" {
					want = record.Pass
				}
				tried++
				deadline := harness.Deadline
				if w.loses == "the last byte of the output" { // it is waited for until then
					deadline = 3 * time.Second
				}
				if got := harness.TryOn(d, l, deadline); got.Status != want {
					t.Errorf("%s: %s %q", d.ID, got.Status, got.Reasons)
				}
			}
			if tried == 0 {
				t.Errorf("there is no %s", w.noticedBy)
			}
		})
	}
}
