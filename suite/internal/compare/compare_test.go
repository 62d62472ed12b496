package compare_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// made returns a complete recording that declares what its trials need.
func made(trials ...record.Trial) *record.Recording {
	r := &record.Recording{
		Head:     record.Head{Tool: record.Tool{Name: "spawnspec", Version: "1"}},
		Complete: true,
		Trials:   trials,
	}
	seen := map[string]bool{}
	for _, t := range trials {
		if !seen[t.ID] {
			b := record.Behaviour{ID: t.ID, Area: "area", Level: record.Must, Sentence: "Sentence of " + t.ID + "."}
			if subject, ok := strings.CutPrefix(t.ID, "default."); ok {
				b.Role, b.Subject = record.RoleDefault, strings.ReplaceAll(subject, "-", " ")
			}
			r.Behaviours = append(r.Behaviours, b)
		}
		if !seen["@"+t.Launcher] {
			l := record.Launcher{Name: t.Launcher}
			if runtime, method, ok := strings.Cut(t.Launcher, "/"); ok {
				l.Runtime, l.Default = runtime, method == "default"
			}
			r.Launchers = append(r.Launchers, l)
		}
		seen[t.ID], seen["@"+t.Launcher] = true, true
	}
	return r
}

// trial takes its observations as name, value, name, value …
func trial(id, launcher string, status record.Status, observed ...any) record.Trial {
	t := record.Trial{ID: id, Launcher: launcher, Status: status}
	for i := 0; i < len(observed); i += 2 {
		t.Observations = append(t.Observations, record.Observation{Name: observed[i].(string), Value: observed[i+1]})
	}
	return t
}

// anchor is the same everywhere, so that there is something to compare.
var anchor = trial("z", "l", record.Pass, "v", 1)

func compared(t *testing.T, before, after *record.Recording) *compare.Comparison {
	t.Helper()
	c, err := compare.Compare(before, after)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return c
}

func TestVerbs(t *testing.T) {
	const none = compare.Verb("")
	const pass, diverges, fail, stale, broken = record.Pass, record.Diverges, record.Fail, record.Stale, record.Broken
	const skip, unmet = record.NotApplicable, record.Unmet
	for _, c := range []struct {
		before record.Status
		old    any
		after  record.Status
		new    any
		want   compare.Verb
	}{
		{pass, 1, pass, 1, none},
		{pass, 1, pass, int64(1), none},
		{pass, 1, pass, 2, compare.Changed},
		{pass, 1, diverges, 1, none},
		{pass, 1, diverges, 2, compare.Regressed},
		{diverges, 2, pass, 1, compare.Fixed},
		{diverges, 2, diverges, 3, compare.Changed},
		{pass, 1, fail, 1, compare.Regressed},
		{pass, 1, fail, 2, compare.Regressed},
		{pass, 1, broken, 1, compare.Regressed},
		{diverges, 2, stale, 1, compare.Regressed},
		{unmet, nil, fail, 1, compare.Regressed},
		{fail, 1, fail, 1, none},
		{fail, 1, fail, 2, compare.Changed},
		{fail, 1, broken, 1, compare.Changed},
		{fail, 1, pass, 2, compare.Fixed},
		{stale, 1, pass, 1, compare.Fixed},
		{fail, 1, diverges, 1, compare.Fixed},
		{pass, 1, fail, "hang", compare.Hangs},
		{pass, 1, pass, "hang", compare.Hangs},
		{fail, 1, fail, "hang", compare.Hangs},
		{unmet, nil, fail, "hang", compare.Regressed},
		{skip, nil, diverges, "hang", compare.NewlyRun},
		{fail, "hang", fail, "hang", none},
		{fail, "hang", pass, 1, compare.Fixed},
		{pass, "hang", pass, 1, compare.Fixed},
		{pass, "hang", diverges, 1, compare.Regressed},
		{fail, "hang", fail, 1, compare.Changed},
		{pass, "hang", unmet, nil, compare.NewlySkipped},
		{pass, map[string]any{"exit": 0}, pass, map[string]any{"exit": "hang"}, compare.Hangs},
		{pass, map[string]any{}, pass, map[string]any{"exit": "hang"}, compare.Changed},
		{pass, 1, unmet, nil, compare.NewlySkipped},
		{fail, 1, skip, nil, compare.NewlySkipped},
		{skip, nil, pass, 1, compare.NewlyRun},
		{skip, nil, unmet, nil, none},
	} {
		side := func(s record.Status, v any) *record.Recording {
			if !s.Ran() {
				return made(trial("a", "l", s), anchor)
			}
			return made(trial("a", "l", s, "v", v), anchor)
		}
		got := compared(t, side(c.before, c.old), side(c.after, c.new))
		g := NewWithT(t)
		if c.want == none {
			g.Expect(got.Findings).To(BeEmpty(), "%v", c)
			continue
		}
		g.Expect(got.Findings).To(HaveLen(1), "%v", c)
		g.Expect(got.Findings[0].Verb).To(Equal(c.want), "%v", c)
		g.Expect(got.Failing("changed")).To(BeTrue())
		g.Expect(got.Failing("regressed")).To(Equal(c.want == compare.Regressed || c.want == compare.Hangs))
		g.Expect(got.Failing("never")).To(BeFalse())
	}
}

