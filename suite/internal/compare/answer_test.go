package compare_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// answered are two recordings of trials on one launcher, given as id, before, after.
func answered(t *testing.T, observed ...any) compare.Answer {
	t.Helper()
	var olds, news []record.Trial
	for i := 0; i < len(observed); i += 3 {
		id := observed[i].(string)
		olds = append(olds, trial(id, "x/default", record.Pass, "works", true, "its error", observed[i+1]))
		news = append(news, trial(id, "x/default", record.Pass, "works", false, "its error", observed[i+2]))
	}
	return compared(t, made(olds...), made(news...)).Answer()
}

func ids(findings []compare.Finding) (all []string) {
	for _, f := range findings {
		all = append(all, f.ID)
	}
	return all
}

// Errors that are equal but for a name, a number or a path are one to a reader; one
// of them is shown, whole, and the names of the others beside it.
func TestErrorsAreGroupedByWhatAReaderHolds(t *testing.T) {
	for name, c := range map[string]struct {
		texts    []string
		groups   int
		variants []string
	}{
		"names": {[]string{"TypeError: cannot pickle 'lock' object", "TypeError: cannot pickle 'generator' object"}, 1,
			[]string{"'generator'"}},
		"numbers and paths": {[]string{"OSError: [Errno 2] /a/b", "OSError: [Errno 17] /c"}, 1,
			[]string{"OSError: [Errno 2] /a/b"}},
		"how an object is printed": {[]string{"E.PicklingError: Can't pickle <function f at 0x…>",
			"E.PicklingError: Can't pickle <class 'a.<locals>.B'>"}, 1, nil},
		"notes":         {[]string{"ValueError: no / when serializing a", "ValueError: no / when serializing b / when serializing c"}, 1, nil},
		"behind a word": {[]string{"unusable: OSError: bad", "OSError: bad"}, 1, nil},
		"other classes": {[]string{"TypeError: no", "ValueError: no"}, 2, nil},
		"other words":   {[]string{"TypeError: it isn't so", "TypeError: it isn't as 'b'"}, 2, nil},
	} {
		var observed []any
		for i, text := range c.texts {
			observed = append(observed, fmt.Sprintf("a.b%d", i), "none", text)
		}
		a := answered(t, observed...)
		g := NewWithT(t)
		g.Expect(a.Messages).To(HaveLen(c.groups), name)
		g.Expect(c.texts).To(ContainElement(HaveSuffix(a.Messages[0].Text)), "one of them, whole")
		if c.groups == 1 {
			g.Expect(a.Messages[0].Variants).To(Equal(c.variants), name)
			g.Expect(a.Messages[0].Findings).To(HaveLen(len(c.texts)), name)
		}
	}
}

// What happened to people comes first, with all errors that were printed; an error
// that comes with others is told with the first of them.
func TestTheStoryComesFirstWithBothErrors(t *testing.T) {
	g := NewWithT(t)
	side := func(works bool, parent, child string) *record.Recording {
		r := made(
			trial("a.many", "x/default", record.Pass, "works", works, "the parent's error", parent, "the child's error", child),
			trial("b.story", "x/default", record.Pass, "works", works, "the parent's error", parent, "the child's error", child),
			trial("c.alone", "x/default", record.Pass, "works", works, "the child's error", child),
		)
		r.Behaviours[1].Role = record.RoleStory
		return r
	}
	a := compared(t, side(true, "none", ""), side(false, "TypeError: cannot", "EOFError: Ran out of input")).Answer()
	g.Expect(a.Messages).To(HaveLen(1))
	g.Expect(ids(a.Messages[0].Findings)).To(Equal([]string{"b.story", "a.many"}))
	g.Expect(a.Messages[0].Text).To(Equal("TypeError: cannot"))
	g.Expect(a.Messages[0].With).To(HaveLen(1))
	g.Expect(a.Messages[0].With[0].After).To(Equal("EOFError: Ran out of input"))
}

