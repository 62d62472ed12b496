package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/run"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// tryAt makes trials take time: each of ids in turn, for as long as is said.
func tryAt(p *progress, took time.Duration, status record.Status, ids ...string) {
	for _, id := range ids {
		pair := run.Pair{Declaration: &spec.Declaration{Behaviour: record.Behaviour{ID: id}}, Launcher: "l"}
		p.running(pair, true)
		<-time.After(took)
		p.running(pair, false)
		p.tried(record.Trial{ID: id, Launcher: "l", Status: status})
	}
}

func numbered(n int) (ids []string) {
	for i := range n {
		ids = append(ids, "n"+strings.Repeat("i", i+1))
	}
	return ids
}

// Where there is no terminal, a line comes every ten seconds: how many of how many,
// red so far, time left, and what has been going on for the longest time.
func TestProgressInALogComesEveryTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		var log bytes.Buffer
		p := startProgress(&log, 0, 100)
		for range 20 {
			p.tried(record.Trial{ID: "skipped", Launcher: "l", Status: record.NotApplicable})
		}
		tryAt(p, 450*time.Millisecond, record.Pass, numbered(20)...)
		tryAt(p, 500*time.Millisecond, record.Fail, "bad")
		tryAt(p, 22*time.Second, record.Pass, "slow")
		g.Expect(p.done()).To(And(HaveKeyWithValue("slow @ l", 22*time.Second), HaveLen(22)))
		g.Expect(strings.Split(log.String(), "\n")).To(Equal([]string{
			"fail: bad @ l",
			"41 of 100 trials, 1 red, 10s, about 28s left; slow @ l for 1s",
			"41 of 100 trials, 1 red, 20s, about 56s left; slow @ l for 11s",
			"41 of 100 trials, 1 red, 30s, about 1m24s left; slow @ l for 21s",
			"",
		}))
	})
}

// Of several trials that go on at once the one is named that began first.
func TestProgressNamesWhatHasBeenGoingOnForTheLongest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		p := startProgress(&log, 0, 3)
		for _, id := range []string{"second", "first", "third"} {
			p.running(run.Pair{Declaration: &spec.Declaration{Behaviour: record.Behaviour{ID: id}}, Launcher: "l"}, true)
			<-time.After(3 * time.Second)
		}
		<-time.After(2 * time.Second)
		p.done()
		NewWithT(t).Expect(log.String()).To(Equal("0 of 3 trials, 0 red, 10s; second @ l for 10s\n"))
	})
}

// A run that is over within ten seconds says nothing.
func TestProgressOfAShortRunIsNotShownInALog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		p := startProgress(&log, 0, 10)
		tryAt(p, 990*time.Millisecond, record.Pass, numbered(10)...)
		p.done()
		NewWithT(t).Expect(log.String()).To(BeEmpty())
	})
}

// On a terminal one line is written over, never wider than the terminal, and is gone
// in the end.
func TestProgressOnATerminalIsOneLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		var screen bytes.Buffer
		p := startProgress(&screen, 42, 3)
		tryAt(p, time.Second, record.Fail, "bad", strings.Repeat("long", 20))
		p.done()
		shown := strings.Split(screen.String(), "\r\x1b[K")
		g.Expect(shown).To(ContainElement("0 of 3 trials, 0 red, 1s; bad @ l for 1s"))
		g.Expect(shown[len(shown)-1]).To(BeEmpty())
		g.Expect(screen.String()).NotTo(ContainSubstring("\n"))
		for _, line := range shown {
			g.Expect(len(line)).To(BeNumerically("<", 42), line)
		}
	})
}