// Nothing was promised of what is only observed, so a known difference of it is
// a change and no regression.
func TestAPinOfWhatIsOnlyObservedIsNoRegression(t *testing.T) {
	for level, want := range map[record.Level][]compare.Verb{
		record.Must: {compare.Regressed, compare.Fixed}, record.Should: {compare.Regressed,
			compare.Fixed}, record.Observed: {compare.Changed, compare.Changed}} {
		side := func(s record.Status, v int) *record.Recording {
			r := made(trial("a", "l", s, "v", v), anchor)
			r.Behaviours[0].Level = level
			return r
		}
		g := NewWithT(t)
		good, bad := side(record.Pass, 1), side(record.Diverges, 2)
		g.Expect(compared(t, good, bad).Findings[0].Verb).To(Equal(want[0]), string(level))
		g.Expect(compared(t, bad, good).Findings[0].Verb).To(Equal(want[1]), string(level))
	}
}

// Where a value is known to differ now, the finding has the pin, with its reason and
// link: once for launchers that share it, and none for a value that is not known.
func TestAKnownDifferenceIsFoundWithItsPin(t *testing.T) {
	g := NewWithT(t)
	pin := record.Divergence{
		Implementation: "x",
		Observation:    "v",
		Value:          2,
		Reason:         "Because.",
		Link:           "https://example.org/",
	}
	pinned := func(launcher string, status record.Status, v int, pins ...record.Divergence) record.Trial {
		with := trial("a", launcher, status, "v", v)
		with.Divergences = pins
		return with
	}
	good := made(pinned("l", record.Pass, 1), pinned("m", record.Pass, 1), pinned("n", record.Pass, 1), anchor)
	known := made(pinned("l", record.Diverges, 2, pin), pinned("m", record.Diverges, 2, pin),
		pinned("n", record.Fail, 3, pin), anchor)
	for _, f := range compared(t, good, known).Findings {
		if f.After == record.Diverges {
			g.Expect(f.Launchers).To(Equal([]string{"l", "m"}))
			g.Expect(f.Known).To(Equal([]record.Divergence{pin}))
		} else {
			g.Expect(f.Known).To(BeEmpty())
		}
	}
	g.Expect(compared(t, good, known).Findings).To(HaveLen(2))
	for _, f := range compared(t, known, good).Findings {
		g.Expect(f.Known).To(BeEmpty())
	}
}

// What only one side observed did not exist on the other: it neither regressed
// nor hangs nor changed, and is counted.
func TestWhatOnlyOneSideObservedIsNoFinding(t *testing.T) {
	g := NewWithT(t)
	for _, status := range []record.Status{record.Pass, record.Diverges} {
		without := made(trial("a", "l", status, "v", 1), anchor)
		with := made(trial("a", "l", status, "v", 1, "executor", "hang", "children", 0), anchor)
		for _, c := range []*compare.Comparison{compared(t, without, with), compared(t, with, without)} {
			g.Expect(c.Findings).To(BeEmpty())
			g.Expect(c.OneSided).To(Equal(1))
		}
	}
	// Beside another change it is shown.
	c := compared(
		t,
		made(trial("a", "l", record.Pass, "v", 1), anchor),
		made(trial("a", "l", record.Pass, "v", 2, "executor", "hang"), anchor),
	)
	g.Expect(c.Findings[0].Verb).To(Equal(compare.Changed))
	g.Expect(c.Findings[0].Differences).To(HaveLen(2))
}

// What ran before, and cannot because its launcher is unusable now, regressed.
func TestALauncherThatBecomesUnusableIsARegression(t *testing.T) {
	g := NewWithT(t)
	before := made(trial("a", "node/json", record.Pass, "v", 1), anchor)
	after := made(trial("a", "node/json", record.Unmet), anchor)
	g.Expect(compared(t, before, after).Findings[0].Verb).
		To(Equal(compare.NewlySkipped), "a precondition is missing, not the launcher")
	after.Launchers[0].Note = "cannot execute"
	c := compared(t, before, after)
	g.Expect(c.Findings[0].Verb).To(Equal(compare.Regressed))
	g.Expect(c.Findings[0].Differences).To(BeEmpty())
	g.Expect(c.Failing(compare.OnRegressed)).To(BeTrue())
	after.Trials[0].Status = record.NotApplicable
	g.Expect(compared(t, before, after).Findings[0].Verb).
		To(Equal(compare.NewlySkipped), "the launcher is of another system")
	before.Launchers[0].Note = "cannot execute"
	after.Trials[0].Status = record.Unmet
	g.Expect(compared(t, before, after).Findings[0].Verb).To(Equal(compare.NewlySkipped))
}

