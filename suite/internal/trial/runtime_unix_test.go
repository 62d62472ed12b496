//go:build unix

package trial

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
)

// shellDriver is a driver of the smallest kind, which does on request what no
// driver should: its payloads are what it does.
const shellDriver = `
scenario=$1 output=$3
[ "$scenario" = hand ] && scenario=${4#payload=}
say() { printf '%s\n' "$1" >>"$output"; }
case $scenario in
about)   say '{"version": "1", "ways": {"sound": "", "missing": "too old"}}' ;;
sound)   say '{"parent": "none", "child": "ran"}'; say '{"parent": "ENOENT at 0x7fff12345678 in '"$PWD"'"}' ;;
hang)    say '{"calling": "parent"}'; sleep 600 ;;
mute)    sleep 600 ;;
busy)    say '{"calling": "parent"}'; i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; say '{"parent": "none"}' ;;
leaves)  say '{"parent": "none"}'; sleep 600 & echo $! >"${5#left=}" ;;
dies)    say '{"parent": "none"}'; echo the reason >&2; exit 3 ;;
garbage) say 'no JSON' ;;
cut)     printf '{"parent": "none"}\n{"chi' >>"$output" ;;
broken)  say '{"broken": "on \u001b[31mpurpose\n  at line 1"}'; echo 'not this' ;;
colours) printf 'the reason\n\033[31mend of it\033[0m\n'; exit 1 ;;
untrue)  say '{"exit": "0"}' ;;
flood)   head -c 70000000 /dev/zero; sleep 600 ;;
writes)  exec yes '{"parent": "none"}' >"$output" ;;
unknown) ;;
none)    say '{"not applicable": "there are no shells in shells"}' ;;
esac
`

// shell makes a run part of which is a runtime that the shell drives.
func shell(t *testing.T) *Harness {
	t.Helper()
	r, err := begun()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "driver.sh")
	if err := os.WriteFile(path, []byte(shellDriver), 0o644); err != nil {
		t.Fatal(err)
	}
	ways := map[string]string{"sound": "", "missing": ""}
	r.runtimes["shell"] = &Runtime{Path: "/bin/sh", Runtime: runtimes.Runtime{Name: "shell", Title: "Shell", Ways: ways}, command: []string{"/bin/sh", path}}
	t.Cleanup(func() { delete(r.runtimes, "shell") })
	if err := r.about(r.runtimes["shell"]); err != nil {
		t.Fatal(err)
	}
	return r
}

// driving is a declaration that drives one scenario.
func driving(level Level, scenario string, body func(*Trial, Scenario)) *Declaration {
	d := &Declaration{Behaviour: record.Behaviour{ID: "test." + scenario, Level: level}}
	d.Body = func(t *Trial) { body(t, t.RunScenario("hand", "payload="+scenario, "left="+t.Dir()+"/left")) }
	return d
}

func TestDrive(t *testing.T) {
	r := shell(t)
	for _, c := range []struct {
		scenario string
		status   record.Status
		saw      map[string]any
		reason   string
	}{
		{"sound", record.Pass, map[string]any{"parent": "ENOENT at 0x… in {dir}", "left": []any{}}, ""},
		{"hang", record.Pass, map[string]any{"parent": record.Hang, "child": record.NotReached}, ""},
		{"mute", record.Broken, nil, "without saying what it was waiting for"},
		{"busy", record.Pass, map[string]any{"parent": "none"}, ""},
		{"leaves", record.Pass, map[string]any{"left": []any{"sleep N"}}, ""},
		{"dies", record.Broken, nil, `it ended with exit 3; it printed: "the reason"`},
		{"garbage", record.Broken, nil, `it wrote "no JSON`},
		{"cut", record.Pass, map[string]any{"parent": "none"}, ""},
		{"broken", record.Broken, nil, `: on \x1b[31mpurpose`},
		{"colours", record.Broken, nil, `it ended with exit 1; it printed: "end of it"`},
		{"untrue", record.Broken, nil, `"exit" must be a whole number or "unknown", and is "0"`},
		{"flood", record.Broken, nil, "it printed more than 64 MiB"},
		{"writes", record.Broken, nil, "its observation became longer than 4 MiB"},
		{"unknown", record.NotApplicable, nil, "its driver has no answer to scenario hand"},
		{"none", record.NotApplicable, nil, "there are no shells in shells"},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			if testing.Short() && (c.scenario == "hang" || c.scenario == "mute") {
				t.Skip("waits until nothing moves")
			}
			left := ""
			d := driving(Observed, c.scenario, func(trial *Trial, s Scenario) {
				trial.Observe("parent", s.Text("parent"))
				if s.Hung != "" || s.Has("child") {
					trial.Observe("child", s.Text("child"))
				}
				trial.Observe("left", s.Left)
				pid, _ := os.ReadFile(trial.Dir() + "/left")
				left = strings.TrimSpace(string(pid))
			})
			got := r.Try(d, "shell/sound")
			if got.Status != c.status || !strings.Contains(strings.Join(got.Reasons, "\n"), c.reason) {
				t.Fatalf("%s %q", got.Status, got.Reasons)
			}
			for _, o := range got.Observations {
				if want, ok := c.saw[o.Name]; ok && !record.Equal(want, o.Value) {
					t.Errorf("%s was %v, not %v", o.Name, o.Value, want)
				}
			}
			if left != "" {
				if _, err := os.Stat("/proc/" + left); err == nil {
					t.Errorf("process %s is still there", left)
				}
			}
		})
	}
}

