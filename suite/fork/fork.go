// Package fork is the area of what a child that executes nothing shares with its parent, and what is
// its own.
//
// Subjects, in the order of reading: process, memory, descriptor, signal, lock, timer, vfork, clone.
package fork

import (
	"bytes"
	"encoding/binary"
	"os"

	"github.com/spawnspec/spawnspec/platform/linux"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const title = "fork, vfork and clone"

// adopt waits at the end of the trial for a child that no launcher has started and
// that exits without a request.
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

// play forks a child that makes the calls of a script, and waits for it.
func play(t *Trial, s *linux.Script, options ...Option) *Process {
	c := t.Start(Script(s), options...)
	if ended := c.Wait(); ended.String() != "exit 0" {
		t.Fail("the result of the forked child was %v", ended)
	}
	return c
}

// views starts an image that makes the calls of a script and then forks, and returns 8
// bytes that look left at a place in the parent and in the child, and the result of the
// fork in the parent. The child is the one in which the fork returned 0.
func views(t *Trial, s *linux.Script, look func(at linux.Result)) (parent, child, forked uint64) {
	result := s.Must("clone", posix.SIGCHLD)
	look(s.Results(s.Call("getpid")))
	const record = 16
	s.Must("write", 1, s.Results(result), record)
	s.Call("wait4", -1, 0, 0, 0)
	r, w := t.Pipe()
	image := t.ScriptImage(s.Exit(0))
	program := Executable(image)
	if t.Launcher() == Fork {
		execute := new(linux.Script)
		execute.Exec(image, []string{image}, nil)
		program = Script(execute)
	}
	c := t.Start(program, Stdout(w))
	t.NoError(w.Close())
	report, err := t.ReadAll(r)
	t.NoError(err)
	c.Wait()
	if len(report) != 2*record {
		t.Fail("parent and child reported %d bytes", len(report))
	}
	word := func(i int) uint64 { return binary.NativeEndian.Uint64(report[8*i:]) }
	if word(0) == 0 {
		return word(3), word(1), word(2)
	}
	if word(2) != 0 {
		t.Fail("the fork did not return 0 in the child")
	}
	return word(1), word(3), word(0)
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