// The line names an interpreter as it may be on the PATH of the reader, whose machine
// need not be the one that made the recording, and its version where the name is silent.
func TestTheAgainLineNamesTheInterpreter(t *testing.T) {
	g := NewWithT(t)
	for path, want := range map[string]string{
		"~/.cache/py 3/bin/python3.14": "cpython=python3.14",
		`Z:\root\my python\python.exe`: "cpython=python # CPython 3.14.8",
		"/opt/python3":                 "cpython=python3 # CPython 3.14.8",
		"/opt/py 3.14/bin/it's python": `'cpython=it'\''s python' # CPython 3.14.8`,
	} {
		side := func(v int) *record.Recording {
			r := made(
				trial("a", "cpython/fork", record.Pass, "v", v),
				trial("a", "cpython/spawn", record.Pass, "v", v),
				trial("b", "x/it's; rm", record.Pass, "v", v),
				anchor,
			)
			for i := range 2 {
				l := &r.Launchers[i]
				l.Path, l.Version, l.Implementation = path, "3.14.8", "CPython"
			}
			return r
		}
		c := compared(t, side(1), side(2))
		g.Expect(c.Findings[0].Rerun()).To(Equal("spawnspec run --only a --launcher "+want), "once for both launchers")
		g.Expect(c.Findings[1].Rerun()).To(Equal(`spawnspec run --only b --launcher 'x/it'\''s; rm'`))
	}
	// On the machine that made it, the path is what there is.
	here := compare.Finding{ID: "a", Launchers: []string{"cpython/fork"},
		Interpreters: map[string]record.Launcher{"cpython/fork": {Runtime: "cpython", Path: "~/py 3/python"}}}
	g.Expect(here.Rerun()).To(Equal(`spawnspec run --only a --launcher cpython="$HOME"/'py 3/python'`))
}

func TestRemediesAreThoseOfTheRuntimeAtHand(t *testing.T) {
	g := NewWithT(t)
	side := func(v int) *record.Recording {
		r := made(
			trial("a", "cpython/fork", record.Pass, "v", v),
			trial("a", "node/json", record.Pass, "v", -v),
			trial("default.m", "node/default", record.Pass, "value", v),
			anchor,
		)
		r.Behaviours[0].Remedies = []record.Remedy{{Text: "Pickle.", For: []string{"cpython"}}, {Text: "Always."}}
		return r
	}
	c := compared(t, side(1), side(2))
	texts := func(f compare.Finding) (all []string) {
		for _, r := range f.Remedies {
			all = append(all, r.Text)
		}
		return all
	}
	g.Expect(c.Findings[0].Launchers).To(Equal([]string{"cpython/fork"}))
	g.Expect(texts(c.Findings[0])).To(Equal([]string{"Pickle.", "Always."}))
	g.Expect(c.Findings[1].Launchers).To(Equal([]string{"node/json"}))
	g.Expect(texts(c.Findings[1])).To(Equal([]string{"Always."}))
}

// A runtime is more than its version: what it is built on can make the difference.
func TestTheLibcOfARuntimeIsCompared(t *testing.T) {
	g := NewWithT(t)
	side := func(v int, version, libc string) *record.Recording {
		r := made(trial("a", "cpython/fork", record.Pass, "v", v), trial("a", "cpython/spawn", record.Pass, "v", v), anchor)
		for i := range r.Launchers[:2] {
			r.Launchers[i].Version, r.Launchers[i].Libc, r.Launchers[i].Implementation = version, libc, "CPython"
		}
		return r
	}
	c := compared(t, side(1, "3.13", "glibc 2.36"), side(2, "3.14", "glibc 2.43"))
	g.Expect(c.Host).
		To(ContainElement(compare.HostDifference{Kind: compare.OfRuntime, Name: "cpython libc", Runtime: "cpython",
			Before: "glibc 2.36", After: "glibc 2.43"}))
	g.Expect(c.Host).To(HaveLen(3))
	g.Expect(c.Causes).To(HaveLen(1))
	g.Expect(c.Causes[0].What).To(Equal("the version of cpython/*, or the libc"))
	g.Expect(c.Causes[0].Before + " → " + c.Causes[0].After).To(Equal("3.13, glibc 2.36 → 3.14, glibc 2.43"))
	c = compared(t, side(1, "3.13", "glibc 2.36"), side(2, "3.13", "musl 1.2"))
	g.Expect(c.Causes[0].What).To(Equal("the libc of cpython"))
	g.Expect(follows(c.Causes[0])).To(HaveLen(2))
	g.Expect(compared(t, side(1, "3.13", ""), side(1, "3.13", "musl 1.2")).Host).
		To(BeEmpty(), "an older recording does not know it")
}

