package protocol

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

// A lie is a change in the driver for Perl, text by text, after which it does not do what
// it says; and the check that notices it, on a way.
type lie struct {
	name, way, noticedBy string
	changes              []string // a file, what is replaced in it, and by what
}

const execution = `exec {$asked->{path}} @{$asked->{argument}}`

var lies = []lie{
	{"nothing", "fork-exec", "", nil},
	{"the last argument is lost", "fork-exec", "image and arguments",
		[]string{"launch.pl", execution, `exec {$asked->{path}} @{$asked->{argument}}[0 .. $#{$asked->{argument}} - 1]`}},
	{"an empty argument is lost", "fork-exec", "image and arguments",
		[]string{"launch.pl", execution, `exec {$asked->{path}} grep { length } @{$asked->{argument}}`}},
	{"a shell splits the arguments", "fork-exec", "image and arguments",
		[]string{"launch.pl", execution, `exec "exec @{$asked->{argument}} #"`}},
	{"the image is searched for by argument 0", "fork-exec", "argument-0",
		[]string{"launch.pl", execution, `exec @{$asked->{argument}}`}},
	{"argument 0 is the path", "fork-exec", "argument-0",
		[]string{"launch.pl", execution, `exec {$asked->{path}} $asked->{path}, @{$asked->{argument}}[1 .. $#{$asked->{argument}}]`}},
	{"the environment is the driver's own", "fork-exec", "environment",
		[]string{"launch.pl", `return %ENV if !$asked->{environment}`, `return %ENV`}},
	{"a variable is added", "fork-exec", "what was not asked for",
		[]string{"launch.pl", execution, `$ENV{ADDED} = 1; ` + execution}},
	{"a variable is lost", "fork-exec", "environment",
		[]string{"launch.pl", execution, `delete $ENV{SPAWNSPEC_ONE}; ` + execution}},
	{"there is a shell that is not declared", "fork-exec", "environment",
		[]string{"launch.pl", execution, `exec '/bin/sh', '-c', 'export PWD; exec "$0" "$@"', @{$asked->{argument}}`}},
	{"the mask is another one", "fork-exec", "what was not asked for", []string{"launch.pl", execution, `umask 0; ` + execution}},
	{"the directory is the driver's own", "fork-exec", "directory",
		[]string{"launch.pl", `chdir $asked->{directory} or exit 127 if defined $asked->{directory};`, ``}},
	{"standard input is the driver's own", "fork-exec", "streams",
		[]string{"launch.pl", `open STDIN, '<&', $streams{stdin} or exit 127 if $streams{stdin};`, ``}},
	{"output and error are the same", "fork-exec", "streams", []string{"launch.pl", `'>&', $streams{stderr}`, `'>&', $streams{stdout}`}},
	{"the program has the driver's descriptors too", "fork-exec", "streams",
		[]string{"launch.pl", `my %streams =`, `local $^F = 99; my %streams =`}},
	{"the driver keeps a stream", "fork-exec", "own copies of streams", []string{"launch.pl", `close $_ for values %streams;`, ``}},
	{"the driver prints", "system", "streams", []string{"launch.pl", `my $status = system`, `syswrite STDOUT, "x"; my $status = system`}},
	{"the driver reads", "system", "streams", []string{"launch.pl", `my $status = system`, `<STDIN>; my $status = system`}},
	{"a descriptor is not given", "fork-exec", "descriptors",
		[]string{"launch.pl", execution, `require POSIX; POSIX::close($_) for @{$asked->{descriptor}}; ` + execution}},
	{"there is no group", "fork-exec", "group", []string{"launch.pl", `setpgrp 0, 0 if $asked->{group};`, ``}},
	{"there is no session", "fork-exec", "session", []string{"launch.pl", `POSIX::setsid()`, `1`}},
	{"the process id is the driver's", "fork-exec", "process-id", []string{"launch.pl", `say_line(pid => $pid)`, `say_line(pid => $$)`}},
	{"every status is 0", "fork-exec", "exit status", []string{"launch.pl", `say_line(exit => $status >> 8`, `say_line(exit => 0`}},
	{"a signal is a status of 0", "fork-exec", "end by a signal",
		[]string{"launch.pl", `say_line(signal => $status & 127`, `say_line(exit => 0`}},
	{"the end is told before it has come", "fork-exec", "end not told early",
		[]string{"launch.pl", `waitpid $pid, 0;`, `waitpid $pid, 1; $? = 1792;`}},
	{"the start is told when it has ended", "system", "end not told early", []string{"launch.pl", `say_line(calling => 'exit');`, ``}},
	{"the end is told when that of its children has come", "fork-exec", "end not told late",
		[]string{"launch.pl", `my $pid = fork //`, `local $^F = 99; pipe my $end, my $held; my $pid = fork //`,
			"launch.pl", `waitpid $pid, 0;`, `close $held; waitpid $pid, 0; { local $?; <$end> }`}},
	{"an error has another number", "system", "errors", []string{"launch.pl", `errno => $name // $error + 0`, `errno => 'EPERM'`}},
	{"only one program is started", "fork-exec", "again", []string{"launch.pl", `($own, $asked->{then})`, `($own, undef)`}},
	{"no program is started beside another", "fork-exec", "beside",
		[]string{"launch.pl", `if (defined $asked->{beside})`, `if (0)`}},
	{"a byte of the output is lost", "pipe-open", "capture", []string{"launch.pl", `output => length $read`, `output => -1 + length $read`}},
	{"the output is another one", "pipe-open", "capture", []string{"launch.pl", `unpack('%32C*', $read)`, `0`}},
	{"the text is another one", "return", "text", []string{"output.pl", `'x' x 100`, `'y' x 100`}},
	{"an error is no error", "system", "a start that fails",
		[]string{"launch.pl", `return failed($!, 'returned') if $status == -1 && !$!{ECHILD};`, `$status = 0 if $status == -1;`}},
	{"errors are declared that are not told", "fork-exec", "errors", []string{"driver.pl", `'fork-exec' => '`, `'fork-exec' => 'errors `}},
	{"a group is declared that there is not", "system", "group", []string{"driver.pl", `system => '`, `system => 'group `}},
	{"a session is declared that there is not", "system", "session", []string{"driver.pl", `system => '`, `system => 'session `}},
	{"a directory is declared that there is not", "system", "directory", []string{"driver.pl", `system => '`, `system => 'directory `}},
	{"streams are declared that there are not", "system", "streams", []string{"driver.pl", `system => '`, `system => 'streams `}},
	{"a process id is declared that is not told", "system", "process-id", []string{"driver.pl", `system => '`, `system => 'process-id `}},
}

