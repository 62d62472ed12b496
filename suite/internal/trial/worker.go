package trial

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/fixtures/runtimes"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/ticket"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// Worker is another process of this binary that tries one trial after the other.
// Most trials wait for something, so several workers get more done than one; and
// as the leader of a process group of its own it does not notice when a terminal
// interrupts the run.
type Worker struct {
	process platform.Process
	channel arrival
	exited  chan struct{}
	how     string // it exited and what it printed first, set before exited is closed
	ranOut  error  // what the host had run out of then, or nil
	close   sync.Once
	leaving time.Duration // how long it may take to exit
}

// workerSetup is the first line that a worker reads.
type workerSetup struct {
	Dir        string
	Deadline   time.Duration
	Multiplier float64
	// Programs are the ways of runtimes that start programs.
	Programs []*runtimes.Launcher
	Pins     Pins
}

// workerTrial is every further line: what to try, and whether once more because
// the deadline has cut it off before.
type workerTrial struct {
	ID, Launcher string
	Again        bool
}

// workerTried is the answer.
type workerTried struct {
	Cut   bool // the deadline has cut it off
	Trial json.RawMessage
}

// NewWorker starts a worker. It works in the harness's directory and ends when
// it is closed, or when this process is gone.
func (r *Harness) NewWorker(ctx context.Context) (*Worker, error) {
	token := r.token()
	// What a worker prints is a crash of Go's runtime, of which one line is enough.
	log, err := os.Create(filepath.Join(r.dir, "w"+token+".log"))
	if err != nil {
		return nil, err
	}
	coming := r.expect(token)
	l := &platform.Launch{Path: r.self, Args: []string{r.self, agent.Worker().Ticket(1, token, r.listener.Address())},
		NewGroup: true, Orphan: true}
	l.Give(1, platform.Null)
	if _, err := platform.NullDevice(); err != nil { // a host without one still has behaviours that need none
		l.Give(0, os.Stdin)
		l.Give(1, log)
	}
	l.Give(2, log)
	launcher := platform.Launcher(platform.OSExec)
	if platform.Usable(launcher) != nil { // its wait is refused here, and another one may not be
		launcher = platform.ForkExec
	}
	p, err := launcher.Start(l)
	if err != nil {
		_ = log.Close()
		r.forget(token, coming)
		return nil, fmt.Errorf("a worker could not be started: %w", hostError(err))
	}
	w := &Worker{process: p, exited: make(chan struct{}), leaving: r.helperDeadline()}
	go func() {
		defer close(w.exited)
		status, err := p.Wait(context.Background())
		w.how = status.String()
		if err != nil {
			w.how = err.Error()
		}
		printed := make([]byte, 300)
		n, _ := log.ReadAt(printed, 0)
		_ = log.Close()
		if first, _, _ := strings.Cut(string(printed[:n]), "\n"); first != "" {
			w.how += ": " + first
			w.ranOut = platform.ExhaustedCrash(first)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, r.helperDeadline())
	defer cancel()
	select {
	case w.channel = <-coming:
	case <-w.exited:
		r.forget(token, coming)
		if w.ranOut != nil {
			return nil, fmt.Errorf("a worker ended at once: %w", hostError(w.ranOut))
		}
		return nil, fmt.Errorf("a worker ended at once: %s", w.how)
	case <-ctx.Done():
		r.forget(token, coming)
		_ = p.Kill()
		return nil, fmt.Errorf("a worker did not report in %s; try with a larger --slow", r.helperDeadline())
	}
	setup := workerSetup{filepath.Join(r.dir, "w"+token), r.Deadline, r.Multiplier, nil, r.Pins}
	for _, rt := range r.runtimes {
		setup.Programs = append(setup.Programs, rt.programs()...)
	}
	return w, errors.Join(os.Mkdir(setup.Dir, 0o755), w.send(setup))
}

func (w *Worker) send(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.channel.file.Write(append(line, '\n'))
	return err
}

// Try lets the worker try a behaviour on a launcher, and says whether its
// deadline has cut it off; again is for one that was cut off before. An error
// says that the worker is gone, which breaks the trial.
func (w *Worker) Try(id, launcher string, again bool) (tried record.Trial, cut bool, err error) {
	if tried, cut, err = w.ask(workerTrial{id, launcher, again}); err == nil {
		return tried, cut, nil
	}
	tried = record.Trial{ID: id, Launcher: launcher, Status: record.Broken, Reasons: []string{err.Error()}}
	select {
	case <-w.exited:
		tried.Reasons = []string{"the worker that tried it ended: " + w.how}
		if w.ranOut != nil {
			tried.Reasons = append(tried.Reasons, hostError(w.ranOut).Error())
		}
	case <-time.After(time.Second): // it has closed the connection, so it is about to exit
	}
	return tried, false, err
}

// ask sends a request and reads its answer.
func (w *Worker) ask(request workerTrial) (tried record.Trial, cut bool, err error) {
	if err := w.send(request); err != nil {
		return tried, false, err
	}
	line, err := w.channel.lines.ReadBytes('\n')
	if err != nil {
		return tried, false, err
	}
	var answer workerTried
	if err := json.Unmarshal(line, &answer); err != nil {
		return tried, false, err
	}
	tried, err = record.DecodeTrial(answer.Trial)
	return tried, answer.Cut, err
}

// Close ends the worker, whatever it is doing, and waits until it is gone. It may
// be called while Try waits, which fails then.
func (w *Worker) Close() (err error) {
	w.close.Do(func() {
		_ = w.channel.file.Close()
		select {
		case <-w.exited:
		case <-time.After(w.leaving): // it exits as soon as it reads the end of file
			err = errors.New("a worker did not exit")
			if killed := w.process.Kill(); !errors.Is(killed, os.ErrProcessDone) {
				err = errors.Join(err, killed)
			}
		}
	})
	return err
}

// ServeWorker plays the worker if this process was started as one, and does not
// return then. The main functions of commands and tests whose harness has
// workers call it first.
func ServeWorker() {
	if ticket.Mine.Role != agent.WorkerRole {
		return
	}
	if err := serveWorker(ticket.Mine.Token, ticket.Mine.Address); err != nil {
		ticket.Refuse(ticket.ExitNoParent, err.Error())
	}
	os.Exit(0)
}

func serveWorker(token, address string) error {
	channel, err := platform.Dial(address)
	if err != nil {
		return err
	}
	if _, err := channel.WriteString(token + "\n"); err != nil {
		return err
	}
	lines := bufio.NewReaderSize(channel, 1<<16)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		return nil // the run is over before it began
	}
	var setup workerSetup
	if err := json.Unmarshal(line, &setup); err != nil {
		return err
	}
	h, err := newHarness(setup.Multiplier, NewRuntimes())
	if err != nil {
		return err
	}
	h.Deadline, h.dir, h.Pins = setup.Deadline, setup.Dir, setup.Pins
	programs := map[string]*runtimes.Launcher{}
	for _, p := range setup.Programs {
		p.Scratch = h.dir
		programs[p.Launcher] = p
	}
	if err := h.listen(); err != nil {
		return err
	}
	declared := map[string]*spec.Declaration{}
	for _, d := range spec.All() {
		declared[d.ID] = d
	}
	asked := make(chan workerTrial)
	go func() {
		for {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				os.Exit(0) // the run does not want this worker any more, whatever it is doing
			}
			var next workerTrial
			if err := json.Unmarshal(line, &next); err != nil {
				ticket.Refuse(ticket.ExitNoRole, "request not understood: "+string(line))
			}
			asked <- next
		}
	}()
	for next := range asked {
		d := declared[next.ID]
		var l platform.Launcher
		if p := programs[next.Launcher]; p != nil {
			l = p
		} else if l, err = h.runtimes.launcher(next.Launcher); err != nil {
			return err
		}
		if d == nil {
			return fmt.Errorf("nothing is called %s", next.ID)
		}
		deadline := h.deadlineOn(l)
		if next.Again {
			deadline *= Patience
		}
		tried, cut := h.tryOnce(d, l, deadline, true)
		answer := workerTried{Cut: cut}
		if answer.Trial, err = record.EncodeTrial(tried); err != nil {
			return err
		}
		line, err := json.Marshal(answer)
		if err != nil {
			return err
		}
		if _, err := channel.Write(append(line, '\n')); err != nil {
			return nil
		}
	}
	return nil
}
