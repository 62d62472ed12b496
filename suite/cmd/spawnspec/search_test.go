package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spawnspec/spawnspec/suite/internal/search"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// What people hold in their hands, as programs print it, and the behaviour that it is
// about. These are texts of this test's own writing; none is a fixture of the recordings.
var messages = []struct {
	log   string
	first string // "" for what the specification has nothing about
}{
	// The story's own two tracebacks, the parent's in the words of three versions.
	{parentTraceback("TypeError: cannot serialize '_io.TextIOWrapper' object"), "boundary.story.testcase"},
	{parentTraceback("TypeError: cannot pickle '_io.TextIOWrapper' object"), "boundary.story.testcase"},
	{parentTraceback("TypeError: cannot pickle 'TextIOWrapper' instances"), "boundary.story.testcase"},
	{parentTraceback("TypeError: cannot pickle 'TextIOWrapper' instances\nwhen serializing dict item '_original_stdout'"), "boundary.story.testcase"},
	{childTraceback, "boundary.story.one-error"},
	{parentTraceback("TypeError: cannot serialize '_io.TextIOWrapper' object") + childTraceback, "boundary.story.testcase"},
	// Python.
	{"RuntimeError: \n        An attempt has been made to start a new process before the\n        current process has finished its bootstrapping phase.\n\n" +
		"        This probably means that you are not using fork to start your\n        child processes and you have forgotten to use the proper idiom\n        in the main module:\n",
		"boundary.main.guard-missing"},
	{"AttributeError: Can't pickle local object 'train.<locals>.collate'", "boundary.kind.local-function"},
	{"AttributeError: Can't get local object 'main.<locals>.<lambda>'", "boundary.kind.lambda"},
	{"TypeError: cannot pickle '_thread.lock' object", "boundary.kind.lock"},
	{"TypeError: cannot pickle 'generator' object", "boundary.kind.generator"},
	{"TypeError: cannot pickle 'sqlite3.Connection' object", "boundary.kind.database-connection"},
	{"TypeError: cannot pickle 'weakref' object", "boundary.kind.weakref"},
	{"TypeError: cannot pickle 'module' object", "boundary.kind.module"},
	{"concurrent.futures.process.BrokenProcessPool: A process in the process pool was terminated abruptly while the future was running or pending.",
		"boundary.worker.dies"},
	{"app.py:12: DeprecationWarning: This process (pid=4711) is multi-threaded, use of fork() may lead to deadlocks in the child.\n  self.pid = os.fork()",
		"boundary.method.fork-threads-warning"},
	{"ChildProcessError: [Errno 10] No child processes", "runtime.circumstance.sigchld-ignored"},
	{"OSError: [Errno 26] Text file busy: './tool'", "exec.error.etxtbsy"},
	{"OSError: [Errno 8] Exec format error: './run.sh'", "exec.error.enoexec"},
	{"OSError: [Errno 7] Argument list too long: '/bin/sh'", "argument.limit.total"},
	{"BrokenPipeError: [Errno 32] Broken pipe", "boundary.write.child-dies-unread"},
	{"OSError: [Errno 40] Too many levels of symbolic links: 'tool'", "exec.error.eloop"},
	{"process.exit truncates stdout when it is piped", "runtime.output.pipe"},
	// Shells and containers.
	{"bash: ./a.out: Text file busy", "exec.error.etxtbsy"},
	{"exec /docker-entrypoint.sh: exec format error", "exec.error.enoexec"},
	{"-bash: /usr/bin/rm: Argument list too long", "argument.limit.total"},
	{"./build: /usr/bin/pythn3: bad interpreter: No such file or directory", "exec.shebang.interpreter-errors"},
	{"/usr/bin/env: 'python3 -u': No such file or directory\n/usr/bin/env: use -[v]S to pass options in shebang lines", "exec.shebang.argument-single-or-split"},
	{"seq: write error: Broken pipe", "pipe.broken.errno"},
	{"2026-11-02T10:00:01Z worker exited with exit code 137", "wait.status.signal-encoding"},
	{"root      4242  0.0  0.0      0     0 ?        Z    10:01   0:00 [sshd] <defunct>", "wait.zombie.persists"},
	// Go.
	{"fork/exec /opt/tool: operation not permitted", "runtime.failure.told"},
	{"fork/exec ./tool: exec format error", "exec.error.enoexec"},
	{"fork/exec ./tool: argument list too long", "argument.limit.total"},
	{"fork/exec /tmp/go-build/tool: text file busy", "exec.error.etxtbsy"},
	{`panic: exec: "prog": executable file not found in $PATH`, "lookup.path.first-match-wins"},
	{`exec: "prog": cannot run executable found relative to current directory`, "lookup.path.empty-element"},
	{"waitid: no child processes", "wait.sigchld.ignored"},
	// Node.js.
	{"node:events:497\n      throw er; // Unhandled 'error' event\n      ^\n\nError: spawn npm ENOENT\n    at ChildProcess._handle.onexit (node:internal/child_process:286:19)\n" +
		"    at onErrorNT (node:internal/child_process:484:16) {\n  errno: -4058,\n  code: 'ENOENT',\n  syscall: 'spawn npm',\n  path: 'npm',\n  spawnargs: [ 'install' ]\n}",
		"lookup.application.pathext-ignored"},
	{"DOMException [DataCloneError]: () => {} could not be cloned.\n    at new DOMException (node:internal/per_context/domexception:53:5)", "boundary.kind.local-function"},
	{"DOMException [DataCloneError]: #<Promise> could not be cloned.", "boundary.kind.promise"},
	{"spawn yarn ENOENT", "lookup.application.pathext-ignored"},
	{"FileNotFoundError: [Errno 2] No such file or directory: 'npm'", "exec.error.enoent"},
	{"2026-11-02T10:00:01.123Z RuntimeError: \n2026-11-02T10:00:01.123Z         An attempt has been made to start a new process before the\n" +
		"2026-11-02T10:00:01.123Z         current process has finished its bootstrapping phase.\n", "boundary.main.guard-missing"},
	{"An attempt has been made to start a new process before the", "boundary.main.guard-missing"},
	{"ValueError: cannot find context for 'fork'", "boundary.default.start-method"},
	{"'npm' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n", "lookup.application.pathext-ignored"},
	{"Process exited with exit code -1073741819.", "wait.status.exception"},
	{"container exited: signal: killed", "wait.status.signal-encoding"},
	{"Error: write EPIPE\n    at afterWriteDispatched (node:internal/stream_base_commons:161:15)", "boundary.write.epipe-reported-once"},
	{"Error: spawn E2BIG\n    at ChildProcess.spawn (node:internal/child_process:421:11)", "argument.limit.total"},
	// Windows.
	{"Process finished with exit code -1073741819 (0xC0000005)", "wait.status.exception"},
	{"OSError: [WinError 193] %1 is not a valid Win32 application", "exec.error.bad-exe-format"},
	{"FileNotFoundError: [WinError 206] The filename or extension is too long", "argument.limit.command-line"},
	{`java.io.IOException: Cannot run program "npm": CreateProcess error=2, The system cannot find the file specified`, "exec.error.file-not-found"},
	{`java.io.IOException: Cannot run program "a.py": CreateProcess error=193, %1 is not a valid Win32 application`, "exec.error.bad-exe-format"},
	{"FileNotFoundError: [WinError 2] The system cannot find the file specified", "exec.error.file-not-found"},
	{"OSError: [WinError 193] %1 ist keine zulässige Win32-Anwendung", "exec.error.bad-exe-format"},
	{"FileNotFoundError: [WinError 206] Der Dateiname oder die Erweiterung ist zu lang", "argument.limit.command-line"},
	{"Error: spawn EINVAL\n    at ChildProcess.spawn (node:internal/child_process:421:11) {\n  errno: -4071,\n  code: 'EINVAL',\n  syscall: 'spawn'\n}",
		"argument.batch.run"},
	{"Error: spawnSync npm.cmd EINVAL", "argument.batch.run"},
	// Statuses, which say what ended the program.
	{"Killed", "wait.status.signal-encoding"},
	{"./run.sh: line 3:  4711 Killed                  ./train --all", "wait.status.signal-encoding"},
	{"subprocess.CalledProcessError: Command '['ffmpeg']' died with <Signals.SIGKILL: 9>.", "wait.status.signal-encoding"},
	{"web-1 exited with code 137", "wait.status.signal-encoding"},
	{"##[error]Process completed with exit code 143.", "wait.status.signal-encoding"},
	{"make: *** [Makefile:3: all] Error 127\nbash: protoc: command not found", "lookup.path.first-match-wins"},
	{"/bin/sh: 1: protoc: not found", "lookup.path.first-match-wins"},
	{"The command '/bin/sh -c ./configure' returned a non-zero code: 126", "exec.error.eacces-permission"},
	{"bash: fork: retry: Resource temporarily unavailable", "inherit.limit.inherited"},
	{"RuntimeError: can't start new thread", "inherit.limit.inherited"},
	{"BlockingIOError: [Errno 11] Resource temporarily unavailable\n", "inherit.limit.inherited"},
	// Types that a program refuses to hand over: the kind, not the story's.
	{"TypeError: cannot pickle 'MyThing' object", "boundary.send.error-in-parent"},
	{"TypeError: cannot pickle 'mymodule.Client' object", "boundary.send.error-in-parent"},
	{"TypeError: can't pickle MyThing objects", "boundary.send.error-in-parent"},
	{"TypeError: cannot pickle '_thread.RLock' object", "boundary.kind.rlock"},
	{"TypeError: cannot pickle '_io.BufferedReader' object", "boundary.kind.binary-file"},
	{"TypeError: cannot pickle 'BufferedReader' instances", "boundary.kind.binary-file"},
	{"TypeError: cannot pickle 'coroutine' object", "boundary.kind.coroutine"},
	{"TypeError: cannot pickle 'SSLContext' object", "boundary.kind.tls-context"},
	{"TypeError: cannot pickle 'psycopg2.extensions.connection' object", "boundary.kind.database-connection"},
	{"TypeError: Do not know how to serialize a BigInt\n    at JSON.stringify (<anonymous>)", "boundary.kind.big-number"},
	// What those who collect logs put around a line.
	{"web-1  | Traceback (most recent call last):\nweb-1  |   File \"/app/a.py\", line 3, in <module>\nweb-1  | TypeError: cannot pickle '_io.TextIOWrapper' object",
		"boundary.kind.bound-method-of-stream-holder"},
	{"Nov 27 20:12:24 host app[123]: OSError: [Errno 26] Text file busy: './x'", "exec.error.etxtbsy"},
	{`{"level":"error","ts":"2026-01-01T00:00:00Z","msg":"fork/exec ./x: text file busy"}`, "exec.error.etxtbsy"},
	{`{"log":"web: exec format error\n","stream":"stderr","time":"2026-01-01T00:00:00Z"}`, "exec.error.enoexec"},
	// A start that is refused, which is about setpgid only where that is said.
	{"posix_spawn: Operation not permitted", "runtime.failure.told"},
	{"PermissionError: [Errno 1] Operation not permitted: '/usr/bin/x'", "runtime.failure.told"},
	{"Error: spawn EPERM", "runtime.failure.told"},
	{"Error: spawn /usr/bin/git EPERM\n    at ChildProcess.spawn (node:internal/child_process:421:11) {\n  errno: -1,\n  code: 'EPERM',\n  syscall: 'spawn /usr/bin/git',\n}", "runtime.failure.told"},
	{"sh: 0: seccomp: clone3: Operation not permitted", "runtime.failure.told"},
	{"setpgid: Operation not permitted", "signal.group.setpgid-errors"},
	{"OSError: [Errno 24] Too many open files", "inherit.limit.inherited"},
	{"Error: spawn EMFILE", "inherit.limit.inherited"},
	{"exec: \"git\": pipe2: too many open files", "inherit.limit.inherited"},
	{"Process exited with code 0xC0000135", "wait.status.32-bits"},
	{"-1073741515", "wait.status.32-bits"},
	{"exited with code 3221225781", "wait.status.32-bits"},
	{"The command line is too long.", "argument.limit.command-line"},
	// What is about something else.
	{"app.js:137: SyntaxError: unexpected token", ""},
	{"npm warn deprecated glob@7.2.3: no longer supported", ""},
	{"django.db.utils.OperationalError: could not connect to server: Connection refused", ""},
	{"Error: 401 Unauthorized", ""},
	{"SyntaxError: invalid syntax", ""},
	{"ModuleNotFoundError: No module named 'numpy'", ""},
	{"TypeError: unsupported operand type(s) for +: 'int' and 'str'", ""},
	{"panic: runtime error: index out of range [3] with length 3", ""},
	{"All 312 tests passed.", ""},
}

