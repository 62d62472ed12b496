package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// outsider makes a directory with a driver that no binary has: that for Perl, by another
// name.
func outsider(t *testing.T, name string) string {
	t.Helper()
	if _, err := exec.LookPath("perl"); err != nil || runtime.GOOS == "windows" {
		t.Skip("the driver is one for Perl, and starts programs on Unix")
	}
	dir := filepath.Join(t.TempDir(), "driver")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "..", "fixtures", "runtimes", "perl"))); err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(dir, "manifest.json")
	content, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	named := strings.NewReplacer(`"name": "perl"`, `"name": "`+name+`"`, `"title": "Perl"`, `"title": "The runtime `+name+`"`).Replace(string(content))
	if err := os.WriteFile(manifest, []byte(named), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// command runs the command and returns what it prints and its exit code.
func command(t *testing.T, args ...string) (printed string, code int) {
	t.Helper()
	c := exec.Command(build(t), args...)
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), c.ProcessState.ExitCode()
}

// A driver from a directory is run as those of the binary are: its ways start programs,
// in a worker too, and hand over values.
func TestDriverFromADirectory(t *testing.T) {
	if testing.Short() {
		t.Skip("runs drivers")
	}
	t.Parallel()
	g := NewWithT(t)
	dir := outsider(t, "mine")
	recording := filepath.Join(t.TempDir(), "r.json")
	printed, code := command(t, "run", "--driver", dir, "--only", "runtime.start.as-asked", "--only", "inherit.snapshot.as-asked",
		"--only", "boundary.kind.class", "--only", "exec.error.enotdir", "--record", recording)
	g.Expect(code).To(BeZero(), printed)
	content, err := os.ReadFile(recording)
	g.Expect(err).NotTo(HaveOccurred())
	for _, trial := range []string{`"inherit.snapshot.as-asked","launcher":"mine/fork-exec","status":"pass"`,
		`"runtime.start.as-asked","launcher":"mine/system","status":"pass"`,
		`"boundary.kind.class","launcher":"mine/storable","status":"pass"`} {
		g.Expect(string(content)).To(ContainSubstring(trial))
	}
	g.Expect(string(content)).NotTo(ContainSubstring("go/os-exec"), "a launcher that was not asked for")

	printed, code = command(t, "list", "--driver", dir, "--launchers")
	g.Expect(code).To(BeZero(), printed)
	g.Expect(printed).To(ContainSubstring("mine/fork-exec, mine/pipe-open, mine/system"))

	printed, code = command(t, "run", "--driver", dir, "--launcher", "mine/system", "--launcher", "go/os-exec", "--only",
		"inherit.snapshot.as-asked")
	g.Expect(code).To(BeZero(), printed)
	g.Expect(printed).To(ContainSubstring("1 tried here in 2 trials"))
}

// A known difference is not red while it is seen, and stale when it is not.
func TestKnownDifferences(t *testing.T) {
	if testing.Short() {
		t.Skip("runs drivers")
	}
	t.Parallel()
	if _, err := exec.LookPath("env"); err != nil || runtime.GOOS != "linux" {
		t.Skip("the command is one of GNU")
	}
	g := NewWithT(t)
	known := filepath.Join(t.TempDir(), "known.json")
	pin := func(launcher, value string) {
		g.Expect(os.WriteFile(known, []byte(`{"known": [{"behaviour": "inherit.record.as-asked", "launcher": "`+launcher+
			`", "observation": "variables that were lost", "value": [`+value+`], "reason": "It is told to lose it.",
			"link": "https://www.gnu.org/software/coreutils/env"}]}`), 0o644)).To(Succeed())
	}
	run := func(more ...string) (string, int) {
		return command(t, append([]string{"run", "--wrap", "loses=env -u SPAWNSPEC_ONE", "--only", "inherit.snapshot.as-asked"}, more...)...)
	}
	printed, code := run()
	g.Expect(code).To(Equal(exitRed), printed)
	pin("wrap/loses", `"SPAWNSPEC_ONE"`)
	printed, code = run("--known", known)
	g.Expect(code).To(BeZero(), printed)
	g.Expect(printed).To(And(ContainSubstring("DIVERGES"), ContainSubstring("told to lose it.")))
	pin("wrap/*", `"SPAWNSPEC_TWO=2"`)
	printed, code = run("--known", known)
	g.Expect(code).To(Equal(exitRed), printed)
	g.Expect(printed).To(ContainSubstring("FAIL"))
	pin("wrap/*", `"SPAWNSPEC_ONE"`)
	printed, code = run("--known", known, "--wrap", "keeps=env")
	g.Expect(code).To(Equal(exitRed), printed)
	g.Expect(printed).To(And(ContainSubstring("STALE"), ContainSubstring("wrap/keeps no longer shows"), ContainSubstring("DIVERGES")))

	// The same in the manifest of a driver, whose versions are known.
	dir := outsider(t, "mine")
	manifest := filepath.Join(dir, "manifest.json")
	content, err := os.ReadFile(manifest)
	g.Expect(err).NotTo(HaveOccurred())
	for version, red := range map[string]int{"": exitRed, "5.*": exitRed, "4.*": 0} {
		g.Expect(os.WriteFile(manifest, []byte(strings.Replace(string(content), "{", `{"known": [{"behaviour": "inherit.snapshot.as-asked",
			"launcher": "mine/system", "observation": "variables that were lost", "value": ["NONE=1"], "reason": "r",
			"link": "https://example.org", "version": "`+version+`"}],`, 1)), 0o644)).To(Succeed())
		printed, code = command(t, "run", "--driver", dir, "--only", "inherit.snapshot.as-asked")
		g.Expect(code).To(Equal(red), printed)
		if red > 0 {
			g.Expect(printed).To(ContainSubstring("mine/system no longer shows"))
		}
	}
}

