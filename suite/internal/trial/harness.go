package trial

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
)

// Harness is what all trials of one process share: the directory that everything
// temporary lies in, the place where children report, and this binary's path.
type Harness struct {
	// Deadline is how long one trial may take, before Multiplier.
	Deadline time.Duration
	// Multiplier stretches every deadline and every grace, for slow machines.
	Multiplier float64

	dir        string
	self       string
	listener   *platform.Listener
	janitor    platform.Process
	tokens     atomic.Int64
	mu         sync.Mutex
	arrivals   map[string]chan arrival
	janitorEnd *os.File
	images     map[string]string
	// scenarioRuns are the scenarios of drivers that trials have asked for.
	scenarioRuns map[string]*scenarioRun
	runtimes     Runtimes
	idle         []*Process // supervisors without a scenario
}

// arrival is a child that has reached this process.
type arrival struct {
	file  *os.File
	lines *bufio.Reader
}

// DefaultDeadline is the deadline of a trial.
const DefaultDeadline = 10 * time.Second

// Begin makes the run's directory and starts listening. A helper process, the
// janitor, removes the directory when this process ends, however it ends.
func Begin(multiplier float64, runtimes Runtimes) (*Harness, error) {
	r, err := newHarness(multiplier, runtimes)
	if err != nil {
		return nil, err
	}
	if err := r.hireJanitor(); err != nil {
		return nil, fmt.Errorf("the helper that cleans up could not be started; can this binary execute itself? %w", err)
	}
	if err := r.listen(); err != nil {
		return nil, errors.Join(err, r.dismissJanitor())
	}
	r.prepare()
	return r, nil
}

// newHarness makes a harness that has no directory yet.
func newHarness(multiplier float64, runtimes Runtimes) (*Harness, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("this binary's own path is needed to start children: %w", err)
	}
	if runtime.GOOS == "linux" {
		// The file may be replaced while we run (go run, an upgrade); this is it all the same.
		if _, err := os.Stat(self); err != nil {
			self = "/proc/self/exe"
		}
	}
	return &Harness{Deadline: DefaultDeadline, Multiplier: multiplier, self: self,
		arrivals: map[string]chan arrival{}, images: map[string]string{}, scenarioRuns: map[string]*scenarioRun{}, runtimes: runtimes}, nil
}

// listen opens the place in the directory where children report.
func (r *Harness) listen() (err error) {
	platform.ProbeDir = r.dir
	_, _ = platform.NullDevice() // open before the first trial looks for leaks; a start that needs it reports its error
	if r.listener, err = platform.Listen(r.dir); err != nil {
		return err
	}
	go r.accept()
	return nil
}

// hireJanitor starts the process that makes the run's directory and removes it
// when this one is gone. In a session of its own it survives a terminal's Ctrl-C.
func (r *Harness) hireJanitor() error {
	stdin, end, err := os.Pipe()
	if err != nil {
		return err
	}
	names, stdout, err := os.Pipe()
	if err != nil {
		return errors.Join(err, stdin.Close(), end.Close())
	}
	root := filepath.VolumeName(os.TempDir()) + string(filepath.Separator)
	l := &platform.Launch{Path: r.self, Args: []string{r.self, agent.Janitor().Ticket(1, "-", "-")},
		Dir: root, NewSession: runtime.GOOS != "windows", Orphan: true}
	for i, f := range []*os.File{stdin, stdout, os.Stderr} {
		l.Give(i, f)
	}
	r.janitor, err = platform.OSExec.Start(l)
	_, _ = stdin.Close(), stdout.Close()
	defer names.Close()
	if err != nil {
		return errors.Join(err, end.Close())
	}
	r.janitorEnd = end
	watchdog := time.AfterFunc(r.Scale(DefaultDeadline), func() { _ = r.janitor.Kill() })
	defer watchdog.Stop()
	line, err := bufio.NewReader(names).ReadString('\n')
	if err != nil {
		return errors.Join(fmt.Errorf("it did not name a directory: %w", err), r.dismissJanitor())
	}
	r.dir = strings.TrimSuffix(line, "\n")
	return nil
}

// dismissJanitor lets the janitor remove the directory and waits until it has.
func (r *Harness) dismissJanitor() error {
	_ = r.janitorEnd.Close()
	ctx, cancel := context.WithTimeout(context.Background(), r.Scale(DefaultDeadline))
	defer cancel()
	status, err := r.janitor.Wait(ctx)
	if err != nil {
		_ = r.janitor.Kill()
		return fmt.Errorf("the janitor did not leave: %w", err)
	}
	if status.Code != 0 || !status.Exited {
		return fmt.Errorf("the janitor ended with %v", status)
	}
	return nil
}

// End removes everything that the run made and reports what was left behind.
func (r *Harness) End() error {
	return errors.Join(r.DismissSupervisors(), r.listener.Close(), r.dismissJanitor())
}

// Scale stretches a time by Multiplier.
func (r *Harness) Scale(d time.Duration) time.Duration {
	return time.Duration(float64(d) * r.Multiplier)
}

func (r *Harness) accept() {
	for {
		f, err := r.listener.Accept()
		if errors.Is(err, os.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		go func() {
			lines := bufio.NewReaderSize(f, 1<<16)
			token, err := lines.ReadString('\n')
			r.mu.Lock()
			ch, known := r.arrivals[strings.TrimSuffix(token, "\n")]
			delete(r.arrivals, strings.TrimSuffix(token, "\n"))
			r.mu.Unlock()
			if err != nil || !known {
				_ = f.Close()
				return
			}
			ch <- arrival{f, lines}
		}()
	}
}

// expect announces that a child with this token will report.
func (r *Harness) expect(token string) chan arrival {
	ch := make(chan arrival, 1)
	r.mu.Lock()
	r.arrivals[token] = ch
	r.mu.Unlock()
	return ch
}

// forget closes what an expected child brings if it still comes.
func (r *Harness) forget(token string, ch chan arrival) {
	r.mu.Lock()
	delete(r.arrivals, token)
	r.mu.Unlock()
	select {
	case a := <-ch:
		_ = a.file.Close()
	default:
	}
}

func (r *Harness) token() string { return strconv.FormatInt(r.tokens.Add(1), 10) }

// image writes a script as an executable into the run's directory, once.
func (r *Harness) image(s *linux.Script) (string, error) {
	content, err := s.Image()
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if path, ok := r.images[string(content)]; ok {
		return path, nil
	}
	path := filepath.Join(r.dir, "image"+strconv.Itoa(len(r.images)))
	if err := platform.WriteExecutable(path, content); err != nil {
		return "", err
	}
	r.images[string(content)] = path
	return path, nil
}
