package record_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// names lists what is in a directory.
func names(t *testing.T, dir string) (found []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, e := range entries {
		found = append(found, e.Name())
	}
	return found
}

// begin creates a recording of r and gives it its trials.
func begin(t *testing.T, path string, r *record.Recording) *record.File {
	t.Helper()
	g := NewWithT(t)
	f, err := record.Create(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(f.Begin(r)).To(Succeed())
	for _, trial := range r.Trials {
		g.Expect(f.Trial(trial)).To(Succeed())
	}
	return f
}

func readBack(t *testing.T, path string) *record.Recording {
	t.Helper()
	r, err := record.ReadFile(path)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return r
}

func TestAFinishedRecordingTakesItsName(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "a.json")
	f := begin(t, path, example())
	g.Expect(names(t, dir)).To(Equal([]string{filepath.Base(f.Partial())}))
	g.Expect(filepath.Base(f.Partial())).To(MatchRegexp(`^a\.json\.[0-9a-f]{8}\.partial$`))
	g.Expect(f.Finish(example())).To(Succeed())
	g.Expect(names(t, dir)).To(Equal([]string{"a.json"}))
	content, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(content)).
		To(Equal(written(t, example())), "in the canonical order, whatever the order of the trials was")

	newer := example()
	newer.Tool.Version = "0.2.0"
	g.Expect(begin(t, path, newer).Finish(newer)).To(Succeed())
	g.Expect(readBack(t, path).Tool.Version).To(Equal("0.2.0"))
	g.Expect(names(t, dir)).To(Equal([]string{"a.json"}))
}

// A run that is killed leaves what it had, beside what was there; the next run
// takes neither away.
func TestARunThatWasCutShortLeavesAPartialRecording(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "a.json")
	g.Expect(begin(t, path, example()).Finish(example())).To(Succeed())

	killed := example()
	killed.Trials = killed.Trials[:1]
	killed.Complete = false
	left := begin(t, path, killed)
	t.Cleanup(func() { g.Expect(left.Abandon()).To(Succeed()) }) // Windows removes no file that is open
	interrupted := begin(t, path, killed)
	g.Expect(interrupted.Finish(killed)).To(Succeed())
	g.Expect(begin(t, path, example()).Finish(example())).To(Succeed())
	g.Expect(names(t, dir)).To(ConsistOf("a.json", filepath.Base(left.Partial()), filepath.Base(interrupted.Partial())))
	for _, f := range []*record.File{left, interrupted} {
		r := readBack(t, f.Partial())
		g.Expect(r.Complete).To(BeFalse())
		g.Expect(r.Trials).To(HaveLen(1))
	}
	g.Expect(readBack(t, path).Complete).To(BeTrue())

	none := example()
	none.Trials, none.Complete = nil, false
	g.Expect(begin(t, path, none).Finish(none)).To(Succeed())
	g.Expect(names(t, dir)).To(HaveLen(3), "a run without a trial leaves nothing")
}

// Two runs that record in one file at the same time both keep what they saw.
func TestTwoRunsWithOneNameLoseNothing(t *testing.T) {
	for _, there := range []bool{false, true} {
		g := NewWithT(t)
		dir := t.TempDir()
		path := filepath.Join(dir, "a.json")
		if there {
			g.Expect(begin(t, path, example()).Finish(example())).To(Succeed())
		}
		first, second := example(), example()
		first.Tool.Version, second.Tool.Version = "first", "second"
		f, s := begin(t, path, first), begin(t, path, second)
		g.Expect(f.Finish(first)).To(Succeed())
		err := s.Finish(second)
		g.Expect(err).
			To(MatchError(path + " was written by another program during the run; this run's recording is " + s.Partial()))
		g.Expect(readBack(t, path).Tool.Version).To(Equal("first"))
		g.Expect(readBack(t, s.Partial()).Tool.Version).To(Equal("second"))
		g.Expect(readBack(t, s.Partial()).Complete).To(BeTrue())
		g.Expect(names(t, dir)).To(HaveLen(2))
	}
}