// The plain answer whether it works is compared as what it is, although no
// check was behind it.
func TestWorksThatIsLostIsARegression(t *testing.T) {
	for _, c := range []struct {
		before   any
		old      record.Status
		after    any
		new      record.Status
		want     compare.Verb
		whatElse any
	}{
		{true, record.Pass, false, record.Pass, compare.Regressed, 1},
		{false, record.Pass, true, record.Pass, compare.Fixed, 1},
		{true, record.Pass, false, record.Pass, compare.Hangs, "hang"},
		{false, record.Pass, true, record.Fail, compare.Regressed, 1},
		{true, record.Fail, false, record.Pass, compare.Regressed, 1},
		{true, record.Pass, true, record.Pass, compare.Changed, 2},
		{true, record.Pass, "no", record.Pass, compare.Changed, 1},
	} {
		got := compared(
			t,
			made(trial("a", "l", c.old, "works", c.before, "v", 1)),
			made(trial("a", "l", c.new, "works", c.after, "v", c.whatElse)),
		)
		g := NewWithT(t)
		g.Expect(got.Findings[0].Verb).To(Equal(c.want), "%v", c)
		g.Expect(got.Failing("regressed")).To(Equal(c.want == compare.Regressed || c.want == compare.Hangs))
	}
}

func TestARecordingComparedWithItselfIsEmpty(t *testing.T) {
	r := made(trial("a", "l", record.Fail, "v", "hang"), trial("b", "l", record.Unmet), anchor)
	r.Host = []record.Fact{{Name: "os", Value: "linux"}}
	c := compared(t, r, r)
	g := NewWithT(t)
	g.Expect(c.Empty()).To(BeTrue())
	g.Expect(c.Causes).To(BeEmpty())
	g.Expect(c.Partial).To(BeEmpty())
	g.Expect(c.Compared).To(Equal(3))
	g.Expect(c.Failing("changed")).To(BeFalse())
}

func TestCompareMakesNoDifferenceBetweenMemoryAndFile(t *testing.T) {
	g := NewWithT(t)
	r := made(trial("a", "l", record.Pass, "argv", []string{"\xff"}, "size", uint64(1<<63), "child", struct{ N int }{1}))
	var b bytes.Buffer
	g.Expect(r.Write(&b)).To(Succeed())
	read, err := record.Read("r", &b)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(compared(t, r, read).Empty()).To(BeTrue())
}

func TestNothingInCommonIsAnError(t *testing.T) {
	for _, sides := range [][2]*record.Recording{
		{made(), made()},
		{made(trial("a", "l", record.Pass)), made(trial("a", "m", record.Pass))},
		{made(trial("a", "l", record.Unmet)), made(trial("a", "l", record.NotApplicable))},
	} {
		_, err := compare.Compare(sides[0], sides[1])
		NewWithT(t).Expect(err).To(MatchError(compare.ErrNothing))
	}
}

func TestAddedRemovedAndRenamed(t *testing.T) {
	g := NewWithT(t)
	before := made(trial("gone", "l", record.Pass), trial("old", "l", record.Pass, "v", 1), anchor)
	after := made(trial("came", "l", record.Fail), trial("new", "l", record.Pass, "v", 2), anchor)
	after.Behaviours[1].Was = []string{"older", "old"}
	c := compared(t, before, after)
	g.Expect(said(c)).To(Equal([]string{"changed new @ l", "removed gone @ l", "added came @ l", "renamed new @ l"}))
	g.Expect(c.Findings[0].Differences).To(Equal([]compare.Difference{{Name: "v", Before: int64(1), After: int64(2)}}))
	g.Expect(c.Findings[1].Sentence).To(Equal("Sentence of gone."))
	g.Expect(c.Findings[3].Was).To(Equal("old"))
	g.Expect(c.Failing("regressed")).To(BeFalse(), "what was not there before cannot regress")
	only := compared(t, made(trial("gone", "l", record.Pass), trial("old", "l", record.Pass, "v", 2), anchor), after)
	g.Expect(said(only)).To(Equal([]string{"removed gone @ l", "added came @ l", "renamed new @ l"}))
	g.Expect(only.Failing("changed")).To(BeFalse(), "what only one side has is no difference")
	g.Expect(c.Failing("changed")).To(BeTrue())

	back := compared(t, after, before)
	g.Expect(said(back)).To(Equal([]string{"changed old @ l", "removed came @ l", "added gone @ l", "renamed old @ l"}))
	g.Expect(back.Findings[3].Was).To(Equal("new"))
	g.Expect(before.Trials[1].ID).To(Equal("old"), "the recordings stay as they are")
}

// Two behaviours that became one are it, each on its launchers; where both were tried
// the first is.
func TestMergedBehavioursAreRenamed(t *testing.T) {
	g := NewWithT(t)
	before := made(trial("unix", "l", record.Pass, "v", 1), trial("windows", "l", record.Unmet),
		trial("windows", "w", record.Pass, "v", 1), anchor)
	after := made(trial("both", "l", record.Pass, "v", 2), trial("both", "w", record.Pass, "v", 1), anchor)
	after.Behaviours[0].Was = []string{"unix", "windows"}
	c := compared(t, before, after)
	g.Expect(said(c)).To(Equal([]string{"changed both @ l", "renamed both @ l", "renamed both @ w"}))
	g.Expect(c.Findings[1].Was).To(Equal("unix, windows"))

	before = made(trial("unix", "l", record.Pass, "v", 1), trial("windows", "w", record.Pass, "v", 1), anchor)
	after = made(trial("unix", "l", record.Pass, "v", 1), trial("unix", "w", record.Pass, "v", 1), anchor)
	after.Behaviours[0].Was = []string{"windows"}
	g.Expect(said(compared(t, before, after))).To(Equal([]string{"renamed unix @ l", "renamed unix @ w"}))
}