// What interpreters have printed, the file names apart, is answered by what was raised:
// the last of a chain, with what stands around it.
func TestTracebacksAreAnswered(t *testing.T) {
	if testing.Short() {
		t.Skip("searches for each text")
	}
	index, err := indexOf()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/tracebacks/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	about := map[string]string{
		"lambda": "boundary.kind.lambda", "local-lambda": "boundary.kind.lambda", "pool-lambda": "boundary.kind.lambda",
		"bound-method": "boundary.kind.bound-method-of-stream-holder", "testcase": "boundary.story.testcase",
		"setpgid": "signal.group.setpgid-errors", "node-enoent": "lookup.application.pathext-ignored",
	}
	tried := map[string]bool{}
	for _, file := range files {
		log, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		name = name[:strings.LastIndex(name, "-")]
		tried[name] = true
		want := about[name]
		if name == "file" {
			want = "boundary.kind.bound-method-of-stream-holder" // which it is, the message does not say
			if strings.Contains(string(log), "when serializing") {
				want = "boundary.kind.text-file"
			}
		}
		hits, by, also := index.Log(string(log))
		if len(hits) == 0 || hits[0].Behaviour.ID != want {
			t.Errorf("%s is answered by %+.60v (by %q), want %s", file, hits[:min(1, len(hits))], by, want)
		}
		for _, a := range also {
			if strings.Contains(a.Message, "errno:") {
				t.Errorf("%s: a property is no message: %q is said to be about %s", file, a.Message, a.Hit.Behaviour.ID)
			}
		}
	}
	for name := range about {
		if !tried[name] {
			t.Errorf("there is no traceback of %s", name)
		}
	}
}

