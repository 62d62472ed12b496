package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

var kills = flag.Int("kills", 5, "how many runs to kill")

// processesOf lists the command lines of processes whose image or working
// directory lies below one of the directories.
func processesOf(dirs ...string) (found []string) {
	entries, _ := filepath.Glob("/proc/[0-9]*")
	for _, entry := range entries {
		for _, link := range []string{"exe", "cwd"} {
			target, err := os.Readlink(filepath.Join(entry, link))
			if err != nil {
				continue
			}
			for _, dir := range dirs {
				if strings.HasPrefix(target, dir+"/") {
					line, _ := os.ReadFile(filepath.Join(entry, "cmdline"))
					found = append(found, filepath.Base(entry)+" "+strings.ReplaceAll(string(line), "\x00", " "))
				}
			}
		}
	}
	return found
}

// leftovers are the processes and directories that a run has left two seconds
// after its end.
func leftovers(binaries, temp string) (processes, directories []string) {
	look := time.NewTicker(10 * time.Millisecond) // processes of others end without an event for us
	defer look.Stop()
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); <-look.C {
		processes = processesOf(binaries, temp)
		directories, _ = filepath.Glob(filepath.Join(temp, "spawnspec-*"))
		if len(processes)+len(directories) == 0 {
			break
		}
	}
	return processes, directories
}

// partOfARun are the arguments of a run that has processes at every depth, and
// takes a tenth of the time of a whole one.
func partOfARun(recording string) []string {
	return []string{"run", "--only", "wait", "--only", "signal", "--only", "pipe", "--launcher", "reference/*",
		"--launcher", "go/*", "--launcher", "unix/*", "--only", "bnd.read.*", "--record", recording}
}

// A run that is killed at any moment leaves no process and no temporary
// directory two seconds later, and a recording that can be read up to its last
// whole line.
func TestKilledRunLeavesNothing(t *testing.T) {
	binary := build(t)
	temp := t.TempDir()
	begin := time.Now()
	whole := exec.Command(binary, partOfARun(filepath.Join(temp, "whole.jsonl"))...)
	if out, err := whole.CombinedOutput(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitRed {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	length := time.Since(begin)
	for i := range *kills {
		dir := t.TempDir()
		recording := filepath.Join(dir, "killed.json")
		run := exec.Command(binary, partOfARun(recording)...)
		run.Env = append(os.Environ(), "TMPDIR="+dir)
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { _ = run.Wait(); close(ended) }()
		after := time.Duration(rand.Int64N(int64(length)))
		select {
		case <-ended:
		case <-time.After(after):
		}
		_ = run.Process.Signal(syscall.SIGKILL)
		<-ended
		processes, directories := leftovers(filepath.Dir(binary), dir)
		if len(processes)+len(directories) > 0 {
			t.Errorf("kill %d after %v left processes %q and directories %q", i, after, processes, directories)
		}
		partial, _ := filepath.Glob(recording + ".*.partial")
		if len(partial) == 0 {
			continue // killed before it was made, or after the run was over
		}
		content, err := os.ReadFile(partial[0])
		if err != nil {
			t.Fatal(err)
		}
		checkPartial(t, content)
	}
}

var interrupts = flag.Int("interrupts", 5, "how many runs to interrupt")

// A run that a terminal interrupts, with a signal to its whole process group,
// records no failure, leaves nothing, and its recording can be read.
func TestInterruptedRunRecordsNoFailure(t *testing.T) {
	binary := build(t)
	begin := time.Now()
	if out, err := exec.Command(binary, partOfARun(filepath.Join(t.TempDir(), "whole.jsonl"))...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	length := time.Since(begin)
	for i := range *interrupts {
		dir := t.TempDir()
		recording := filepath.Join(dir, "interrupted.jsonl")
		run := exec.Command(binary, partOfARun(recording)...)
		run.Env = append(os.Environ(), "TMPDIR="+dir)
		run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { _ = run.Wait(); close(ended) }()
		after := time.Duration(rand.Int64N(int64(length)))
		select {
		case <-ended:
		case <-time.After(after):
			_ = syscall.Kill(-run.Process.Pid, syscall.SIGINT)
		}
		<-ended
		if processes, directories := leftovers(filepath.Dir(binary), dir); len(processes)+len(directories) > 0 {
			t.Errorf("interrupt %d after %v left processes %q and directories %q", i, after, processes, directories)
		}
		files, _ := filepath.Glob(recording + "*")
		for _, path := range files {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			checkPartial(t, content)
			for line := range bytes.Lines(content) {
				for _, red := range []string{"fail", "broken", "stale"} {
					if bytes.Contains(line, []byte(`"status":"`+red+`"`)) {
						t.Errorf("interrupt %d after %v recorded %s", i, after, line)
					}
				}
			}
		}
	}
}

// checkPartial reads the recording of a killed run line by line, as a user's
// script would, and as a whole, as compare does.
func checkPartial(t *testing.T, content []byte) {
	lines := bytes.SplitAfter(content, []byte("\n"))
	for n, line := range lines {
		if !bytes.HasSuffix(line, []byte("\n")) {
			continue // the last one, cut
		}
		if !json.Valid(line) {
			t.Errorf("line %d of a killed run's recording is not JSON: %s", n+1, line)
		}
	}
	if len(lines) < 2 {
		return // not even its first line is whole
	}
	if _, err := record.Read("partial", bytes.NewReader(content)); err != nil {
		t.Errorf("a killed run's recording: %v", err)
	}
}
