package boundary

import (
	"bytes"
	"maps"
	"slices"
	"strconv"

	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/boundary"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

func reading() {
	Behaviour("bnd.read.cut-every-offset", Should,
		"A stream that ends before the last byte of a frame never runs the target, wherever it ends.",
		Matters("A child that acts on a part of a value acts on a value that nobody sent."),
		needsNoLineEnd,
		Diverges("Lua", "parts that the target ran with", 3, "a chunk of nothing and a return without values are whole, and give nil",
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
		Try(func(t *Trial) {
			for _, c := range codecs {
				f := frame(t, c, small)
				var cuts [][]byte
				for k := range len(f) + 1 {
					cuts = append(cuts, f[:k])
				}
				all := each(t, cuts)
				t.Observe(c.String()+": nothing", all[0]).To(Equal("read: EOF"))
				t.Observe(c.String()+": every other part", distinct(all[1:len(f)])).To(Equal([]string{refused(boundary.ErrTruncated)}))
				t.Observe(c.String()+": the whole", all[len(f)]).To(Equal(taken))
			}
		}))

	Behaviour("bnd.read.clean-eof-vs-truncated", Should,
		"A child tells a stream that ends between frames from one that ends inside, the place between header and body included.",
		Matters("Only the first is a parent that is done; the second is one that died."),
		ViaDriver(func(t *Trial) {
			damaged(t, "nothing", BeElementOf("refused", "ended"))
		}),
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

	Behaviour("bnd.read.split-anywhere", Should,
		"A frame arrives whole however it is split: byte by byte, inside the length, or the end of the stream later than its last byte.",
		Matters("A reader that takes what one read gives for a whole length stalls, silently and for ever."),
		Seen("nodejs/node#42931"),
		splitsLengths,
		ViaDriver(func(t *Trial) {
			damaged(t, "drip", Equal("ran"))
			damaged(t, "split-length", Equal("ran"))
		}),
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

	Behaviour("bnd.read.oversized-length", Should,
		"A length beyond the limit is refused when the header is there, although the parent is alive and nothing follows.",
		Matters("A reader that believes the length takes that much memory, or waits for ever."),
		Seen("nodejs/node#61312"),
		On(System),
		believesLengths, cpythonBelievesLengths,
		waitsForAll,
		ViaDriver(func(t *Trial) {
			damaged(t, "huge-length-open", Equal("refused"))
			damaged(t, "huge-length", Equal("refused"))
		}),
		Try(func(t *Trial) {
			f := frame(t, boundary.Gob, small)
			for _, length := range []uint32{boundary.Limit + 1, 1<<31 - 1} {
				e := serving(t)
				e.write(false, boundary.WithLength(f, length))
				t.Observe("a length of "+strconv.FormatUint(uint64(length), 10), e.served()).To(Equal(refused(boundary.ErrLength)))
			}
		}))

	Behaviour("bnd.read.negative-length", Should,
		"A length that a signed reader would take for negative is refused.",
		Matters("Taken for a small number it is an empty message; taken for a large one it is a wait for ever."),
		Seen("nodejs/node#61344"),
		On(System),
		believesLengths, cpythonBelievesLengths,
		waitsForAll,
		ViaDriver(func(t *Trial) {
			damaged(t, "negative-length", Equal("refused"))
		}),
		Try(func(t *Trial) {
			f := frame(t, boundary.Gob, small)
			for _, length := range []int32{-1, -2, -1 << 31} {
				e := serving(t)
				e.write(false, boundary.WithLength(f, uint32(length)))
				t.Observe("a length of "+strconv.Itoa(int(length)), e.served()).To(Equal(refused(boundary.ErrLength)))
			}
		}))

	Behaviour("bnd.read.zero-length", Should,
		"A frame without a body is an error of its own, neither a value nor the end of the stream.",
		On(System),
		Matters("Taken for the end of the stream, an empty frame ends a worker without a word."),
		believesLengths,
		ViaDriver(func(t *Trial) {
			damaged(t, "zero-length", Equal("refused"))
		}),
		Try(func(t *Trial) {
			all := each(t, [][]byte{boundary.Frame(boundary.Gob, nil), boundary.Frame(boundary.JSON, nil), boundary.WithLength(frame(t, boundary.Gob, small), 0)})
			t.Observe("gob, no body", all[0]).To(Equal(refused(boundary.ErrPayload)))
			t.Observe("json, no body", all[1]).To(Equal(refused(boundary.ErrPayload)))
			t.Observe("a body that the length denies", all[2]).To(Equal(refused(boundary.ErrDamaged)))
		}))

	Behaviour("bnd.read.wrong-length", Should,
		"A length that is one too long or one too short is refused.",
		On(System),
		Matters("A reader that believes a wrong length takes the next frame's first bytes for this one's last, and everything after it is garbage."),
		Try(func(t *Trial) {
			for _, c := range codecs {
				f := frame(t, c, small)
				body := uint32(len(f) - boundary.HeaderSize)
				all := each(t, [][]byte{boundary.WithLength(f, body+1), boundary.WithLength(f, body-1)})
				t.Observe(c.String()+": one too long", all[0]).To(Equal(refused(boundary.ErrTruncated)))
				t.Observe(c.String()+": one too short", all[1]).To(Equal(refused(boundary.ErrDamaged)))
			}
		}))

	Behaviour("bnd.read.trailing-garbage", Should,
		"Bytes behind the only frame of a stream are an error, and the target does not run.",
		Matters("Two writers, or one that writes twice, go unnoticed."),
		On(System),
		dropsTheTrail, picklesEndThemselves,
		readsOneValue,
		ViaDriver(func(t *Trial) {
			damaged(t, "trailing", Equal("refused"))
		}),
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
				t.Observe(c.String()+": behind the frame", distinct(all[:3])).To(Equal([]string{refused(boundary.ErrTrailing)}))
				t.Observe(c.String()+": inside the frame", all[3]).To(Equal(refused(boundary.ErrPayload)))
			}
		}))

	Behaviour("bnd.read.foreign-bytes", Should,
		"Bytes that are no frame are refused at the first of them, although the parent is alive.",
		Matters("Text on the channel, a stray print, is otherwise taken for a length of a gigabyte and waited for."),
		On(System),
		believesLengths, cpythonBelievesLengths,
		waitsForAll,
		ViaDriver(func(t *Trial) {
			damaged(t, "foreign", Equal("refused"))
		}),
		Try(func(t *Trial) {
			for _, text := range []string{"hello\n", "GET / HTTP/1.1\r\n\r\n", "\x00\x00\x00\x00\x00"} {
				e := serving(t)
				e.write(false, []byte(text))
				t.Observe(strconv.Quote(text), e.served()).To(Equal(refused(boundary.ErrForeign)))
			}
		}))

	Behaviour("bnd.skew.magic-first", Should,
		"A frame of another version is refused by its first bytes, before anything that the version may have changed is read.",
		Matters("Peers of two versions otherwise misread each other's lengths."),
		On(System),
		Try(func(t *Trial) {
			e := serving(t)
			e.write(false, boundary.WithVersion(frame(t, boundary.Gob, small), 2)[:5])
			t.Observe("the first bytes of another version", e.served()).To(Equal(refused(boundary.ErrVersion)))
		}))

	Behaviour("bnd.read.wrong-type", Should,
		"A frame that is whole and holds a value of another type is refused, and the target does not run.",
		On(System),
		Matters("Two versions of a program disagree about what they exchange; the one that guesses acts on a value nobody sent."),
		ViaDriver(func(t *Trial) {
			damaged(t, "wrong-type", Equal("refused"))
		}),
		Try(func(t *Trial) {
			for _, c := range codecs {
				f, err := boundary.Encode(c, "text")
				t.NoError(err)
				t.Observe(c.String(), each(t, [][]byte{f})[0]).To(Equal(refused(boundary.ErrPayload)))
			}
		}))

	Behaviour("bnd.read.corrupt-byte", Should,
		"A frame with one bit the other way round never runs the target, whichever bit it is.",
		Matters("Without a checksum about half of all damaged values are taken as if they were sound."),
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

	Behaviour("bnd.read.corrupt-byte-unchecked", Observed,
		"Without a checksum some values with one bit the other way round are taken for sound; for how many of a small value's bits that holds is compared.",
		On(System),
		Matters("A number that rises after an upgrade is a codec that has become less careful."),
		Remedy("Put a checksum around the value."), ProvedBy("bnd.read.corrupt-byte"),
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

	Behaviour("bnd.read.partial-header-alive", Should,
		"A part of a length and then nothing, from a parent that lives, is waited for and nothing else: the target does not run.",
		On(ValueLaunchers()...),
		Matters("A time limit on readiness is no time limit on a message: poll says that something is there, and the read behind it has no end."),
		Try(func(t *Trial) { damaged(t, "half-header", Not(Equal("ran"))) }))
}