func said(c *compare.Comparison) []string {
	var all []string
	for _, f := range c.Findings {
		for _, k := range f.Keys() {
			all = append(all, string(f.Verb)+" "+k)
		}
	}
	return all
}

func TestWhatAPartialSideLacksIsNotRemoved(t *testing.T) {
	g := NewWithT(t)
	whole := made(trial("a", "l", record.Pass), trial("b", "l", record.Pass), trial("gone", "l", record.Pass), anchor)

	cut := made(trial("a", "l", record.Pass), trial("b", "l", record.Pass), anchor)
	cut.Trials = cut.Trials[1:]
	cut.Complete = false
	c := compared(t, whole, cut)
	g.Expect(said(c)).To(Equal([]string{"removed gone @ l"}), "the cut side does not declare it")
	g.Expect(c.Partial).To(Equal([]string{"The after side was cut short: 1 trial of the other side was not compared."}))
	g.Expect(said(compared(t, cut, whole))).To(Equal([]string{"added gone @ l"}))

	some := made(trial("a", "l", record.Pass), trial("b", "l", record.Pass), trial("gone", "l", record.Pass), anchor)
	some.Trials = some.Trials[:1]
	some.Config.Only = []string{"a"}
	c = compared(t, whole, some)
	g.Expect(c.Findings).To(BeEmpty())
	g.Expect(c.Partial).To(Equal([]string{"The after side covers only a: 3 trials of the other side were not compared."}))
	g.Expect(compared(t, some, some).Partial).To(BeEmpty())
}

// A run includes the launchers it was told to; one that it did not is neither
// gone nor new.
func TestALauncherThatASideDoesNotListIsLeftOut(t *testing.T) {
	g := NewWithT(t)
	without := made(trial("a", "l", record.Pass), anchor)
	with := made(
		trial("a", "l", record.Pass),
		trial("a", "x/fork", record.Pass),
		trial("a", "x/spawn", record.Pass),
		trial("b", "x/fork", record.Pass),
		trial("new", "l", record.Pass),
		anchor,
	)
	c := compared(t, without, with)
	g.Expect(said(c)).To(Equal([]string{"added new @ l"}))
	g.Expect(c.Host).To(BeEmpty())
	g.Expect(c.Partial).
		To(Equal([]string{"The before side was made without x/fork, x/spawn: 3 trials of the other side were not compared."}))
	back := compared(t, with, without)
	g.Expect(said(back)).To(Equal([]string{"removed new @ l"}))
	g.Expect(back.Host).To(BeEmpty())
}

func TestTheSameDifferenceOnManyLaunchersIsOneFinding(t *testing.T) {
	g := NewWithT(t)
	f := func(l string, v any) record.Trial { return trial("a", l, record.Pass, "v", v) }
	c := compared(t, made(f("p", 1), f("q", 1), f("r", 1)), made(f("r", 2), f("q", 3), f("p", 2)))
	g.Expect(c.Findings).To(HaveLen(2))
	g.Expect(c.Findings[0].Launchers).To(Equal([]string{"p", "r"}))
	g.Expect(c.Findings[0].Rerun()).To(Equal("spawnspec run --only a --launcher p --launcher r"))
	g.Expect(c.Findings[1].Launchers).To(Equal([]string{"q"}))
}

func TestDifferencesLookIntoObjects(t *testing.T) {
	g := NewWithT(t)
	c := compared(
		t,
		made(
			trial("a", "l", record.Pass, "child", map[string]any{"same": 1, "argv": []string{"x"}, "gone": true}, "first", 1,
				"lost", map[string]any{"PATH": "x"}),
		),
		made(trial("a", "l", record.Pass, "child", map[string]any{"same": 1, "argv": []string{}, "came": nil},
			"lost", map[string]any{})),
	)
	g.Expect(c.Findings[0].Differences).To(Equal([]compare.Difference{
		{Name: "child.argv", Before: []any{"x"}, After: []any{}, Part: true},
		{Name: "child.came", NoBefore: true, Part: true},
		{Name: "child.gone", Before: true, NoAfter: true, Part: true},
		{Name: "lost", Before: map[string]any{"PATH": "x"}, After: map[string]any{}},
		{Name: "first", Before: int64(1), NoAfter: true},
	}))
}

func TestANewerToolIsADifferenceOfTheHosts(t *testing.T) {
	g := NewWithT(t)
	before, after := made(trial("a", "l", record.Pass, "v", 1)), made(trial("a", "l", record.Pass, "v", 1, "w", 1))
	after.Tool.Version = "2"
	c := compared(t, before, after)
	g.Expect(c.Findings).To(BeEmpty())
	g.Expect(c.Host).To(Equal([]compare.HostDifference{{Kind: "tool", Name: "spawnspec", Before: "1", After: "2"}}))
}

