package trial

import (
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

// State gives the call time to return, and says whether it has: the way to see
// that a thing does not happen.
func (p *Pending) State() State {
	select {
	case <-p.done:
		_ = p.returned()
		return Returned
	case <-time.After(p.trial.Grace()):
		return Blocked
	}
}

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

// Err waits for the call and is its error; platform.ErrHang at the trial's deadline.
func (p *Pending) Err() error {
	if !p.Returned() {
		return platform.ErrHang
	}
	return p.err
}
