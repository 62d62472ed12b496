package boundary

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/fixtures/boundary"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

// count tells how often something occurs.
func count(all []string, what string) int {
	n := 0
	for _, s := range all {
		if s == what {
			n++
		}
	}
	return n
}

// distinct lists what occurs, each once, in order.
func distinct(all []string) []string {
	set := map[string]bool{}
	for _, s := range all {
		set[s] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// each hands many streams, one behind the other, to one child, and returns what
// it did with each.
func each(t *Trial, streams [][]byte) []string {
	e := connected(t)
	if err := Send(e.Process, agent.ServeEach, agent.None{}); err != nil {
		t.Fail("the child did not come up: %v", err)
	}
	var all []byte
	for _, s := range streams {
		all = append(binary.BigEndian.AppendUint32(all, uint32(len(s))), s...)
	}
	e.write(true, all)
	served, err := Reply(e.Process, agent.ServeEach)
	if err != nil || len(served) != len(streams) {
		t.Fail("the child served %d streams of %d: %v", len(served), len(streams), err)
	}
	result := []string{}
	for _, s := range served {
		result = append(result, words(s))
	}
	return result
}

// streams are what children read values from: the stream that they are started
// with, and a channel.
var streams = table{
	"cpython/fork":  {"connection"},
	"cpython/spawn": {"start-up", "connection"},
	"node/advanced": {"channel"},
	"node/json":     {"channel"},
}

// damaged gives a child a damaged stream and checks what it does: ran, refused
// or ended.
func damaged(t *Trial, damage string, want types.GomegaMatcher) {
	through(t, streams, func(prefix string, s Scenario) {
		t.Observe(prefix+"the child with "+damage, s.Text("child")).To(want)
		if s.Text("child") != "ran" && s.Hung == "" {
			t.Observe(prefix+"its error with "+damage, s.Text("child error"))
			t.Observe(prefix+"its exit status with "+damage, s.Value("exit"))
		}
	}, "read", "damage="+damage)
}

const believed = "any length is trusted, and the reader waits for that much"

const endsItself = "a pickle marks its own end, and what follows is not read"

var cpythonBelievesLengths = all(
	ofCPython("connection: the child with foreign", "hang", believed, receiving.Link),
	ofCPython("connection: the child with huge-length-open", "hang", believed, receiving.Link),
	ofCPython("start-up: the child with huge-length-open", "hang", believed, pickleDocumentation.Link),
	ofCPython("connection: the child with negative-length", "hang",
		"from 3.8, -1 says that a length of eight bytes follows, and the reader waits for it", receiving.Link))

var picklesEndThemselves = all(
	ofCPython("start-up: the child with trailing", "ran", endsItself, pickleDocumentation.Link),
	ofCPython("connection: the child with trailing", "ran", endsItself, pickleDocumentation.Link))

var picklesHaveNoChecksum = all(
	ofCPython("start-up: every changed byte is noticed", false, "pickles have no checksum", pickleDocumentation.Link),
	ofCPython("connection: every changed byte is noticed", false, "pickles have no checksum", pickleDocumentation.Link))

const inPieces = "versions with nodejs/node#42931 and without nodejs/node#56106 never put together a length that " +
	"comes in two pieces"

var believesLengths = all(
	ofNode("channel: the child with foreign", "hang", anyLength, issueOfNode(61312)),
	ofNode("channel: the child with huge-length-open", "hang", anyLength, issueOfNode(61312)),
	ofNode("channel: the child with huge-length", "ended", "the beginning of a message is dropped at the end of the "+
		"channel", disconnection),
	ofNode("channel: the child with negative-length", "hang", anyLength, issueOfNode(61344)),
	ofNode("channel: the child with zero-length", "hang", "before Node.js 16 a message without a body is waited for",
		advancedSerialization.Link))

var checksNothing = ofNode("channel: every changed byte is noticed", false, "neither format has a checksum",
	advancedSerialization.Link)

var dropsTheTrail = ofNode("channel: the child with trailing", "ran",
	"what follows the last line end is the beginning of a message, and dropped at the end of the channel", disconnection)

var splitsLengths = all(
	ofNode("channel: the child with drip", "ended", inPieces, issueOfNode(55834)),
	ofNode("channel: the child with split-length", "ended", inPieces, issueOfNode(55834)))

var hasNoChecksum = ofPipes("every changed byte is noticed", false, "the format has no checksum")

var needsNoLineEnd = all(
	Diverges("Go", "parts that the target ran with", 1, "a JSON value is complete without the line end that the "+
		"encoder writes after it", "https://pkg.go.dev/encoding/json#Encoder.Encode"),
	Diverges("Perl", "parts that the target ran with", 1, "a JSON value is whole without its line end",
		"https://perldoc.perl.org/JSON::PP"))

var readsOneValue = ofPipes("the child with trailing", "ran",
	"a reader of one value leaves what follows it in the stream")

var waitsForAll = all(
	ofPipes("the child with huge-length-open", "hang", "a length is believed, and so many bytes are waited for"),
	ofPipes("the child with foreign", "hang", "the first bytes are taken for a length", "Erlang", "Go"),
	ofPipes("the child with negative-length", "hang", "a length has no sign", "Erlang"),
	ofPipes("the child with huge-length", "ended", partialPacket, "Erlang"),
	ofPipes("the child with foreign", "hang", "the magic number is compared once a whole header is there", "Perl"),
	ofPipes("the child with foreign", "hang", "the value is looked at once the stream has ended", "PHP"),
	ofPipes("the child with negative-length", "hang", "a length has no sign", "Perl"),
	ofPipes("the child with negative-length", "hang", "the value is looked at once the stream has ended", "PHP"))

var _ = Area("boundary", title, func() {
	Behaviour("boundary.read.header-without-body", Should,
		"A stream that ends after a header is an error; only a stream that ends where a message could begin is at its end.",
		On("cpython/fork"), Cite(receiving),
		Matters("EOFError says that the peer is done. When a peer that was killed after a header causes it too, a message "+
			"is lost without an error."),
		ofCPython("ends that are taken for the end of the stream", []int{0, 4},
			"between header and body recv finds nothing, and takes it for the end", receiving.Link),
		Was("bnd.read.header-without-body"),
		Try(func(t *Trial) {
			s := t.RunScenario("cut", "via=connection")
			t.Observe("ends that are taken for the end of the stream", s.Value("end of file at")).To(BeEquivalentTo([]any{0.0}))
		}))

	Behaviour("boundary.read.writer-killed-mid-message", Should,
		"When the writer is killed in the middle of a message, a reader with a time limit returns.",
		On("cpython/fork", "cpython/spawn"),
		Cite(Document("Python multiprocessing.Queue.get",
			"https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Queue.get")),
		Matters("The time limit is for the first byte only: a consumer that sets one waits forever all the same."),
		Remedy("Give each producer a connection of its own, and close the producer's end in the consumer."),
		ofCPython("queue: the reader's error", "hang",
			"the reader waits for the rest of the message; it holds a write end itself, so no end of file comes",
			"https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process.terminate"),
		Was("bnd.read.writer-killed-mid-message"),
		Try(func(t *Trial) {
			for _, via := range []string{"connection", "queue"} {
				t.Observe(via+": the reader's error", t.RunScenario("unfinished", "via="+via).Text("parent")).To(anError)
			}
		}))

	Behaviour("boundary.read.mode-mismatch", Should,
		"A child refuses the bytes of another serialization than the one it was told, and the name of one it does not know.",
		On(serializations...), Cite(advancedSerialization),
		Matters("Taken for a length, the first bytes of a text mean two gigabytes, and the child waits for them forever."),
		Remedy("Start children that are not forked with the NODE_CHANNEL_SERIALIZATION_MODE that their parent uses."),
		Seen("oven-sh/bun#41791"),
		ofNode("the child with the bytes of another serialization", "hang",
			"the first bytes of a text are taken for a length, and a frame is taken for a line whose end is yet to come",
			"https://github.com/oven-sh/bun/pull/41791"),
		Was("bnd.read.mode-mismatch"),
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

	Behaviour("boundary.read.cut-every-offset", Should,
		"The target does not run for a stream that ends before the last byte of a frame, at whichever byte it ends.",
		Matters("A child that acts on a part of a value acts on a value that was never sent."),
		needsNoLineEnd,
		Diverges("Lua", "parts that the target ran with", 3, "a chunk of nothing and a return without values are whole, "+
			"and give nil",
			"https://www.lua.org/manual/5.4/manual.html#3.3.2"),
		ViaDriver(func(t *Trial) {
			through(t, streams, func(prefix string, s Scenario) {
				bytes, _ := s.Value("bytes").(float64)
				ran, _ := s.Value("ran at").([]any)
				parts := slices.DeleteFunc(slices.Clone(ran), func(k any) bool { return k == bytes })
				t.Observe(prefix+"parts that the target ran with", len(parts)).To(BeZero())
				t.Observe(prefix+"it ran with the whole", len(ran)-len(parts)).To(Equal(1))
				outcomes, _ := s.Value("outcomes").(map[string]any)
				t.Observe(prefix+"what children did with a part", slices.Sorted(maps.Keys(outcomes)))
				t.Measure(prefix+"parts", bytes, "bytes")
			}, "cut")
		}),
		Was("bnd.read.cut-every-offset"),
		Try(func(t *Trial) {
			for _, c := range codecs {
				f := frame(t, c, small)
				var cuts [][]byte
				for k := range len(f) + 1 {
					cuts = append(cuts, f[:k])
				}
				all := each(t, cuts)
				t.Observe(c.String()+": nothing", all[0]).To(Equal("read: EOF"))
				t.Observe(c.String()+": every other part",
					distinct(all[1:len(f)])).To(Equal([]string{refused(boundary.ErrTruncated)}))
				t.Observe(c.String()+": the whole", all[len(f)]).To(Equal(taken))
			}
		}))

	Behaviour("boundary.read.clean-eof-vs-truncated", Should,
		"A child distinguishes a stream that ends between frames from one that ends inside a frame, or between its header "+
			"and its body.",
		Matters("The first comes from a parent that is done, the second from one that was cut off."),
		ViaDriver(func(t *Trial) {
			damaged(t, "nothing", BeElementOf("refused", "ended"))
		}),
		Was("bnd.read.clean-eof-vs-truncated"),
		Try(func(t *Trial) {
			f := frame(t, boundary.Gob, small)
			for _, at := range []struct {
				name string
				k    int
				want string
			}{
				{"before the first byte", 0, "read: EOF"},
				{"in the header", 3, refused(boundary.ErrTruncated)},
				{"between header and body", boundary.HeaderSize, refused(boundary.ErrTruncated)},
				{"before the last byte", len(f) - 1, refused(boundary.ErrTruncated)},
			} {
				e := serving(t)
				e.write(true, f[:at.k])
				t.Observe("an end "+at.name, e.served()).To(Equal(at.want))
			}
		}))

	Behaviour("boundary.read.split-anywhere", Should,
		"A frame arrives whole however it is split: byte by byte, or inside its length.",
		Matters("A reader that takes the result of one read for a whole length stalls forever, without an error."),
		Seen("nodejs/node#42931"),
		splitsLengths,
		ViaDriver(func(t *Trial) {
			damaged(t, "drip", Equal("ran"))
			damaged(t, "split-length", Equal("ran"))
		}),
		Was("bnd.read.split-anywhere"),
		Try(func(t *Trial) {
			for _, c := range codecs {
				f := frame(t, c, small)
				var bytewise [][]byte
				for i := range f {
					bytewise = append(bytewise, f[i:i+1])
				}
				e := serving(t)
				e.write(true, bytewise...)
				t.Observe(c.String()+": byte by byte", e.served()).To(Equal(taken))
				e = serving(t)
				e.write(true, f[:8], f[8:])
				t.Observe(c.String()+": split in the length", e.served()).To(Equal(taken))
			}
		}))

	Behaviour("boundary.read.oversized-length", Should,
		"A length beyond the limit is refused as soon as the header is read, although the parent is alive and nothing "+
			"follows.",
		Subject("a huge length"),
		Matters("A reader that trusts the length allocates that much memory, or waits forever."),
		Seen("nodejs/node#61312"),
		On(System),
		believesLengths, cpythonBelievesLengths,
		waitsForAll,
		ViaDriver(func(t *Trial) {
			damaged(t, "huge-length-open", Equal("refused"))
			damaged(t, "huge-length", Equal("refused"))
		}),
		Was("bnd.read.oversized-length"),
		Try(func(t *Trial) {
			f := frame(t, boundary.Gob, small)
			for _, length := range []uint32{boundary.Limit + 1, 1<<31 - 1} {
				e := serving(t)
				e.write(false, boundary.WithLength(f, length))
				t.Observe("a length of "+strconv.FormatUint(uint64(length), 10), e.served()).To(Equal(refused(boundary.ErrLength)))
			}
		}))

	Behaviour("boundary.read.negative-length", Should,
		"A length that a signed reader would take for negative is refused.",
		Matters("Taken as signed it is an empty message; taken as unsigned, the reader waits forever."),
		Seen("nodejs/node#61344"),
		On(System),
		believesLengths, cpythonBelievesLengths,
		waitsForAll,
		ViaDriver(func(t *Trial) {
			damaged(t, "negative-length", Equal("refused"))
		}),
		Was("bnd.read.negative-length"),
		Try(func(t *Trial) {
			f := frame(t, boundary.Gob, small)
			for _, length := range []int32{-1, -2, -1 << 31} {
				e := serving(t)
				e.write(false, boundary.WithLength(f, uint32(length)))
				t.Observe("a length of "+strconv.Itoa(int(length)), e.served()).To(Equal(refused(boundary.ErrLength)))
			}
		}))

	Behaviour("boundary.read.zero-length", Should,
		"A frame without a body is an error, neither a value nor the end of the stream.",
		On(System),
		Matters("Taken for the end of the stream, an empty frame ends a worker without an error."),
		believesLengths,
		ViaDriver(func(t *Trial) {
			damaged(t, "zero-length", Equal("refused"))
		}),
		Was("bnd.read.zero-length"),
		Try(func(t *Trial) {
			all := each(t,
				[][]byte{boundary.Frame(boundary.Gob, nil), boundary.Frame(boundary.JSON, nil),
					boundary.WithLength(frame(t, boundary.Gob, small), 0)})
			t.Observe("gob, no body", all[0]).To(Equal(refused(boundary.ErrPayload)))
			t.Observe("json, no body", all[1]).To(Equal(refused(boundary.ErrPayload)))
			t.Observe("a body that the length denies", all[2]).To(Equal(refused(boundary.ErrDamaged)))
		}))

	Behaviour("boundary.read.wrong-length", Should,
		"A length that is one too long or one too short is refused.",
		On(System),
		Matters("A reader that trusts a wrong length takes the first bytes of the next frame for the last of this one, "+
			"and loses the framing."),
		Was("bnd.read.wrong-length"),
		Try(func(t *Trial) {
			for _, c := range codecs {
				f := frame(t, c, small)
				body := uint32(len(f) - boundary.HeaderSize)
				all := each(t, [][]byte{boundary.WithLength(f, body+1), boundary.WithLength(f, body-1)})
				t.Observe(c.String()+": one too long", all[0]).To(Equal(refused(boundary.ErrTruncated)))
				t.Observe(c.String()+": one too short", all[1]).To(Equal(refused(boundary.ErrDamaged)))
			}
		}))

	Behaviour("boundary.read.trailing-garbage", Should,
		"Bytes after the only frame of a stream are an error, and the target does not run.",
		Matters("Otherwise a second writer, or a value written twice, goes unnoticed."),
		On(System),
		dropsTheTrail, picklesEndThemselves,
		readsOneValue,
		ViaDriver(func(t *Trial) {
			damaged(t, "trailing", Equal("refused"))
		}),
		Was("bnd.read.trailing-garbage"),
		Try(func(t *Trial) {
			for _, c := range codecs {
				f := frame(t, c, small)
				body := f[boundary.HeaderSize:]
				all := each(t, [][]byte{
					append(bytes.Clone(f), 0),
					append(bytes.Clone(f), f...),
					append(bytes.Clone(f), make([]byte, 100000)...),
					boundary.Frame(c, append(bytes.Clone(body), 0)),
				})
				t.Observe(c.String()+": bytes after the frame",
					distinct(all[:3])).To(Equal([]string{refused(boundary.ErrTrailing)}))
				t.Observe(c.String()+": bytes inside the frame", all[3]).To(Equal(refused(boundary.ErrPayload)))
			}
		}))

	Behaviour("boundary.read.foreign-bytes", Should,
		"Bytes that do not begin with the magic number are refused at once, although the parent is alive.",
		Matters("Otherwise a stray print on the channel is taken for a length of a gigabyte, and the reader waits for "+
			"that much."),
		On(System),
		believesLengths, cpythonBelievesLengths,
		waitsForAll,
		ViaDriver(func(t *Trial) {
			damaged(t, "foreign", Equal("refused"))
		}),
		Was("bnd.read.foreign-bytes"),
		Try(func(t *Trial) {
			for _, text := range []string{"hello\n", "GET / HTTP/1.1\r\n\r\n", "\x00\x00\x00\x00\x00"} {
				e := serving(t)
				e.write(false, []byte(text))
				t.Observe(strconv.Quote(text), e.served()).To(Equal(refused(boundary.ErrForeign)))
			}
		}))

	Behaviour("boundary.read.wrong-type", Should,
		"A frame that is whole and holds a value of another type is refused, and the target does not run.",
		On(System),
		Matters("Two versions of a program may disagree about what they exchange; one that guesses acts on a value that "+
			"was never sent."),
		ViaDriver(func(t *Trial) {
			damaged(t, "wrong-type", Equal("refused"))
		}),
		Was("bnd.read.wrong-type"),
		Try(func(t *Trial) {
			for _, c := range codecs {
				f, err := boundary.Encode(c, "text")
				t.NoError(err)
				t.Observe(c.String(), each(t, [][]byte{f})[0]).To(Equal(refused(boundary.ErrPayload)))
			}
		}))

	Behaviour("boundary.read.corrupt-byte", Should,
		"A frame with any one bit flipped is refused before the target runs.",
		Matters("Without a checksum about half of all damaged values are accepted."),
		checksNothing, picklesHaveNoChecksum,
		hasNoChecksum,
		ViaDriver(func(t *Trial) {
			through(t, streams, func(prefix string, s Scenario) {
				ran, counted := s.Value("ran").(float64)
				t.Observe(prefix+"every changed byte is noticed", counted && ran == 0).To(BeTrue())
				bytes, _ := s.Value("bytes").(float64)
				t.Measure(prefix+"changed bytes", bytes, "bytes")
				t.Measure(prefix+"runs of the target all the same", ran, "runs")
			}, "flip")
		}),
		Was("bnd.read.corrupt-byte"),
		Try(func(t *Trial) {
			for _, c := range codecs {
				f := frame(t, c, small)
				var flipped [][]byte
				for bit := range 8 * len(f) {
					flipped = append(flipped, boundary.Flipped(f, bit))
				}
				all := each(t, flipped)
				t.Observe(c.String()+": runs of the target", count(all, taken)).To(Equal(0))
				t.Observe(c.String()+": outcomes", distinct(all)).To(Equal(
					distinct([]string{refused(boundary.ErrForeign), refused(boundary.ErrVersion), refused(boundary.ErrDamaged)})))
			}
		}))

	Behaviour("boundary.read.corrupt-byte-unchecked", Observed,
		"Without a checksum, values with one bit flipped are accepted for some of the bits; the number of such bits "+
			"depends on the serialization.",
		On(System),
		Matters("A number that rises after an upgrade shows a decoder that checks less."),
		Remedy("Put a checksum around the value."), ProvedBy("boundary.read.corrupt-byte"),
		Was("bnd.read.corrupt-byte-unchecked"),
		Try(func(t *Trial) {
			for _, c := range codecs {
				body := frame(t, c, small)[boundary.HeaderSize:]
				var flipped [][]byte
				for bit := range 8 * len(body) {
					flipped = append(flipped, boundary.Frame(c, boundary.Flipped(body, bit)))
				}
				t.Observe(c.String()+": bits", len(flipped))
				t.Observe(c.String()+": taken for sound", count(each(t, flipped), taken))
			}
		}))

	Behaviour("boundary.read.partial-header-alive", Should,
		"After a part of a length from a parent that is alive, the child waits for the rest: the target does not run.",
		On(ValueLaunchers()...),
		Matters("A time limit on readiness is no time limit on a message: poll reports data, and the read that follows it "+
			"blocks."),
		Was("bnd.read.partial-header-alive"),
		Try(func(t *Trial) { damaged(t, "half-header", Not(Equal("ran"))) }))
})