func parentTraceback(last string) string {
	return `Traceback (most recent call last):
  File "/home/me/test_worker.py", line 21, in test_start
    p.start()
  File "/usr/lib/python3/multiprocessing/process.py", line 105, in start
    self._popen = self._Popen(self)
  File "/usr/lib/python3/multiprocessing/reduction.py", line 59, in dump
    ForkingPickler(file, protocol).dump(obj)
` + last + "\n"
}

const childTraceback = `Traceback (most recent call last):
  File "<string>", line 1, in <module>
  File "C:\Python\lib\multiprocessing\spawn.py", line 99, in spawn_main
    exitcode = _main(fd)
  File "C:\Python\lib\multiprocessing\spawn.py", line 109, in _main
    self = pickle.load(from_parent)
EOFError: Ran out of input
`

func TestMessagesAreAnswered(t *testing.T) {
	if testing.Short() {
		t.Skip("searches for each text")
	}
	index, err := indexOf()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		hits, by, _ := index.Log(m.log)
		first, score := "", 0.0
		if len(hits) > 0 {
			first, score = hits[0].Behaviour.ID, hits[0].Score
		}
		if first != m.first {
			var others []string
			for _, h := range hits[:min(len(hits), 5)] {
				others = append(others, h.Behaviour.ID)
			}
			t.Errorf("%.70q is answered by %q (%.1f, by %q), want %q; %v", m.log, first, score, by, m.first, others)
		}
	}
}

