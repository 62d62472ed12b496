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
hand*running-testcase*) say '{"parent": "an error", "child": "ran", "child error": "EOFError", "exit": 0, '\
'"value": "other", "children": 1, "again": "lost"}' ;;
hand*)                  say '{"parent": "none", "child": "ran", "child error": "", "exit": 0, '\
'"value": "other", "children": 1, "again": "lost"}' ;;
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
reply*|task*|worker*)   say '{"parent": "none", "value": "other", "exit": 0, "again": "lost", '\
'"shutdown": "an error"}' ;;
unfinished*)            say '{"parent": "none"}' ;;
main*)                  say '{"parent": 1, "parent error": "", '\
'"child": "failed", "child error": "", "exit": 1, "top level": 99}' ;;
method*)                say '{"globals": "other", "stdin": "other", "sys.stdin": "other"}' ;;
esac
`

// driver makes a harness, and a function that tries a behaviour on a driver that
// is a script of the shell.
func driver(t *testing.T, script string) func(d *spec.Declaration) record.Trial {
	t.Helper()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("the driver is written for a shell")
	}
	harness := harnessOf(t)
	path := filepath.Join(t.TempDir(), "driver.sh")
	if err := os.WriteFile(path, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	return func(d *spec.Declaration) record.Trial { return harness.TryDriver(d, "wrong", shell, path) }
}

// harnessOf makes a harness that ends with the test.
func harnessOf(t *testing.T) *trial.Harness {
	t.Helper()
	harness, err := trial.Begin(multiplier(), trial.NewRuntimes())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := harness.End(); err != nil {
			t.Error(err)
		}
	})
	return harness
}

// drivenBehaviours is how many behaviours ask the driver of a runtime and promise
// something. It is a number so that none gets lost; it grows with them.
const drivenBehaviours = 67

// Every behaviour that drives and checks notices a driver that does all wrong.
func TestWrongDriverIsNoticed(t *testing.T) {
	try := driver(t, wrongDriver)
	noticed := 0
	for _, d := range spec.All() {
		if !drives(d) || d.Level == spec.Observed {
			continue
		}
		if tried := try(d); tried.Status != record.Fail {
			t.Errorf("%s: %s %q", d.ID, tried.Status, tried.Reasons)
			continue
		}
		noticed++
	}
	if noticed != drivenBehaviours {
		t.Errorf("%d behaviours have noticed it, not %d", noticed, drivenBehaviours)
	}
}

// failingDriver is one of a runtime whose calls fail before there is a value.
const failingDriver = `
case "$1" in
reply|task|worker) echo '{"parent": "AttributeError: no pool", "again": "AttributeError: no pool", '\
'"shutdown": "none", "exit": "unknown"}' >"$3" ;;
hand)              echo '{"parent": "AttributeError: no process", "child": "none", '\
'"again": "AttributeError: no process"}' >"$3" ;;
both)              echo '{"parent": "AttributeError: no pipe", "child": "none"}' >"$3" ;;
esac
`

// A call that fails where it should not is a failure of the runtime, with its
// error as what was seen, and no fault of the driver's.
func TestFailedCallIsAFailure(t *testing.T) {
	try := driver(t, failingDriver)
	for _, c := range []struct{ id, observed string }{
		{"boundary.reply.plain", "AttributeError: no pool"},
		{"boundary.reply.large", "AttributeError: no pool"},
		{"boundary.worker.dies-idle", "AttributeError: no pool"},
		{"boundary.worker.dies-while-parent-writes", "AttributeError: no pool"},
		{"boundary.write.larger-than-pipe", "AttributeError: no process"},
		{"boundary.write.both-directions-full", "AttributeError: no pipe"},
	} {
		i := slices.IndexFunc(spec.All(), func(d *spec.Declaration) bool { return d.ID == c.id })
		if i < 0 {
			t.Fatalf("there is no %s", c.id)
		}
		tried := try(spec.All()[i])
		seen := slices.ContainsFunc(tried.Observations, func(o record.Observation) bool { return o.Value == c.observed })
		if tried.Status != record.Fail || !seen {
			t.Errorf("%s: %s %q %v", c.id, tried.Status, tried.Reasons, tried.Observations)
		}
	}
}

// drives reports whether the driver of a runtime takes part in trying a behaviour.
func drives(d *spec.Declaration) bool {
	return slices.ContainsFunc(d.Launchers, spec.HandsOver)
}
