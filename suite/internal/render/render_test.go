package render_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/rivo/uniseg"

	"github.com/spawnspec/spawnspec/suite/internal/answers"
	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/render"
)

var update = flag.Bool("update", false, "write what the reports say now to testdata")

func held(b bool) *bool { return &b }

// sides are two recordings of a machine before and after an upgrade: a default
// moved, a feature went away, an emulation is seen through.
func sides() (before, after *record.Recording) {
	side := func(new bool) *record.Recording {
		pick := func(old, newer string) string {
			if new {
				return newer
			}
			return old
		}
		status := func(old, newer record.Status) record.Status {
			return record.Status(pick(string(old), string(newer)))
		}
		r := &record.Recording{
			Complete: !new, Head: record.Head{Tool: record.Tool{Name: "spawnspec", Version: "0.1.0"},
				Host: []record.Fact{{Name: "os", Value: "linux"}, {Name: "kernel.release", Value: pick("6.1.0-40-amd64", "4.4.0")},
					{
						Name:  "implementation",
						Value: pick("Linux", "gVisor"),
					}, {Name: "hostname", Value: pick("a", "b"), Volatile: true}},
				Features: []record.Feature{{Name: "pidfd", Answer: record.Answer(pick("yes", "no"))}},
				Launchers: []record.Launcher{
					{Name: "go/os-exec", Version: "go1.26"},
					{Name: "unix/fork-exec"},
					{Name: "cpython/default", Version: pick("3.13.1", "3.14.0"), Runtime: "cpython", Default: true},
				}},
			Behaviours: []record.Behaviour{
				{
					ID:       "default.start-method",
					Area:     "default",
					Level:    record.Observed,
					Role:     record.RoleDefault,
					Subject:  "start method",
					Sentence: "The start method that a runtime uses when it is not told one.",
					Cites: []record.Citation{
						{
							Name: "Python multiprocessing",
							Link: "https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods",
						},
					},
					Matters: "What a child inherits, and what has to be serialised for it, depends on it.",
					Remedies: []record.Remedy{
						{Text: "Name the start method instead of relying on the default.", ProvedBy: "boundary.method.named"},
					},
				},
				{
					ID:       "boundary.bound-method",
					Area:     "boundary",
					Level:    "should",
					Sentence: "A bound method of an object that holds an open stream is refused before a child is started.",
					Matters: "The parent dies with a TypeError that does not name the object, " +
						"and a child that was already started with an EOFError.",
					Remedies: []record.Remedy{
						{Text: "Pass a function of a module and plain values."},
					},
					Seen: []string{"python/cpython#84559"},
				},
				{ID: "boundary.method.named", Area: "boundary", Level: "should", Sentence: "A named start method is the one used."},
				{
					ID:       "exec.argv.empty",
					Area:     "exec",
					Level:    "observed",
					Sentence: "What a program started with an empty argument vector gets.",
					Cites: []record.Citation{
						{Name: "Linux execve(2)", Link: "https://man7.org/linux/man-pages/man2/execve.2.html"},
					},
				},
				{ID: "exec.busy", Area: "exec", Level: "must", Sentence: "A file open for writing cannot be executed.",
					Cites: []record.Citation{
						{
							Name: "POSIX.1-2024 exec, ETXTBSY",
							Link: "https://pubs.opengroup.org/onlinepubs/9799919799/functions/exec.html",
						},
					},
					Matters: "A program that was only half written runs."},
				{ID: "wait.bounded", Area: "wait", Level: "must", Sentence: "A wait for a child that ended ends."},
				{ID: "wait.pidfd", Area: "wait", Level: "must", Sentence: "A pidfd becomes readable when the process ends."},
				{ID: "win32.job", Area: "win32", Level: "must", Sentence: "A job object ends its processes."},
			},
			Trials: []record.Trial{
				{
					ID:       "boundary.bound-method",
					Launcher: "cpython/default",
					Status:   status(record.Pass, record.Fail),
					Observations: []record.Observation{
						{
							Name:  "error in the parent",
							Value: pick("", "TypeError: cannot pickle '_io.TextIOWrapper' instances"),
							Want:  record.Want{Matcher: "to be empty"},
							Held:  held(!new),
						}},
				},
				{ID: "boundary.method.named", Launcher: "cpython/default", Status: record.Pass},
				{
					ID:           "default.start-method",
					Launcher:     "cpython/default",
					Status:       record.Pass,
					Observations: []record.Observation{{Name: "method", Value: pick("fork", "forkserver")}},
				},
				{
					ID:       "exec.busy",
					Launcher: "go/os-exec",
					Status:   status(record.Pass, record.Diverges),
					Observations: []record.Observation{
						{
							Name:  "error",
							Value: pick("ETXTBSY", "none"),
							Want:  record.Want{Matcher: "to equal", Value: "ETXTBSY"},
							Held:  held(!new),
						}},
				},
				{
					ID:       "wait.bounded",
					Launcher: "go/os-exec",
					Status:   status(record.Pass, record.Fail),
					Observations: []record.Observation{
						{Name: "end", Value: pick("exit 0", "hang"), Held: held(!new), Want: record.Want{Matcher: "to end"}},
					},
				},
			},
		}
		if new {
			r.Trials[0].Reasons = []string{"error in the parent: want nothing, saw\n\x1b[31mTypeError\x1b[0m"}
			r.Trials[3].Divergences = []record.Divergence{
				{
					Implementation: "gVisor",
					Observation:    "error",
					Value:          "none",
					Reason:         "It does not count writers of a file.",
					Link:           "https://gvisor.dev/docs/user_guide/compatibility/",
				},
			}
			r.Trials[4].Reasons = []string{"not within 10s"}
		}
		for _, l := range []string{"go/os-exec", "unix/fork-exec"} {
			argv := []string{}
			if new {
				argv = []string{""}
			}
			r.Trials = append(
				r.Trials,
				record.Trial{ID: "exec.argv.empty", Launcher: l, Status: record.Pass, Observations: []record.Observation{
					{
						Name:  "argv",
						Value: argv,
					}, {Name: "auxiliary", Value: strings.Repeat("same ", 60) + pick("old", "new") + strings.Repeat(" tail", 60)}}},
			)
			pidfd := record.Trial{ID: "wait.pidfd", Launcher: l, Status: status(record.Pass, record.Unmet)}
			if new {
				pidfd.Reasons = []string{"needs pidfd"}
			}
			r.Trials = append(
				r.Trials,
				pidfd,
				record.Trial{ID: "win32.job", Launcher: l, Status: record.NotApplicable, Reasons: []string{"about Windows"}},
			)
		}
		return r
	}
	return side(false), side(true)
}

