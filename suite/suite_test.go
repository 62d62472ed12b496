package suite_test

import (
	"os"
	"regexp"
	"strconv"
	"sync"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/suite"
	"github.com/spawnspec/spawnspec/suite/internal/run"
	"github.com/spawnspec/spawnspec/suite/internal/run/specs"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
	"github.com/spawnspec/spawnspec/suite/internal/trial"
)

func TestSuite(t *testing.T) {
	RegisterFailHandler(Fail)
	suiteConfig, reporterConfig := GinkgoConfiguration()
	// In a parallel run Ginkgo would open pipes in the background to catch what
	// is printed; a trial that is looked at for leaks would be blamed for them.
	suiteConfig.OutputInterceptorMode = "none"
	if testing.Short() && suiteConfig.LabelFilter == "" {
		suiteConfig.LabelFilter = specs.Quick
	}
	RunSpecs(t, "spawnspec", suiteConfig, reporterConfig)
}

// SPAWNSPEC_SLOW multiplies every deadline, for slow machines and emulators.
func multiplier() float64 {
	if m, err := strconv.ParseFloat(os.Getenv("SPAWNSPEC_SLOW"), 64); err == nil && m > 0 {
		return m
	}
	return 1
}

// selection is everything that the suite tries by itself.
var selection = run.Selection{Runtimes: trial.NewRuntimes()}

var begin = sync.OnceValues(func() (*trial.Harness, error) { return trial.Begin(multiplier(), selection.Runtimes) })

var _ = BeforeSuite(func() { Expect(begin()).NotTo(BeNil()) })

var _ = AfterSuite(func() {
	if h, err := begin(); err == nil {
		Expect(h.End()).To(Succeed())
	}
})

// The specification, tried. What each saw goes with its report.
var _ = func() bool {
	if err := suite.Check(); err != nil {
		panic(err)
	}
	err := specs.Declare(selection, func() *trial.Harness {
		h, err := begin()
		Expect(err).NotTo(HaveOccurred())
		return h
	})
	if err != nil {
		panic(err)
	}
	return true
}()

// Every must has a row in the table of what promises it, and what checks it.
func TestEveryMustIsInTheTable(t *testing.T) {
	page, err := os.ReadFile("MUSTS.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	whole := regexp.MustCompile(`(?m)^\| ([a-z0-9.-]+\.[a-z0-9.-]+) \|(?: \S.*? \|){3}$`)
	for _, row := range whole.FindAllSubmatch(page, -1) {
		rows[string(row[1])] = true
	}
	for _, d := range spec.All() {
		if d.Level == spec.Must && !rows[d.ID] {
			t.Errorf("MUSTS.md has no whole row for %s", d.ID)
		}
		if d.Level == spec.Must {
			delete(rows, d.ID)
		}
	}
	for id := range rows {
		t.Errorf("MUSTS.md has a row for %s, which is no must", id)
	}
}
