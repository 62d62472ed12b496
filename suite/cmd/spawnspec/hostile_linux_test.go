package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"

	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// hostile are interpreters that do what none should when they are asked what they
// are. For lua, $4 is where the observation goes; cpython's driver is built first.
var hostile = []struct {
	name, runtime, does string
	slow                string // for what is ended at its deadline alone
	names               string // what the line has to say
}{
	{name: "never-ends", runtime: "lua", does: `sleep SECONDS`, names: "hung"},
	{name: "never-ends-building", runtime: "cpython", does: `sleep SECONDS`, names: "could not be built: it hung"},
	{name: "spins", runtime: "lua", does: `while :; do :; done`, slow: "0.1", names: "still busy"},
	{name: "spins-building", runtime: "cpython", does: `while :; do :; done`, slow: "0.1", names: "still busy"},
	{name: "daemon-holds-output", runtime: "lua", does: `sleep SECONDS & echo '{"version": "1"}' >"$4"`, names: "left running"},
	{name: "two-daemons", runtime: "lua", names: "left running",
		does: `setsid sh -c 'sleep SECONDS' & setsid sh -c 'cd /; sleep SECONDS' & echo '{"version": "1"}' >"$4"`},
	{name: "two-daemons-building", runtime: "cpython", does: `setsid sleep SECONDS & setsid sleep SECONDS & exit 3`, names: "exit 3"},
	{name: "prints-a-gigabyte", runtime: "lua", does: `head -c 1000000000 /dev/zero; sleep SECONDS`, names: "printed more"},
	{name: "prints-a-gigabyte-building", runtime: "cpython", does: `head -c 1000000000 /dev/zero; sleep SECONDS`, names: "printed more"},
	{name: "prints-without-end", runtime: "lua", does: `exec yes >&2`, names: "printed more"},
	{name: "observation-is-a-link", runtime: "lua", does: `ln -s /dev/zero "$4"`, names: "cannot be read"},
	{name: "observation-is-a-link-to-a-file", runtime: "lua", does: `ln -s /etc/passwd "$4"`, names: "cannot be read"},
	{name: "observation-is-a-fifo", runtime: "lua", does: `mkfifo "$4"`, names: "not a regular file"},
	{name: "observation-is-a-directory", runtime: "lua", does: `mkdir "$4"`, names: "not a regular file"},
	{name: "observation-is-huge", runtime: "lua", does: `truncate -s 1500000000 "$4"`, names: "longer than"},
	{name: "observation-has-no-end", runtime: "lua", does: `exec yes '{"version": "1"}' >"$4"`, names: "longer than"},
	{name: "observation-is-garbage", runtime: "lua", does: `head -c 5000 /dev/urandom >"$4"; echo >>"$4"`, names: "no JSON object"},
	{name: "wrong-type", runtime: "lua", does: `echo '{"version": 5}' >"$4"`, names: `"version" must be a text`},
	{name: "escapes-printed", runtime: "lua", does: `printf '\033[2J\033]0;title\007gone\n'; exit 1`, names: "gone"},
	{name: "escapes-in-broken", runtime: "lua", does: `printf '%s\n' '{"broken": "\u001b[31mno\u0007 \u202e"}' >"$4"`, names: `\x1b[31mno`},
	{name: "escapes-in-key", runtime: "lua", does: `printf '%s\n' '{"\u001b[31m": 1}' >"$4"`, names: `no key "\x1b[31m"`},
	{name: "says-nothing", runtime: "lua", does: `exit 0`, names: "no observation"},
	{name: "no-version", runtime: "lua", does: `echo '{}' >"$4"`, names: "version"},
	{name: "dies", runtime: "lua", does: `kill -SEGV $$`, names: "SIGSEGV"},
}

// Whatever an interpreter does when it is asked what it is, the answer is one line
// and exit code 2, soon and in little memory, and nothing is left.
func TestHostileInterpreters(t *testing.T) {
	binary := build(t)
	for i, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			if testing.Short() && h.slow != "" {
				t.Skip("waits for a deadline")
			}
			t.Parallel()
			seconds := strconv.Itoa(86400 + i) // names its processes
			dir, temp := t.TempDir(), t.TempDir()
			path := filepath.Join(dir, h.name)
			if err := os.WriteFile(path, []byte("#!/bin/sh\n"+strings.ReplaceAll(h.does, "SECONDS", seconds)+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			args := []string{"run", "--launcher", h.runtime + "=" + path}
			if h.slow != "" {
				args = append(args, "--slow", h.slow)
			}
			c := exec.Command(binary, args...)
			c.Env = append(os.Environ(), "TMPDIR="+temp)
			var stdout, stderr bytes.Buffer
			c.Stdout, c.Stderr = &stdout, &stderr
			begin := time.Now()
			err := c.Run()
			took := time.Since(begin)
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 2 {
				t.Fatalf("%v\n%s%s", err, stdout.Bytes(), stderr.Bytes())
			}
			line, more, _ := strings.Cut(stderr.String(), "\n")
			if stdout.Len() > 0 || more != "" || !strings.Contains(line, path) || !strings.Contains(line, h.names) ||
				strings.ContainsFunc(line, unicode.IsControl) || strings.ContainsRune(line, '\u202e') || len(line) > 1000 {
				t.Errorf("not one line that names the interpreter and %q: %q %q", h.names, stdout.String(), stderr.String())
			}
			if took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			const mebi = 1 << 10 // ru_maxrss is in KiB
			if usage, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok && usage.Maxrss > 300*mebi {
				t.Errorf("it took %d MiB", usage.Maxrss/mebi)
			}
			if left := append(processesOf(dir, temp), sleepers(seconds)...); len(left) > 0 {
				t.Errorf("left running: %q", left)
			}
			if entries, err := os.ReadDir(temp); err != nil || len(entries) > 0 {
				t.Errorf("left behind: %v %v", entries, err)
			}
		})
	}
}