// wide makes the sides differ in hundreds of trials, as Linux and Windows do.
func wide() (before, after *record.Recording) {
	before, after = sides()
	for i := range 120 {
		id := fmt.Sprintf("fork.n%03d", i)
		b := record.Behaviour{ID: id, Area: []string{"fork", "signal"}[i%2], Level: "must", Sentence: "S."}
		before.Behaviours, after.Behaviours = append(before.Behaviours, b), append(after.Behaviours, b)
		before.Trials = append(before.Trials, record.Trial{ID: id, Launcher: "go/os-exec", Status: record.Pass})
		after.Trials = append(
			after.Trials,
			record.Trial{ID: id, Launcher: "go/os-exec", Status: record.NotApplicable, Reasons: []string{"about Unix"}},
		)
	}
	return before, after
}

func compared(t *testing.T, before, after *record.Recording) *compare.Comparison {
	t.Helper()
	c, err := compare.Compare(before, after)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return c
}

// columns is what recordings have of a behaviour.
func columns(id string, recordings ...*record.Recording) (all []answers.Column) {
	for _, r := range recordings {
		c := answers.Column{Head: r.Head}
		for _, t := range r.Trials {
			if t.ID == id {
				c.Trials = append(c.Trials, t)
			}
		}
		all = append(all, c)
	}
	return all
}

