package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/render"
	"github.com/spawnspec/spawnspec/suite/internal/run"
)

// How often progress is shown: on a terminal so that seconds are seen to pass, and
// elsewhere so that a log shows a run that goes on, and says nothing of a short one.
const (
	everyOnTerminal = 200 * time.Millisecond
	everyElsewhere  = 10 * time.Second
)

// enoughToEstimate is how many trials say how long the others will take.
const enoughToEstimate = 20

// progress shows how far a run is: on a terminal one line that is written over;
// elsewhere a line for each red trial at once, and one of the whole now and then.
type progress struct {
	out   io.Writer
	width int // of the terminal in columns; 0 when there is none
	total int
	start time.Time
	over  chan struct{}
	shown sync.WaitGroup

	mu          sync.Mutex
	n, ran, red int
	since       map[string]time.Time // of those that are being tried, by key
	took        map[string]time.Duration
}

func startProgress(out io.Writer, width, total int) *progress {
	p := &progress{out: out, width: width, total: total, start: time.Now(), over: make(chan struct{}),
		since: map[string]time.Time{}, took: map[string]time.Duration{}}
	p.shown.Go(p.show)
	return p
}

// show writes a line now and then until the run is over.
func (p *progress) show() {
	every := everyElsewhere
	if p.width > 0 {
		every = everyOnTerminal
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			p.write(p.line(now))
		case <-p.over:
			return
		}
	}
}

// write shows a line in place of the last one on a terminal.
func (p *progress) write(line string) {
	if p.width == 0 {
		fmt.Fprintln(p.out, line)
		return
	}
	if runes := []rune(line); len(runes) >= p.width {
		line = string(runes[:p.width-1])
	}
	fmt.Fprint(p.out, "\r\x1b[K"+line)
}

// line says how many trials have been tried and how many of them are red, how long
// that took and will take, and which trial has been going on for the longest time.
func (p *progress) line(now time.Time) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	elapsed := now.Sub(p.start)
	line := fmt.Sprintf("%d of %d trials, %d red, %s", p.n, p.total, p.red, rounded(elapsed))
	if p.ran >= enoughToEstimate && p.n < p.total {
		line += fmt.Sprintf(", about %s left", rounded(elapsed*time.Duration(p.total-p.n)/time.Duration(p.ran)))
	}
	oldest := ""
	for key, since := range p.since {
		if first := p.since[oldest]; oldest == "" || since.Before(first) || since.Equal(first) && key < oldest {
			oldest = key
		}
	}
	if oldest != "" {
		line += fmt.Sprintf("; %s for %s", render.Printable(oldest), rounded(now.Sub(p.since[oldest])))
	}
	return line
}

func rounded(d time.Duration) string { return d.Round(time.Second).String() }

// running is called when a try begins and when it ends.
func (p *progress) running(pair run.Pair, now bool) {
	key := record.Trial{ID: pair.ID, Launcher: pair.Launcher}.Key()
	p.mu.Lock()
	defer p.mu.Unlock()
	if now {
		p.since[key] = time.Now()
		return
	}
	p.took[key] = time.Since(p.since[key])
	delete(p.since, key)
}

// tried is called with each trial when it is known how it ended.
func (p *progress) tried(t record.Trial) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	if t.Status.Ran() {
		p.ran++
	}
	if t.Status.Red() {
		p.red++
		if p.width == 0 {
			fmt.Fprintf(p.out, "%s: %s\n", t.Status, render.Printable(t.Key()))
		}
	}
}

// done takes the line away and returns how long each trial took that was tried.
func (p *progress) done() map[string]time.Duration {
	close(p.over)
	p.shown.Wait()
	if p.width > 0 {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	return p.took
}
