//go:build unix

package platform_test

import (
	"bufio"
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/posix"
)

// A program that waits to open a FIFO without a reader ends with what it is in.
func TestReleaseWriters(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "answers")
	if err := posix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	writer := exec.CommandContext(ctx, "/bin/sh", "-c", `trap "" PIPE; echo here; echo x >"$0"`, path)
	out, err := writer.StdoutPipe()
	if err == nil {
		err = writer.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if !bufio.NewScanner(out).Scan() {
		t.Fatal("the writer says nothing")
	}
	// Until it is in the open, it has to find the FIFO gone instead; both end it.
	platform.ReleaseWriters(dir)
	if err := platform.RemoveAll(dir); err != nil {
		t.Error(err)
	}
	_ = writer.Wait()
	if ctx.Err() != nil {
		t.Error("the writer waits for ever")
	}
}
