package platform

import (
	"slices"
	"time"
)

// Still says that nothing moves any more, which no event announces: whether
// processes have all been asleep for a while.
type Still struct {
	// Look lists the processes. An error says that the system does not show which process sleeps.
	Look func() ([]Relative, error)
	// Quiet is how long they have to be asleep. Waiting for a processor is not
	// sleep, so a busy machine makes nothing still.
	Quiet time.Duration
	// Blind is how long nothing has to be said where the system does not show which process sleeps.
	Blind time.Duration
	// Polls is set when they may wake up now and then, to find that there is nothing
	// to do, and sleep all the same.
	Polls bool

	since time.Time
	looks int // since then, that one included
	last  []Relative
	said  int64
	moved time.Time
}

// Moved is when the last look saw that something had moved since the one before it; the
// zero time if none did.
func (s *Still) Moved() time.Time { return s.moved }

// Reached looks once more, and reports whether all have been asleep since Quiet
// ago. What they have said until now is a number that changes when they say
// something: a process that reports is not asleep.
func (s *Still) Reached(said int64) bool {
	now, err := s.Look()
	quiet := s.Quiet
	// What has ended does not sleep: word of it is on the way.
	asleep := slices.ContainsFunc(now, func(r Relative) bool { return !r.Zombie }) && slices.EqualFunc(now, s.last, s.slept) &&
		// One of them at a time has something to do, and passes it on to the next.
		(!slices.ContainsFunc(now, busy) || !slices.ContainsFunc(s.last, busy))
	if err != nil {
		quiet, asleep = s.Blind, true
	}
	if !s.since.IsZero() && (said != s.said || !asleep) {
		s.moved = time.Now()
	}
	if s.since.IsZero() || said != s.said || !asleep {
		s.since, s.looks = time.Now(), 0
	}
	s.looks++
	s.last, s.said = now, said
	looks := 2 // this process may have been without a processor since the line above
	if s.Polls {
		looks = fewestLooks
	}
	return s.looks >= looks && time.Since(s.since) >= quiet
}

// fewestLooks is how often those that may wake up now and then have to be found asleep,
// however long that takes: the one that looks may have been without a processor for as
// long as they have.
const fewestLooks = 8

func busy(r Relative) bool { return r.Busy }

// slept reports whether a process has been asleep from one look to the next. One
// that has switched to another thread, or back, was awake in between, so what it
// did in that time, and whom it woke, is not seen yet.
func (s *Still) slept(now, before Relative) bool {
	if now.PID != before.PID || now.Zombie != before.Zombie || now.CPU != before.CPU {
		return false
	}
	if s.Polls { // caught running now and then; who has something to do is caught every time
		return !now.Busy || !before.Busy
	}
	return !now.Busy && !before.Busy && now.Switches == before.Switches
}
