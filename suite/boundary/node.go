package boundary

import (
	"fmt"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/suite/internal/record"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// What Node.js says about its channels.
var (
	advancedSerialization = Document("Node.js child_process: advanced serialization",
		"https://nodejs.org/api/child_process.html#advanced-serialization")
	subprocessSend = Document("Node.js child_process: subprocess.send()",
		"https://nodejs.org/api/child_process.html#subprocesssendmessage-sendhandle-options-callback")
	forking = Document("Node.js child_process: child_process.fork()",
		"https://nodejs.org/api/child_process.html#child_processforkmodulepath-args-options")
	closeEvent = Document("Node.js child_process: event 'close'",
		"https://nodejs.org/api/child_process.html#event-close")
	rejections = Document("Node.js command line: --unhandled-rejections",
		"https://nodejs.org/api/cli.html#--unhandled-rejectionsmode")
)

// serializations are the launchers whose children read the channel differently.
var serializations = []string{"node/advanced", "node/json"}

// What is known of the channel, by what is seen of it.
var (
	startsFirst = all(
		ofNode("the child", "failed", "fork() starts the child; what send() refuses comes too late for that", forking.Link),
		ofNode("children behind it", 1, "the child waits for the next message", forking.Link))
	degrades = all(
		ofNode("arrived as something else", []string{"lambda", "text-file", "undefined", "not-a-number", "map"}, "JSON.stringify leaves out what it has no notation for, or writes something else", subprocessSend.Link),
		ofNode("arrived as something else", []string{"text-file"}, "objects arrive without their class, whatever it does", advancedSerialization.Link))
	callsBackAnyway = ofNode("the parent's error", "none", "when the child has gone, what is left of the message is dropped and the callback told of success", issueOfNode(6767))
	dropsTheRest    = all(
		ofNode("the child", "ended", "the beginning of a message is dropped at the end of the channel", disconnection),
		ofNode("the child's exit status", 0, "what the child is told is that its parent has disconnected", disconnection))
	believesLengths = all(
		ofNode("channel: the child with foreign", "hang", anyLength, issueOfNode(61312)),
		ofNode("channel: the child with huge-length-open", "hang", anyLength, issueOfNode(61312)),
		ofNode("channel: the child with huge-length", "ended", "the beginning of a message is dropped at the end of the channel", disconnection),
		ofNode("channel: the child with negative-length", "hang", anyLength, issueOfNode(61344)),
		ofNode("channel: the child with zero-length", "hang", "before Node.js 16 a message without a body is waited for", advancedSerialization.Link))
	splitsLengths = all(
		ofNode("channel: the child with drip", "ended", inPieces, issueOfNode(55834)),
		ofNode("channel: the child with split-length", "ended", inPieces, issueOfNode(55834)))
	dropsTheTrail = ofNode("channel: the child with trailing", "ran", "what follows the last line end is the beginning of a message, and dropped at the end of the channel", disconnection)
	checksNothing = ofNode("channel: every changed byte is noticed", false, "neither format has a checksum", advancedSerialization.Link)
	diesOfGarbage = all(
		ofNode("channel: the next job", "the parent has ended: exit 1", "a line that is no JSON is an exception that nothing can catch", issueOfNode(10131)),
		ofNode("channel: the caller learns of it", false, anyLength, issueOfNode(61312)),
		ofNode("channel: the next job", "not reached", anyLength, issueOfNode(61312)))
)

const (
	anyLength     = "the first four bytes are a length, whatever they are, and the rest is waited for"
	inPieces      = "versions with nodejs/node#42931 and without nodejs/node#56106 never put together a length that comes in two pieces"
	disconnection = "https://nodejs.org/api/process.html#event-disconnect"
)

func ofNode(observation string, value any, reason, link string) Part {
	return Diverges("Node.js", observation, value, reason, link)
}

func issueOfNode(number int) string {
	return fmt.Sprintf("https://github.com/nodejs/node/issues/%d", number)
}

// nodeChannel is about the channel between Node.js and its children.
func nodeChannel() {
	Behaviour("default.serialization", Observed,
		"The serialization of a channel whose owner names none is compared.",
		DefaultOf("serialization"), On("node/default"), Cite(forking),
		Matters("It decides which values arrive as what they are: JSON drops functions, empties maps and sets, and turns dates into texts."),
		Remedy("Name the serialization."), ProvedBy("bnd.remedy.name-the-serialization"),
		Try(func(t *Trial) { t.Observe("value", t.Default("serialization")) }))

	Behaviour("default.v8-format", Observed,
		"The version of the format that advanced serialization writes is compared.",
		DefaultOf("v8 format"), On("node/advanced"), Cite(advancedSerialization),
		Matters("An older Node.js refuses a format that it does not know, and dies of it; a newer one reads the older ones."),
		Remedy("Use JSON between processes of different versions."),
		Seen("nodejs/node#42192"),
		Try(func(t *Trial) { t.Observe("value", t.Default("v8-format")) }))

	Behaviour("default.unhandled-rejection", Observed,
		"What a rejected promise that nobody handles does to its process is compared.",
		DefaultOf("unhandled rejection"), On("node/default"), Cite(rejections),
		Matters("A child whose job fails in a promise ends with status 1, or goes on as if nothing had happened and its caller waits for ever."),
		Remedy("Handle rejections in the child, and answer with an error."),
		Seen("nodejs/node#33021"),
		Try(func(t *Trial) { t.Observe("value", t.Default("unhandled-rejection")) }))

	Behaviour("default.shell", Observed,
		"The shell of a caller who names none is compared.",
		DefaultOf("shell"), On("node/exec"), Cite(Document("Node.js child_process: shell requirements", "https://nodejs.org/api/child_process.html#shell-requirements")),
		Matters("Another shell reads the same command line in another way."),
		Try(func(t *Trial) { t.Observe("value", t.Default("shell")) }))

	Behaviour("bnd.remedy.name-the-serialization", Should,
		"With advanced serialization named, values that JSON has no notation for arrive as what they are.",
		Role(record.RoleRemedy), On("node/advanced"), Cite(advancedSerialization),
		Matters("With JSON they arrive as something else, and nobody says so."),
		Try(func(t *Trial) {
			for _, payload := range []string{"map", "set", "date", "regex", "big-number", "not-a-number", "undefined", "buffer", "cycle", "exception"} {
				t.Observe(payload+" works", works(t.RunScenario("hand", "payload="+payload))).To(BeTrue())
			}
		}))

	Behaviour("bnd.remedy.handle", Must,
		"A socket or a server that is given as the handle of a message arrives as one.",
		On(ValueLaunchersOf("node")...), Cite(subprocessSend),
		Matters("Inside a message it is a plain object, or an error."),
		Try(func(t *Trial) {
			for _, payload := range []string{"server", "socket"} {
				s := t.RunScenario("send", "payload="+payload, "via=handle")
				t.Observe("error with a "+payload, s.Text("parent")).To(Equal("none"))
				t.Observe("a "+payload+" works", works(s)).To(BeTrue())
			}
		}))

	Behaviour("bnd.read.mode-mismatch", Should,
		"A child that is told one serialization refuses the bytes of another one, and a name that it does not know.",
		On(serializations...), Cite(advancedSerialization),
		Matters("Read in the wrong way, the first bytes of a text are a length of two gigabytes, and the child waits for them for ever."),
		Remedy("Start children that are not forked with the NODE_CHANNEL_SERIALIZATION_MODE that their parent uses."),
		Seen("oven-sh/bun#41791"),
		ofNode("the child with the bytes of another serialization", "hang",
			"the first bytes of a text are taken for a length, and a frame is taken for a line whose end is yet to come", "https://github.com/oven-sh/bun/pull/41791"),
		Try(func(t *Trial) {
			other := map[string]string{"advanced": "json", "json": "advanced"}[t.Method()]
			for _, c := range []struct{ what, mode string }{
				{"the bytes of another serialization", other},
				{"a name that it does not know", "unknown"},
			} {
				s := t.RunScenario("mode-mismatch", "child="+c.mode)
				t.Observe("the child with "+c.what, s.Text("child")).To(Equal("refused"))
				if s.Hung == "" {
					t.Observe("its error with "+c.what, s.Text("child error"))
					t.Observe("its exit status with "+c.what, s.Value("exit")).NotTo(BeEquivalentTo(0))
				}
			}
		}))

	Behaviour("bnd.skew.v8", Should,
		"A message in a newer format than the child knows is refused, and the target does not run.",
		On("node/advanced"), Cite(advancedSerialization),
		Matters("Two versions of Node.js on one channel understand each other in one direction only."),
		Remedy("Use JSON between processes of different versions."),
		Seen("nodejs/node#42192", "denoland/deno#35118"),
		Try(func(t *Trial) {
			s := t.RunScenario("read", "damage=newer-format")
			t.Observe("the child", s.Text("child")).To(Equal("refused"))
			t.Observe("the child's error", s.Text("child error")).To(ContainSubstring("version"))
			t.Observe("the child's exit status", s.Value("exit")).To(BeEquivalentTo(1))
		}))

	Behaviour("bnd.write.epipe-reported-once", Must,
		"A message that cannot be sent because the child has gone is reported once: to the callback if there is one, else as an error event.",
		On(serializations...), Cite(subprocessSend),
		Matters("An error event that nobody listens for ends the parent; one that is reported twice ends it although the callback has dealt with it."),
		Remedy("Give every send a callback."),
		Seen("sindresorhus/execa#1088"),
		Try(func(t *Trial) {
			s := t.RunScenario("epipe-reported-once")
			once := []any{"Error: write EPIPE"}
			t.Observe("with a callback: the callback", s.Value("callback")).To(Equal(once))
			t.Observe("with a callback: events", s.Value("event beside it")).To(BeEmpty())
			t.Observe("without a callback: events", s.Value("event")).To(Equal(once))
		}))

	Behaviour("bnd.reply.exit-code-kept", Must,
		"What goes wrong in the channel does not hide the child's exit status.",
		On(serializations...), Cite(Document("Node.js child_process: event 'exit'", "https://nodejs.org/api/child_process.html#event-exit")),
		Matters("The status is often all that tells why there was no reply."),
		Try(func(t *Trial) {
			for _, c := range []struct {
				what, scenario, parameter string
				exit                      int
			}{
				{"ended before it read", "early", "size=large", 7},
				{"ended while its reply was written", "reply", "value=large-then-exit", 3},
				{"was killed inside its reply", "reply", "value=truncated", -9},
			} {
				t.Observe("exit status of a child that "+c.what, t.RunScenario(c.scenario, c.parameter).Value("exit")).To(BeEquivalentTo(c.exit))
			}
		}))

	Behaviour("bnd.reply.unhandled-rejection", Should,
		"A job that fails in a promise which nobody handles is an error for the caller, as any other error of the child.",
		On(serializations...), Cite(rejections),
		Matters("The child prints a warning and goes on; its caller waits for a reply that never comes."),
		Remedy("Run children with --unhandled-rejections=strict, or handle rejections and answer with an error."),
		Seen("nodejs/node#33021"),
		ofNode("the caller's error", "hang", "up to Node.js 14 such a rejection is a warning", "https://nodejs.org/api/cli.html#--unhandled-rejectionsmode"),
		Try(func(t *Trial) {
			s := t.RunScenario("reply", "value=rejection")
			if t.Observe("the caller's error", s.Text("parent")).To(anError) {
				t.Observe("the child's exit status", s.Value("exit")).To(BeEquivalentTo(1))
			}
		}))

	Behaviour("bnd.channel.environment", Observed,
		"Who finds the variables of a channel in its environment is compared: a child that is another program, what a child starts in turn, and Node.js behind a shell, which takes the channel for its own.",
		On(ValueLaunchersOf("node")...), Cite(forking),
		Matters("A program that passes its environment on but not its descriptors gives a later Node.js a channel that is not there, or somebody else's file."),
		Remedy("Leave NODE_CHANNEL_FD and NODE_CHANNEL_SERIALIZATION_MODE out of what is passed on."),
		Seen("openchamber/openchamber#2752", "oven-sh/bun#41739"),
		Try(func(t *Trial) {
			s := t.RunScenario("channel-env")
			for _, who := range []string{"other program", "child of the child", "behind a shell"} {
				t.Observe(who, s.Value(who))
			}
		}))

	Behaviour("bnd.channel.close-event", Must,
		"The close event comes after the end of the child and of its streams, whichever side has closed the channel.",
		On(serializations...), Cite(closeEvent),
		Matters("Who waits for close after disconnect() waits for ever, or the program ends in the middle, with status 0 and without a word."),
		Remedy("Wait for the exit event and for the end of the streams."),
		Seen("nodejs/node#19433", "nodejs/node#65646"),
		ofNode("events when the parent closes it", []string{"disconnect", "exit"},
			"close waits for an end of the channel that disconnect() keeps from being read", "https://github.com/nodejs/node/issues/19433"),
		Try(func(t *Trial) {
			for _, by := range []string{"child", "parent"} {
				t.Observe("events when the "+by+" closes it", t.RunScenario("disconnect", "by="+by).Value("events")).To(ContainElement("close"))
			}
		}))
}
