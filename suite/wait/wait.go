// Package wait is the area of how a child's end reaches its parent.
package wait

import (
	"strconv"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/child"
	. "github.com/spawnspec/spawnspec/suite/internal/behaviour"
)

var _ = Area("wait", "Waiting and exit status", func() {
	Behaviour("status.exit.low8", Must,
		"Only the low 8 bits of an exit value reach wait and waitpid: 256 becomes 0 and -1 becomes 255.",
		About(Unix), On(Every...),
		Cite(POSIX("_Exit"), POSIX("wait")),
		Matters("A program that leaves with a count of errors reports success at 256 of them."),
		Try(func(t *Trial) {
			for _, c := range []struct{ left, seen int }{{0, 0}, {1, 1}, {255, 255}, {256, 0}, {257, 1}, {-1, 255}} {
				t.Observe("exit value "+strconv.Itoa(c.left), t.Start(child.Exit(c.left)).Wait().String()).
					To(Equal("exit " + strconv.Itoa(c.seen)))
			}
		}))
})
