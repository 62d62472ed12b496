package answers

import (
	"reflect"
	"strings"
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// column is a recording of a runtime's version with one trial on each launcher.
func column(platform, version string, trials ...record.Trial) Column {
	c := Column{Name: platform + version, Trials: trials, Head: record.Head{
		Host: []record.Fact{{Name: "implementation", Value: platform}, {Name: "kernel.release", Value: "6.18.44-x"}}}}
	for _, l := range []string{"py/fork", "py/spawn"} {
		c.Head.Launchers = append(c.Head.Launchers, record.Launcher{Name: l, Runtime: "py", Version: version})
	}
	return c
}

func trial(launcher string, status record.Status, values ...any) record.Trial {
	t := record.Trial{ID: "a.b.c", Launcher: launcher, Status: status}
	for i := 0; i < len(values); i += 2 {
		t.Observations = append(t.Observations, record.Observation{Name: values[i].(string), Value: values[i+1]})
	}
	return t
}

var columns = []Column{
	column("Linux", "3.10.1", trial("py/fork", record.Pass, "works", true, "error", "none"),
		trial("py/spawn", record.Pass, "works", false, "error", "old words", "left", int64(0))),
	column("Linux", "3.9.5", trial("py/fork", record.Pass, "works", true, "error", "none"),
		trial("py/spawn", record.Pass, "works", false, "error", "old words", "left", int64(0))),
	column("Linux", "3.12.0", trial("py/fork", record.Pass, "works", true, "error", "none"),
		trial("py/spawn", record.Pass, "works", false, "error", "new words", "left", int64(0))),
	column("Wine", "3.12.7",
		record.Trial{ID: "a.b.c", Launcher: "py/fork", Status: record.NotApplicable, Reasons: []string{"Py 3.12.7: it cannot fork"}},
		trial("py/spawn", record.Pass, "works", false, "error", "new words", "left", int64(0))),
	column("Wine", "3.13.0",
		record.Trial{ID: "a.b.c", Launcher: "py/fork", Status: record.NotApplicable, Reasons: []string{"Py 3.13.0: it cannot fork"}}),
}

func TestGroups(t *testing.T) {
	want := []Group{
		{Kind: Works,
			Where: []Row{{[]string{"py/fork"}, []Versions{{"Linux", "py", []string{"3.9.5", "3.10.1", "3.12.0"}}}}},
			Same:  []record.Observation{{Name: "error", Value: "none"}}},
		{Kind: Fails,
			Where: []Row{{[]string{"py/spawn"}, []Versions{{"Linux", "py", []string{"3.9.5", "3.10.1", "3.12.0"}}, {"Wine", "py", []string{"3.12.7"}}}}},
			Same:  []record.Observation{{Name: "left", Value: int64(0)}},
			Vary: []Varying{{"error", []ValueAt{
				{"old words", []Row{{[]string{"py/spawn"}, []Versions{{"Linux", "py", []string{"3.9.5", "3.10.1"}}}}}},
				{"new words", []Row{{[]string{"py/spawn"}, []Versions{{"Linux", "py", []string{"3.12.0"}}, {"Wine", "py", []string{"3.12.7"}}}}}}}}}},
		{Kind: Elsewhere, Reasons: []string{"it cannot fork"},
			Where: []Row{{[]string{"py/fork"}, []Versions{{"Wine", "py", []string{"3.12.7", "3.13.0"}}}}}},
	}
	if got := Groups(columns); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestHistory(t *testing.T) {
	var got []string
	for _, s := range History(columns) {
		for _, span := range s.Spans {
			text := s.Launcher + " " + s.Platform + " " + string(span.Answer.Kind)
			for _, v := range span.Versions {
				text += " " + v
			}
			got = append(got, text)
		}
	}
	want := []string{
		"py/fork Linux works 3.9.5 3.10.1 3.12.0", "py/fork Wine does not apply 3.12.7 3.13.0",
		"py/spawn Linux does not work 3.9.5 3.10.1", "py/spawn Linux does not work 3.12.0", "py/spawn Wine does not work 3.12.7",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// An answer is told by what was seen, and a status alone is not enough for it.
func TestKinds(t *testing.T) {
	held := true
	checked := trial("py/fork", record.Pass, "error", "none")
	checked.Observations[0].Held = &held
	for _, c := range []struct {
		trial record.Trial
		want  Kind
	}{
		{checked, Holds},
		{trial("py/fork", record.Pass, "error", "none"), Seen},
		{trial("py/fork", record.Pass, "works", true), Works},
		{trial("py/fork", record.Pass, "works", false), Fails},
		{trial("py/fork", record.Diverges, "works", false), Fails},
		{trial("py/fork", record.Diverges, "error", "none"), Differs},
		{trial("py/fork", record.Fail, "error", "none"), Red},
		{trial("py/fork", record.Broken), Red},
		{trial("py/fork", record.NotApplicable), Elsewhere},
		{trial("py/fork", record.Unmet), Unmet},
	} {
		if got := Of(c.trial).Kind; got != c.want {
			t.Errorf("%s %v is %q, want %q", c.trial.Status, c.trial.Observations, got, c.want)
		}
	}
}

// Nothing is said of versions that were not tried.
func TestVersions(t *testing.T) {
	recorded := []Versions{{"Linux", "", []string{"3.6.1", "3.8.2", "3.9.1", "3.10.3", "3.12.0"}}}
	for _, c := range []struct {
		of   []string
		want string
	}{
		{[]string{"3.6.1", "3.8.2", "3.9.1", "3.10.3"}, "Linux 3.6 … 3.10"},
		{[]string{"3.6.1", "3.8.2", "3.9.1"}, "Linux 3.6 3.8 3.9"},
		{[]string{"3.6.1", "3.9.1", "3.10.3", "3.12.0"}, "Linux 3.6 3.9 3.10 3.12"},
		{nil, "Linux"},
	} {
		if got := (Versions{"Linux", "", c.of}).Brief(recorded); got != c.want {
			t.Errorf("%v is %q, want %q", c.of, got, c.want)
		}
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{{"3.13.0", "3.14.8", true}, {"3.10.13", "3.12.1", false}, {"2.7.18", "3.6.15", false}, {"20.1.0", "22.1.0", false},
		{"3.13.0", "3.13.5", true}, {"", "3.1", false}} {
		if got := Adjacent(c.a, c.b); got != c.want {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
	if CompareVersions("3.9", "3.10") >= 0 || CompareVersions("3.14.8", "3.14.8") != 0 || CompareVersions("10.0", "9.1") <= 0 {
		t.Error("versions are ordered by their numbers")
	}
}

func TestGist(t *testing.T) {
	for want, of := range map[string][]Column{
		"": nil,
		"works: py/fork; depends on the version: py/spawn": {
			column("Linux", "3.9", trial("py/fork", record.Pass, "works", true), trial("py/spawn", record.Pass, "works", false)),
			column("Linux", "3.10", trial("py/fork", record.Pass, "works", true), trial("py/spawn", record.Pass, "works", true))},
		"works: py/spawn; depends on the platform: py/fork": {
			column("Linux", "3.9", trial("py/fork", record.Pass, "works", true), trial("py/spawn", record.Pass, "works", true)),
			column("Wine", "3.9", trial("py/fork", record.Pass, "works", false), trial("py/spawn", record.Pass, "works", true))},
		"everywhere alike: works": {column("Linux", "3.9", trial("py/fork", record.Pass, "works", true, "n", int64(1))),
			column("Wine", "3.9", trial("py/fork", record.Pass, "works", true, "n", int64(2)))},
		"Linux: 65536; Wine: 4096": {column("Linux", "3.9", trial("py/fork", record.Pass, "n", int64(65536))),
			column("Wine", "3.9", trial("py/fork", record.Pass, "n", int64(4096)))},
		"Linux: works":                  {column("Linux", "3.9", trial("py/fork", record.Pass, "works", true))},
		"py/fork: true; py/spawn: none": {column("Linux", "3.9", trial("py/fork", record.Pass, "n", true), trial("py/spawn", record.Pass, "n", "none"))},
		"works: py; does not work: go": {column("Linux", "3.9", trial("py/fork", record.Pass, "works", true), trial("py/spawn", record.Pass, "works", true),
			trial("go", record.Pass, "works", false))},
	} {
		if got := GistOf(of); got.Text != want {
			t.Errorf("got %q, want %q", got.Text, want)
		}
	}
	if got := GistOf(columns); got.Text != "works: py/fork; does not work: py/spawn" || got.Alike {
		t.Errorf("what was not tried is no answer: %+v", got)
	}
}

func TestGaps(t *testing.T) {
	for versions, want := range map[string]string{
		"2.7.18 3.6.15 3.8.1 3.9.0 3.12.1": "2.7 to 3.6; 3.7; 3.10; 3.11",
		"12.22.12 16.20.2 18.20.8":         "13; 14; 15; 17",
		"3.13.0 3.14.8":                    "",
		"6.18":                             "",
	} {
		if got := strings.Join(Gaps(strings.Fields(versions)), "; "); got != want {
			t.Errorf("%s: %q, want %q", versions, got, want)
		}
	}
}

func TestDiffering(t *testing.T) {
	a := Of(trial("x", record.Pass, "works", true, "error", "none", "gone", 1, "same", 2))
	b := Of(trial("x", record.Pass, "works", false, "error", "EPIPE", "same", 2, "new", 3))
	if got := strings.Join(a.Differing(b), " "); got != "works error gone new" {
		t.Errorf("%q", got)
	}
	if got := a.Differing(a); got != nil {
		t.Errorf("%q", got)
	}
}

func TestVariants(t *testing.T) {
	var v Variants
	holds, fails := Cell{Text: "holds", Kind: Holds, Key: "x"}, Cell{Text: "fails", Kind: Fails, Key: "y"}
	first := v.Add(holds)
	if v.Letter(first) != "" {
		t.Error("there is nothing to tell it from")
	}
	none, second := v.Add(Cell{Kind: Elsewhere}), v.Add(fails)
	if again := v.Add(holds); again != first || v.Letter(first) != "A" || v.Letter(second) != "B" || v.Letter(none) != "" || v.Tried() != 2 {
		t.Errorf("%d is %s, %d is %s, %d is %s", first, v.Letter(first), second, v.Letter(second), none, v.Letter(none))
	}
}
