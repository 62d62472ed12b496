// Package fork is the area of what a child that executes nothing shares with its parent, and what is
// its own.
package fork

import (
	"bytes"
	"os"

	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const title = "fork, vfork and clone"

// adopt waits at the end of the trial for a child that no launcher knows of
// and that ends by itself.
func adopt(t *Trial, s *linux.Script, pid int) {
	t.Defer(func() {
		_, _, _ = posix.Wait4(pid, linux.WALL)
		t.NoError(s.Release())
	})
}

// opened opens a file of ten digits for reading and writing, close-on-exec as
// every file that Go opens.
func opened(t *Trial) *os.File {
	f, err := os.OpenFile(t.File("digits", "0123456789", 0o644), os.O_RDWR, 0)
	t.NoError(err)
	t.Defer(func() { _ = f.Close() })
	return f
}

// failure is the error of a call of a script, or nil.
func failure(s *linux.Script, r linux.Result) error {
	if _, errno := s.Returned(r); errno != 0 {
		return errno
	}
	return nil
}

// play forks a child, lets it play its script to the end, and waits for it.
func play(t *Trial, s *linux.Script, options ...Option) *Process {
	c := t.Start(Script(s), options...)
	if ended := c.Wait(); ended.String() != "exit 0" {
		t.Fail("the forked child ended with %v", ended)
	}
	return c
}

// text is the NUL-terminated string at the start of a buffer.
func text(b []byte) string {
	s, _, _ := bytes.Cut(b, []byte{0})
	return string(s)
}

// mapped maps memory for the time of a trial.
func mapped(t *Trial, shared bool) *linux.Mapping {
	m, err := linux.Map(4096, shared)
	t.NoError(err)
	t.Defer(func() { t.NoError(m.Unmap()) })
	return m
}