// What is understood is not said to be unknown, and what is unknown is said as it is.
func TestWhatIsUnknown(t *testing.T) {
	index, err := indexOf()
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"139": "", "143": "", "exit code 137": "", "Resource temporarily unavailable": "", "EMFILE": "", "zombies PID 1": "",
		"[kubernetes 26].": "kubernetes 26", "(ingress),": "ingress",
	} {
		if got := strings.Join(index.Unknown(query), " "); got != want {
			t.Errorf("%q: %q is unknown, want %q", query, got, want)
		}
	}
}

// A question about two recorded versions is told what compares them.
func TestVersionsAreCompared(t *testing.T) {
	for query, want := range map[string]string{
		"what changed in Node 20 to 22": "spawnspec compare published:node-20 published:node-22",
		"python 3.13 -> 3.14":           "spawnspec compare published:cpython-3.13 published:cpython-3.14",
		"node22 after node20":           "spawnspec compare published:node-22 published:node-20",
		"node 20":                       "",
		"node 20 to 99":                 "",
		"exit code 20 to 22":            "",
	} {
		if got := comparisonOf(query); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
	out, err := exec.Command(build(t), "search", "what changed in Node 20 to 22").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "published:node-22") {
		t.Errorf("%v: %s", err, out)
	}
}

// Words lead to the behaviour that is meant first.
func TestWordsAreAnswered(t *testing.T) {
	index, err := indexOf()
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"Resource temporarily unavailable fork": "inherit.limit.inherited", // in whatever order
		"fork Resource temporarily unavailable": "inherit.limit.inherited",
		"Too many open files":                   "inherit.limit.inherited",
		"EMFILE":                                "inherit.limit.inherited",
		"seccomp":                               "runtime.failure.told",
		"EPERM posix_spawn":                     "runtime.failure.told",
		"8191":                                  "argument.limit.command-line",
		"32767":                                 "argument.limit.command-line",
		"32,767":                                "argument.limit.command-line",
		"0xC0000135":                            "wait.status.32-bits",
		"-1073741515":                           "wait.status.32-bits",
		"does a child die when its parent dies": "wait.orphan.not-killed",
		"kill the grandchildren too":            "signal.group.kill-all-members",
		"zombies in my container PID 1":         "wait.orphan.reparented",
		"multiprocessing 3.14":                  "boundary.default.start-method",
		"python 3.14 fork":                      "boundary.default.start-method",
		"exit code 137":                         "wait.status.signal-encoding",
		"137":                                   "wait.status.signal-encoding",
		"127":                                   "lookup.path.first-match-wins",
		"126":                                   "exec.error.eacces-permission",
		"BrokenProcessPool":                     "boundary.worker.dies",
		"npm ENOENT":                            "lookup.application.pathext-ignored",
		"spawn EINVAL":                          "argument.batch.run",
		"text file busy":                        "exec.error.etxtbsy",
		"0xC0000005":                            "wait.status.exception",
		"defunct":                               "wait.zombie.persists",
	} {
		hits := index.Words(query)
		if len(hits) == 0 || hits[0].Behaviour.ID != want {
			t.Errorf("%q: want %s, got %+.80v", query, want, hits[:min(2, len(hits))])
		}
	}
}

