package trial

import (
	"errors"
	"os"
	"regexp"
	"runtime"
	"slices"
	"time"

	"github.com/spawnspec/spawnspec/platform"
)

// Pending is a call that goes on in another goroutine, because it may block.
type Pending struct {
	trial *Trial
	done  chan struct{}
	err   error
	panic any // what the call ended with, in place of a return
}

// State is what a pending call does.
type State string

// States of a pending call.
const (
	Blocked  State = "blocked"
	Returned State = "returned"
	// Moving is that of a call that might still return by itself at the trial's deadline.
	Moving State = "moving"
)

// Go makes a call that may block. What it assigns may be read when it has
// returned. It may go on until the trial's files and children are gone.
func (t *Trial) Go(call func() error) *Pending {
	p := &Pending{trial: t, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		defer func() { p.panic = recover() }()
		p.err = call()
	}()
	return p
}

// returned is true; a call that ended the trial ends it here, in the body's own
// goroutine.
func (p *Pending) returned() bool {
	if p.panic != nil {
		panic(p.panic)
	}
	return true
}

// HasReturned reports, without waiting, whether the call has returned.
func (p *Pending) HasReturned() bool {
	select {
	case <-p.done:
		return p.returned()
	default:
		return false
	}
}

// State waits until the call has returned, or is seen to be blocked: nothing moves
// any more, neither in this process nor in one that the trial has started, so that
// only what the body does next can make it return. A process that sleeps until a time
// of its own choice looks like one that waits for an event. Where the system does not
// show which process sleeps, a call that has not returned within Grace is blocked.
func (p *Pending) State() State {
	still := platform.Still{Look: p.trial.activity, Quiet: betweenLooks, Blind: p.trial.Grace()}
	for n := 0; ; n++ {
		reached := still.Reached(0)
		if p.HasReturned() { // also at the last moment
			return Returned
		}
		if reached {
			return Blocked
		}
		pause := betweenLooks
		if n%2 == 1 { // two looks were not enough; to look is itself to move, and the more so the busier the machine
			pause *= time.Duration(min(n, 15))
		}
		select {
		case <-p.done:
		case <-p.trial.ctx.Done():
			p.trial.hung = true
			return Moving
		case <-time.After(pause):
		}
	}
}

// betweenLooks is how far apart the two looks are that see a call blocked.
const betweenLooks = time.Millisecond

// activity is what the processes of the trial do, and at last this one.
func (t *Trial) activity() ([]platform.Relative, error) {
	if runtime.GOOS == "linux" {
		t.NoError(askPoller())
	}
	var pids []int
	for _, c := range t.children {
		if c.parent == nil || !c.inNamespace {
			pids = append(pids, c.pid)
		}
	}
	all, err := platform.Activity(pids...)
	if err == nil {
		own := &all[len(all)-1]
		runs, calls := goroutines()
		own.Busy = runs || calls > own.Calls // one of them is on its way into a call or out of it
	}
	return all, err
}

// askPoller lets Go's runtime ask the system which files are ready. On a busy
// machine it may not have asked yet, and then a goroutine waits for what has happened already.
func askPoller() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	defer w.Close()
	conn, err := r.SyscallConn()
	if err != nil {
		return err
	}
	var written error
	asked := false
	err = conn.Read(func(uintptr) (ready bool) {
		if asked {
			return true // the runtime has asked, and that after the write
		}
		_, written = w.Write([]byte{0})
		asked = true
		return written != nil
	})
	return errors.Join(written, err)
}

// goroutines reports whether one but the calling goroutine runs, or waits for a
// processor or a time; and how many are in a system call.
func goroutines() (runs bool, calls int) {
	dump := make([]byte, 1<<16)
	n := runtime.Stack(dump, true)
	for n == len(dump) {
		dump = make([]byte, 2*len(dump))
		n = runtime.Stack(dump, true)
	}
	for _, g := range goroutine.FindAllSubmatch(dump[:n], -1)[1:] { // the calling one is the first
		switch state, function := string(g[1]), string(g[2]); {
		case state == "syscall" && function != "os/signal.signal_recv": // that waits for work of the runtime
			calls++
		case slices.Contains([]string{"running", "runnable", "preempted", "copystack", "sleep"}, state):
			runs = true
		}
	}
	return runs, calls
}

// goroutine is the beginning of one in the text of its stack, with its state and the
// function that it is in: "goroutine 7 [chan receive, 2 minutes, locked to thread]:".
var goroutine = regexp.MustCompile(`(?m)^goroutine \d+ \[([^],]+).*\]:\n([\w./]+)`)

// Returned waits for the call, up to the trial's deadline, and reports whether
// it has returned by then.
func (p *Pending) Returned() bool {
	select {
	case <-p.done:
		return p.returned()
	case <-p.trial.ctx.Done():
		p.trial.hung = true
		return false
	}
}

// Final waits for the call, up to the trial's deadline, and is its state then: Returned,
// or Blocked.
func (p *Pending) Final() State {
	if p.Returned() {
		return Returned
	}
	return Blocked
}

// Err waits for the call and is its error; platform.ErrHang at the trial's deadline.
func (p *Pending) Err() error {
	if !p.Returned() {
		return platform.ErrHang
	}
	return p.err
}