func TestHostDifferences(t *testing.T) {
	g := NewWithT(t)
	before, after := made(anchor), made(anchor)
	before.Host = []record.Fact{
		{Name: "os", Value: "linux"},
		{Name: "kernel", Value: "6.1"},
		{Name: "node", Value: "x", Volatile: true},
		{Name: "gone", Value: "1"},
	}
	after.Host = []record.Fact{
		{Name: "kernel", Value: "6.2"},
		{Name: "os", Value: "linux"},
		{Name: "node", Value: "y"},
		{Name: "came", Value: "2"},
	}
	before.Features = []record.Feature{
		{Name: "pidfd", Answer: "yes", Detail: "3"},
		{Name: "vfork", Answer: "no"},
		{Name: "clone3", Answer: "no", Detail: "ENOSYS"},
	}
	after.Features = []record.Feature{
		{Name: "pidfd", Answer: "yes", Detail: "4"},
		{Name: "vfork", Answer: "broke"},
		{Name: "clone3", Answer: "no", Detail: "EPERM"},
	}
	after.Launchers[0].Note = "not here"
	c := compared(t, before, after)
	g.Expect(c.Host).To(Equal([]compare.HostDifference{
		{Kind: "fact", Name: "kernel", Before: "6.1", After: "6.2"},
		{Kind: "fact", Name: "came", After: "2"},
		{Kind: "fact", Name: "gone", Before: "1"},
		{Kind: "launcher", Name: "l", Before: "usable", After: "not usable: not here"},
		{Kind: "feature", Name: "vfork", Before: "no", After: "broke"},
		{Kind: "feature", Name: "clone3", Before: "no: ENOSYS", After: "no: EPERM"},
	}))
	g.Expect(c.Empty()).To(BeFalse())
	g.Expect(c.Failing("changed")).To(BeFalse())
}

// follows lists the keys of what follows from a cause.
func follows(c compare.Cause) []string {
	var keys []string
	for _, f := range c.Findings {
		keys = append(keys, f.Keys()...)
	}
	return keys
}

// A default that moved explains what differs on the launcher of the default as
// the launchers that name the old and the new value differ, and nothing else.
func TestWhatFollowsFromADefaultIsAMatterOfEvidence(t *testing.T) {
	g := NewWithT(t)
	const pass = record.Pass
	var before, after []record.Trial
	seen := func(id string, forkBefore, serverBefore, defaultBefore, forkAfter, serverAfter, defaultAfter any) {
		for launcher, v := range map[string][2]any{"cpython/fork": {forkBefore, forkAfter},
			"cpython/forkserver": {serverBefore, serverAfter}, "cpython/default": {defaultBefore, defaultAfter}} {
			before = append(before, trial(id, launcher, pass, record.Works, v[0] == "ran", "v", v[0]))
			after = append(after, trial(id, launcher, pass, record.Works, v[1] == "ran", "v", v[1]))
		}
	}
	seen("bnd.kind.lock", "ran", "error", "ran", "ran", "error", "error")
	seen("bnd.kind.file", "ran", "error", "ran", "ran slowly", "another error", "another error")
	seen("bnd.story.testcase", "ran", "hang", "ran", "ran", "hang", "hang")
	seen("bnd.kind.thread", "ran", "error", "ran", "error", "error", "error")           // fork does so too
	seen("bnd.kind.module", "ran", "error", "ran", "ran", "error", "a third")           // not as forkserver
	seen("bnd.kind.class", "ran", "error", "nearly", "ran", "error", "error")           // was not as fork
	seen("bnd.kind.lambda", "error", "error", "error", "error", "new text", "new text") // changes, and did not work before
	seen("bnd.kind.plain", "ran", "ran", "ran", "ran", "ran", "ran")
	before = append(
		before,
		trial("bnd.kind.event", "cpython/fork", pass),
		trial("bnd.kind.event", "cpython/forkserver", pass),
		trial("bnd.kind.event", "cpython/default", pass),
	)
	after = append(
		after,
		trial("bnd.kind.event", "cpython/fork", pass),
		trial("bnd.kind.event", "cpython/forkserver", record.NotApplicable),
		trial("bnd.kind.event", "cpython/default", record.Unmet),
	) // skipped for another reason
	before = append(
		before,
		trial("default.start-method", "cpython/default", pass, "value", "fork"),
		trial("default.pickle-protocol", "cpython/default", pass, "value", "4"),
	)
	after = append(
		after,
		trial("default.start-method", "cpython/default", pass, "value", "forkserver"),
		trial("default.pickle-protocol", "cpython/default", pass, "value", "5"),
	)
	b, a := made(before...), made(after...)
	for i, d := range a.Behaviours {
		if d.ID == "bnd.story.testcase" {
			a.Behaviours[i].Role = record.RoleStory
		}
	}
	a.Behaviours[0].Seen = []string{"owner/repository#1"} // of bnd.kind.lock
	for i := range a.Launchers {
		b.Launchers[i].Version, a.Launchers[i].Version = "3.13", "3.14"
	}
	c := compared(t, b, a)
	moved := c.Causes[0]
	g.Expect(moved.What).To(Equal("the default start method of cpython"))
	g.Expect(moved.Before + " " + moved.After).To(Equal("fork forkserver"))
	g.Expect(follows(moved)).
		To(Equal([]string{"bnd.story.testcase @ cpython/default", "bnd.kind.lock @ cpython/default",
			"bnd.kind.file @ cpython/default", "bnd.kind.lambda @ cpython/default"}))
	g.Expect(moved.Findings[0].Verb).To(Equal(compare.Hangs))
	g.Expect(moved.Findings[1].Verb).To(Equal(compare.Regressed))
	g.Expect(moved.Default.Was).To(Equal("cpython/fork"))
	g.Expect(moved.Default.Is).To(Equal("cpython/forkserver"))
	g.Expect(moved.Default.Kept).
		To(Equal([]string{"bnd.story.testcase", "bnd.kind.lock", "bnd.kind.lambda"}),
			"fork does something else with a file now")
	g.Expect(moved.Default.Gone).To(BeFalse())
	for i, trial := range a.Trials {
		if trial.Launcher == "cpython/fork" {
			a.Trials[i] = record.Trial{ID: trial.ID, Launcher: trial.Launcher, Status: record.NotApplicable}
		}
	}
	away := compared(t, b, a).Causes[0].Default
	g.Expect(away.Gone).To(BeTrue(), "nothing was tried on fork")
	g.Expect(away.Kept).To(BeEmpty())

	g.Expect(c.Causes[1]).To(Equal(compare.Cause{Kind: compare.OfDefault,
		What: "the default pickle protocol of cpython", Before: "4", After: "5"}))
	g.Expect(c.Causes[2].What).To(Equal("the version of cpython/*"))
	g.Expect(follows(c.Causes[2])).
		To(And(ContainElement("bnd.kind.thread @ cpython/default"), ContainElement("bnd.kind.lambda @ cpython/forkserver"),
			Not(ContainElement("bnd.kind.lock @ cpython/default"))))
	g.Expect(c.Causes).To(HaveLen(3))

	var rest []string
	for _, f := range c.Unexplained() {
		rest = append(rest, f.ID)
	}
	g.Expect(rest).
		To(ConsistOf("bnd.kind.class", "bnd.kind.event", "bnd.kind.event", "bnd.kind.file", "bnd.kind.file",
			"bnd.kind.lambda", "bnd.kind.module", "bnd.kind.thread", "default.start-method", "default.pickle-protocol"))
}