// A message is told what it means, and not to do what it comes from.
func TestMessagesAreExplained(t *testing.T) {
	if testing.Short() {
		t.Skip("searches for each text")
	}
	for log, want := range map[string]struct{ says, not string }{
		"BrokenProcessPool: A child process terminated abruptly":  {"Make a new executor", "Use concurrent.futures.ProcessPoolExecutor"},
		"worker exited with exit code 137":                        {"killed by SIGKILL, which no program can catch. It is often the memory limit", ""},
		"Error: spawnSync npm.cmd EINVAL":                         {"CVE-2024-27980", ""},
		"Error: spawn npm ENOENT":                                 {"shell: true", ""},
		"TypeError: cannot pickle 'MyThing' object":               {"The quotes name the type that pickle refuses.", "separate class"},
		"web-1  | OSError: [Errno 26] Text file busy: './x'":      {"", "web-1"},
		`{"level":"error","msg":"fork/exec ./x: text file busy"}`: {"fork/exec ./x: text file busy\n", "level"},
	} {
		c := exec.Command(build(t), "search", "-")
		c.Stdin = strings.NewReader(log)
		out, err := c.Output()
		text := strings.Join(strings.Fields(string(out)), " ")
		if err != nil || !strings.Contains(text+"\n", strings.TrimSpace(want.says)) || want.not != "" && strings.Contains(text, want.not) {
			t.Errorf("%s: %v; %q is wanted, %q is not:\n%s", log, err, want.says, want.not, out)
		}
	}
}

