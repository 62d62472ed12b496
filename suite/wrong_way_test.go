package suite_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

// wrongWays are faults of a runtime that starts programs, each put into the driver of Perl
// by a change of its text, and the behaviour that notices it on a way.
var wrongWays = []struct{ does, way, from, to, noticedBy string }{
	{"leaks a descriptor with every start", "fork-exec", `    say_line(pid => $pid);`,
		`    say_line(pid => $pid); open my $kept, '<', '/dev/null'; push our @kept, $kept;`,
		"runtime.parent.no-descriptor-per-start"},
	{"leaves a zombie", "fork-exec", `    say_line(pid => $pid);`, `    say_line(pid => $pid); fork || kill 9, $$;`,
		"runtime.parent.no-child-left"},
	{"keeps a signal ignored", "fork-exec",
		`    say_line(pid => $pid);`, `    say_line(pid => $pid); $SIG{HUP} = 'IGNORE';`,
		"runtime.parent.signals-restored"},
	{"changes its own directory for a start", "fork-exec", `    my $pid = fork //`,
		`    chdir $asked->{directory} if defined $asked->{directory}; my $pid = fork //`,
		"runtime.parent.mask-and-directory"},
	{"makes shared streams non-blocking", "fork-exec",
		`    my $pid = fork //`, `    fcntl STDOUT, 4, 04001; my $pid = fork //`,
		"runtime.parent.streams-blocking"},
	{"prints a warning", "fork-exec", `    say_line(pid => $pid);`, `    say_line(pid => $pid); print STDERR "a child\n";`,
		"runtime.parent.prints-nothing"},
	{"sets a variable at its first start", "fork-exec",
		`    say_line(pid => $pid);`, `    say_line(pid => $pid); $ENV{SET} = 1;`,
		"runtime.second.warm-as-fresh"},
	{"hands a descriptor of one start to another", "fork-exec", `    say_line(pid => $pid);`,
		`    say_line(pid => $pid); $^F = 99; open our $other, '<', '/dev/null';`, "runtime.second.beside-as-alone"},
	{"takes one child's status for another's", "fork-exec", "    waitpid $pid, 0;\n    ended($?);",
		"    waitpid $pid, 0;\n    our $last //= $?;\n    ended($last);", "runtime.second.statuses-apart"},
	{"keeps what is the child's open", "fork-exec",
		`    close $_ for values %streams;`, `    push our @kept, values %streams;`,
		"runtime.second.holds-no-stream"},
	{"loses the last byte of the output", "pipe-open", `output => length $read`, `output => -1 + length $read`,
		"runtime.capture.whole"},
	{"gives other bytes of the output", "pipe-open", `unpack('%32C*', $read)`, `1`, "runtime.capture.both-at-once"},
	{"gives the child non-blocking streams", "pipe-open", `    my $pid = open my $from`,
		`    fcntl STDIN, 4, 04000; my $pid = open my $from`, "runtime.capture.child-blocking"},
	{"tells a failed start as a success", "fork-exec", "        exit 127;\n    }\n", "        exit 0;\n    }\n",
		"runtime.failure.missing-file"},
	{"tells another error", "pipe-open", "        or return failed($!, 'returned');\n    started",
		"        or return failed($! = 1, 'returned');\n    started", "runtime.failure.no-permission"},
	{"leaves a child behind where a start fails", "pipe-open", "        or return failed($!, 'returned');\n    started",
		"        or do { my $why = $!; fork || kill 9, $$; return failed($! = $why, 'returned') };\n    started",
		"runtime.failure.directory"},
	{"tells 0 of every child", "fork-exec", `say_line(exit => $status >> 8, status`, `say_line(exit => 0, status`,
		"runtime.circumstance.sigchld-ignored"},
	{"tells 0 as process 1", "fork-exec", `say_line(exit => $status >> 8, status`,
		`say_line(exit => $$ == 1 ? 0 : $status >> 8, status`, "runtime.circumstance.process-1"},
	{"makes a file in TMPDIR", "fork-exec", `    my $pid = fork //`,
		`    -d ($ENV{TMPDIR} // '/tmp') or return failed($! = 2, 'returned'); my $pid = fork //`,
		"runtime.circumstance.tmpdir"},
	{"looks for a helper by PATH", "fork-exec", `    my $pid = fork //`,
		`    $ENV{PATH} or return failed($! = 2, 'returned'); my $pid = fork //`, "runtime.circumstance.environment-empty"},
	{"sets the mask of the child", "fork-exec", `        setpgrp 0, 0 if`, `        umask 022; setpgrp 0, 0 if`,
		"runtime.circumstance.umask"},
	{"cannot start with many descriptors open", "fork-exec", `    my $pid = fork //`,
		`    open my $null, '<', '/dev/null'; fileno $null < 100 or return failed($! = 13, 'returned'); my $pid = fork //`,
		"runtime.circumstance.many-descriptors"},
	{"tells a signal as an exit status", "fork-exec",
		`say_line(signal => $status & 127,`, `say_line(exit => 128 + ($status & 127),`,
		"runtime.status.signals"},
	{"exits without a flush", "return", `exit if $way eq 'exit';`, `require POSIX; POSIX::_exit(0);`,
		"runtime.output.file"},
	{"writes to a pipe and does not wait", "return",
		`    print 'x' x 99`, `    -p STDOUT and fcntl STDOUT, 4, 04001; print 'x' x 99`,
		"runtime.output.pipe"},
	{"writes to a socket and does not wait", "return",
		`    print 'x' x 99`, `    -S STDOUT and fcntl STDOUT, 4, 04002; print 'x' x 99`,
		"runtime.output.socket"},
}

