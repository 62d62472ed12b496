package page

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// A value that is cut in a quoted text has its quotes closed.
func TestExcerptsCloseTheirQuotes(t *testing.T) {
	long := strings.Repeat("0123456789", 20)
	for _, c := range []struct{ before, after any }{
		{long, long + "!"}, {"a" + long, "b" + long}, {long + "a" + long, long + "b" + long},
		{[]any{long, "a"}, []any{long, "b"}}, {`say "` + long, `say \` + long},
	} {
		b, a := values(c.before, c.after)
		for _, s := range []Span{b[0], a[0], value(c.before)} {
			plain := strings.NewReplacer(`\\`, "", `\"`, "").Replace(s.Short)
			if s.Short == "" || strings.Count(plain, `"`)%2 != 0 {
				t.Errorf("%q", s.Short)
			}
		}
	}
}

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