// The words that stand for others lead to behaviours that there are.
func TestMeaningsLeadSomewhere(t *testing.T) {
	known := map[string]bool{}
	for _, d := range spec.All() {
		known[d.ID] = true
	}
	for _, id := range search.Firsts() {
		if !known[id] {
			t.Errorf("nothing is called %s", id)
		}
	}
}

// The hint that the owner of the story could not find: from the binary alone, in an
// empty directory, the two tracebacks lead to the moved default and what helps.
func TestSearchAnswersTheStory(t *testing.T) {
	c := exec.Command(build(t), "search", "-")
	c.Dir = t.TempDir()
	c.Stdin = strings.NewReader(parentTraceback("TypeError: cannot serialize '_io.TextIOWrapper' object") + childTraceback)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	const shown = 14 // lines, and then that there are more
	if first := strings.Join(strings.SplitN(string(out), "\n", shown+1)[:shown], "\n"); !strings.Contains(string(readme), "\n"+first+"\n  …\n") {
		t.Errorf("README.md has to show the answer as it is:\n%s", first)
	}
	text := strings.Join(strings.Fields(string(out)), " ")
	for _, want := range []string{
		"A running unittest.TestCase can hand one of its bound methods to a child if the start method is fork",
		"start method of cpython/default on Linux: fork in 2.7.18 … 3.13.0, forkserver in 3.14.8 … 3.15.2",
		"start method of cpython/default on Wine: spawn in 3.13.1 … 3.14.6",
		"Put the methods that run in the child into a separate class",
		"boundary.remedy.separate-class: seen to work: 2.7 3.6",
		"(__getstate__)", "boundary.remedy.getstate: seen to work: 2.7 3.6",
		"spawnspec explain boundary.story.testcase", "boundary.story.one-error",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

func TestSearchSaysWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		args  []string
		stdin string
		says  string
	}{
		{nil, "", "search takes words"},
		{[]string{"-"}, " \n", "standard input is empty"},
		{[]string{"-"}, "SyntaxError: invalid syntax\n", "nothing in this text is known here"},
		{[]string{"xyzzy", "\x1b[31m"}, "", `nothing is found for "xyzzy`},
		{[]string{"kubernetes", "ingress", "certificate"}, "", "no behaviour has the word kubernetes, ingress, certificate"},
	} {
		cmd := exec.Command(build(t), append([]string{"search"}, c.args...)...)
		cmd.Stdin = strings.NewReader(c.stdin)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != exitFailed || bytes.Count(out, []byte("\n")) != 1 || !strings.Contains(string(out), c.says) ||
			bytes.ContainsRune(out, '\x1b') {
			t.Errorf("%q: %v, %q", c.args, err, out)
		}
	}
}

// Answers come at once, without a file and without a network.
func TestAnswersAreQuick(t *testing.T) {
	if testing.Short() {
		t.Skip("measures")
	}
	dir := t.TempDir()
	// The time of the processor, since others may use it too. On a quiet machine they take
	// half as long.
	for _, q := range []struct {
		limit time.Duration
		args  []string
	}{{200 * time.Millisecond, []string{"explain", "boundary.story.testcase"}}, {300 * time.Millisecond, []string{"search", "text", "file", "busy"}}} {
		args := q.args
		best := time.Hour
		for range 5 {
			c := exec.Command(build(t), args...)
			c.Dir = dir
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			best = min(best, c.ProcessState.UserTime()+c.ProcessState.SystemTime())
		}
		t.Logf("%v: %v", args, best)
		if best > q.limit {
			t.Errorf("%v took %v", args, best)
		}
	}
	if entries, _ := os.ReadDir(filepath.Clean(dir)); len(entries) > 0 {
		t.Errorf("it left %v", entries)
	}
}

// The page of the upgrade in the README is what the command prints.
func TestReadmeShowsTheUpgrade(t *testing.T) {
	text, _, _ := comparison(t, "published:cpython-3.13", "published:cpython-3.14")
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "\n```\n"+text+"```\n") {
		t.Errorf("README.md has to show the comparison as it is:\n%s", text)
	}
	if lines := strings.Count(text, "\n"); lines > 80 {
		t.Errorf("it takes %d lines", lines)
	}
}
