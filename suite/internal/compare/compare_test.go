package compare_test

import (
	"bytes"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// made returns a complete recording that declares what its trials need.
func made(trials ...record.Trial) *record.Recording {
	r := &record.Recording{Tool: record.Tool{Name: "spawnspec", Version: "1"}, Complete: true, Trials: trials}
	seen := map[string]bool{}
	for _, t := range trials {
		if !seen[t.ID] {
			r.Behaviours = append(r.Behaviours, record.Behaviour{ID: t.ID, Area: "area", Level: "must", Sentence: "Sentence of " + t.ID + "."})
		}
		if !seen["@"+t.Launcher] {
			r.Launchers = append(r.Launchers, record.Launcher{Name: t.Launcher})
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
		{pass, 1, diverges, 2, compare.Changed},
		{diverges, 2, pass, 1, compare.Changed},
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
		{unmet, nil, fail, "hang", compare.Hangs},
		{skip, nil, diverges, "hang", compare.NewlyRun},
		{fail, "hang", fail, "hang", none},
		{fail, "hang", pass, 1, compare.Fixed},
		{pass, map[string]any{"exit": 0}, pass, map[string]any{"exit": "hang"}, compare.Hangs},
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

	back := compared(t, after, before)
	g.Expect(said(back)).To(Equal([]string{"changed old @ l", "removed came @ l", "added gone @ l", "renamed old @ l"}))
	g.Expect(back.Findings[3].Was).To(Equal("new"))
	g.Expect(before.Trials[1].ID).To(Equal("old"), "the recordings stay as they are")
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
	c := compared(t,
		made(trial("a", "l", record.Pass, "child", map[string]any{"same": 1, "argv": []string{"x"}, "gone": true}, "first", 1)),
		made(trial("a", "l", record.Pass, "child", map[string]any{"same": 1, "argv": []string{}, "came": nil})))
	g.Expect(c.Findings[0].Differences).To(Equal([]compare.Difference{
		{Name: "child.argv", Before: []any{"x"}, After: []any{}},
		{Name: "child.came", NoBefore: true},
		{Name: "child.gone", Before: true, NoAfter: true},
		{Name: "first", Before: int64(1), NoAfter: true},
	}))
}

func TestANewObservationOfANewerToolIsNoChange(t *testing.T) {
	g := NewWithT(t)
	before, after := made(trial("a", "l", record.Pass, "v", 1)), made(trial("a", "l", record.Pass, "v", 1, "w", 1))
	g.Expect(compared(t, before, after).Findings).To(HaveLen(1))
	after.Tool.Version = "2"
	c := compared(t, before, after)
	g.Expect(c.Findings).To(BeEmpty())
	g.Expect(c.Host).To(Equal([]compare.HostDifference{{Kind: "tool", Name: "spawnspec", Before: "1", After: "2"}}))
}

func TestHostDifferences(t *testing.T) {
	g := NewWithT(t)
	before, after := made(anchor), made(anchor)
	before.Host = []record.Fact{{Name: "os", Value: "linux"}, {Name: "kernel", Value: "6.1"}, {Name: "node", Value: "x", Volatile: true}, {Name: "gone", Value: "1"}}
	after.Host = []record.Fact{{Name: "kernel", Value: "6.2"}, {Name: "os", Value: "linux"}, {Name: "node", Value: "y"}, {Name: "came", Value: "2"}}
	before.Features = []record.Feature{{Name: "pidfd", Answer: "yes", Detail: "3"}, {Name: "vfork", Answer: "no"}}
	after.Features = []record.Feature{{Name: "pidfd", Answer: "yes", Detail: "4"}, {Name: "vfork", Answer: "broke"}}
	after.Launchers[0].Note = "not here"
	c := compared(t, before, after)
	g.Expect(c.Host).To(Equal([]compare.HostDifference{
		{Kind: "fact", Name: "kernel", Before: "6.1", After: "6.2"},
		{Kind: "fact", Name: "came", After: "2"},
		{Kind: "fact", Name: "gone", Before: "1"},
		{Kind: "launcher", Name: "l", Before: "usable", After: "not usable: not here"},
		{Kind: "feature", Name: "vfork", Before: "no", After: "broke"},
	}))
	g.Expect(c.Empty()).To(BeFalse())
	g.Expect(c.Failing("changed")).To(BeFalse())
}

func TestCauses(t *testing.T) {
	g := NewWithT(t)
	const d, s = "cpython/default", "cpython/spawn"
	side := func(method, version string, v int, pidfd string) *record.Recording {
		status := record.Pass
		if pidfd == "no" {
			status = record.Unmet
		}
		r := made(trial("default.start-method", d, record.Pass, "method", method),
			trial("boundary.bound-method", d, record.Pass, "v", v), trial("boundary.bound-method", s, record.Pass, "v", 9),
			trial("wait.pidfd", s, status), anchor)
		r.Trials[3].Reasons = []string{"needs pidfd."}
		r.Features = []record.Feature{{Name: "pidfd", Answer: pidfd}, {Name: "fd", Answer: pidfd}}
		r.Launchers[0].Version = version
		return r
	}
	c := compared(t, side("fork", "3.13", 1, "yes"), side("forkserver", "3.14", 2, "no"))
	g.Expect(c.Causes).To(Equal([]compare.Cause{
		{What: "the default start-method (method)", Before: `"fork"`, After: `"forkserver"`, Findings: []string{"boundary.bound-method @ " + d}},
		{What: "the launcher " + d, Before: "3.13", After: "3.14", Findings: []string{"boundary.bound-method @ " + d, "default.start-method @ " + d}},
		{What: "the feature pidfd", Before: "yes", After: "no", Findings: []string{"wait.pidfd @ " + s}},
	}))
}

func TestAFindingTellsWhetherItsRemedyIsProven(t *testing.T) {
	g := NewWithT(t)
	side := func(v int, proof record.Status) *record.Recording {
		r := made(trial("a", "l", record.Pass, "v", v), trial("remedy", "l", proof), trial("remedy", "m", record.NotApplicable))
		r.Behaviours[0].Remedies = []record.Remedy{{Text: "Do.", ProvedBy: "remedy"}, {Text: "Or do not."}}
		return r
	}
	c := compared(t, side(1, record.Fail), side(2, record.Pass))
	g.Expect(c.Findings[0].Remedies).To(Equal([]compare.Remedy{{"Do.", "remedy", record.Fail, record.Pass}, {Text: "Or do not."}}))
}

// Between two operating systems nothing is said of launchers and features: they
// come and go with the system.
func TestAnotherOperatingSystemIsTheOnlyCause(t *testing.T) {
	g := NewWithT(t)
	side := func(os string, status record.Status, version string) *record.Recording {
		r := made(trial("a", "l", status), anchor)
		r.Host = []record.Fact{{Name: "os", Value: os}}
		r.Features = []record.Feature{{Name: "pidfd", Answer: os}}
		r.Features[0].Answer = map[string]string{"linux": "yes", "windows": "no"}[os]
		r.Launchers[0].Version = version
		return r
	}
	c := compared(t, side("linux", record.Pass, "1"), side("windows", record.NotApplicable, "2"))
	g.Expect(c.Causes).To(Equal([]compare.Cause{{What: "the operating system", Before: "linux", After: "windows", Findings: []string{"a @ l"}}}))
}
