package main

import (
	"bytes"
	"fmt"
	"github.com/rivo/uniseg"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/joshdk/go-junit"
)

// builtIn is the directory of the command that has been built.
var builtIn string

// exe is how the name of an executable ends on this system.
var exe = map[bool]string{true: ".exe"}[runtime.GOOS == "windows"]

// built is the command as it is released, built when it is first needed.
var built = sync.OnceValues(func() (string, error) {
	var err error
	if builtIn, err = os.MkdirTemp("", ""); err != nil {
		return "", err
	}
	binary := filepath.Join(builtIn, "spawnspec"+exe)
	b := exec.Command("go", "build", "-o", binary, ".")
	b.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := b.CombinedOutput(); err != nil {
		return binary, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return binary, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if builtIn != "" {
		_ = os.RemoveAll(builtIn)
	}
	os.Exit(code)
}

// build builds the command as it is released.
func build(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the command")
	}
	binary, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// What cannot be done is said in one line, which names the file or the word it
// is about, and gives exit code 2.
func TestBadInputIsOneLineAndExitCode2(t *testing.T) {
	t.Parallel()
	binary := build(t)
	dir := t.TempDir()
	good := filepath.Join(dir, "good.json")
	if out, err := exec.Command(binary, "run", "--only", "wait.status.low8", "--record", good).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	content, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	replace := func(from, to string) []byte {
		if !bytes.Contains(content, []byte(from)) {
			t.Fatalf("%q is not in the recording", from)
		}
		return bytes.Replace(content, []byte(from), []byte(to), 1)
	}
	damaged := file("damaged.json", replace(`"format":3,`, `"format":3;`))
	truncated := file("truncated.json", content[:100])
	empty := file("empty.json", nil)
	newer := file("newer.json", replace(`"format":3`, `"format":99`))
	foreign := file("foreign.json", []byte(`{"name": "left-pad", "version": "1.3.0"}`))
	binaryFile := file("binary.json", []byte{0x7f, 'E', 'L', 'F', 2, 1, 1, 0})
	folders := 0
	driver := func(manifest string) string {
		folders++
		folder := filepath.Join(dir, fmt.Sprint("driver", folders))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "manifest.json"), []byte(manifest), 0o644); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	ofDriver := func(name, title, more string) string {
		return driver(`{"name": "` + name + `", "title": "` + title + `", "executables": ["no-such-program"], "command": ["x"],
  "starts": {"run": "run"}` + more + `}`)
	}
	known := func(pin string) string {
		return file(fmt.Sprintf("known%d.json", len(pin)), []byte(`{"known": [`+pin+`]}`))
	}
	pin := `"behaviour": "wait.status.low8", "observation": "o", "value": 1, "reason": "r", "link": "https://example.org"`
	nowhere := filepath.Join(dir, "no", "such", "directory", "x.json")
	for _, c := range []struct {
		args  []string
		names string // what the line has to name
	}{
		{[]string{"compare", damaged, good}, "damaged.json:"},
		{[]string{"compare", good, truncated}, "truncated.json"},
		{[]string{"compare", empty, good}, "empty.json"},
		{[]string{"compare", newer, good}, "format 99"},
		{[]string{"compare", foreign, good}, "foreign.json"},
		{[]string{"compare", binaryFile, good}, "binary.json"},
		{[]string{"compare", good, filepath.Join(dir, "missing.json")}, "missing.json"},
		{[]string{"compare", dir, good}, "is a folder"},
		{[]string{"compare", good}, "BEFORE"},
		{[]string{"compare", "--fail-on", "tuesdays", good, good}, "tuesdays"},
		{[]string{"compare", "--report", "pdf=x", good, good}, "pdf=x"},
		{[]string{"compare", "--report", "ctrf=x", good, good}, "text, markdown, html, junit or github"},
		{[]string{"compare", "--report-limit", "9", "--report", "markdown=x", good, good}, "--report-limit"},
		{[]string{"list", "--color", "blue"}, "--color blue"},
		{[]string{"explain", "status.exit.low9"}, "wait.status.low8"},
		{[]string{"explain"}, "ID"},
		{[]string{"run", "--only", "no.such.id"}, "no.such.id"},
		{[]string{"run", "--only", "[a"}, "[a"},
		{[]string{"run", "--launcher", "dos/spawn"}, "dos/spawn"},
		{[]string{"run", "--launcher", "dos\x1b[31m\x07"}, "pattern"},
		{[]string{"explain", "a\x1b\x07\u202eb\nc"}, "no behaviour"},
		{[]string{"compare", good, filepath.Join(dir, "missing\x1b[31m\n.json")}, "missing"},
		{[]string{"run", "--launcher", "go/os-exec=/usr/bin/go"}, "go/os-exec"},
		{[]string{"run", "--only", "wait.status.low8", "--launcher", "win32/create-process"}, "none of the selected"},
		{[]string{"run", "--wrap", "no-such-name"}, "write no-such-name='COMMAND ARGUMENT…'"},
		{[]string{"run", "--wrap", "x="}, "the command is missing"},
		{[]string{"run", "--wrap", "a b=env"}, "NAME='COMMAND ARGUMENT…'"},
		{[]string{"run", "--wrap", "\x1b[31m=env"}, "--wrap"},
		{[]string{"run", "--wrap", "x=/no/such/command"}, "/no/such/command"},
		{[]string{"run", "--driver", nowhere}, nowhere + ": no such directory; name the one that manifest.json"},
		{[]string{"run", "--driver", good}, "good.json: not a directory"},
		{[]string{"list", "--driver", t.TempDir()}, "there is no manifest.json; `spawnspec driver check --help` shows one"},
		{[]string{"run", "--driver", driver("")}, "manifest.json:1:1: unexpected end of JSON input; `spawnspec driver"},
		{[]string{"run", "--driver", driver("{\n  \"name\": mine}")}, "manifest.json:2:11: invalid character 'm'"},
		{[]string{"run", "--driver", driver("{\n  \"nmae\": \"mine\"}")}, `manifest.json:2:3: unknown field "nmae"; there are`},
		{[]string{"run", "--driver", driver(`{"name": "a", "name": "b"}`)}, `manifest.json:1:15: field "name" is there twice`},
		{[]string{"run", "--driver", driver(`{"name": 7}`)}, `manifest.json:1:2: field "name" must not be a JSON number`},
		{[]string{"run", "--driver", driver(`{"name": "mine"}`)}, `manifest.json:1:1: field "title" is missing`},
		{[]string{"run", "--driver", driver(`[]`)}, `manifest.json:1:1: an object is expected`},
		{[]string{"run", "--driver", driver("{}}")}, "manifest.json:1:3: "},
		{[]string{"run", "--driver", ofDriver("../up", "Mine", "")}, `the name "../up" is not of lower-case letters`},
		{[]string{"run", "--driver", ofDriver("mine", "Mi\\u001b[31mne", "")}, "has a control character in it"},
		{[]string{"run", "--driver", ofDriver("lua", "Mine", "")}, `the name "lua" is taken by the driver of Lua`},
		{[]string{"run", "--driver", ofDriver("mine", "Lua", "")}, `the title "Lua" is taken`},
		{[]string{"run", "--driver", ofDriver("mine", "Linux", "")}, `the title "Linux" is taken`},
		{[]string{"run", "--driver", ofDriver("mine", "Mine", "")}, "no no-such-program on PATH"},
		{[]string{"run", "--driver", ofDriver("mine", "Mine", `, "known": {}`)}, `field "known" must be a list`},
		{[]string{"run", "--driver", ofDriver("mine", "Mine", `, "known": [{`+pin+`, "launcher": "lua/popen"}]`)},
			`manifest.json:2:39: launcher "lua/popen" is none of this driver`},
		{[]string{"run", "--known", nowhere}, nowhere},
		{[]string{"run", "--known", dir}, "not a regular file"},
		{[]string{"run", "--known", empty}, "empty.json:1:1: unexpected end of JSON input"},
		{[]string{"run", "--known", foreign}, `foreign.json:1:2: unknown field "name"; there are known; ` + "`spawnspec run"},
		{[]string{"run", "--known", known(strings.Replace(`{`+pin+`}`, "low8", "low9", 1))},
			`.json:1:12: no behaviour is called "wait.status.low9"`},
		{[]string{"run", "--known", known(`{` + pin + `, "because": "r"}`)}, `unknown field "because"`},
		{[]string{"run", "--known", known(strings.Replace(`{`+pin+`}`, `"reason": "r", `, "", 1))}, `field "reason" is missing`},
		{[]string{"run", "--known", known(strings.Replace(`{`+pin+`}`, `, "link": "https://example.org"`, "", 1))}, `field "link" is missing`},
		{[]string{"run", "--known", known(strings.Replace(`{`+pin+`}`, "https://", "http://", 1))}, "must begin with https://"},
		{[]string{"run", "--known", known(strings.Replace(`{`+pin+`}`, `"r"`, `"\u001b[31m"`, 1))}, "control character"},
		{[]string{"run", "--known", known(`{` + pin + `, "launcher": "dos/spawn"}`)}, `is not tried on "dos/spawn"`},
		{[]string{"run", "--known", known(`{` + pin + `, "launcher": "[a"}`)}, "pattern"},
		{[]string{"run", "--known", known(`{` + pin + `, "version": "[a"}`)}, "pattern"},
		{[]string{"driver", "check"}, "DIR or NAME"},
		{[]string{"driver", "check", nowhere}, nowhere},
		{[]string{"driver", "check", "lua", "--only", "haul"}, "there are about, launch, output, hand"},
		{[]string{"driver", "check", "lua", "--executable", nowhere}, nowhere},
		{[]string{"driver", "check", "lua", "--slow", "0"}, "--slow"},
		{[]string{"run", "--slow", "0"}, "--slow"},
		{[]string{"run", "--slow", "fast"}, "--slow"},
		{[]string{"run", "--slow", "NaN"}, "--slow"},
		{[]string{"run", "--slow", "Inf"}, "--slow"},
		{[]string{"run", "--slow", "1e300"}, "--slow"},
		{[]string{"run", "--slow", "1e9"}, "--slow"},
		{[]string{"run", "--record", nowhere}, nowhere},
		{[]string{"run", "--record", dir}, dir},
		{[]string{"run", "--record", filepath.Join(dir, "new.json") + "/"}, "names no file"},
		{[]string{"run", "--report", "junit=" + dir}, dir},
		{[]string{"run", "--baseline", newer}, "newer.json"},
		{[]string{"run", "--report", "junit"}, "KIND=FILE"},
		{[]string{"run", "surplus"}, "surplus"},
		{[]string{"run", "--frobnicate"}, "--frobnicate"},
		{[]string{"frobnicate"}, "frobnicate"},
		{[]string{"run", "surplus"}, "spawnspec run --only NAME"},
		{[]string{"run", "--slow", "fast"}, "--slow fast: this is not a number"},
		{[]string{"run", "--seed", "x"}, "--seed x: this is not a whole number"},
		{[]string{"run", "--only"}, "--only: its value is missing"},
		{[]string{"run", "--only", ""}, "an empty name selects nothing"},
		{[]string{"explain", ""}, "an empty name selects nothing"},
		{[]string{"run", "--record", ""}, "--record: the name of the file is empty"},
		{[]string{"run", "--record", "-"}, "--record -: a recording goes into a file"},
		{[]string{"run", "--baseline", ""}, "--baseline: the name of the file is empty"},
		{[]string{"run", "--baseline", nowhere}, "spawnspec run --record " + nowhere + " makes it"},
		{[]string{"run", "--launcher", "=x"}, "write NAME=PATH"},
		{[]string{"history"}, "history takes one ID; 0 were given"},
		{[]string{"bisect", "a", "b"}, "bisect takes one ID; 2 were given"},
		{[]string{"bisect", "boundary.default.start-method", "--launcher", "cpython/default", "--good", "3.13", "--bad", "3.14", "--platform", "Mars"},
			"is recorded on Mars, but on Linux"},
		{[]string{"matrix", dir}, dir + " is a folder: name the recordings in it"},
		{[]string{"compare", "-", good}, "-: a recording is read from a file"},
		{[]string{"compare", "published:linx", good}, `(did you mean "linux"?)`},
		{[]string{"search", "ulimit", "-u"}, "spawnspec search -- ulimit -u"},
		{[]string{"help", "frobnicate"}, `no command "frobnicate"; there are bisect,`},
		{[]string{"help", "driver", "frobnicate"}, `no command "frobnicate"; there are check`},
		{[]string{"completion", "tcsh"}, `no command "tcsh"; there are bash, fish, powershell, zsh`},
		{[]string{"driver", "frobnicate"}, `no command "frobnicate"; there are check`},
		{[]string{"site", good}, "good.json is a file: give the folder to write to first"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			command := exec.Command(binary, c.args...)
			command.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
			var stderr, stdout bytes.Buffer
			command.Stderr, command.Stdout = &stderr, &stdout
			_ = command.Run()
			if code := command.ProcessState.ExitCode(); code != exitFailed {
				t.Errorf("exit code %d", code)
			}
			said := stderr.String()
			if strings.ContainsAny(said, "\x1b\x07\u202e") {
				t.Errorf("said %q", said)
			}
			if strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, "spawnspec: ") || !strings.Contains(said, c.names) {
				t.Errorf("said %q, which should be one line that names %q", said, c.names)
			}
			if stdout.Len() > 0 {
				t.Errorf("printed %q", stdout.String())
			}
		})
	}
}

