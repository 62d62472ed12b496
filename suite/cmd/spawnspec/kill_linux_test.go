package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// A few rounds show that the ends of a run work; .ci/run tries many.
var (
	kills      = flag.Int("kills", 2, "how many runs to kill")
	interrupts = flag.Int("interrupts", 2, "how many runs to interrupt")
)

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
// after its end in the directory that was its own.
func leftovers(dir string) (processes, directories []string) {
	look := time.NewTicker(10 * time.Millisecond) // processes of others end without an event for us
	defer look.Stop()
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); <-look.C {
		processes = processesOf(dir)
		directories, _ = filepath.Glob(filepath.Join(dir, "spawnspec-*"))
		if len(processes)+len(directories) == 0 {
			break
		}
	}
	return processes, directories
}

// partOfARun is a command for a run of a quarter of all trials, with processes at
// every depth. Its binary, its temporary directory and its recording, rec.json, are
// in dir: whatever runs or lies there is this run's.
func partOfARun(dir string) (*exec.Cmd, error) {
	command, err := built()
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(dir, "spawnspec")
	if err := os.Link(command, binary); err != nil {
		return nil, err
	}
	run := exec.Command(binary, "run", "--only", "wait", "--only", "signal", "--only", "pipe", "--launcher", "reference/*",
		"--launcher", "go/*", "--launcher", "unix/*", "--only", "boundary.read.*", "--record", filepath.Join(dir, "rec.json"))
	run.Env = append(os.Environ(), "TMPDIR="+dir)
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return run, nil
}

// length is how long such a run takes when nothing ends it.
var length = sync.OnceValues(func() (time.Duration, error) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	run, err := partOfARun(dir)
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	if out, err := run.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, out)
	}
	return time.Since(begin), nil
})

// cutShort starts such runs, as many as rounds, and ends each at any moment of it.
// It checks that nothing is left of them two seconds later, and that what they have
// recorded can be read up to its last whole line; check sees that too.
func cutShort(t *testing.T, rounds int, end func(pid int) error, check func(t *testing.T, content []byte)) {
	whole, err := length()
	if err != nil {
		t.Fatal(err)
	}
	for i := range rounds {
		after := time.Duration(rand.Int64N(int64(whole)))
		t.Run(fmt.Sprintf("%d after %v", i, after), func(t *testing.T) {
			dir := t.TempDir()
			run, err := partOfARun(dir)
			if err == nil {
				err = run.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			go func() { _ = run.Wait(); close(ended) }()
			select {
			case <-ended:
			case <-time.After(after):
				if err := end(run.Process.Pid); err != nil {
					t.Error(err)
				}
			}
			<-ended
			if processes, directories := leftovers(dir); len(processes)+len(directories) > 0 {
				t.Errorf("left processes %q and directories %q", processes, directories)
			}
			recordings, _ := filepath.Glob(filepath.Join(dir, "rec.json*")) // none before it was made
			for _, path := range recordings {
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				checkPartial(t, content)
				check(t, content)
			}
		})
	}
}

// A run that is killed at any moment leaves no process and no temporary
// directory two seconds later, and a recording that can be read up to its last
// whole line.
func TestKilledRunLeavesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("many processes")
	}
	t.Parallel()
	kill := func(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }
	cutShort(t, *kills, kill, func(*testing.T, []byte) {})
}

// A run that a terminal interrupts, with a signal to its whole process group,
// records no failure, leaves nothing, and its recording can be read.
func TestInterruptedRunRecordsNoFailure(t *testing.T) {
	if testing.Short() {
		t.Skip("many processes")
	}
	t.Parallel()
	interrupt := func(pid int) error { return syscall.Kill(-pid, syscall.SIGINT) }
	cutShort(t, *interrupts, interrupt, func(t *testing.T, content []byte) {
		for line := range bytes.Lines(content) {
			for _, red := range []string{"fail", "broken", "stale"} {
				if bytes.Contains(line, []byte(`"status":"`+red+`"`)) {
					t.Errorf("recorded %s", line)
				}
			}
		}
	})
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
