package main

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// action is where the scripts of the GitHub action are.
var action = filepath.Join("..", "..", "..", ".github", "actions", "spawnspec")

// step is a step of the action as it ran.
type step struct {
	code            int
	stdout, summary string
	outputs         map[string]string
}

// commands are the workflow commands that GitHub acts on: those that are not shown
// while commands are off.
func (s step) commands() (found []string) {
	off := ""
	for line := range strings.Lines(s.stdout) {
		line = strings.TrimSpace(line)
		token, stops := strings.CutPrefix(line, "::stop-commands::")
		switch {
		case off != "":
			if line == "::"+off+"::" {
				off = ""
			}
		case stops:
			off = token
		case strings.HasPrefix(line, "::"):
			found = append(found, line)
		}
	}
	return found
}

// act runs a script of the action with files in place of GitHub's.
func act(t *testing.T, script string, environment map[string]string) step {
	t.Helper()
	g := NewWithT(t)
	github := t.TempDir()
	file := func(name string) string { return filepath.Join(github, name) }
	c := exec.Command("bash", filepath.Join(action, script))
	c.Env = append(os.Environ(), "GITHUB_OUTPUT="+file("output"), "GITHUB_STEP_SUMMARY="+file("summary"),
		"GITHUB_PATH="+file("path"), "PATH="+filepath.Dir(build(t))+":"+os.Getenv("PATH"))
	for _, name := range []string{"output", "summary", "path"} {
		g.Expect(os.WriteFile(file(name), nil, 0o666)).To(Succeed())
	}
	for name, value := range environment {
		c.Env = append(c.Env, name+"="+value)
	}
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	t.Logf("%s: %v\n%s", script, environment, stderr.Bytes())
	s := step{code: c.ProcessState.ExitCode(), stdout: string(out), outputs: map[string]string{}}
	summary, err := os.ReadFile(file("summary"))
	g.Expect(err).NotTo(HaveOccurred())
	s.summary = string(summary)
	output, err := os.ReadFile(file("output"))
	g.Expect(err).NotTo(HaveOccurred())
	for line := range strings.Lines(string(output)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		s.outputs[name] = value
	}
	return s
}

