package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/report"
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
			Complete: !new, Head: record.Head{Tool: record.Tool{Name: "spawnspec", Version: "0.1.0"}, Host: []record.Fact{{Name: "os", Value: "linux"}, {Name: "kernel.release", Value: pick("6.1.0-40-amd64", "4.4.0")},
				{Name: "implementation", Value: pick("Linux", "gVisor")}, {Name: "hostname", Value: pick("a", "b"), Volatile: true}},
				Features:  []record.Feature{{Name: "pidfd", Answer: record.Answer(pick("yes", "no"))}},
				Launchers: []record.Launcher{{Name: "go/os-exec", Version: "go1.26"}, {Name: "unix/fork-exec"}, {Name: "cpython/default", Version: pick("3.13.1", "3.14.0"), Runtime: "cpython", Default: true}}},
			Behaviours: []record.Behaviour{
				{ID: "default.start-method", Area: "default", Level: record.Observed, Role: record.RoleDefault, Subject: "start method", Sentence: "The start method that a runtime uses when it is not told one.",
					Cites:    []record.Citation{{Name: "Python multiprocessing", Link: "https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods"}},
					Matters:  "What a child inherits, and what has to be serialised for it, depends on it.",
					Remedies: []record.Remedy{{Text: "Name the start method instead of relying on the default.", ProvedBy: "boundary.method.named"}}},
				{ID: "boundary.bound-method", Area: "boundary", Level: "should", Sentence: "A bound method of an object that holds an open stream is refused before a child is started.",
					Matters:  "The parent dies with a TypeError that does not name the object, and a child that was already started with an EOFError.",
					Remedies: []record.Remedy{{Text: "Pass a function of a module and plain values."}}, Seen: []string{"python/cpython#84559"}},
				{ID: "boundary.method.named", Area: "boundary", Level: "should", Sentence: "A named start method is the one used."},
				{ID: "exec.argv.empty", Area: "exec", Level: "observed", Sentence: "What a program started with an empty argument vector gets.",
					Cites: []record.Citation{{Name: "Linux execve(2)", Link: "https://man7.org/linux/man-pages/man2/execve.2.html"}}},
				{ID: "exec.busy", Area: "exec", Level: "must", Sentence: "A file open for writing cannot be executed.",
					Cites:   []record.Citation{{Name: "POSIX.1-2024 exec, ETXTBSY", Link: "https://pubs.opengroup.org/onlinepubs/9799919799/functions/exec.html"}},
					Matters: "A program that was only half written runs."},
				{ID: "wait.bounded", Area: "wait", Level: "must", Sentence: "A wait for a child that ended ends."},
				{ID: "wait.pidfd", Area: "wait", Level: "must", Sentence: "A pidfd becomes readable when the process ends."},
				{ID: "win32.job", Area: "win32", Level: "must", Sentence: "A job object ends its processes."},
			},
			Trials: []record.Trial{
				{ID: "boundary.bound-method", Launcher: "cpython/default", Status: status(record.Pass, record.Fail), Observations: []record.Observation{
					{Name: "error in the parent", Value: pick("", "TypeError: cannot pickle '_io.TextIOWrapper' instances"), Want: record.Want{Matcher: "to be empty"}, Held: held(!new)}}},
				{ID: "boundary.method.named", Launcher: "cpython/default", Status: record.Pass},
				{ID: "default.start-method", Launcher: "cpython/default", Status: record.Pass, Observations: []record.Observation{{Name: "method", Value: pick("fork", "forkserver")}}},
				{ID: "exec.busy", Launcher: "go/os-exec", Status: status(record.Pass, record.Diverges), Observations: []record.Observation{
					{Name: "error", Value: pick("ETXTBSY", "none"), Want: record.Want{Matcher: "to equal \"ETXTBSY\""}, Held: held(!new)}}},
				{ID: "wait.bounded", Launcher: "go/os-exec", Status: status(record.Pass, record.Fail), Observations: []record.Observation{{Name: "end", Value: pick("exit 0", "hang"), Held: held(!new), Want: record.Want{Matcher: "to end"}}}},
			},
		}
		if new {
			r.Trials[0].Reasons = []string{"error in the parent: want nothing, saw\n\x1b[31mTypeError\x1b[0m"}
			r.Trials[3].Divergences = []record.Divergence{{Implementation: "gVisor", Observation: "error", Value: "none", Reason: "It does not count writers of a file.", Link: "https://gvisor.dev/docs/user_guide/compatibility/"}}
			r.Trials[4].Reasons = []string{"not within 10s"}
		}
		for _, l := range []string{"go/os-exec", "unix/fork-exec"} {
			argv := []string{}
			if new {
				argv = []string{""}
			}
			r.Trials = append(r.Trials, record.Trial{ID: "exec.argv.empty", Launcher: l, Status: record.Pass, Observations: []record.Observation{
				{Name: "argv", Value: argv}, {Name: "auxiliary", Value: strings.Repeat("same ", 60) + pick("old", "new") + strings.Repeat(" tail", 60)}}})
			pidfd := record.Trial{ID: "wait.pidfd", Launcher: l, Status: status(record.Pass, record.Unmet)}
			if new {
				pidfd.Reasons = []string{"needs pidfd"}
			}
			r.Trials = append(r.Trials, pidfd, record.Trial{ID: "win32.job", Launcher: l, Status: record.NotApplicable, Reasons: []string{"about Windows"}})
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
		after.Trials = append(after.Trials, record.Trial{ID: id, Launcher: "go/os-exec", Status: record.NotApplicable, Reasons: []string{"about Unix"}})
	}
	return before, after
}