// A change without an error is silent; an error in other words, one with more at its
// end and one that is gone are three other things.
func TestFindingsAreSortedByWhatAReaderSees(t *testing.T) {
	g := NewWithT(t)
	side := func(after bool) *record.Recording {
		pick := func(old, new any) any {
			if after {
				return new
			}
			return old
		}
		r := made(
			trial("a.silent", "x/l", record.Pass, "v", pick("changed", "initial")),
			trial("b.reworded", "x/l", record.Pass, "v", pick("AttributeError: a", "PicklingError: b")),
			trial("c.noted", "x/l", record.Pass, "v", pick("TypeError: a", "TypeError: a / when serializing")),
			trial("d.gone", "x/l", record.Pass, "v", pick("RecursionError: deep", "none")),
			trial("e.hangs", "x/l", record.Pass, "v", pick("ran", record.Hang)),
			trial("f.red", "x/l", record.Pass, "v", pick("none", "TypeError: a")),
			trial("g.skipped", "x/l", record.Pass, "v", 1),
			trial("h.run", "x/l", record.NotApplicable),
			trial("i.lost", "y/l", record.Pass, "v", 1),
			trial("default.method", "x/l", record.Pass, "v", pick("fork", "spawn")),
			trial("j.fixed", "x/l", record.Pass, "v", pick("wrong", "right")),
		)
		if !after {
			r.Trials[10].Status = record.Fail
		} else {
			r.Trials[5].Status = record.Fail
			r.Trials[6] = trial("g.skipped", "x/l", record.NotApplicable)
			r.Trials[7] = trial("h.run", "x/l", record.Pass, "v", 1)
			r.Trials[8] = trial("i.lost", "y/l", record.Unmet)
			r.Launchers[1].Note = "gone"
		}
		return r
	}
	a := compared(t, side(false), side(true)).Answer()
	g.Expect(a.Messages).To(BeEmpty(), "what is red is told as red")
	g.Expect(ids(a.Silent)).To(Equal([]string{"a.silent"}))
	g.Expect(a.Reworded).To(HaveLen(1))
	g.Expect(a.Reworded[0].Before + " " + a.Reworded[0].Text).To(Equal("AttributeError: a PicklingError: b"))
	g.Expect(a.Noted).To(HaveLen(1))
	g.Expect(ids(a.Better)).To(ConsistOf("d.gone", "j.fixed"))
	g.Expect(ids(a.Broken)).To(ConsistOf("e.hangs", "f.red"))
	g.Expect(ids(a.Untried)).To(Equal([]string{"g.skipped"}))
	g.Expect(ids(a.NowTried)).To(Equal([]string{"h.run"}))
	g.Expect(ids(a.Lost)).To(Equal([]string{"i.lost"}))
}

// What a hang has kept from being seen is no change, on either side.
func TestWhatWasNotReachedIsNoChange(t *testing.T) {
	g := NewWithT(t)
	seen := trial("a", "l", record.Pass, "first", "ran", "then", "ran")
	hung := trial("a", "l", record.Pass, "first", record.Hang, "then", record.NotReached)
	only := trial("b", "l", record.Pass, "then", "ran")
	never := trial("b", "l", record.Pass, "then", record.NotReached)
	c := compared(t, made(seen, only), made(hung, never))
	g.Expect(ids(c.Findings)).To(Equal([]string{"a"}))
	g.Expect(c.Findings[0].Verb).To(Equal(compare.Hangs))
	i := slices.IndexFunc(c.Findings[0].Differences, func(d compare.Difference) bool { return d.Name == "then" })
	g.Expect(c.Findings[0].Differences[i].NoAfter).To(BeTrue())
	back := compared(t, made(hung, never), made(seen, only))
	g.Expect(ids(back.Findings)).To(Equal([]string{"a"}))
	g.Expect(back.Findings[0].Verb).To(Equal(compare.Fixed))
}