// What the action does with its inputs, run after run.
func TestAction(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the action, shell scripts and whole runs")
	}
	t.Parallel()
	g := NewWithT(t)
	directory := t.TempDir()
	inputs := map[string]string{"DIRECTORY": directory, "NAME": "cell", "LAUNCHER": "unix/fork-exec\ngo/os-exec\n", "WRAP": "", "DRIVER": "",
		"ONLY": "wait.status.low8", "BASELINE": "previous", "FAIL_ON": "regressed"}
	with := func(name, value string) map[string]string {
		changed := maps.Clone(inputs)
		changed[name] = value
		return changed
	}

	first := act(t, "run.sh", inputs)
	g.Expect(first.code).To(BeZero())
	recording := first.outputs["recording"]
	g.Expect(recording).To(BeAnExistingFile())
	g.Expect(first.outputs).To(And(HaveKeyWithValue("changed", ""), HaveKeyWithValue("red", "false")))
	g.Expect(first.summary).To(And(HavePrefix("## spawnspec: cell\n"), ContainSubstring("There is no earlier recording"),
		ContainSubstring("wait.status.low8 @ unix/fork-exec")))
	g.Expect(first.summary).NotTo(ContainSubstring("vfork"), "a launcher that was not asked for")

	second := act(t, "run.sh", inputs)
	g.Expect(second.code).To(BeZero())
	g.Expect(second.outputs).To(HaveKeyWithValue("changed", "false"))
	g.Expect(second.summary).To(ContainSubstring("no difference"))

	// An earlier recording that saw something else, which would be a command of GitHub's
	// if it were shown as it is.
	content, err := os.ReadFile(recording)
	g.Expect(err).NotTo(HaveOccurred())
	other := filepath.Join(t.TempDir(), "other.json")
	g.Expect(content).To(ContainSubstring(`"exit 255"`))
	g.Expect(os.WriteFile(other, bytes.ReplaceAll(content, []byte(`"exit 255"`), []byte(`"a ::error::b"`)), 0o666)).To(Succeed())
	for _, c := range []struct {
		failOn string
		code   int
		level  string
	}{{"regressed", 0, "::warning "}, {"changed", 1, "::error "}, {"never", 0, "::warning "}} {
		changed := with("BASELINE", other)
		changed["FAIL_ON"] = c.failOn
		s := act(t, "run.sh", changed)
		g.Expect(s.code).To(Equal(c.code), c.failOn)
		g.Expect(s.outputs).To(HaveKeyWithValue("changed", "true"))
		g.Expect(s.commands()).To(ConsistOf(And(HavePrefix(c.level), ContainSubstring("wait.status.low8"))), s.stdout)
		g.Expect(s.summary).To(ContainSubstring("CHANGED"))
	}

	g.Expect(os.Remove(recording)).To(Succeed())
	tried := with("LAUNCHER", "")
	tried["WRAP"], tried["DRIVER"], tried["BASELINE"] = "a=env\nb=env --\n", outsider(t, "mine"), "none"
	tried["ONLY"] = "inherit.attribute.*"
	others := act(t, "run.sh", tried)
	g.Expect(others.code).To(BeZero())
	content, err = os.ReadFile(others.outputs["recording"])
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(content)).To(And(ContainSubstring(`"wrap/a"`), ContainSubstring(`"wrap/b"`), ContainSubstring(`"mine/fork-exec"`)))
	g.Expect(string(content)).NotTo(ContainSubstring("go/os-exec"), "a launcher that was not asked for")

	alone := act(t, "run.sh", with("BASELINE", "none"))
	g.Expect(alone.code).To(BeZero())
	g.Expect(alone.outputs).To(HaveKeyWithValue("changed", ""))
}

// What cannot be done fails the step, and is said in an annotation.
func TestActionThatCannot(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the action, shell scripts and whole runs")
	}
	t.Parallel()
	for name, value := range map[string]string{"FAIL_ON": "tuesdays", "BASELINE": "/nowhere.json", "LAUNCHER": "dos/spawn",
		"WRAP": "no-such-name", "DRIVER": "/no/such/directory"} {
		g := NewWithT(t)
		inputs := map[string]string{"DIRECTORY": t.TempDir(), "NAME": "cell", "LAUNCHER": "go/os-exec", "WRAP": "", "DRIVER": "",
			"ONLY": "wait.status.low8", "BASELINE": "none", "FAIL_ON": "regressed"}
		inputs[name] = value
		s := act(t, "run.sh", inputs)
		g.Expect(s.code).To(Equal(exitFailed), name)
		g.Expect(s.commands()).To(ConsistOf(HavePrefix("::error title=spawnspec::")), name)
	}
}

// Without a version the action builds what it came with; names are made of what tells
// the jobs of a matrix apart.
func TestActionGetsSpawnspec(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the action, shell scripts and whole runs")
	}
	t.Parallel()
	g := NewWithT(t)
	temp := t.TempDir()
	path, err := filepath.Abs(action)
	g.Expect(err).NotTo(HaveOccurred())
	s := act(t, "get.sh", map[string]string{"ACTION_PATH": path, "ACTION_REF": "", "VERSION": "", "NAME": "",
		"LAUNCHER": "cpython=/opt/py thon\nnode/json", "WRAP": "tini=tini --", "DRIVER": "", "RUNNER_TEMP": temp, "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64"})
	g.Expect(s.code).To(BeZero())
	g.Expect(s.outputs).To(Equal(map[string]string{"directory": filepath.Join(temp, "spawnspec"),
		"name": "Linux-X64-cpython-opt-py-thon-node-json-tini-tini"}))
	g.Expect(exec.Command(filepath.Join(temp, "spawnspec", "bin", "spawnspec"), "--version").Run()).To(Succeed())
}
