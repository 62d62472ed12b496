package platform

import (
	"errors"
	"testing"
	"time"
)

// Where the system does not show which process sleeps, only a long silence is stillness, and every
// word begins it anew.
func TestSilenceIsStill(t *testing.T) {
	s := Still{Blind: 150 * time.Millisecond, Look: func() ([]Relative, error) { return nil, errors.ErrUnsupported }}
	for said := range int64(2) {
		spoken := time.Now()
		for !s.Reached(said) {
			if time.Since(spoken) > 100*s.Blind {
				t.Fatal("silence is not noticed")
			}
		}
		if took := time.Since(spoken); took < s.Blind {
			t.Fatalf("still %v after a word", took)
		}
	}
}

// A process that sleeps and uses no time is still after a while; a tick of its
// time, a word of it, another process: each begins the while anew.
func TestSleepIsStill(t *testing.T) {
	var now []Relative
	s := Still{Quiet: 50 * time.Millisecond, Polls: true, Look: func() ([]Relative, error) { return now, nil }}
	for _, change := range []struct {
		what  string
		below []Relative
		said  int64
	}{
		{"one process", []Relative{{PID: 2}}, 0},
		{"a tick", []Relative{{PID: 2, CPU: 1}}, 0},
		{"a word", []Relative{{PID: 2, CPU: 1}}, 4},
		{"another process", []Relative{{PID: 2, CPU: 1}, {PID: 3}}, 4},
		{"its end", []Relative{{PID: 2, CPU: 1}, {PID: 3, Zombie: true}}, 4},
	} {
		now = change.below
		changed := time.Now()
		for !s.Reached(change.said) {
			if time.Since(changed) > 100*s.Quiet {
				t.Fatalf("%s: sleep is not noticed", change.what)
			}
		}
		if took := time.Since(changed); took < s.Quiet {
			t.Errorf("%s: still %v later", change.what, took)
		}
	}
	now = []Relative{{PID: 2, Busy: true}}
	for start := time.Now(); time.Since(start) < 3*s.Quiet; {
		if s.Reached(4) {
			t.Fatal("what runs every time is still")
		}
	}
}

// What may not poll has not slept when it was awake in one of two looks, or between them.
func TestWakingUpIsNotSleep(t *testing.T) {
	asleep, awake, woken := Relative{Switches: 1}, Relative{Switches: 1, Busy: true}, Relative{Switches: 3}
	for _, c := range []struct {
		before, now   Relative
		slept, polled bool
	}{
		{asleep, asleep, true, true},
		{asleep, awake, false, true},
		{awake, asleep, false, true},
		{awake, awake, false, false},
		{asleep, woken, false, true},
	} {
		if got := (&Still{}).slept(c.now, c.before); got != c.slept {
			t.Errorf("%+v, then %+v: %v", c.before, c.now, got)
		}
		if got := (&Still{Polls: true}).slept(c.now, c.before); got != c.polled {
			t.Errorf("polling, %+v, then %+v: %v", c.before, c.now, got)
		}
	}
}

// One at a time has something to do and passes it on to the next: nothing is still. And
// who looks seldom, because the machine is busy, has not seen enough.
func TestTakingTurnsIsNotStill(t *testing.T) {
	n := 0
	s := Still{Polls: true, Look: func() ([]Relative, error) {
		n++
		return []Relative{{PID: 2, Busy: n%2 == 0}, {PID: 3, Busy: n%2 == 1}}, nil
	}}
	for range 5 * fewestLooks {
		if s.Reached(0) {
			t.Fatalf("still after %d looks at two that take turns", n)
		}
	}
	n = 0
	s = Still{Polls: true, Look: func() ([]Relative, error) { n++; return []Relative{{PID: 2}}, nil }}
	for !s.Reached(0) {
	}
	if n != fewestLooks {
		t.Errorf("still after %d looks, not %d", n, fewestLooks)
	}
}

// Processes that are gone do not sleep: on a busy machine it takes its time until who
// waits for them hears of it.
func TestNoProcessIsNotStill(t *testing.T) {
	for _, gone := range [][]Relative{nil, {{PID: 2, Zombie: true}}} {
		s := Still{Polls: true, Look: func() ([]Relative, error) { return gone, nil }}
		for range 5 * fewestLooks {
			if s.Reached(0) {
				t.Fatalf("still, and there is no process: %v", gone)
			}
		}
	}
}

// One look shows nothing still, however long it has taken.
func TestOneLookIsNotEnough(t *testing.T) {
	s := Still{Look: func() ([]Relative, error) { return []Relative{{PID: 2}}, nil }} // no time has to pass
	if s.Reached(0) {
		t.Error("still at the first look")
	}
	if !s.Reached(0) {
		t.Error("moving at the second look, which saw what the first one saw")
	}
}
