package suite_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

// wrongDriver does everything that a runtime should not: it loses errors, runs
// targets with anything, keeps nothing going. It performs nothing; what is shown
// is that each check notices.
const wrongDriver = `
scenario=$1 output=$3
shift 3
say() { echo "$1" >>"$output"; }
case "$scenario $*" in
hand*nested-file*)      say '{"parent": "an error", "child": "none", "exit": 0, "children": 0, "again": "ran"}' ;;
hand*deep*)             say '{"parent": "an error", "child": "none", "again": "lost"}' ;;
hand*running-testcase*) say '{"parent": "an error", "child": "ran", "child error": "EOFError", "exit": 0, "value": "other", "children": 1, "again": "lost"}' ;;
hand*)                  say '{"parent": "none", "child": "ran", "child error": "", "exit": 0, "value": "other", "children": 1, "again": "lost"}' ;;
send*)                  say '{"parent": "none", "child": "none", "value": "other", "again": "lost"}' ;;
disconnect*)            say '{"events": []}' ;;
epipe*)                 say '{"callback": [], "event beside it": ["an error"], "event": []}' ;;
mode*)                  say '{"child": "ran", "child error": "", "exit": 0}' ;;
cut*)                   say '{"bytes": 9, "ran at": [3], "outcomes": {}, "end of file at": [0, 3]}' ;;
flip*)                  say '{"bytes": 9, "ran": 3}' ;;
read*drip*|read*split*) say '{"child": "refused", "child error": "", "exit": 1}' ;;
read*)                  say '{"child": "ran", "child error": "", "exit": 0}' ;;
early*)                 say '{"parent": "none", "exit": 0, "again": "lost"}' ;;
killed*)                say '{"child": "ran", "child error": "", "exit": 0}' ;;
both*)                  say '{"parent": "an error", "child": "an error"}' ;;
identity*)              say '{"by value": false}' ;;
start*)                 say '{"parent": "an error", "exit": 0}' ;;
reply*|task*|worker*)   say '{"parent": "none", "value": "other", "exit": 0, "again": "lost", "shutdown": "an error"}' ;;
unfinished*)            say '{"parent": "none"}' ;;
main*)                  say '{"parent": 1, "parent error": "", "child": "failed", "child error": "", "exit": 1, "top level": 99}' ;;
method*)                say '{"globals": "other", "stdin": "other", "sys.stdin": "other"}' ;;
esac
`

// Every behaviour that drives and checks notices a driver that does all wrong.
func TestWrongDriverIsNoticed(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("the driver is written for a shell")
	}
	run, err := trial.Begin(multiplier(), trial.NewRuntimes())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := run.End(); err != nil {
			t.Error(err)
		}
	}()
	path := filepath.Join(t.TempDir(), "driver.sh")
	if err := os.WriteFile(path, []byte(wrongDriver), 0o644); err != nil {
		t.Fatal(err)
	}
	noticed := 0
	for _, d := range spec.All() {
		if !drives(d) || d.Level == spec.Observed {
			continue
		}
		if tried := run.TryDriver(d, "wrong", shell, path); tried.Status != record.Fail {
			t.Errorf("%s: %s %q", d.ID, tried.Status, tried.Reasons)
		}
		noticed++
	}
	t.Logf("%d behaviours", noticed)
}

// drives reports whether the driver of a runtime takes part in trying a behaviour.
func drives(d *spec.Declaration) bool {
	return slices.ContainsFunc(d.Launchers, func(l string) bool { _, _, ok := spec.RuntimeOf(l); return ok })
}
