package trial

import (
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
)

// patiently tries a body with the deadline of a trial of a run.
func patiently(t *testing.T, body func(*Trial)) record.Trial {
	t.Helper()
	run, err := begun()
	if err != nil {
		t.Fatal(err)
	}
	return run.TryOn(&Declaration{Behaviour: record.Behaviour{ID: "test", Level: Should}, Body: body}, system{}, run.Deadline)
}

// A call is not blocked while who will make it return has something to do: not when
// that takes longer than any grace, and not on a machine that has other things to do.
func TestSlowIsNotBlocked(t *testing.T) {
	if _, err := platform.Activity(); errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	for _, c := range []struct {
		who string
		try func(*Trial) *Pending
	}{
		{"a child", func(t *Trial) *Pending {
			r, w := t.Pipe()
			c := t.Start(Agent(), Stdout(w))
			t.NoError(w.Close())
			t.NoError(Send(c, agent.UseCPU, 100*time.Millisecond))
			c.Exit(0)
			return t.Go(func() error { _, err := r.Read(make([]byte, 1)); return err })
		}},
		{"an orphaned grandchild", func(t *Trial) *Pending {
			r, w := t.Pipe()
			c := t.Start(Agent(), Stdout(w))
			t.NoError(w.Close())
			g := c.Start(Agent(), InheritStdio(), Orphan())
			t.NoError(Send(g, agent.UseCPU, 100*time.Millisecond))
			g.Exit(0)
			c.Exit(0)
			c.Wait()
			return t.Go(func() error { _, err := r.Read(make([]byte, 1)); return err })
		}},
		{"this process", func(t *Trial) *Pending {
			done := make(chan struct{})
			go func() {
				defer close(done)
				for end := time.Now().Add(100 * time.Millisecond); time.Now().Before(end); {
				}
			}()
			return t.Go(func() error { <-done; return nil })
		}},
		{"a call that only takes its time", func(t *Trial) *Pending {
			return t.Go(func() error { time.Sleep(100 * time.Millisecond); return nil }) //nolint:forbidigo // what is seen
		}},
		{"the wait for a child", func(t *Trial) *Pending {
			c := t.Start(Agent())
			t.NoError(Send(c, agent.UseCPU, 100*time.Millisecond))
			c.Exit(0)
			return t.Go(func() error { return c.Wait().Err })
		}},
	} {
		t.Run(c.who, func(t *testing.T) {
			got := patiently(t, func(t *Trial) { t.Observe("state", c.try(t).State()).To(Equal(Returned)) })
			if got.Status != record.Pass {
				t.Errorf("%s, %q", got.Status, got.Reasons)
			}
		})
	}
}

// A call is blocked when no process has anything to do, which is seen: a child that
// waits for orders, one in the middle of a call, one that has ended.
func TestBlockedIsSeen(t *testing.T) {
	got := patiently(t, func(t *Trial) {
		for name, orders := range map[string]func(*Process){
			"waits": func(*Process) {},
			"reads": func(c *Process) { t.NoError(Send(c, agent.Read, agent.ReadArgs{FD: 0, Max: 1})) },
			"ended": func(c *Process) { c.Exit(0) },
		} {
			r, w := t.Pipe()
			c := t.Start(Agent(), Stdin(r), Stdout(w))
			orders(c)
			read := t.Go(func() error { _, err := r.Read(make([]byte, 1)); return err })
			t.Observe("of a child that "+name, read.State()).To(Equal(Blocked))
			t.NoError(w.Close())
			t.NoError(c.Kill())
			t.Observe("at last, of one that "+name, read.Returned()).To(BeTrue())
		}
	})
	if got.Status != record.Pass {
		t.Errorf("%s, %q", got.Status, got.Reasons)
	}
}