func TestWhatCannotBeRecordedToIsRefusedAtOnce(t *testing.T) {
	dir := t.TempDir()
	g := NewWithT(t)
	g.Expect(os.Mkdir(filepath.Join(dir, "d"), 0o777)).To(Succeed())
	refused := map[string]string{
		"":                               "names no file",
		filepath.Join(dir, "a") + "/":    "names no file",
		filepath.Join(dir, "d"):          "is a directory",
		filepath.Join(dir, "none", "a"):  "none",
		filepath.Join(dir, "d\x00", "a"): "invalid",
	}
	if runtime.GOOS == "linux" {
		refused["/proc/a"] = "/proc/a"
		full, err := record.Create("/dev/full")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(full.Begin(example())).To(MatchError(HavePrefix("/dev/full: ")))
		g.Expect(full.Abandon()).To(Succeed())
	}
	if runtime.GOOS != "windows" { // a symbolic link needs a privilege there
		sticky := filepath.Join(dir, "sticky")
		g.Expect(os.Mkdir(sticky, 0o777)).To(Succeed())
		g.Expect(os.Chmod(sticky, 0o777|os.ModeSticky)).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(dir, "precious"), []byte("mine"), 0o666)).To(Succeed())
		g.Expect(os.Symlink(filepath.Join(dir, "precious"), filepath.Join(sticky, "link"))).To(Succeed())
		g.Expect(os.Symlink("nowhere", filepath.Join(dir, "dangling"))).To(Succeed())
		refused[filepath.Join(sticky, "link")] = "is a symbolic link in a directory that others can write to"
		refused[filepath.Join(dir, "dangling")] = "dangling"
	}
	before := names(t, dir)
	for path, why := range refused {
		_, err := record.Create(path)
		g.Expect(err).To(MatchError(ContainSubstring(why)), "%q", path)
		g.Expect(err.Error()).NotTo(ContainSubstring("\n"))
	}
	g.Expect(names(t, dir)).To(Equal(before), "nothing is left behind")
	g.Expect(names(t, filepath.Join(dir, "d"))).To(BeEmpty())
}

func TestALinkOfOnesOwnIsFollowed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a symbolic link needs a privilege on Windows")
	}
	g := NewWithT(t)
	dir := t.TempDir()
	path, link := filepath.Join(dir, "a.json"), filepath.Join(dir, "link")
	g.Expect(os.WriteFile(path, []byte("old"), 0o666)).To(Succeed())
	g.Expect(os.Symlink("a.json", link)).To(Succeed())
	g.Expect(begin(t, link, example()).Finish(example())).To(Succeed())
	g.Expect(readBack(t, path).Complete).To(BeTrue())
	target, err := os.Readlink(link)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(target).To(Equal("a.json"))
}

// A directory that vanishes or is taken away during the run costs no trial.
func TestARecordingThatLosesItsPlaceIsRescued(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be removed on Windows")
	}
	g := NewWithT(t)
	dir, temp := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temp)
	path := filepath.Join(dir, "d", "a.json")
	g.Expect(os.Mkdir(filepath.Dir(path), 0o777)).To(Succeed())
	f := begin(t, path, example())
	g.Expect(os.RemoveAll(filepath.Dir(path))).To(Succeed())
	err := f.Finish(example())
	g.Expect(err).To(HaveOccurred())
	rescued := names(t, temp)
	g.Expect(rescued).To(HaveLen(1))
	g.Expect(err.Error()).
		To(And(HavePrefix(path), HaveSuffix("all of it is in "+filepath.Join(temp, rescued[0])), Not(ContainSubstring("\n"))))
	g.Expect(readBack(t, filepath.Join(temp, rescued[0])).Trials).To(HaveLen(2))
}

// A pipe gets each line as it comes.
func TestAPipeIsWrittenToDirectly(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("/dev/fd is looked at on Linux only")
	}
	g := NewWithT(t)
	r, w, err := os.Pipe()
	g.Expect(err).NotTo(HaveOccurred())
	path := fmt.Sprintf("/dev/fd/%d", w.Fd())
	g.Expect(begin(t, path, example()).Finish(example())).To(Succeed())
	g.Expect(w.Close()).To(Succeed())
	got, err := record.Read("pipe", r)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(got.Complete).To(BeTrue())
	g.Expect(strings.TrimSpace(written(t, got))).To(Equal(strings.TrimSpace(written(t, example()))))
}
