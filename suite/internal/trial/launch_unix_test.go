//go:build unix

package trial

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
)

// launchDriver is a driver that starts nothing, or the wrong way; the names of its ways
// say what it does. Its third argument is where it answers.
const launchDriver = `
say() { printf '%s\n' "$1" >>"$answers"; }
answers=$3
case $2 in
mute)    { echo here; exec sleep 600; } >"$0.left" & wait ;;
silent)  ;;
dies)    echo the reason >&2; exit 3 ;;
garbage) say 'no JSON' ;;
broken)  say '{"broken": "on purpose"}' ;;
none)    say '{"not applicable": "there is no such call"}' ;;
fails)   say '{"error": "no such file", "errno": "ENOENT", "how": "returned"}' ;;
once)    if [ -e "$0.begun" ]; then say '{"pid": "unknown"}'; say '{"exit": 0}'; else : >"$0.begun"
         say '{"error": "not now", "errno": "EACCES", "how": "returned"}'; fi ;;
untold)  say "{\"pid\": $$}" ;;
late)    say '{"calling": "exit"}'; exit 3 ;;
esac
`

// What a driver does wrong is never charged to the runtime's way to start programs.
func TestDriverThatLaunchesWrong(t *testing.T) {
	r, err := begun()
	if err != nil {
		t.Fatal(err)
	}
	driver := filepath.Join(t.TempDir(), "driver.sh")
	if err := os.WriteFile(driver, []byte(launchDriver), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := posix.Mkfifo(driver+".left", 0o600); err != nil {
		t.Fatal(err)
	}
	left, err := os.OpenFile(driver+".left", os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer left.Close()
	starts := func(t *Trial) { t.Observe("status", t.Start(Exit(0)).Wait().String()).To(Equal("exit 0")) }
	for _, c := range []struct {
		way    string
		status record.Status
		reason string
	}{
		{"mute", record.Broken, "the driver of Shell did not start the program in time"},
		{"silent", record.NotApplicable, "its driver has no answer to scenario launch"},
		{"dies", record.Broken, "the driver of Shell ended with exit 3"},
		{"garbage", record.Broken, `the driver of Shell: it wrote "no JSON", which is no JSON object in one line`},
		{"broken", record.Broken, "the driver of Shell: on purpose"},
		{"none", record.NotApplicable, "there is no such call"},
		{"fails", record.Unmet, "shell/fails cannot start a program here: no such file"},
		{"once", record.Fail, "shell/once could not start a child: not now"},
		{"untold", record.Broken, "the driver of Shell does not tell how the program ended"},
		{"late", record.Broken, "the driver of Shell ended with exit 3"},
	} {
		t.Run(c.way, func(t *testing.T) {
			d := &Declaration{Behaviour: record.Behaviour{ID: "test." + c.way, Level: Should}, Body: starts}
			l := &runtimes.Launcher{Launcher: "shell/" + c.way, Title: "Shell", Command: []string{"/bin/sh", driver}}
			got := r.TryOn(d, l, 2*time.Second)
			if reasons := strings.Join(got.Reasons, "\n"); got.Status != c.status || !strings.HasPrefix(reasons, c.reason) {
				t.Errorf("%s %q", got.Status, got.Reasons)
			}
			if len(got.Reasons) > 1 {
				t.Errorf("more than one reason: %q", got.Reasons)
			}
		})
	}
	// The end of file is the end of what the mute driver has left.
	_ = left.SetReadDeadline(time.Now().Add(20 * time.Second))
	if said, err := io.ReadAll(left); err != nil || string(said) != "here\n" {
		t.Errorf("what a driver has left said %q and then gave %v", said, err)
	}
}

// A driver that the host does not let start is no verdict about the runtime either.
func TestDriverThatCannotStart(t *testing.T) {
	r, err := begun()
	if err != nil {
		t.Fatal(err)
	}
	d := &Declaration{Behaviour: record.Behaviour{ID: "test.start", Level: Should},
		Body: func(t *Trial) { t.Observe("status", t.Start(Exit(0)).Wait().String()).To(Equal("exit 0")) }}
	missing := &runtimes.Launcher{Launcher: "shell/x", Title: "Shell", Command: []string{filepath.Join(t.TempDir(), "none")}}
	got := r.TryOn(d, missing, time.Second)
	if got.Status != record.Broken || !strings.HasPrefix(got.Reasons[0], "the driver of Shell could not be started: ") {
		t.Errorf("%s %q", got.Status, got.Reasons)
	}
	huge := &Declaration{Behaviour: record.Behaviour{ID: "test.huge", Level: Should},
		Body: func(t *Trial) {
			t.Observe("status", t.Start(Exit(0), Env("X="+strings.Repeat("x", 4<<20))).Wait().String()).To(Equal("exit 0"))
		}}
	sh := &runtimes.Launcher{Launcher: "shell/x", Title: "Shell", Command: []string{"/bin/sh", "-c", "exit 0"}}
	if got := r.TryOn(huge, sh, time.Second); got.Status != record.NotApplicable {
		t.Errorf("%s %q", got.Status, got.Reasons)
	}
}

// A body that starts one program after the other ends soon after its deadline.
func TestNoStartAfterTheDeadline(t *testing.T) {
	r, err := begun()
	if err != nil {
		t.Fatal(err)
	}
	d := &Declaration{Behaviour: record.Behaviour{ID: "test.endless", Level: Should}, Body: func(t *Trial) {
		for {
			t.Start(Exit(0)).Wait()
		}
	}}
	got := r.TryOn(d, platform.OSExec, 300*time.Millisecond)
	if got.Status == record.Pass || strings.Contains(strings.Join(got.Reasons, " "), "did not return") {
		t.Errorf("%s %q", got.Status, got.Reasons)
	}
}

// A hang is a known difference only where it is what the pinned check is about.
func TestKnownHang(t *testing.T) {
	r, err := begun()
	if err != nil {
		t.Fatal(err)
	}
	hangs := func(t *Trial) bool { return t.Go(func() error { <-t.ctx.Done(); select {} }).Returned() }
	pinned := func(body func(*Trial)) record.Trial {
		d := &Declaration{Behaviour: record.Behaviour{ID: "test.hang", Level: Should}, Body: body}
		Diverges(platform.Implementation(), "a", false, "because", "https://example.org")(d)
		return r.TryOn(d, platform.OSExec, 300*time.Millisecond)
	}
	got := pinned(func(t *Trial) { t.ObserveReturns("a", hangs(t)) })
	if got.Status != record.Diverges {
		t.Errorf("%s %q", got.Status, got.Reasons)
	}
	got = pinned(func(t *Trial) { t.Observe("a", false).To(BeTrue()); t.Observe("b", hangs(t)) })
	if got.Status != record.Fail || strings.Join(got.Reasons, "") != "it did not end within its deadline" {
		t.Errorf("%s %q", got.Status, got.Reasons)
	}
}

// Of a variable only the name is told.
func TestNames(t *testing.T) {
	got := Names([]string{"A=1", "B=", "C=D=E", "none", "=C:=C:\\x", ""})
	if strings.Join(got, ",") != "A,B,C,none,=C:," {
		t.Errorf("%q", got)
	}
}

// A command in front of a program that a trial has not heard of is not killed at its end:
// what it may just have forked would be left behind, as that of bwrap is.
func TestCommandInFrontEndsByItself(t *testing.T) {
	r, err := begun()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	command, ended := filepath.Join(dir, "command.sh"), filepath.Join(dir, "ended")
	if err := os.WriteFile(command, []byte("#!/bin/sh\n\"$@\" &\nwait $!\n: >"+ended+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	l := &runtimes.Launcher{Launcher: "wrap/mine", Command: []string{command}, InFront: true, Parts: []runtimes.Part{runtimes.Descriptors}}
	d := &Declaration{Behaviour: record.Behaviour{ID: "test.front", Level: Observed}, Body: func(t *Trial) {
		t.Start(Agent())
		t.Observe("nothing else", true)
	}}
	if got := r.TryOn(d, l, 10*time.Second); got.Status != record.Pass {
		t.Fatalf("%s %q", got.Status, got.Reasons)
	}
	if _, err := os.Stat(ended); err != nil {
		t.Errorf("the command was ended: %v", err)
	}
}