// What a feature or a version of a runtime explains is said once for all.
func TestFeaturesAndVersionsAreCauses(t *testing.T) {
	g := NewWithT(t)
	side := func(version string, status record.Status, v int, answer record.Answer) *record.Recording {
		r := made(
			trial("a", "node/json", record.Pass, "v", v),
			trial("a", "node/spawn", record.Pass, "v", v),
			trial("wait.pidfd", "l", status),
			anchor,
		)
		r.Trials[2].Reasons = []string{"needs pidfd."}
		r.Features = []record.Feature{{Name: "pidfd", Answer: answer}, {Name: "fd", Answer: answer}}
		r.Launchers[0].Version, r.Launchers[1].Version = version, version
		return r
	}
	c := compared(t, side("18", record.Pass, 1, "yes"), side("20", record.Unmet, 2, "no"))
	g.Expect(c.Causes).To(HaveLen(2))
	g.Expect(c.Causes[0].What + " " + c.Causes[0].Before + " " + c.Causes[0].After).To(Equal("the feature pidfd yes no"))
	g.Expect(follows(c.Causes[0])).To(Equal([]string{"wait.pidfd @ l"}))
	g.Expect(c.Causes[1].What + " " + c.Causes[1].Before + " " + c.Causes[1].After).
		To(Equal("the version of node/* 18 20"))
	g.Expect(follows(c.Causes[1])).To(Equal([]string{"a @ node/json", "a @ node/spawn"}))
	g.Expect(c.Unexplained()).To(HaveLen(2), "a version explains nothing")
}