func TestReportsReadAsTheyShould(t *testing.T) {
	before, after := sides()
	wideBefore, wideAfter := wide()
	storyBefore, storyAfter := story()
	c, same := compared(t, before, after), compared(t, before, before)
	many, told := compared(t, wideBefore, wideAfter), compared(t, storyBefore, storyAfter)
	var b bytes.Buffer
	text := func(p page.Page, o render.Options) (string, error) {
		err := render.Text(&b, p, o)
		return drain(&b), err
	}
	markdown := func(p page.Page) (string, error) {
		err := render.Markdown(&b, p)
		return drain(&b), err
	}
	scope := page.Scope{
		Systems:   []string{"Linux", "macOS"},
		Launchers: []string{"go/os-exec", "unix/fork"},
		Needs:     []string{"script-image"},
		Known:     after.Trials[3].Divergences,
	}
	listed := []page.Listed{
		{Behaviour: after.Behaviours[0], Why: "needs --launcher cpython"},
		{Behaviour: after.Behaviours[4], Launchers: []string{"go/os-exec", "unix/fork-exec"},
			Not: []page.NotOn{{Why: "win32/create-process is not for linux", Launchers: []string{"win32/create-process"}},
				{Why: "not part of this run, see --launcher", Launchers: []string{"cpython", "node"}}}},
		{Behaviour: after.Behaviours[7], Why: "specifies Windows only"},
	}
	for _, r := range []struct {
		file string
		make func() (string, error)
	}{
		{"compared.txt", func() (string, error) { return text(page.Comparison(c), render.Options{}) }},
		{"compared-narrow.txt", func() (string, error) { return text(page.Comparison(c), render.Options{Width: 50}) }},
		{"compared-colour.txt", func() (string, error) { return text(page.Comparison(c), render.Options{Colour: true}) }},
		{"compared-same.txt", func() (string, error) { return text(page.Comparison(same), render.Options{}) }},
		{"compared-wide.txt", func() (string, error) { return text(page.Comparison(many), render.Options{}) }},
		{"compared.md", func() (string, error) { return markdown(page.Comparison(many)) }},
		{"story.txt", func() (string, error) { return text(page.Comparison(told), render.Options{}) }},
		{"story.md", func() (string, error) { return markdown(page.Comparison(told)) }},
		{"story.html", func() (string, error) {
			err := render.HTML(&b, page.Comparison(told))
			return drain(&b), err
		}},
		{"run-before.txt", func() (string, error) { return text(page.Run(before), render.Options{}) }},
		{"run-after.txt", func() (string, error) { return text(page.Run(after), render.Options{}) }},
		{"run-all.txt", func() (string, error) { return text(page.Run(after), render.Options{All: true}) }},
		{"run.md", func() (string, error) { return markdown(page.Run(after)) }},
		{"explain.txt", func() (string, error) {
			return text(page.Behaviour(after.Behaviours[4], scope, page.Recorded{},
				[]page.Source{{Name: "before.json", Recording: before},
					{Name: "after.json", Recording: after}}), render.Options{All: true})
		}},
		{"explain-recorded.txt", func() (string, error) {
			recorded := page.Recorded{Proofs: map[string][]answers.Column{}}
			b := storyAfter.Behaviours[0]
			recorded.Columns = columns(b.ID, storyBefore, storyAfter)
			for _, r := range b.Remedies {
				recorded.Proofs[r.ProvedBy] = columns(r.ProvedBy, storyBefore, storyAfter)
			}
			return text(page.Behaviour(b, page.Scope{Launchers: []string{"cpython/fork", "cpython/default", "pypy/fork"}},
				recorded, nil), render.Options{})
		}},
		{"grid.txt", func() (string, error) {
			g := page.NewGrid(storyAfter.Behaviours)
			g.Add("before", storyBefore)
			g.Add("after", storyAfter)
			g.Add("other", before) // which has none of these behaviours
			var table strings.Builder
			for _, line := range g.Table() {
				table.WriteString(strings.Join(line, "; ") + "\n")
			}
			shown, err := text(g.Page(), render.Options{})
			return shown + "\n" + table.String(), err
		}},
		{"history.txt", func() (string, error) {
			b := storyAfter.Behaviours[0]
			return text(page.History(b, columns(b.ID, storyBefore, storyAfter)), render.Options{})
		}},
		{"found.txt", func() (string, error) {
			b := storyAfter.Behaviours[0]
			return text(page.Found("test case", []page.Hit{{Behaviour: b, Text: "TypeError: cannot pickle"}, {Behaviour: storyAfter.Behaviours[1]}}, nil, ""),
				render.Options{})
		}},
		{"hint.txt", func() (string, error) {
			b := storyAfter.Behaviours[0]
			const message = "TypeError: cannot pickle 'TextIOWrapper' instances"
			return text(page.Answer(page.Hint{Message: message, Hit: page.Hit{Behaviour: b, Text: message},
				Recorded: page.Recorded{Columns: columns(b.ID, storyBefore, storyAfter), Proofs: map[string][]answers.Column{
					"bnd.remedy.separate-class": columns("bnd.remedy.separate-class", storyBefore, storyAfter)}},
				Defaults: []page.Default{{Subject: "start method", Columns: columns("default.start-method", storyBefore, storyAfter)}},
				Others:   []page.Hit{{Behaviour: storyAfter.Behaviours[1]}}}), render.Options{})
		}},
		{"list.txt", func() (string, error) { return text(page.Behaviours(listed, false, false), render.Options{}) }},
		{"list-all.txt", func() (string, error) { return text(page.Behaviours(listed, false, false), render.Options{All: true}) }},
		{"list-launchers.txt", func() (string, error) { return text(page.Behaviours(listed, false, true), render.Options{}) }},
		{"list-narrow.txt", func() (string, error) { return text(page.Behaviours(listed, true, false), render.Options{}) }},
		{"junit.xml", func() (string, error) { err := render.JUnit(&b, ran(after)); return drain(&b), err }},
		{"junit-compared.xml", func() (string, error) {
			err := render.JUnitComparison(&b, render.Comparison{Comparison: c, FailOn: compare.OnRegressed})
			return drain(&b), err
		}},
		{"github.txt", func() (string, error) { err := render.Annotations(&b, ran(after)); return drain(&b), err }},
		{"github-compared.txt", func() (string, error) {
			err := render.ComparisonAnnotations(&b, render.Comparison{Comparison: c, FailOn: compare.OnRegressed})
			return drain(&b), err
		}},
		{"ctrf.json", func() (string, error) { err := render.CTRF(&b, ran(after)); return drain(&b), err }},
	} {
		t.Run(r.file, func(t *testing.T) {
			g := NewWithT(t)
			got, err := r.make()
			g.Expect(err).NotTo(HaveOccurred())
			path := filepath.Join("testdata", r.file)
			if *update {
				g.Expect(os.WriteFile(path, []byte(got), 0o666)).To(Succeed())
			}
			want, err := os.ReadFile(path)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(got).To(Equal(strings.ReplaceAll(string(want), "\r\n", "\n")), "go test -update writes it anew")
			if !strings.Contains(r.file, "colour") {
				g.Expect(got).NotTo(ContainSubstring("\x1b"), "text of a recording must not reach the terminal as a control")
			}
		})
	}
}

