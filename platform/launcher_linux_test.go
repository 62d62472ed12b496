package platform

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/spawnspec/spawnspec/platform/linux"
)

// Descriptors come into their places in any order, and moving them needs no more
// room than a few numbers above the highest.
func TestDescriptorsInPlace(t *testing.T) {
	var readers, writers [3]*os.File
	for i := range readers {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		defer w.Close()
		readers[i], writers[i] = r, w
	}
	a, b, c := int(writers[0].Fd()), int(writers[1].Fd()), int(writers[2].Fd())
	files := make([]*os.File, c+1)
	files[a], files[b], files[c] = writers[1], writers[0], writers[2] // a and b change places
	script := func() *linux.Script {
		s := new(linux.Script)
		for _, fd := range []int{a, b, c} {
			s.Must("write", fd, string(rune('0'+fd)), 1)
		}
		s.Must("close", c)
		return s.Exit(7)
	}
	image, err := script().Image()
	if err != nil {
		t.Skip(err) // only amd64 and arm64 have images
	}
	path := filepath.Join(t.TempDir(), "image")
	if err := WriteExecutable(path, image); err != nil {
		t.Fatal(err)
	}

	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	low := limit
	low.Cur = uint64(c + 8) // syscall.ForkExec needs a pipe of its own
	for _, l := range []Launcher{forkExec{}, fork{}, vforkExec{}} {
		t.Run(l.Name(), func(t *testing.T) {
			launch := &Launch{Path: path, Args: []string{path}}
			for i, f := range files {
				if f != nil {
					launch.Give(i, f)
				} else {
					launch.Give(i, Closed)
				}
			}
			if l == (fork{}) {
				launch.Script = script()
				defer func() { _ = launch.Script.Release() }()
			}
			if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
				t.Fatal(err)
			}
			p, err := l.Start(launch)
			if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
				t.Fatal(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			if status, err := p.Wait(context.Background()); err != nil || status.Code != 7 {
				t.Fatal(status, err)
			}
			for i, fd := range []int{b, a, c} {
				got := make([]byte, 1)
				if _, err := io.ReadFull(readers[i], got); err != nil || got[0] != byte('0'+fd) {
					t.Errorf("pipe %d was descriptor %d, not %d (%v)", i, int(got[0])-'0', fd, err)
				}
			}
		})
	}
}
