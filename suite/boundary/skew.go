package boundary

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/boundary"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("boundary", title, func() {
	Behaviour("boundary.skew.v8", Should,
		"A message in a newer format than the child knows is refused, and the target does not run.",
		On("node/advanced"), Cite(advancedSerialization),
		Matters("Two versions of Node.js on one channel understand each other in one direction only."),
		Remedy("Use JSON between processes of different versions."),
		Seen("nodejs/node#42192", "denoland/deno#35118"),
		Was("bnd.skew.v8"),
		Try(func(t *Trial) {
			s := t.RunScenario("read", "damage=newer-format")
			t.Observe("the child", s.Text("child")).To(Equal("refused"))
			t.Observe("the child's error", s.Text("child error")).To(ContainSubstring("version"))
			t.Observe("the child's exit status", s.Value("exit")).To(BeEquivalentTo(1))
		}))

	Behaviour("boundary.skew.magic-first", Should,
		"A frame of another version is refused by its first bytes, before any field that the version may have changed.",
		Matters("Peers of two versions otherwise misread each other's lengths."),
		On(System),
		Was("bnd.skew.magic-first"),
		Try(func(t *Trial) {
			e := serving(t)
			e.write(false, boundary.WithVersion(frame(t, boundary.Gob, small), 2)[:5])
			t.Observe("the first bytes of another version", e.served()).To(Equal(refused(boundary.ErrVersion)))
		}))
})
