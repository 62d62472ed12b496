package trial

import (
	"time"

	"github.com/spawnspec/spawnspec/platform"
)

// watch looks at what the trial does in the last tenth of its time. The function that
// it returns ends that, and tells whether something was seen to move until shortly before
// the deadline: a trial that its deadline has cut off was only slow then, and otherwise
// hung. Where the system does not show which process sleeps nothing is called slow.
func (t *Trial) watch(deadline time.Duration) (busy func() bool) {
	tenth := deadline / 10
	still := platform.Still{Look: t.doing, Polls: true}
	moves := func() bool { return time.Since(still.Moved()) < tenth/2 }
	over, stop := make(chan bool, 1), make(chan struct{})
	lastTenth := time.NewTimer(deadline - tenth)
	go func() {
		defer lastTenth.Stop()
		select {
		case <-stop:
			over <- false // it has ended before
			return
		case <-lastTenth.C:
		}
		look := time.NewTicker(max(tenth/20, time.Millisecond))
		defer look.Stop()
		for {
			still.Reached(0)
			select {
			case <-t.ctx.Done():
				over <- moves()
				return
			case <-stop:
				over <- t.ctx.Err() != nil && moves()
				return
			case <-look.C:
			}
		}
	}()
	// Before descriptors are counted, of which a look opens some.
	return func() bool { close(stop); return <-over }
}

// doing is what the processes do that the trial has started and not waited for, and
// this one.
func (t *Trial) doing() ([]platform.Relative, error) {
	all, err := platform.Activity(t.holds.running()...)
	if err != nil {
		return nil, err
	}
	all[len(all)-1].Busy, _ = goroutines()
	return all, nil
}