func TestWrongWayIsNoticed(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the driver of each way that is wrong")
	}
	if runtime.GOOS != "linux" {
		t.Skip("the numbers of flags and signals are those of Linux")
	}
	perl, err := exec.LookPath("perl")
	if err != nil {
		t.Skip(err)
	}
	harness := harnessOf(t)
	parts := map[string][]runtimes.Part{
		"fork-exec": {runtimes.Environment, runtimes.Directory, runtimes.Streams, runtimes.Descriptors, runtimes.ProcessID,
			runtimes.Again, runtimes.Beside},
		"pipe-open": {runtimes.Environment, runtimes.Errors, runtimes.ProcessID, runtimes.Captures, runtimes.Capture,
			runtimes.Again, runtimes.Beside},
	}
	for _, w := range wrongWays {
		t.Run(w.does, func(t *testing.T) {
			dir := driverIn(t, "perl")
			l := &runtimes.Launcher{Launcher: "wrong/" + w.way, Title: "Wrong",
				Command: []string{perl, filepath.Join(dir, "driver.pl")},
				Parts:   parts[w.way], Exits: w.way == "return"}
			file := "launch.pl"
			if l.Exits {
				file = "output.pl"
			}
			notices(t, harness, w.noticedBy, l, filepath.Join(dir, file), w.from, w.to)
		})
	}
}