func drain(b *bytes.Buffer) string {
	defer b.Reset()
	return b.String()
}

// Lines keep to the width, counted in the cells that a terminal gives to each
// character; only a command and a link are longer.
func TestTextKeepsToTheWidth(t *testing.T) {
	before, after := sides()
	after.Trials[0].Reasons = []string{
		strings.Repeat("日本語", 40),
		strings.Repeat("👩‍👩‍👧", 90),
		strings.Repeat("e\u0301", 200),
	}
	wideBefore, wideAfter := wide()
	storyBefore, storyAfter := story()
	for _, width := range []int{40, 60, 80} {
		for _, p := range []page.Page{page.Comparison(compared(t, before, after)),
			page.Comparison(compared(t, wideBefore, wideAfter)), page.Comparison(compared(t, storyBefore, storyAfter)),
			page.Run(after), page.Behaviour(after.Behaviours[0], page.Scope{}, page.Recorded{},
				[]page.Source{{Name: strings.Repeat("a/", 60), Recording: after}})} {
			for _, all := range []bool{false, true} {
				var b bytes.Buffer
				g := NewWithT(t)
				g.Expect(render.Text(&b, p, render.Options{Width: width, All: all})).To(Succeed())
				for line := range strings.Lines(b.String()) {
					line = strings.TrimRight(line, "\n")
					// A word that is to be copied is whole, however narrow the terminal.
					if width < 80 && (strings.Contains(line, "  Again ") || strings.Contains(line, "   --")) ||
						strings.Contains(line, "://") {
						continue
					}
					g.Expect(uniseg.StringWidth(line)).To(BeNumerically("<=", width), line)
				}
			}
		}
	}
}

