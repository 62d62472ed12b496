package platform_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/spawnspec/spawnspec/platform"
)

func TestMailbox(t *testing.T) {
	m, err := platform.NewMailbox(filepath.Join(t.TempDir(), "mailbox"))
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("there is no mailbox here")
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(m)
	expect := func(want string) {
		t.Helper()
		if !lines.Scan() || lines.Text() != want {
			t.Fatalf("read %q (%v), not %q", lines.Text(), lines.Err(), want)
		}
	}
	for i := range 3 { // each writer opens it anew
		f, err := os.OpenFile(m.Path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(f, "line %d\n", i)
		_ = f.Close()
		expect(fmt.Sprintf("line %d", i))
	}
	if _, err := m.Write([]byte("its own\n")); err != nil {
		t.Fatal(err)
	}
	expect("its own")

	read := make(chan error, 1)
	go func() {
		_, err := m.Read(make([]byte, 1))
		read <- err
	}()
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-read; !errors.Is(err, os.ErrClosed) {
		t.Errorf("a read of a closed mailbox gave %v", err)
	}
}
