package boundary

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/suite/internal/record"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("boundary", title, func() {
	Behaviour("boundary.story.testcase", Observed,
		"A test case that is being run starts a child with one of its own methods; whether the child runs it, and who says that it cannot, is compared.",
		append([]Part{
			Role(record.RoleStory), On(ValueLaunchersOf("cpython")...), Cite(pickling),
			Matters("The test passes until the platform or its default changes, and then fails in a place that was never touched."),
			Seen("JSBSim-Team/jsbsim#35", "crate/crate-python#398", "chrisspen/django-chroniker#99"),
			Was("bnd.story.testcase"),
			Try(func(t *Trial) { handed(t, "running-testcase") }),
		}, remediesOf(kind{remedies: method})...)...)

	Behaviour("boundary.story.one-error", Should,
		"When the test case cannot be handed over there is one error: the caller's, which names the stream. No child prints another, and the target does not run.",
		Role(record.RoleStory), On(ValueLaunchersOf("cpython")...), Cite(pickling),
		Matters("On Windows the child is there before the value is pickled: its end of file is printed last and looks like the cause."),
		Seen("chrisspen/django-chroniker#99", "rsennrich/Bleualign#39", "novnc/websockify#145"),
		byChildFirst("the child's error", "EOFError: Ran out of input"),
		Was("bnd.story.one-error"),
		Try(func(t *Trial) {
			s := t.RunScenario("hand", "payload=running-testcase")
			if s.Text("parent") == "none" {
				t.NotApplicable("nothing is pickled at the start, and the child runs the method")
			}
			t.Observe("the parent's error", s.Text("parent")).To(ContainSubstring("TextIOWrapper"))
			t.Observe("the child", s.Text("child")).NotTo(Equal("ran"))
			t.Observe("the child's error", s.Text("child error")).To(BeEmpty())
		}))
})
