package trial

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
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
	// Notes say, in a line each, what the run does otherwise than it was asked to.
	Notes []string
	// Pins are known differences that no declaration has.
	Pins Pins

	dir         string
	self        string
	listener    *platform.Listener
	janitor     platform.Process
	tokens      atomic.Int64
	mu          sync.Mutex
	arrivals    map[string]chan arrival
	greeting    sync.Cond     // greeted has changed
	greeted     int           // connections that have not said whose they are
	janitorEnd  *os.File      // the janitor cleans up when it is closed
	janitorGone chan struct{} // closed when the janitor is gone
	images      map[string]string
	// scenarioRuns are the scenarios of drivers that trials have asked for.
	scenarioRuns map[string]*scenarioRun
	runtimes     Runtimes
	refusing     sync.Mutex
	refused      map[string]string // by way of a runtime, why it can start nothing here, or empty
	oomKills     int               // what the kernel had killed for lack of memory before
	idle         []*Process        // supervisors without a scenario
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
	temp, note, err := platform.TempDir()
	if err != nil {
		return nil, err
	}
	if note != "" {
		r.Notes = append(r.Notes, note)
	}
	if _, err := os.Getwd(); err != nil {
		// Every child would start in a directory that was removed.
		r.Notes = append(r.Notes, fmt.Sprintf("the working directory is gone (%s); %s is used instead", platform.ErrorName(err), temp))
		if err := os.Chdir(temp); err != nil {
			return nil, err
		}
	}
	if err := r.hireJanitor(temp); err != nil {
		return nil, err
	}
	if err := r.listen(); err != nil {
		return nil, errors.Join(err, r.dismissJanitor())
	}
	r.prepare()
	r.Pins = Pins{}
	if err := runtimes.PinManifests(r.Pins); err != nil {
		return nil, errors.Join(err, r.End())
	}
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
		arrivals: map[string]chan arrival{},
		greeting: sync.Cond{L: &sync.Mutex{}}, images: map[string]string{}, scenarioRuns: map[string]*scenarioRun{}, refused: map[string]string{}, runtimes: runtimes, oomKills: oomKills()}, nil
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

// hireJanitor starts the process that makes the run's directory in temp and removes
// it when this one is gone. In a session of its own it survives a terminal's Ctrl-C.
// It is never killed, not even when it does not answer: it would leave its directory.
func (r *Harness) hireJanitor(temp string) error {
	stdin, end, err := os.Pipe()
	if err != nil {
		return err
	}
	names, stdout, err := os.Pipe()
	if err != nil {
		return errors.Join(err, stdin.Close(), end.Close())
	}
	l := &platform.Launch{Path: r.self, Args: []string{r.self, agent.Janitor().Ticket(1, "-", "-")},
		Dir: temp, NewSession: runtime.GOOS != "windows", Orphan: true}
	streams := []*os.File{stdin, stdout, os.Stderr}
	if runtime.GOOS != "windows" { // what Go's runtime prints if the janitor crashes is its answer
		streams = []*os.File{stdin, stdout, stdout, os.Stderr}
	}
	for i, f := range streams {
		l.Give(i, f)
	}
	r.janitor, err = platform.OSExec.Start(l)
	_, _ = stdin.Close(), stdout.Close()
	if err != nil {
		_, _ = end.Close(), names.Close()
		if platform.Exhausted(err) {
			return fmt.Errorf("the helper that cleans up could not be started: %w", hostError(err))
		}
		return fmt.Errorf("the helper that cleans up could not be started: %s; is %s a program that can be executed?",
			platform.ErrorName(err), r.self)
	}
	r.janitorEnd, r.janitorGone = end, make(chan struct{})
	said := make(chan string, 1)
	go func() {
		lines := bufio.NewReader(names)
		line, _ := lines.ReadString('\n')
		said <- strings.TrimSuffix(line, "\n")
		_, _ = io.Copy(io.Discard, lines)
		_ = names.Close()
		close(r.janitorGone)
	}()
	select {
	case line := <-said:
		why, failed := strings.CutPrefix(line, agent.JanitorError)
		switch {
		case failed:
			why = fmt.Sprintf("no directory can be made in TMPDIR, which is %q: %s", temp, why)
		case platform.ExhaustedCrash(line) != nil:
			why = fmt.Sprintf("the helper that cleans up crashed: %v", hostError(platform.ExhaustedCrash(line)))
		case line == "":
			why = "the helper that cleans up ended before it named a directory"
		default:
			r.dir = line
			return nil
		}
		_ = end.Close()
		r.reapJanitor()
		return errors.New(why)
	case <-time.After(r.helperDeadline()):
		_ = end.Close() // it removes what it has made as soon as it comes to it
		return errors.New("the helper that cleans up did not name a directory in time; try with a larger --slow")
	}
}