// A recording compared with itself, and with another of the same run's
// selection, is empty.
func TestComparedWithItself(t *testing.T) {
	t.Parallel()
	binary := build(t)
	dir := t.TempDir()
	var files []string
	for _, name := range []string{"a.json", "b.json"} {
		path := filepath.Join(dir, name)
		files = append(files, path)
		if out, err := exec.Command(binary, "run", "--only", "status.*", "--record", path).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != len(files) {
		t.Errorf("a complete run left %v beside its recording", left)
	}
	for _, after := range files {
		if out, err := exec.Command(binary, "compare", files[0], after).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

// A child is playing its role before the packages of the test framework are
// initialised: they cost more than everything that it does.
func TestChildrenDoNotPayForTheFramework(t *testing.T) {
	child := exec.Command(build(t), "spawnspec-child 1 agent 0 t "+filepath.Join(t.TempDir(), "none"))
	child.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	output, err := child.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "init github.com/spawnspec/spawnspec/platform ") {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, late := range []string{"github.com/google/go-cmp/cmp", "go.yaml.in/yaml/v3", "regexp", "github.com/onsi/ginkgo/v2"} {
		if strings.Contains(string(output), "init "+late+" @") {
			t.Errorf("%s is initialised first, because a package that a child needs comes after it", late)
		}
	}
}

// A report named - comes on standard output, before the text, and is one of its own.
func TestReportOnStandardOutput(t *testing.T) {
	t.Parallel()
	binary := build(t)
	recorded := filepath.Join("..", "..", "..", "fixtures", "recordings")
	c := exec.Command(binary, "compare", "--fail-on", "regressed", "--report", "github=-",
		filepath.Join(recorded, "cpython-3.13.json"), filepath.Join(recorded, "cpython-3.14.json"))
	out, err := c.Output()
	if c.ProcessState.ExitCode() != exitRed {
		t.Fatalf("%v\n%s", err, out)
	}
	commands := 0
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "::error ") && !strings.HasPrefix(line, "::warning ") {
			break
		}
		commands++
	}
	if commands == 0 || commands > 10 || strings.Count(string(out), "\n::") != commands-1 {
		t.Errorf("%d workflow commands come first\n%s", commands, out)
	}
}

// A run knows how long each trial took, on the suite's launchers and on runtimes, when
// it began and where.
func TestReportOfARunHasItsTimes(t *testing.T) {
	t.Parallel()
	binary := build(t)
	path := filepath.Join(t.TempDir(), "junit.xml")
	out, err := exec.Command(binary, "run", "--only", "wait.status.low8", "--only", "boundary.kind.empty",
		"--report", "junit="+path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	suites, err := junit.IngestFile(path)
	if err != nil || len(suites) != 2 {
		t.Fatalf("%d suites, %v", len(suites), err)
	}
	for _, s := range suites {
		for _, c := range s.Tests {
			if c.Status != junit.StatusPassed || c.Duration <= 0 || c.Duration > time.Minute {
				t.Errorf("%s: %s in %v", c.Name, c.Status, c.Duration)
			}
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	attributes := regexp.MustCompile(` timestamp="([^"]*)" hostname="([^"]*)"`).FindSubmatch(text)
	if attributes == nil || string(attributes[2]) != host {
		t.Fatalf("%q\n%.500s", attributes, text)
	}
	begun, err := time.Parse("2006-01-02T15:04:05", string(attributes[1]))
	if since := time.Since(begun); err != nil || since < 0 || since > time.Hour {
		t.Errorf("it began %v ago, %v", since, err)
	}
}

// Help is as wide as its terminal: paragraphs anew, flags beside or below their names.
func TestHelpIsWrapped(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--help"}, {"run", "--help"}, {"compare", "--help"}, {"driver", "check", "--help"}} {
		out, err := exec.Command(build(t), args...).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, width := range []int{40, 60, 120} {
			text := wrapped(string(out), width)
			for line := range strings.Lines(text) {
				line = strings.TrimRight(line, "\n")
				if uniseg.StringWidth(line) > width && strings.Contains(strings.TrimSpace(line), " ") {
					t.Errorf("%v at %d: %q", args, width, line)
				}
			}
			if got, want := strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(string(out)), " "); got != want {
				t.Errorf("%v at %d says something else:\n%s", args, width, text)
			}
		}
	}
}

// --color decides where standard output is no terminal.
func TestColor(t *testing.T) {
	t.Parallel()
	binary := build(t)
	for when, coloured := range map[string]bool{"always": true, "never": false, "auto": false} {
		c := exec.Command(binary, "--color", when, "explain", "wait.status.low8")
		c.Env = append(os.Environ(), "NO_COLOR=1", "TERM=dumb")
		out, err := c.Output()
		if err != nil || bytes.Contains(out, []byte("\x1b[")) != coloured {
			t.Errorf("--color %s: %v\n%q", when, err, out)
		}
	}
}

// What completion offers says what it is.
func TestCompletionDescribes(t *testing.T) {
	t.Parallel()
	binary := build(t)
	for _, c := range []struct{ args, offers string }{
		{"run --launcher ", "cpython\tCPython, in all its ways"},
		{"run --launcher ", "cpython/fork\tCPython: multiprocessing, start method fork"},
		{"run --launcher ", "unix/fork\tfork without exec"},
		{"run --report ", "junit=\tfor CI systems"},
		{"compare --report ", "github=\tfor annotations"},
		{"compare --fail-on ", "regressed\ta trial regressed or hangs"},
		{"--color ", "never\tplain text"},
	} {
		out, err := exec.Command(binary, append([]string{"__complete"}, strings.Split(c.args, " ")...)...).Output()
		if err != nil || !strings.Contains("\n"+string(out), "\n"+c.offers) {
			t.Errorf("%s: %v, without %q\n%s", c.args, err, c.offers, out)
		}
		for line := range strings.Lines(string(out)) {
			if name, says, _ := strings.Cut(strings.TrimSpace(line), "\t"); name != "" && name[0] != ':' && says == "" {
				t.Errorf("%s: %s is offered without a word", c.args, name)
			}
		}
	}
}
