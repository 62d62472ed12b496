package platform

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// A client that disconnects at once does not block the next one.
func TestDialledAndGone(t *testing.T) {
	l, err := Listen(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		f, err := Dial(l.Address())
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		f, err = l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(f); len(got) > 0 {
			t.Errorf("%q, %v was read from who is gone", got, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	closing := make(chan error, 1)
	go func() { closing <- l.Close() }()
	if f, err := l.Accept(); err == nil {
		_ = f.Close()
		t.Error("it still listens")
	}
	if err := <-closing; err != nil {
		t.Error(err)
	}
}

// Close does not fail while Accept is in progress.
func TestCloseWhileAccepting(t *testing.T) {
	for range 50 {
		l, err := Listen(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() {
			for {
				f, err := l.Accept()
				if err != nil {
					_, again := l.Accept()
					done <- errors.Join(err, again)
					return
				}
				_ = f.Close()
			}
		}()
		f, err := Dial(l.Address())
		if err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		// A loop of Accept ends by this error.
		if err := <-done; strings.Count(err.Error(), os.ErrClosed.Error()) != 2 || !errors.Is(err, os.ErrClosed) {
			t.Fatalf("Accept of a closed listener: %v", err)
		}
	}
}