// DivertCrash leaves it to the janitor to tell of a crash of this process: of one for
// which the host ran out of something it takes a line and not a trace.
func (r *Harness) DivertCrash() error {
	return platform.DivertCrash(filepath.Join(r.dir, agent.CrashLog))
}

// helperDeadline is how long the janitor, a worker and a supervisor may take to start
// and to end. Nothing they do at those times is slow but on a machine that is busy, so
// it is generous, and a small Multiplier does not shorten it.
func (r *Harness) helperDeadline() time.Duration {
	return Patience * max(DefaultDeadline, r.Scale(DefaultDeadline))
}

// reapJanitor waits for a janitor that is gone. A wait that the system refuses is
// no trouble: what counts is the directory.
func (r *Harness) reapJanitor() {
	ctx, cancel := context.WithTimeout(context.Background(), r.helperDeadline())
	defer cancel()
	_, _ = r.janitor.Wait(ctx)
}

// dismissJanitor lets the janitor remove the directory, and removes it itself if
// the janitor was killed or takes too long.
func (r *Harness) dismissJanitor() error {
	_ = r.janitorEnd.Close()
	select {
	case <-r.janitorGone:
		r.reapJanitor()
	case <-time.After(r.helperDeadline()):
	}
	platform.ReleaseWriters(r.dir)
	if err := platform.RemoveAll(r.dir); err != nil {
		return fmt.Errorf("the run's directory could not be removed: %w", err)
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
			// Such as EMFILE, which stays until a descriptor is closed.
			<-time.After(time.Millisecond)
			continue
		}
		r.greet(1)
		go func() {
			defer r.greet(-1)
			lines := bufio.NewReaderSize(f, 1<<16)
			token, err := lines.ReadString('\n')
			token = strings.TrimSuffix(token, "\n")
			r.mu.Lock()
			defer r.mu.Unlock()
			ch, known := r.arrivals[token]
			delete(r.arrivals, token)
			if err != nil || !known {
				_ = f.Close()
				return
			}
			ch <- arrival{f, lines} // there is room; forget finds it from now on
		}()
	}
}

// greet counts the connections that were accepted and have not said whose they are.
func (r *Harness) greet(n int) {
	r.greeting.L.Lock()
	r.greeted += n
	r.greeting.L.Unlock()
	r.greeting.Broadcast()
}

// settle waits until every connection that was made until now is known or closed. One
// made here is accepted after all of them.
func (r *Harness) settle() {
	token := r.token()
	ch := r.expect(token)
	f, err := platform.Dial(r.listener.Address())
	if err != nil {
		r.forget(token, ch)
		return
	}
	defer f.Close()
	if _, err := f.WriteString(token + "\n"); err != nil {
		r.forget(token, ch)
		return
	}
	last := <-ch
	_ = last.file.Close()
	r.greeting.L.Lock()
	for r.greeted > 0 {
		r.greeting.Wait()
	}
	r.greeting.L.Unlock()
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

// small reports whether an image without a runtime can be written and executed
// in the run's directory.
func (r *Harness) small() bool {
	for _, name := range []string{"script-image", "temp-exec"} {
		if f, _ := platform.LookupFeature(name); f.Name != "" {
			if answer, _ := f.Probe(); answer != platform.Yes {
				return false
			}
		}
	}
	return true
}

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