// Nothing that was recorded or typed acts on a terminal.
func TestNoControlCharacterGetsThrough(t *testing.T) {
	g := NewWithT(t)
	const evil = "a\x1b[31m\x07\u009b\u202eb\r\nc"
	_, r := sides()
	r.Host[0].Value, r.Launchers[0].Version, r.Trials[0].Reasons = evil, evil, []string{evil}
	o := &r.Trials[0].Observations[0]
	o.Name, o.Value, o.Want = evil, evil, record.Want{Matcher: evil, Value: evil}
	r.Behaviours[0].Sentence, r.Behaviours[0].Matters = evil, evil
	b, _ := sides()
	var out bytes.Buffer
	for _, p := range []page.Page{page.Run(r), page.Comparison(compared(t, b, r)),
		page.Behaviour(r.Behaviours[0], page.Scope{Needs: []string{evil}}, page.Recorded{},
			[]page.Source{{Name: evil, Recording: r}}), page.Behaviours([]page.Listed{{Behaviour: r.Behaviours[0],
			Why: evil}}, true, true)} {
		g.Expect(render.Text(&out, p, render.Options{All: true})).To(Succeed())
		g.Expect(render.Markdown(&out, p)).To(Succeed())
		g.Expect(render.HTML(&out, p)).To(Succeed())
	}
	for _, k := range render.Kinds {
		g.Expect(k.Run(&out, ran(r), 0)).To(Succeed())
		if k.Comparison != nil {
			compared := render.Comparison{Comparison: compared(t, b, r), FailOn: compare.OnChanged}
			g.Expect(k.Comparison(&out, compared, 0)).To(Succeed())
		}
	}
	for _, c := range []string{"\x1b", "\x07", "\u009b", "\u202e", "\r"} {
		g.Expect(out.String()).NotTo(ContainSubstring(c))
	}
	g.Expect(out.String()).To(ContainSubstring(`\u001b`))
}

func TestAllListsWhatIsOtherwiseCounted(t *testing.T) {
	g := NewWithT(t)
	var b bytes.Buffer
	before, after := wide()
	p := page.Comparison(compared(t, before, after))
	g.Expect(render.Text(&b, p, render.Options{})).To(Succeed())
	g.Expect(drain(&b)).NotTo(ContainSubstring("fork.n007"))
	g.Expect(render.Text(&b, p, render.Options{All: true})).To(Succeed())
	g.Expect(drain(&b)).To(And(ContainSubstring("fork.n007"), Not(ContainSubstring("--all"))))
}

// A run of a few behaviours does not begin with what the machine is.
func TestFactsOfTheMachineAreForAFullRun(t *testing.T) {
	g := NewWithT(t)
	_, r := sides()
	shown := func(o render.Options) string {
		var b bytes.Buffer
		g.Expect(render.Text(&b, page.Run(r), o)).To(Succeed())
		return b.String()
	}
	g.Expect(shown(render.Options{})).To(ContainSubstring("kernel.release"))
	r.Config.Only = []string{"wait"}
	g.Expect(shown(render.Options{})).NotTo(ContainSubstring("kernel.release"))
	g.Expect(shown(render.Options{All: true})).To(ContainSubstring("kernel.release"))
}

// What is known adds up: each behaviour is in one row.
func TestTotalsAddUp(t *testing.T) {
	g := NewWithT(t)
	for _, side := range []func() *record.Recording{func() *record.Recording { b, _ := sides(); return b },
		func() *record.Recording { _, a := wide(); return a }} {
		r := side()
		r.Behaviours = append(
			r.Behaviours,
			record.Behaviour{ID: "zombie.none", Level: record.Must, Sentence: "It has no trial."},
		)
		var b bytes.Buffer
		g.Expect(render.Text(&b, page.Run(r), render.Options{})).To(Succeed())
		_, rest, found := strings.Cut(b.String(), fmt.Sprintf("\n%d behaviours, ", len(r.Behaviours)))
		g.Expect(found).To(BeTrue(), b.String())
		sum := 0
		for i, line := range strings.Split(rest, "\n") {
			var n int
			if _, err := fmt.Sscan(line, &n); i > 0 && err != nil {
				break
			}
			if i > 0 {
				sum += n
			}
		}
		g.Expect(sum).To(Equal(len(r.Behaviours)))
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestTheErrorOfTheWriterIsReturned(t *testing.T) {
	before, after := sides()
	for _, k := range render.Kinds {
		if k.Run != nil {
			NewWithT(t).Expect(k.Run(broken{}, ran(after), 0)).To(MatchError("disk full"), k.Name)
		}
		if k.Comparison != nil {
			NewWithT(t).Expect(k.Comparison(broken{}, render.Comparison{Comparison: compared(t, before, after)}, 0)).To(MatchError("disk full"), k.Name)
		}
	}
}
