package platform

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"time"
)

// waits is set for a copy of this program that waits for the end of its input.
const waits = "SPAWNSPEC_TEST_WAITS"

// A process below this one is listed while it is there.
func TestBelow(t *testing.T) {
	if os.Getenv(waits) != "" {
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	if _, err := Below(os.Getpid()); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("this system does not tell")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	p, err := OSExec.Start(&Launch{Path: self, Args: []string{self, "-test.run=^TestBelow$"},
		Env: append(os.Environ(), waits+"=1"), Files: []FD{FD(r.Fd())}})
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	listed := func() bool {
		below, err := Below(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(below, func(r Relative) bool { return r.PID == p.Pid() && r.Command != "" })
	}
	if !listed() {
		t.Error("a child is not listed")
	}
	_ = w.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if _, err := p.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if listed() {
		t.Error("a child that has ended is still listed")
	}
}