// Beside an error stands what was seen to help on the after side, for this runtime,
// and was not told with the default already.
func TestOnlyWhatWorksIsOffered(t *testing.T) {
	g := NewWithT(t)
	side := func(method string, works bool, text string) *record.Recording {
		r := made(
			trial("a", "x/default", record.Pass, "works", works, "its error", text),
			trial("a", "x/fork", record.Pass, "works", true, "its error", "none"),
			trial("a", "x/spawn", record.Pass, "works", false, "its error", "TypeError: no"),
			trial("default.method", "x/default", record.Pass, "v", method),
			trial("good", "x/default", record.Pass, "works", true),
			trial("bad", "x/default", record.Pass, "works", works),
		)
		named := record.Remedy{Text: "Name it.", ProvedBy: "good"}
		r.Behaviours[0].Remedies = []record.Remedy{{Text: "Good.", ProvedBy: "good"}, {Text: "Bad.", ProvedBy: "bad"},
			{Text: "Unproven."}, {Text: "Untried.", ProvedBy: "nothing"}, {Text: "Other.", ProvedBy: "good", For: []string{"y"}}, named}
		r.Behaviours[1].Remedies = []record.Remedy{named}
		r.Behaviours[1].WayBack = record.WayBack{Code: "set(" + record.Before + ")", ProvedBy: "good"}
		return r
	}
	c := compared(t, side("fork", true, "none"), side("spawn", false, "TypeError: no"))
	m := c.Answer().Messages[0]
	g.Expect(m.Remedies).To(HaveLen(1))
	g.Expect(m.Remedies[0].Text).To(Equal("Good."))
	d := c.Causes[0].Default
	g.Expect(d.Own).To(HaveLen(1))
	g.Expect(d.WayBack.Text).To(Equal("set(fork)"))
	g.Expect(d.WayBack.Before).To(Equal(compare.Works))
	g.Expect(d.WayBack.After).To(Equal(compare.Works))

	gone := side("spawn", false, "TypeError: no")
	gone.Trials[1] = trial("a", "x/fork", record.NotApplicable)
	g.Expect(compared(t, side("fork", true, "none"), gone).Causes[0].Default.WayBack.Text).To(BeEmpty(), "there is no way back")
}

// The specification at hand knows more than a recording does about what to do, but
// what was tried stays as the recording has it.
func TestAdviceIsThatOfTheSpecificationAtHand(t *testing.T) {
	g := NewWithT(t)
	side := func(v int) *record.Recording { return made(trial("a", "l", record.Pass, "v", v), anchor) }
	c, err := compare.Compare(side(1), side(2), record.Behaviour{ID: "a", Sentence: "New.", Level: record.Observed,
		Subject: "a file", Brief: "Briefly.", Remedies: []record.Remedy{{Text: "Do."}}}, record.Behaviour{ID: "b"})
	g.Expect(err).NotTo(HaveOccurred())
	f := c.Findings[0]
	g.Expect(f.Sentence).To(Equal("Sentence of a."))
	g.Expect(f.Level).To(Equal(record.Must))
	g.Expect(f.Subject + " " + f.Brief + " " + f.Remedies[0].Text).To(Equal("a file Briefly. Do."))
}

// What several pairs have in common is one finding that names them.
func TestAMatrixTellsWhatPairsHaveInCommonOnce(t *testing.T) {
	g := NewWithT(t)
	side := func(v, w int) *record.Recording {
		return made(trial("a", "l", record.Pass, "v", v), trial("b", "l", record.Pass, "w", w), anchor)
	}
	var m compare.Matrix
	m.Add("one", compared(t, side(1, 1), side(2, 1)), nil)
	m.Add("broken", nil, errors.New("no recording"))
	m.Add("same", compared(t, side(1, 1), side(1, 1)), nil)
	m.Add("two", compared(t, side(1, 1), side(2, 3)), nil)
	m.Add("other", compared(t, side(1, 1), side(4, 1)), nil)
	m.Sorted()
	var in []string
	for _, f := range m.Together.Findings {
		in = append(in, fmt.Sprint(f.ID, f.Differences[0].After, f.In))
	}
	g.Expect(in).To(ConsistOf("a2 [one two]", "b3 [two]", "a4 [other]"))
	g.Expect(m.Errors()).To(HaveLen(1))
	g.Expect(m.Failing(compare.OnChanged)).To(BeTrue())
	g.Expect(m.Failing(compare.OnRegressed)).To(BeFalse())
	g.Expect(m.Pairs[2].Differs()).To(BeFalse())
	g.Expect(m.Pairs[3].Trials).To(Equal(map[compare.Verb]int{compare.Changed: 2}))
	g.Expect(m.Together.Tried).To(BeEmpty(), "a matrix keeps no trials")
}