func TestAFindingTellsWhereItsRemediesWork(t *testing.T) {
	side := func(v int, proofs ...record.Trial) *record.Recording {
		r := made(append([]record.Trial{trial("a", "x/default", record.Pass, "v", v), anchor}, proofs...)...)
		r.Behaviours[0].Remedies = []record.Remedy{{Text: "Do.", ProvedBy: "remedy"}}
		return r
	}
	const pass, fail = record.Pass, record.Fail
	for name, c := range map[string]struct {
		before, after []record.Trial
		want          compare.Remedy
	}{
		"both": {[]record.Trial{trial("remedy", "x/default", pass)},
			[]record.Trial{trial("remedy", "x/default", record.Diverges)}, compare.Remedy{Launchers: []string{"x/default"},
				Before: compare.Works, After: compare.Works}},
		"red": {[]record.Trial{trial("remedy", "x/default", pass)},
			[]record.Trial{trial("remedy", "x/default", fail)}, compare.Remedy{Launchers: []string{"x/default"},
				Before: compare.Works, After: compare.DoesNotWork}},
		"answers no": {[]record.Trial{trial("remedy", "x/default", pass, "works", false)},
			[]record.Trial{trial("remedy", "x/default", pass, "works", true)}, compare.Remedy{Launchers: []string{"x/default"},
				Before: compare.DoesNotWork, After: compare.Works}},
		"other launchers": {nil, []record.Trial{trial("remedy", "x/default", pass), trial("remedy", "x/spawn", fail)},
			compare.Remedy{Launchers: []string{"x/default"}, Before: compare.NotTried, After: compare.Works}},
		"the same runtime": {nil, []record.Trial{trial("remedy", "x/fork", pass), trial("remedy", "x/spawn", fail),
			trial("remedy", "y/fork", pass)}, compare.Remedy{Launchers: []string{"x/fork",
			"x/spawn"}, Before: compare.NotTried, After: compare.DoesNotWork}},
		"not tried there": {nil, []record.Trial{trial("remedy", "x/default", record.Unmet),
			trial("remedy", "x/spawn",
				pass)}, compare.Remedy{Launchers: []string{"x/spawn"}, Before: compare.NotTried, After: compare.Works}},
		"another runtime": {nil, []record.Trial{trial("remedy", "y/fork", pass)},
			compare.Remedy{Before: compare.NotTried, After: compare.NotTried}},
		"never tried at all": {nil, []record.Trial{trial("remedy", "x/default", record.NotApplicable)},
			compare.Remedy{Before: compare.NotTried, After: compare.NotTried}},
	} {
		c.want.Text, c.want.ProvedBy = "Do.", "remedy"
		got := compared(t, side(1, c.before...), side(2, c.after...))
		i := slices.IndexFunc(got.Findings, func(f compare.Finding) bool { return f.ID == "a" })
		NewWithT(t).Expect(got.Findings[i].Remedies).To(Equal([]compare.Remedy{c.want}), name)
	}
}

// The remedies of a default that moved are those of what follows, each once.
func TestADefaultCollectsTheRemediesOfWhatFollows(t *testing.T) {
	g := NewWithT(t)
	side := func(method, fork string) *record.Recording {
		r := made(
			trial("default.start-method", "x/default", record.Pass, "value", method),
			trial("a", "x/default", record.Pass, "v", fork),
			trial("b", "x/default", record.Pass, "v", fork),
			trial(
				"a",
				"x/fork",
				record.Pass,
				"v",
				"yes",
			),
			trial("b", "x/fork", record.Pass, "v", "yes"),
			trial("a", "x/spawn", record.Pass, "v", "no"),
			trial("b", "x/spawn", record.Pass, "v", "no"),
			trial("path", "x/default", record.Pass),
		)
		r.Behaviours[0].Remedies = []record.Remedy{{Text: "Name it.", ProvedBy: "path"}}
		r.Behaviours[1].Remedies = []record.Remedy{{Text: "Do not."}, {Text: "Hand over the path.", ProvedBy: "path"}}
		r.Behaviours[2].Remedies = []record.Remedy{{Text: "Hand over the path.", ProvedBy: "path"}}
		return r
	}
	c := compared(t, side("fork", "yes"), side("spawn", "no"))
	works := func(text string) compare.Remedy {
		return compare.Remedy{
			Text:      text,
			ProvedBy:  "path",
			Launchers: []string{"x/default"},
			Before:    compare.Works,
			After:     compare.Works,
		}
	}
	g.Expect(c.Causes[0].Default.Remedies).
		To(Equal([]compare.Remedy{{Text: "Do not.", Before: compare.NotTried, After: compare.NotTried},
			works("Hand over the path."), works("Name it.")}))
}

// Between two operating systems nothing is said of launchers and features: they
// come and go with the system.
func TestAnotherOperatingSystemIsTheOnlyCause(t *testing.T) {
	g := NewWithT(t)
	side := func(os string, status record.Status, version string) *record.Recording {
		r := made(trial("a", "l", status), anchor)
		r.Host = []record.Fact{{Name: "os", Value: os}}
		r.Features = []record.Feature{{Name: "pidfd"}, {Name: "job", Answer: record.No, Detail: "this is " + os}}
		r.Features[0].Answer = map[string]record.Answer{"linux": record.Yes, "windows": record.No}[os]
		r.Launchers[0].Version = version
		return r
	}
	c := compared(t, side("linux", record.Pass, "1"), side("windows", record.NotApplicable, "2"))
	g.Expect(c.Causes).To(HaveLen(1))
	g.Expect(c.Causes[0].What + " " + c.Causes[0].Before + " " + c.Causes[0].After).
		To(Equal("the operating system linux windows"))
	g.Expect(follows(c.Causes[0])).To(Equal([]string{"a @ l"}))
}
