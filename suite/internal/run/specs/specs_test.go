package specs

import (
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/run"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// A failed spec says all there is to say, and nothing that acts on a terminal.
func TestFailure(t *testing.T) {
	p := run.Pair{Launcher: spec.OSExec, Declaration: &spec.Declaration{Behaviour: record.Behaviour{
		ID: "pipe.eof.first", Matters: "It hangs.", Remedies: []record.Remedy{{Text: "Close it."}}}}}
	const want = `pipe.eof.first @ go/os-exec
  data was \u001b[2J\u202e, expected to be empty
  panic: oh
  main.go:1
Matters: It hangs.
Remedy:  Close it.
Again:   spawnspec run --only pipe.eof.first --launcher go/os-exec`
	got := failure(p, "data was \x1b[2J\u202e, expected to be empty", "panic: oh\nmain.go:1\n")
	if got != want {
		t.Errorf("%s\n\nand not\n\n%s", got, want)
	}
}
