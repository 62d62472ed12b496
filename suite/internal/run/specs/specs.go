// Package specs makes Ginkgo specs of a selection, one a trial, for go test and
// ginkgo: a container a chapter, one a behaviour, and a spec a launcher.
package specs

import (
	"cmp"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/render"
	"github.com/spawnspec/spawnspec/suite/internal/run"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

// Quick is the label of the first spec of each behaviour, which is what go test
// -short runs.
const Quick = "quick"

// Declare declares a spec for each pair that a selection selects. Its place is
// where the behaviour is declared, and a failure's is the check that did not
// hold. What a sentence is not about has no spec.
//
// Labels are the area, the level, "launcher: NAME" and, for those of a runtime,
// "runtime: NAME", to be asked for with a set operation of Ginkgo's label filters:
// "launcher: consistsOf unix.fork-exec && wait". Slashes of a launcher's name are
// dots in them, because a slash begins a regular expression in a filter.
func Declare(s run.Selection, harness func() *trial.Harness) error {
	pairs, err := s.Pairs()
	if err != nil {
		return err
	}
	byArea := map[string][]run.Pair{}
	for _, p := range pairs {
		if status, _ := s.Runtimes.SkipReason(p.Declaration, p.Launcher); status != record.NotApplicable {
			byArea[p.Area] = append(byArea[p.Area], p)
		}
	}
	areas := slices.SortedFunc(slices.Values(spec.Areas()), func(a, b spec.AreaInfo) int { return cmp.Compare(a.Name, b.Name) })
	for _, area := range areas {
		pairs := byArea[area.Name]
		if len(pairs) == 0 {
			continue
		}
		ginkgo.Describe(area.Title, ginkgo.Label(area.Name), func() {
			for len(pairs) > 0 {
				n := 1
				for n < len(pairs) && pairs[n].ID == pairs[0].ID {
					n++
				}
				behaviour(pairs[:n], harness)
				pairs = pairs[n:]
			}
		})
	}
	return nil
}

// behaviour is the container of one behaviour on all its launchers.
func behaviour(pairs []run.Pair, harness func() *trial.Harness) {
	d := pairs[0].Declaration
	place := types.CodeLocation{FileName: d.Place.File, LineNumber: d.Place.Line}
	ginkgo.Describe(d.ID+": "+d.Sentence, place, ginkgo.Label(string(d.Level)), func() {
		for i, p := range pairs {
			labels := ginkgo.Label("launcher: " + strings.ReplaceAll(p.Launcher, "/", "."))
			if runtime, _, ok := spec.RuntimeOf(p.Launcher); ok {
				labels = append(labels, "runtime: "+runtime.Name)
			}
			if i == 0 {
				labels = append(labels, Quick)
			}
			ginkgo.It("@ "+p.Launcher, place, labels, func() { try(p, harness()) })
		}
	})
}

// try is the body of a spec.
func try(p run.Pair, h *trial.Harness) {
	failed := false
	tried := h.Try(p.Declaration, p.Launcher, func(reason string) {
		// Ginkgo takes the place of a failure from the stack of the goroutine that
		// fails. The panic by which it ends a spec is caught here: the body goes on,
		// so that what follows is observed too.
		defer func() {
			if recover() == nil {
				return
			}
			failed = true
		}()
		ginkgo.Fail(failure(p, reason), framesToArea())
	})
	ginkgo.AddReportEntry(p.ID+" @ "+p.Launcher, shown(tried), ginkgo.ReportEntryVisibilityFailureOrVerbose)
	switch {
	case tried.Status.Red() && !failed:
		ginkgo.Fail(failure(p, tried.Reasons...))
	case !tried.Status.Ran():
		ginkgo.Skip(strings.Join(tried.Reasons, "; "))
	}
}

// failure is the message of a failed spec: what was wanted and seen, why it matters,
// what to do and the command that tries it again. What was seen is made printable.
func failure(p run.Pair, reasons ...string) string {
	lines := []string{p.ID + " @ " + p.Launcher}
	for _, reason := range reasons {
		for line := range strings.Lines(reason) { // a trace has several
			lines = append(lines, "  "+render.Printable(strings.TrimSuffix(line, "\n")))
		}
	}
	lines = append(lines, "Matters: "+p.Matters)
	for _, r := range p.Remedies {
		lines = append(lines, "Remedy:  "+r.Text)
	}
	again := fmt.Sprintf("spawnspec run --only %s --launcher %s", p.ID, p.Launcher)
	return strings.Join(append(lines, "Again:   "+again), "\n")
}

// framesToArea is how many frames of the stack lie between the caller and the
// first function outside of package trial: the check in a behaviour's body.
func framesToArea() int {
	const own = 2 // runtime.Callers and this function
	frames := make([]uintptr, 32)
	stack := runtime.CallersFrames(frames[:runtime.Callers(own, frames)])
	for skip := 0; ; skip++ {
		frame, more := stack.Next()
		dir := filepath.Base(filepath.Dir(frame.File))
		if dir != "trial" && dir != "specs" || !more {
			return skip
		}
	}
}

// shown is a trial as a reader of a report wants to see it: its status and what
// was observed, each check with what it wanted.
func shown(t record.Trial) entry {
	lines := []string{string(t.Status)}
	for _, o := range t.Observations {
		line := fmt.Sprintf("%s: %s", o.Name, record.Text(o.Value))
		if o.Held != nil && !*o.Held {
			line += ", wanted " + o.Want.String()
		}
		lines = append(lines, render.Printable(line))
	}
	for _, d := range t.Divergences {
		if !d.Stale {
			lines = append(lines, fmt.Sprintf("known difference of %s: %s (%s)", d.Implementation, d.Reason, d.Link))
		}
	}
	return entry{t.ID, t.Launcher, t.Status, strings.Join(lines, "\n")}
}

// entry is a report entry. Ginkgo shows its String, and writes its fields into
// the JSON report.
type entry struct {
	ID, Launcher string
	Status       record.Status
	Text         string
}

func (e entry) String() string { return e.Text }
