package page

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// A behaviour that no launcher could try is listed with what the host lacks, not
// with the launcher that it is not for.
func TestNotTriedSaysWhatIsMissing(t *testing.T) {
	r := &record.Recording{Trials: []record.Trial{
		{ID: "a.b.c", Launcher: "x", Status: record.NotApplicable, Reasons: []string{"is not for this system"}},
		{ID: "a.b.c", Launcher: "y", Status: record.Unmet, Reasons: []string{"the host lacks it"}},
		{ID: "a.b.c", Launcher: "z", Status: record.NotApplicable, Reasons: []string{"is not for this system"}},
	}}
	page := fmt.Sprint(notTried(r, "Could not be tried here"))
	if !strings.Contains(page, "the host lacks it") || strings.Contains(page, "is not for this system") {
		t.Errorf("the reason is not what is unmet: %s", page)
	}
	if !strings.Contains(page, "1 behaviour") {
		t.Errorf("it is not counted once: %s", page)
	}
}