// What a check says, and how it ends.
func TestDriverCheck(t *testing.T) {
	if testing.Short() {
		t.Skip("runs drivers")
	}
	t.Parallel()
	g := NewWithT(t)
	dir := outsider(t, "mine")
	printed, code := command(t, "driver", "check", dir, "--only", "about", "--only", "identity", "--all")
	g.Expect(code).To(BeZero(), printed)
	g.Expect(printed).To(MatchRegexp(`(?m)^right    about$`))
	g.Expect(printed).To(ContainSubstring("The runtime mine 5."))

	// The first step of a new driver: it says what it is, and has an answer to nothing.
	g.Expect(os.WriteFile(filepath.Join(dir, "driver.pl"), []byte(`
		exit if $ARGV[0] ne 'about';
		open my $to, '>>', $ARGV[2];
		print $to qq({"version": "1", "ways": {"system": ""}}\n);`), 0o644)).To(Succeed())
	printed, code = command(t, "driver", "check", dir, "--only", "about", "--only", "launch", "--only", "cut")
	g.Expect(code).To(BeZero(), printed)
	g.Expect(printed).To(And(ContainSubstring(`missing  launch system: its driver has no answer to scenario launch`),
		ContainSubstring(`missing  cut json: its driver has no answer to scenario cut`), ContainSubstring(" 0 wrong")))
	printed, code = command(t, "run", "--driver", dir, "--only", "inherit.*", "--only", "boundary.kind.class")
	g.Expect(code).To(BeZero(), printed)

	// One that is wrong in every line, and prints why it fails.
	g.Expect(os.WriteFile(filepath.Join(dir, "driver.pl"), []byte(`
		open my $to, '>>', $ARGV[2];
		print $to qq({"version": "1", "ways": {"none": ""}, "missing": {"plian": ""}}\n) if $ARGV[0] eq 'about';
		print $to qq({"parent": 3}\n) if $ARGV[0] eq 'both';
		die "the \033[31mreason\n" if $ARGV[0] eq 'launch';
		print $to qq({"pid": 1}\n) if $ARGV[0] eq 'no-such-scenario';`), 0o644)).To(Succeed())
	printed, code = command(t, "driver", "check", dir, "--only", "about", "--only", "launch", "--only", "both")
	g.Expect(code).To(Equal(exitRed), printed)
	for _, line := range []string{`wrong    about: "ways" has "none", which is none of the manifest's ways, starts or exits`,
		`wrong    about: "missing" has "plian", which is no payload`,
		`wrong    a scenario that there is not: scenario no-such-scenario has no key "pid"`,
		`wrong    launch fork-exec: it ended with exit `, `it printed: "the `,
		`wrong    both json: "parent" must be a text, and is 3`} {
		g.Expect(printed).To(ContainSubstring(line))
	}
	g.Expect(printed).NotTo(ContainSubstring("\x1b"))

	// One that does not even say what it is.
	g.Expect(os.WriteFile(filepath.Join(dir, "driver.pl"), []byte(`exit`), 0o644)).To(Succeed())
	printed, code = command(t, "driver", "check", dir)
	g.Expect(code).To(Equal(exitRed), printed)
	g.Expect(printed).To(MatchRegexp(`^wrong    about: .*it wrote no observation`))
}