// driverIn copies the driver of a runtime to a directory of the test's own.
func driverIn(t *testing.T, name string) string {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "fixtures", "runtimes", name))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// notices tries a behaviour on a way as it is, and then with a change in a file of its
// driver, which has to be noticed.
func notices(t *testing.T, harness *trial.Harness, id string, way *runtimes.Launcher, file, from, to string) {
	i := slices.IndexFunc(spec.All(), func(d *spec.Declaration) bool { return d.ID == id })
	if i < 0 {
		t.Fatalf("there is no %s", id)
	}
	switch right := harness.TryOn(spec.All()[i], way, 3*harness.Deadline); right.Status {
	case record.Pass:
	case record.Unmet:
		t.Skip(right.Reasons)
	default:
		t.Errorf("as it is: %s %q", right.Status, right.Reasons)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(content), from); n != 1 {
		t.Fatalf("%q is in the driver %d times", from, n)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(content), from, to, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	deadline := 3 * harness.Deadline
	if id == "runtime.second.holds-no-stream" { // when the deadline has come
		deadline = 3 * time.Second
	}
	got := harness.TryOn(spec.All()[i], way, deadline)
	if !failed(got) { // what a wrong one leaves may break the trial
		t.Errorf("%s %q", got.Status, got.Reasons)
	}
	t.Logf("%q", got.Reasons)
}

// wrongOnWindows are faults of a runtime that starts programs of Windows, each put into the
// driver of CPython.
var wrongOnWindows = []struct{ does, from, to, noticedBy string }{
	{"loses the last argument", `child = Popen(request.arguments, **o`, `child = Popen(request.arguments[:-1], **o`,
		"argument.quoting.roundtrip"},
	{"loses empty arguments", `child = Popen(request.arguments, **o`,
		`child = Popen([a for a in request.arguments if a], **o`, "argument.quoting.empty"},
	{"quotes nothing", `child = Popen(request.arguments, **o`,
		`child = Popen(" ".join(request.arguments) if request.arguments else "", **o`, "argument.quoting.roundtrip"},
	{"takes the path for the first argument", `child = Popen(request.arguments, **o`,
		`child = Popen([request.path] + request.arguments[1:], **o`, "argument.vector.first-independent"},
	{"loses a variable", `"env": request.environment}`,
		`"env": request.environment and dict(list(request.environment.items())[:-1])}`, "environment.value.unicode"},
	{"ignores the directory", `"cwd": request.directory, "env"`, `"cwd": None, "env"`, "directory.start.missing"},
	{"cuts statuses to a byte", `    request.meanwhile()
    answers.ended(child.wait())`,
		`    answers.ended(child.wait() & 255)`, "wait.status.32-bits"},
	{"loses the last byte of the output", `    answers.say(output=len(out)`, `    answers.say(output=len(out) - 1`,
		"runtime.capture.whole"},
}

func TestWrongWayOnWindowsIsNoticed(t *testing.T) {
	python := os.Getenv("SPAWNSPEC_TEST_PYTHON")
	if python == "" || runtime.GOOS != "windows" {
		t.Skip("needs Windows and the path of its CPython in SPAWNSPEC_TEST_PYTHON")
	}
	harness := harnessOf(t)
	for _, w := range wrongOnWindows {
		t.Run(w.does, func(t *testing.T) {
			dir := driverIn(t, "cpython")
			l := &runtimes.Launcher{Launcher: "wrong/subprocess", Title: "Wrong",
				Command: []string{python, "-B", filepath.Join(dir, "driver.py")},
				Parts: []runtimes.Part{runtimes.Argument0, runtimes.CommandLine, runtimes.Environment, runtimes.Directory,
					runtimes.Errors, runtimes.ProcessID, runtimes.Capture}}
			notices(t, harness, w.noticedBy, l, filepath.Join(dir, "launch.py"), w.from, w.to)
		})
	}
}

// What a way says of itself decides what it is asked for: one that tells the end late is
// not asked for programs that outlive their starter, and a version that may not run under
// a circumstance is not held to that.
func TestWhatAWaySaysOfItself(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the driver of Perl")
	}
	perl, err := exec.LookPath("perl")
	if err != nil || runtime.GOOS != "linux" {
		t.Skip("the driver is one for Perl, and the behaviours are those of Linux")
	}
	harness := harnessOf(t)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "fixtures", "runtimes", "perl"))); err != nil {
		t.Fatal(err)
	}
	driver := filepath.Join(dir, "driver.pl")
	fails := filepath.Join(dir, "fails.pl")
	script := "exit 1 if -e '/proc/self/fd/100'; exec $^X, '" + driver + "', @ARGV;\n"
	if err := os.WriteFile(fails, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	parts := []runtimes.Part{runtimes.Environment, runtimes.Directory, runtimes.Streams, runtimes.Descriptors,
		runtimes.ProcessID}
	for _, c := range []struct {
		id     string
		way    runtimes.Launcher
		status record.Status
	}{
		{"wait.orphan.not-killed", runtimes.Launcher{Launcher: "timely/fork-exec", Command: []string{perl, driver},
			Parts: parts}, record.Pass},
		{"wait.orphan.not-killed", runtimes.Launcher{Launcher: "late/fork-exec", Command: []string{perl, driver},
			Parts: slices.Concat(parts, []runtimes.Part{runtimes.LateEnd})}, record.NotApplicable},
		{"runtime.circumstance.many-descriptors", runtimes.Launcher{Launcher: "shell/fork-exec", Version: "dash 0.5.12",
			Command: []string{perl, fails}, Parts: parts}, record.Broken},
		{"runtime.circumstance.many-descriptors", runtimes.Launcher{Launcher: "shell/fork-exec", Version: "mksh R59",
			Command: []string{perl, fails}, Parts: parts}, record.NotApplicable},
	} {
		i := slices.IndexFunc(spec.All(), func(d *spec.Declaration) bool { return d.ID == c.id })
		if got := harness.TryOn(spec.All()[i], &c.way, 3*harness.Deadline); got.Status != c.status {
			t.Errorf("%s on %s: %s %q", c.id, c.way.Launcher, got.Status, got.Reasons)
		}
	}
}
