package boundary

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/suite/internal/record"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("boundary", title, func() {
	Behaviour("boundary.story.testcase", Observed,
		"A running unittest.TestCase can hand one of its bound methods to a child if the start method is fork; elsewhere "+
			"the test case has to be pickled, which its runner's stream prevents.",
		append([]Part{
			Role(record.RoleStory), On(ValueLaunchersOf("cpython")...), Cite(pickling),
			Subject("a bound method of a running unittest.TestCase"),
			Matters("The test passes until the platform or its default start method changes, and then fails although its " +
				"code has not changed."),
			Seen("JSBSim-Team/jsbsim#35", "crate/crate-python#398", "chrisspen/django-chroniker#99"),
			Was("bnd.story.testcase"),
			Try(func(t *Trial) { handed(t, "running-testcase") }),
		}, remediesOf(kind{remedies: method})...)...)

	Behaviour("boundary.story.one-error", Should,
		"When the test case cannot be handed over there is one error, the caller's, which names the stream: no child "+
			"reports another error, and the target does not run.",
		Role(record.RoleStory), On(ValueLaunchersOf("cpython")...), Cite(pickling),
		Subject("a bound method of a running unittest.TestCase"),
		Matters("On Windows the child is started before the value is pickled: its EOFError is printed last and looks like "+
			"the cause."),
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