// sleepers are the processes that an interpreter has left, wherever they are.
func sleepers(seconds string) (found []string) {
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range lines {
		if line, _ := os.ReadFile(path); bytes.Equal(line, []byte("sleep\x00"+seconds+"\x00")) {
			found = append(found, path)
		}
	}
	return found
}

// A runtime that is asked for by its name has to be usable, whether a path was given
// with it or not; one that is only found does not.
func TestNamedRuntimeHasToRun(t *testing.T) {
	t.Parallel()
	binary := build(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "node"), []byte("#!/bin/sh\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args  []string
		code  int
		names string
	}{
		{[]string{"--launcher", "node"}, 2, "--launcher node: " + dir + "/node does not run its driver"},
		{[]string{"--launcher", "node/json", "--only", "boundary.kind.empty"}, 2, dir + "/node does not run its driver"},
		{[]string{"--launcher", "php"}, 2, "--launcher php: no php on PATH"},
		{[]string{"--runtimes", "--only", "wait.status.low8", "--only", "boundary.kind.empty"}, 0, ""},
	} {
		run := exec.Command(binary, append([]string{"run"}, c.args...)...)
		run.Env = append(os.Environ(), "PATH="+dir+":/nowhere")
		out, _ := run.CombinedOutput()
		if code := run.ProcessState.ExitCode(); code != c.code || !strings.Contains(string(out), c.names) {
			t.Errorf("%q: exit code %d, not %d, or without %q\n%s", c.args, code, c.code, c.names, out)
		}
	}
}

// A driver that says what it is and nothing else is the second step of a new one, see
// README.md: nothing is red, and nothing holds either.
func TestDriverThatOnlySaysWhatItIs(t *testing.T) {
	t.Parallel()
	binary := build(t)
	dir := t.TempDir()
	path, recording := filepath.Join(dir, "lua"), filepath.Join(dir, "lua.json")
	driver := `#!/bin/sh
[ "$2" = about ] && echo '{"version": "5.4.4", "ways": {"popen": ""}}' >"$4"
exit 0
`
	if err := os.WriteFile(path, []byte(driver), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(binary, "run", "--launcher", "lua="+path, "--record", recording).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r, err := record.ReadFile(recording)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Trials) < 50 {
		t.Errorf("only %d trials", len(r.Trials))
	}
	for _, tried := range r.Trials {
		// What a behaviour tries before or without a start is not the driver's.
		untouched := spec.StartsPrograms(tried.Launcher) && (tried.Status == record.Unmet || tried.ID == "boundary.send.error-in-parent")
		if !untouched && (tried.Status != record.NotApplicable || len(tried.Reasons) == 0) {
			t.Errorf("%s @ %s: %s %q", tried.ID, tried.Launcher, tried.Status, tried.Reasons)
		}
	}
}

// What Go's runtime prints as the run crashes is told when the run is gone: all of it,
// or one line if the host has run out of something.
func TestCrashedRun(t *testing.T) {
	if testing.Short() {
		t.Skip("starts whole runs")
	}
	t.Parallel()
	const outOfThreads = "runtime: failed to create new OS thread (have 12 already; errno=11)\nfatal error: newosproc\n\nruntime stack:\n"
	for _, c := range []struct {
		name    string
		printed string // by the runtime, if the signal does not make it print
		signal  syscall.Signal
		says    string
		lines   int // 0 for a trace
	}{
		{"quit", "", syscall.SIGQUIT, "SIGQUIT: quit\n", 0},
		{"out of threads", outOfThreads, syscall.SIGKILL, "has run out of something: EAGAIN; raise its limits", 1},
		{"killed", "", syscall.SIGKILL, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			temp := t.TempDir()
			run, err := partOfARun(temp)
			if err != nil {
				t.Fatal(err)
			}
			var stderr bytes.Buffer
			run.Stderr = &stderr // comes to its end when the helper that cleans up is gone too
			if err := run.Start(); err != nil {
				t.Fatal(err)
			}
			var log []string
			look := time.NewTicker(time.Millisecond)
			defer look.Stop()
			for deadline := time.Now().Add(time.Minute); len(log) == 0 && time.Now().Before(deadline); <-look.C {
				log, _ = filepath.Glob(filepath.Join(temp, "spawnspec-*", "crash"))
			}
			if len(log) != 1 {
				_ = run.Process.Kill()
				_ = run.Wait()
				t.Fatalf("where a crash is written: %q", log)
			}
			if err := os.WriteFile(log[0], []byte(c.printed), 0o600); err != nil {
				t.Error(err)
			}
			_ = run.Process.Signal(c.signal)
			_ = run.Wait()
			said := stderr.String()
			if !strings.Contains(said, c.says) || c.says == "" && said != "" || c.lines > 0 && strings.Count(said, "\n") != c.lines {
				t.Errorf("not %d lines with %q: %.500q", c.lines, c.says, said)
			}
			if processes, directories := leftovers(temp); len(processes)+len(directories) > 0 {
				t.Errorf("left: %q %q", processes, directories)
			}
		})
	}
}
