package boundary

import (
	. "github.com/onsi/gomega"

	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var closeEvent = Document("Node.js child_process: event 'close'",
	"https://nodejs.org/api/child_process.html#event-close")

var _ = Area("boundary", title, func() {
	Behaviour("boundary.channel.environment", Observed,
		"The environment variables of a channel reach the child, and may reach programs that the child starts and a "+
			"Node.js started through a shell, which takes the channel for its own.",
		On(ValueLaunchersOf("node")...), Cite(forking),
		Matters("A program that passes on its environment but not its descriptors gives a later Node.js a channel that "+
			"does not exist, or another file in its place."),
		Remedy("Leave NODE_CHANNEL_FD and NODE_CHANNEL_SERIALIZATION_MODE out of what is passed on."),
		Seen("openchamber/openchamber#2752", "oven-sh/bun#41739"),
		Was("bnd.channel.environment"),
		Try(func(t *Trial) {
			s := t.RunScenario("channel-env")
			for _, who := range []string{"other program", "child of the child", "behind a shell"} {
				t.Observe(who, s.Value(who))
			}
		}))

	Behaviour("boundary.channel.close-event", Must,
		"A ChildProcess of Node.js emits close after the child has exited and its streams have closed, whichever side has "+
			"closed the channel between them.",
		On(serializations...), Cite(closeEvent),
		Matters("A parent that waits for close after disconnect() waits forever, or exits with 0 in the middle of its "+
			"work without an error."),
		Remedy("Wait for the exit event and for the close event of each stream."),
		Seen("nodejs/node#19433", "nodejs/node#65646"),
		ofNode("events when the parent closes it", []string{"disconnect", "exit"},
			"close waits for an end of the channel that disconnect() keeps from being read",
			"https://github.com/nodejs/node/issues/65646"),
		Was("bnd.channel.close-event"),
		Try(func(t *Trial) {
			for _, by := range []string{"child", "parent"} {
				s := t.RunScenario("disconnect", "by="+by)
				if t.Observe("events when the "+by+" closes it", s.Value("events")).To(ContainElement("close")) {
					t.Observe("what comes before close when the "+by+" closes it", s.Value("before close")).
						To(BeEquivalentTo([]any{"exit", "end of standard error"}))
				}
			}
		}))
})
