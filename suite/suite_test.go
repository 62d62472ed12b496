package suite_test

import (
	"os"
	"strconv"
	"sync"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/suite"
	"github.com/spawnspec/spawnspec/suite/internal/behaviour"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

func TestSuite(t *testing.T) {
	RegisterFailHandler(Fail)
	suiteConfig, reporterConfig := GinkgoConfiguration()
	// In a parallel run Ginkgo would open pipes in the background to catch what
	// is printed; a trial that is looked at for leaks would be blamed for them.
	suiteConfig.OutputInterceptorMode = "none"
	RunSpecs(t, "spawnspec", suiteConfig, reporterConfig)
}

// SPAWNSPEC_SLOW multiplies every deadline, for slow machines and emulators.
func multiplier() float64 {
	if m, err := strconv.ParseFloat(os.Getenv("SPAWNSPEC_SLOW"), 64); err == nil && m > 0 {
		return m
	}
	return 1
}

var begin = sync.OnceValues(func() (*behaviour.Run, error) { return behaviour.Begin(multiplier()) })

var _ = BeforeSuite(func() { Expect(begin()).NotTo(BeNil()) })

var _ = AfterSuite(func() {
	if run, err := begin(); err == nil {
		Expect(run.End()).To(Succeed())
	}
})

// The specification, tried. A trial's record goes with the spec's report.
var _ = func() bool {
	pairs, err := behaviour.Selection{}.Pairs()
	if err == nil {
		err = suite.Check()
	}
	if err != nil {
		panic(err)
	}
	behaviour.Specs(pairs, func() *behaviour.Run {
		run, err := begin()
		Expect(err).NotTo(HaveOccurred())
		return run
	}, func(t record.Trial) {
		if t.Status.Ran() {
			AddReportEntry(t.Key(), t, ReportEntryVisibilityFailureOrVerbose)
		}
	})
	return true
}()