// A hang is found soon, long before the deadline of a scenario.
func TestHangIsFoundSoon(t *testing.T) {
	if _, err := platform.Below(os.Getpid()); err != nil {
		t.Skip(err)
	}
	r := shell(t)
	start := time.Now()
	if got := r.Try(driving(Observed, "hang", func(trial *Trial, s Scenario) { trial.Observe("parent", s.Text("parent")) }), "shell/sound"); got.Status != record.Pass {
		t.Fatal(got)
	}
	if took := time.Since(start); took > scenarioDeadline/2 {
		t.Errorf("it took %v", took)
	}
}

// What is busy when its time is over is slow, not hung, and is ended.
func TestBusyAtTheDeadlineIsSlow(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until a deadline")
	}
	r := shell(t)
	d := driving(Should, "sound", func(trial *Trial, _ Scenario) {
		output := platform.Text(trial.Dir() + "/endless")
		supervisor, err := r.supervisor(trial.ctx)
		trial.NoError(err)
		got := MustCall(supervisor, agent.RunScenario, agent.ScenarioArgs{
			Args: []platform.Text{"/bin/sh", "-c", "while :; do :; done"}, Dir: platform.Text(trial.Dir()),
			Log: output, Output: output, Deadline: time.Second, Quiet: 200 * time.Millisecond,
		})
		r.idle = append(r.idle, supervisor)
		trial.Observe("slow", got.Slow).To(BeTrue())
		trial.Observe("hang", got.Hang).To(BeFalse())
	})
	if got := r.Try(d, "shell/sound"); got.Status != record.Pass {
		t.Errorf("%s %q", got.Status, got.Reasons)
	}
}

func TestWayThatAVersionLacks(t *testing.T) {
	r := shell(t)
	got := r.Try(driving(Observed, "sound", nil), "shell/missing")
	if got.Status != record.NotApplicable || strings.Join(got.Reasons, "") != "Shell 1: too old" {
		t.Errorf("%s %q", got.Status, got.Reasons)
	}
}

// What a runtime is pinned to shows as a divergence when it is seen, and is no
// reason to complain when it is not: another version did it.
func TestPinOfARuntime(t *testing.T) {
	r := shell(t)
	for _, c := range []struct {
		pinned string
		seen   record.Status
	}{{"ran", record.Diverges}, {"ended", record.Fail}} {
		d := driving(Should, "sound", func(trial *Trial, s Scenario) {
			trial.Observe("child", s.Text("child")).To(Equal("refused"))
		})
		d.Pins = []record.Divergence{{Implementation: "Shell", Observation: "child", Value: c.pinned, Reason: "r", Link: "https://example.org"}}
		if got := r.Try(d, "shell/sound"); got.Status != c.seen {
			t.Errorf("pinned to %s: %s %q", c.pinned, got.Status, got.Reasons)
		}
	}
	d := driving(Should, "sound", func(trial *Trial, s Scenario) { trial.Observe("child", s.Text("child")).To(Equal("ran")) })
	d.Pins = []record.Divergence{{Implementation: "Shell", Observation: "child", Value: "ended", Reason: "r", Link: "https://example.org"}}
	if got := r.Try(d, "shell/sound"); got.Status != record.Pass || len(got.Divergences) > 0 {
		t.Errorf("%s %v", got.Status, got.Divergences)
	}
}
