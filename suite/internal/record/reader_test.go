package record_test

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// What a Reader remembers makes no difference to what it reads: neither to
// recordings nor to the place of an error in one.
func TestAReaderReadsAsReadDoes(t *testing.T) {
	if testing.Short() {
		t.Skip("reads all recordings")
	}
	g := NewWithT(t)
	paths, err := filepath.Glob(filepath.Join("..", "..", "..", "fixtures", "recordings", "cpython-*.json"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(paths)).To(BeNumerically(">", 3))
	whole, err := os.ReadFile(paths[0])
	g.Expect(err).NotTo(HaveOccurred())
	lines := bytes.SplitAfter(whole, []byte("\n"))
	end := lines[len(lines)-2]
	for name, damaged := range map[string][]byte{
		"cut":         whole[:len(whole)-len(end)-7],
		"twice":       bytes.Join([][]byte{whole[:len(whole)-len(end)], lines[len(lines)-3], end}, nil),
		"undeclared":  bytes.Replace(whole, lines[2], nil, 1),
		"after-end":   append(bytes.Clone(whole), lines[len(lines)-3]...),
		"bad-json":    bytes.Replace(whole, []byte(`{"trial":`), []byte(`{"trial"`), 1),
		"wrong-count": bytes.Replace(whole, lines[len(lines)-3], nil, 1),
	} {
		path := filepath.Join(t.TempDir(), name+".json")
		g.Expect(os.WriteFile(path, damaged, 0o666)).To(Succeed())
		paths = append(paths, path)
	}
	var reader record.Reader
	var all sync.WaitGroup
	for range 2 {
		for _, path := range paths {
			all.Go(func() {
				got, err := reader.ReadFile(path)
				want, wanted := record.ReadFile(path)
				if wanted != nil {
					g.Expect(err).To(MatchError(wanted.Error()))
					return
				}
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(got).To(Equal(want), path)
			})
		}
	}
	all.Wait()
}
