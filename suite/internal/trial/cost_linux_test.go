package trial

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform"
	"github.com/spawnspec/spawnspec/platform/linux"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
)

// BenchmarkCostOfATrial measures, in turn within each iteration, what a start
// costs with linux/vfork-exec and a wait: of the smallest possible child, of
// the smallest Go program, of this project's child, and of a whole trial that
// starts one such child. The medians are in ms; their ratios are what a change
// to the child or to the trial must not raise. Programs are built without cgo,
// as on a machine that has only Go.
func BenchmarkCostOfATrial(b *testing.B) {
	launcher := platform.VforkExec
	if err := platform.Usable(launcher); err != nil {
		b.Skip(err)
	}
	smallest, err := new(linux.Script).Exit(0).Image()
	if err != nil {
		b.Skip(err)
	}
	dir := b.TempDir()
	tiny, program := filepath.Join(dir, "tiny"), filepath.Join(dir, "program")
	source := filepath.Join(dir, "main.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	if err := platform.WriteExecutable(tiny, smallest); err != nil {
		b.Fatal(err)
	}
	suite := filepath.Join(dir, "spawnspec")
	for binary, source := range map[string]string{program: source, suite: "github.com/spawnspec/spawnspec/suite/cmd/spawnspec"} {
		build := exec.Command("go", "build", "-o", binary, source)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			b.Fatalf("go build: %v\n%s", err, out)
		}
	}
	run, err := Begin(1, NewRuntimes())
	if err != nil {
		b.Fatal(err)
	}
	run.self = suite
	b.Cleanup(func() {
		if err := run.End(); err != nil {
			b.Error(err)
		}
	})
	files := []platform.FD{platform.Null, platform.Null, platform.Null}
	ticket := agent.Exit(0).Ticket(1, "-", "-")
	start := func(args ...string) func() {
		return func() {
			p, err := launcher.Start(&platform.Launch{Path: args[0], Args: args, Files: files})
			if err != nil {
				b.Fatal(err)
			}
			if status, err := p.Wait(context.Background()); err != nil || status.Code != 0 {
				b.Fatal(status, err)
			}
		}
	}
	declaration := &Declaration{Body: func(t *Trial) {
		t.Observe("status", t.Start(Exit(0)).Wait().String()).To(Equal("exit 0"))
	}}
	steps := []struct {
		name string
		do   func()
		took []float64
	}{
		{name: "tiny-ms", do: start(tiny)},
		{name: "go-ms", do: start(program)},
		{name: "child-ms", do: start(run.self, ticket)},
		{name: "trial-ms", do: func() {
			if t := run.TryOn(declaration, launcher, run.Deadline); t.Status != "pass" {
				b.Fatal(t)
			}
		}},
	}
	for b.Loop() {
		for i := range steps {
			begin := time.Now()
			steps[i].do()
			steps[i].took = append(steps[i].took, float64(time.Since(begin).Nanoseconds())/1e6)
		}
	}
	median := map[string]float64{}
	for _, s := range steps {
		slices.Sort(s.took)
		median[s.name] = s.took[len(s.took)/2]
		b.ReportMetric(median[s.name], s.name)
	}
	b.ReportMetric(median["child-ms"]/median["go-ms"], "child/go")
	b.ReportMetric(median["trial-ms"]/median["child-ms"], "trial/child")
}
