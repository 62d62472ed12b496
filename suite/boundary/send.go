package boundary

import (
	"errors"
	"os"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/boundary"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// unserializable is a value that no codec takes: a channel, deep inside.
var unserializable = map[string]map[string]any{"outer": {"inner": make(chan int)}}

// channels are the ways to send a value to a child that is already there.
var channels = table{
	"cpython/fork":  {"connection", "queue", "simple-queue"},
	"cpython/spawn": {"connection", "queue", "simple-queue"},
	"node/advanced": {"channel"},
	"node/json":     {"channel"},
}

// refusedOnTheWay hands over a value that no serializer takes. Where it arrives
// as it was, nothing is serialized, and the sentence is about something else.
func refusedOnTheWay(t *Trial, payload string) Scenario {
	s := t.RunScenario("hand", "payload="+payload)
	if s.Text("child") == "ran" && s.Text("value") == "same" {
		t.NotApplicable("nothing is serialized: the child begins as a copy of its parent")
	}
	return s
}

const husk = "before 3.0, an open file is pickled as an object without a file, and without an error"

// Python 2's pickle takes an open file, and what arrives is none.
var picklesHusks = all(
	ofCPython("connection: the parent's error", "none", husk, pickleDocumentation.Link),
	ofCPython("simple-queue: the parent's error", "none", husk, pickleDocumentation.Link))

var degrades = all(
	ofNode("arrived as something else", []string{"lambda", "text-file", "undefined", "not-a-number", "map"},
		"JSON.stringify leaves out what it has no notation for, or writes something else", subprocessSend.Link),
	ofNode("arrived as something else", []string{"text-file"}, "objects arrive without their class, whatever it does",
		advancedSerialization.Link))

var startsFirst = all(
	ofNode("the child", "failed", "fork() starts the child; what send() refuses comes too late for that", forking.Link),
	ofNode("children left", 1, "the child waits for the next message", forking.Link))

var leavesOut = all(
	ofPipes("arrived as something else", []string{"text-file"}, "a file is a process; its identifier is sent, which "+
		"names another process in the child", "Erlang"),
	ofPipes("arrived as something else", []string{"lambda"}, "fields of a function or channel type are left out", "Go"),
	Diverges("Go", "arrived as something else", []string{"text-file"},
		"only exported fields are written, and an os.File has none", "https://pkg.go.dev/encoding/json#Marshal"),
	ofPipes("arrived as something else", []string{"text-file"}, "a resource is written as the number 0", "PHP"))

var overflows = ofPipes("the next value", "the parent has ended", "serialize recurses until the stack overflows", "PHP")

var pipeIsThereFirst = all(
	ofPipes("the child", "failed", "the child is started before the value is serialized"),
	ofPipes("children left", 1, "the child is started before the value is serialized"))

var writesAsItGoes = all(
	ofPipes("the next value", "java.io.EOFException", "what was written before the error stays in the stream, and the "+
		"exception after it, and the reader exits over it", "Java"),
	ofPipes("the next value", "Magic number checking on storable file failed",
		"what was written before the error stays in the stream", "Perl"))

var errStubborn = errors.New("this value does not want to leave")

// stubborn is a value whose serialization fails of its own accord.
type stubborn struct{}

func (stubborn) GobEncode() ([]byte, error) { return nil, errStubborn }

func (stubborn) MarshalJSON() ([]byte, error) { return nil, errStubborn }

var _ = Area("boundary", title, func() {
	Behaviour("boundary.send.error-in-parent", Should,
		"The call that hands over a value that cannot be serialized fails, with an error that names the type to blame.",
		Cite(pickling),
		Matters("An error that is raised in another thread or in the child cannot be caught by the caller."),
		Remedy("Serialize in the call that hands over, and let its error through."),
		Seen("northpowered/temporal-boost#24"),
		ViaDriver(func(t *Trial) {
			s := refusedOnTheWay(t, "unserializable")
			t.Observe("the parent's error", s.Text("parent")).To(anError)
		}),
		Was("bnd.send.error-in-parent"),
		Try(func(t *Trial) {
			for _, c := range codecs {
				err := boundary.Hand(c, unserializable, func(stdin *os.File) error {
					_, err := t.TryStart(Exit(0), Stdin(stdin))
					return err
				})
				t.Observe(c.String()+": the error", step(err)).To(Equal("parent: serialize"))
				t.Observe(c.String()+": its text", errors.Unwrap(err).Error()).To(ContainSubstring("chan int"))
			}
		}))

	Behaviour("boundary.send.no-child-left", Should,
		"A value that cannot be serialized starts no child at all.",
		Cite(pickling),
		Matters("A child that was started for nothing prints an error of its own, which hides the real one, and may be "+
			"left as a zombie."),
		Remedy("Serialize into memory before the child is created."),
		startsFirst, byChildFirst("the child", "failed"), byChildFirst("children left", 1),
		pipeIsThereFirst,
		ViaDriver(func(t *Trial) {
			s := refusedOnTheWay(t, "unserializable")
			t.Observe("the child", s.Text("child")).To(Equal("none"))
			if s.Has("children") {
				t.Observe("children left", s.Value("children")).To(BeEquivalentTo(0))
			}
			t.Observe("the next value", s.Text("again")).To(Equal("ran"))
			t.Observe("left running", s.Left).To(BeEmpty())
		}),
		Was("bnd.send.no-child-left"),
		Try(func(t *Trial) {
			for _, c := range codecs {
				started := 0
				start := func(stdin *os.File) error {
					started++
					_, err := t.TryStart(Agent(), Stdin(stdin))
					return err
				}
				_ = boundary.Hand(c, unserializable, start)
				t.Observe(c.String()+": children for such a value", started).To(Equal(0))
				t.ObserveError(c.String()+": the next value", boundary.Hand(c, small, start)).To(Equal("none"))
				t.Observe(c.String()+": children then", started).To(Equal(1))
			}
		}))

	Behaviour("boundary.send.child-first", Should,
		"Where the child is started before the value is serialized, a value that cannot be serialized is an error on both "+
			"sides: the parent's names the type, the child's only says that its input ended, and the target does not run.",
		Cite(pickling),
		Matters("The child's error is printed last and explains nothing: EOFError: Ran out of input from the child came "+
			"with a TypeError in the parent."),
		Remedy("Look at the parent's error; hand over from a runtime that serializes first."),
		ProvedBy("boundary.send.no-child-left"),
		Seen("chrisspen/django-chroniker#99", "rsennrich/Bleualign#39", "novnc/websockify#145"),
		Was("bnd.send.child-first"),
		Try(func(t *Trial) {
			for _, c := range codecs {
				e := serving(t)
				_, err := boundary.Encode(c, unserializable)
				t.Observe(c.String()+": the parent's error", err.Error()).To(ContainSubstring("chan int"))
				e.write(true)
				t.Observe(c.String()+": the child's error", e.served()).To(Equal("read: EOF"))
				e.Exit(1)
				t.Observe(c.String()+": the child's exit status", e.Wait().String()).To(Equal("exit 1"))
			}
		}))

	Behaviour("boundary.send.channel-usable", Should,
		"After a value that could not be serialized the channel carries the next one whole: nothing of the first was "+
			"written.",
		Matters("Half a value left in the channel is taken for the beginning of the next one."),
		Remedy("Serialize into memory and write the result at once."),
		writesAsItGoes,
		picklesHusks,
		ofCPython("queue: the parent's error", "none", "put leaves the pickling to a thread, which prints the error and "+
			"drops the value",
			"https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Queue"),
		ViaDriver(func(t *Trial) {
			through(t, channels, func(prefix string, s Scenario) {
				t.Observe(prefix+"the parent's error", s.Text("parent")).To(anError)
				if s.Text("child") == "ran" {
					t.Observe(prefix+"what arrived all the same", s.Text("value"))
				}
				t.Observe(prefix+"the next value", s.Text("again")).To(Equal("ran"))
			}, "send", "payload=unserializable")
		}),
		Was("bnd.send.channel-usable"),
		Try(func(t *Trial) {
			for _, c := range codecs {
				e := serving(t)
				_, err := boundary.Encode(c, unserializable)
				t.Observe(c.String()+": the first is refused", err != nil).To(BeTrue())
				e.write(true, frame(t, c, small))
				t.Observe(c.String()+": with the second", e.served()).To(Equal(taken))
				e.Exit(0)
				digest, err := e.receive()
				t.ObserveError(c.String()+": error of the reply", err).To(Equal("none"))
				t.Observe(c.String()+": the child got", digest).To(Equal(small.Digest()))
			}
		}))

	Behaviour("boundary.send.user-error-passthrough", Should,
		"An error that a value's own serialization returns reaches the caller as the same error.",
		Cite(GoDoc("encoding/gob#GobEncoder"), GoDoc("encoding/json#Marshaler")),
		On(System),
		Matters("The message of the value's own code is the only hint at what is wrong with it."),
		ViaDriver(func(t *Trial) {
			s := refusedOnTheWay(t, "getstate-raises")
			t.Observe("the parent's error", s.Text("parent")).To(ContainSubstring("no luck"))
		}),
		Was("bnd.send.user-error-passthrough"),
		Try(func(t *Trial) {
			for _, c := range codecs {
				err := boundary.Hand(c, stubborn{}, func(*os.File) error { return nil })
				t.Observe(c.String()+": the error", step(err)).To(Equal("parent: serialize"))
				t.Observe(c.String()+": is the value's own", errors.Is(err, errStubborn)).To(BeTrue())
			}
		}))

	Behaviour("boundary.send.nested", Should,
		"A value that cannot be serialized is refused at any depth: alone, and inside another value.",
		On(ValueLaunchers()...),
		Matters("A check of the outermost value alone lets a half-serialized one through."),
		Was("bnd.send.nested"),
		Try(func(t *Trial) {
			alone, nested := t.RunScenario("hand", "payload=text-file"), t.RunScenario("hand", "payload=nested-file")
			t.Observe("works alone", alone.Text("parent") == "none")
			t.Observe("the same when nested", (alone.Text("parent") == "none") == (nested.Text("parent") == "none")).To(BeTrue())
			t.Observe("the parent's error when nested", nested.Text("parent"))
		}))

	Behaviour("boundary.send.deep", Should,
		"A value that is nested too deep for the serializer is an error for the caller, which can hand over the next value.",
		On(ValueLaunchers()...),
		Subject("lists in lists, 20000 deep"),
		Matters("A serializer that recurses without a limit overflows the stack and ends the parent."),
		overflows,
		Was("bnd.send.deep"),
		Try(func(t *Trial) {
			s := t.RunScenario("hand", "payload=deep")
			t.Observe("the parent's error", s.Text("parent")).To(Not(Equal("hang")))
			if s.Text("parent") != "none" {
				t.Observe("the next value", s.Text("again")).To(Equal("ran"))
			}
		}))

	Behaviour("boundary.send.silent-degradation", Should,
		"A value arrives unchanged or is refused: no part of it is left out or converted without an error.",
		Cite(GoDoc("encoding/gob"), GoDoc("encoding/json#Marshal")),
		On(System),
		Matters("The child works with another value than it was given, without an error on either side."),
		Remedy("Compare what was decoded with what was sent, once, in a test."),
		degrades,
		leavesOut,
		ViaDriver(func(t *Trial) {
			degraded, handed, why := []string{}, 0, ""
			for _, payload := range []string{"lambda", "text-file", "undefined", "not-a-number", "map"} {
				s := t.TryScenario("hand", "payload="+payload)
				if s.NotApplicable() != "" {
					why = s.NotApplicable()
					continue
				}
				handed++
				if s.Text("child") == "ran" && s.Text("value") != "same" {
					degraded = append(degraded, payload)
				}
			}
			if handed == 0 {
				t.NotApplicable(why)
			}
			t.Observe("arrived as something else", degraded).To(BeEmpty())
		}),
		Was("bnd.send.silent-degradation"),
		Try(func(t *Trial) {
			for _, c := range codecs {
				for _, v := range []struct {
					field string
					value any
				}{
					{"a channel field", struct{ Done chan int }{make(chan int)}},
					{"a function field", struct{ Call func() }{func() {}}},
					{"an unexported field", struct{ hidden int }{1}},
				} {
					_, err := boundary.Encode(c, v.value)
					t.Observe(c.String()+": "+v.field+" is refused", err != nil).To(BeTrue())
				}
			}
		}))
})