// untilDeadline are the lies that a check notices when its deadline has come.
var untilDeadline = []string{"the start is told when it has ended", "no program is started beside another",
	"the driver keeps a stream", "the end is told when that of its children has come"}

// Every check of a launch passes on the driver for Perl as it is, and notices a driver
// that lies about its subject.
func TestLyingDriverIsNoticed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the driver for Perl that lies is one of Unix")
	}
	if testing.Short() {
		t.Skip("starts some three hundred interpreters")
	}
	rs := trial.NewRuntimes()
	for i, l := range lies {
		dir := filepath.Join(t.TempDir(), "driver")
		if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "..", "fixtures", "runtimes", "perl"))); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprint("lie", i)
		change := func(file, from, to string) {
			path := filepath.Join(dir, file)
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(content), from); n != 1 {
				t.Fatalf("%s: %q is in %s %d times", l.name, from, file, n)
			}
			if err := os.WriteFile(path, []byte(strings.Replace(string(content), from, to, 1)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		change("manifest.json", `"name": "perl"`, `"name": "`+name+`"`)
		change("manifest.json", `"title": "Perl"`, `"title": "`+name+`"`)
		for c := range slices.Chunk(l.changes, 3) {
			change(c[0], c[1], c[2])
		}
		r, err := runtimes.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Find(); err != nil {
			t.Skip(err)
		}
		if err := spec.AddRuntime(r); err != nil {
			t.Fatal(err)
		}
		if err := rs.Include(name, ""); err != nil {
			t.Fatal(err)
		}
	}
	h, err := trial.Begin(1, rs)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.End(); err != nil {
			t.Error(err)
		}
	}()
	noticed := map[string]bool{}
	for i, l := range lies {
		t.Run(l.name, func(t *testing.T) {
			c := check{harness: h, runtime: h.Runtime(fmt.Sprint("lie", i))}
			if c.runtime.Unusable != nil {
				t.Fatal(c.runtime.Unusable)
			}
			if slices.Contains(untilDeadline, l.name) {
				defer func(d time.Duration) { h.Deadline = d }(h.Deadline)
				h.Deadline = time.Second
			}
			for _, way := range []string{"fork-exec", "system", "pipe-open", "return"} {
				scenario, checks := launching, launches
				if way == "return" {
					scenario, checks = writing, []launch{text}
				}
				for _, check := range checks {
					if l.noticedBy != "" && (check.what != l.noticedBy || way != l.way) {
						continue
					}
					found := c.try(scenario, way, check)
					wrong := slices.ContainsFunc(found, func(f Finding) bool { return f.Verdict == Wrong })
					if l.noticedBy != "" {
						t.Logf("%q", found)
					}
					if wrong != (l.noticedBy != "") {
						t.Errorf("%q", found)
					}
					noticed[l.noticedBy] = true
				}
			}
		})
	}
	for _, check := range append(launches, text) {
		if !noticed[check.what] {
			t.Errorf("nothing lies about %s", check.what)
		}
	}
}