func compared(t *testing.T, before, after *record.Recording) *compare.Comparison {
	t.Helper()
	c, err := compare.Compare(before, after)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return c
}

func TestReportsReadAsTheyShould(t *testing.T) {
	before, after := sides()
	wideBefore, wideAfter := wide()
	storyBefore, storyAfter := story()
	c, same, many, told := compared(t, before, after), compared(t, before, before), compared(t, wideBefore, wideAfter), compared(t, storyBefore, storyAfter)
	var b bytes.Buffer
	for _, r := range []struct {
		file  string
		write error
		text  string
	}{
		{"compared.txt", report.Compared(&b, c, report.Options{}), drain(&b)},
		{"compared-narrow.txt", report.Compared(&b, c, report.Options{Width: 50}), drain(&b)},
		{"compared-colour.txt", report.Compared(&b, c, report.Options{Colour: true}), drain(&b)},
		{"compared-same.txt", report.Compared(&b, same, report.Options{}), drain(&b)},
		{"compared-wide.txt", report.Compared(&b, many, report.Options{}), drain(&b)},
		{"compared.md", report.Markdown(&b, many), drain(&b)},
		{"story.txt", report.Compared(&b, told, report.Options{}), drain(&b)},
		{"story.md", report.Markdown(&b, told), drain(&b)},
		{"run-before.txt", report.Run(&b, before, report.Options{}), drain(&b)},
		{"run-after.txt", report.Run(&b, after, report.Options{}), drain(&b)},
		{"run-all.txt", report.Run(&b, after, report.Options{All: true}), drain(&b)},
		{"explain.txt", report.Behaviour(&b, after.Behaviours[4], after.Trials, report.Options{}), drain(&b)},
		{"list.txt", report.List(&b, after, report.Options{}), drain(&b)},
		{"junit.xml", report.JUnit(&b, after), drain(&b)},
	} {
		t.Run(r.file, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(r.write).NotTo(HaveOccurred())
			path := filepath.Join("testdata", r.file)
			if *update {
				g.Expect(os.WriteFile(path, []byte(r.text), 0o666)).To(Succeed())
			}
			want, err := os.ReadFile(path)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(r.text).To(Equal(strings.ReplaceAll(string(want), "\r\n", "\n")), "go test -update writes it anew")
			if !strings.Contains(r.file, "colour") {
				g.Expect(r.text).NotTo(ContainSubstring("\x1b"), "text of a recording must not reach the terminal as a control")
			}
		})
	}
}

func drain(b *bytes.Buffer) string {
	defer b.Reset()
	return b.String()
}

func TestTextKeepsToTheWidth(t *testing.T) {
	before, after := sides()
	var b bytes.Buffer
	g := NewWithT(t)
	g.Expect(report.Compared(&b, compared(t, before, after), report.Options{Width: 60})).To(Succeed())
	for line := range strings.Lines(b.String()) {
		line = strings.TrimRight(line, "\n")
		// A word is never broken; headings and commands are one line.
		if strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "  Again") && strings.Contains(strings.TrimSpace(line[min(len(line), 11):]), " ") {
			g.Expect(utf8.RuneCountInString(line)).To(BeNumerically("<=", 60), line)
		}
	}
}

func TestAllListsWhatIsOtherwiseCounted(t *testing.T) {
	g := NewWithT(t)
	var b bytes.Buffer
	before, after := wide()
	c := compared(t, before, after)
	g.Expect(report.Compared(&b, c, report.Options{})).To(Succeed())
	g.Expect(drain(&b)).NotTo(ContainSubstring("fork.n007"))
	g.Expect(report.Compared(&b, c, report.Options{All: true})).To(Succeed())
	g.Expect(drain(&b)).To(And(ContainSubstring("fork.n007"), Not(ContainSubstring("--all"))))
}

func TestJUnitIsXMLWhateverWasRecorded(t *testing.T) {
	g := NewWithT(t)
	_, r := sides()
	r.Trials[0].Reasons = []string{"\x00 ]]> <&\" \uffff"}
	var b bytes.Buffer
	g.Expect(report.JUnit(&b, r)).To(Succeed())
	var any struct{}
	g.Expect(xml.Unmarshal(b.Bytes(), &any)).To(Succeed())
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestTheErrorOfTheWriterIsReturned(t *testing.T) {
	before, after := sides()
	c := compared(t, before, after)
	for _, err := range []error{
		report.Compared(broken{}, c, report.Options{}), report.Markdown(broken{}, c), report.JUnit(broken{}, after),
		report.Run(broken{}, after, report.Options{}), report.List(broken{}, after, report.Options{}),
		report.Behaviour(broken{}, after.Behaviours[0], nil, report.Options{}),
	} {
		NewWithT(t).Expect(err).To(MatchError("disk full"))
	}
}
