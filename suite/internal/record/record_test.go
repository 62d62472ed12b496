package record_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

func ptr[T any](v T) *T { return &v }

// example uses every field. It is not in canonical form: lists are nil, out of
// order, and values are of Go's own types.
func example() *record.Recording {
	return &record.Recording{
		Tool:     record.Tool{"spawnspec", "0.1.0"},
		Complete: true,
		Host:     []record.Fact{{Name: "os", Value: "linux"}, {Name: "hostname", Value: "h\xff", Volatile: true}},
		Features: []record.Feature{{Name: "pidfd", Answer: "no", Detail: "function not implemented"}},
		Config:   record.Config{Deadline: "10s", Multiplier: 1.5, Seed: math.MaxInt64},
		Launchers: []record.Launcher{
			{Name: "go/os-exec", Version: "go1.26"},
			{Name: "node/json", Version: "26.10.0", Runtime: "node"},
			{Name: "win32/create-process", Note: "needs Windows"},
		},
		Behaviours: []record.Behaviour{
			{ID: "wait.code", Area: "wait", Level: "must", Sentence: "The exit code comes back & is <whole>."},
			{ID: "exec.argv.empty", Area: "exec", Level: "observed", Sentence: "S.", Cites: []record.Citation{{"POSIX exec", "https://example.org/exec"}},
				Matters: "M.", Remedies: []record.Remedy{{"R.", "wait.code"}, {Text: "Or."}}, Seen: []string{"golang/go#1"}, Was: []string{"exec.argv.none"}},
		},
		Trials: []record.Trial{
			{ID: "wait.code", Launcher: "win32/create-process", Status: record.NotApplicable, Reasons: []string{"needs Windows", "bad \xfe"}},
			{ID: "wait.code", Launcher: "go/os-exec", Status: record.Pass, Reasons: []string{},
				Observations: []record.Observation{
					{Name: "code", Value: 7, Want: "to equal 7", Held: ptr(true)},
					{Name: "big", Value: uint64(math.MaxUint64)},
					{Name: "half", Value: 0.5},
					{Name: "argv", Value: []string{"a", `C:\b`, "\xff\\"}},
					{Name: "error", Value: errors.New("no such file")},
					{Name: "nothing", Value: nil},
					{Name: "record", Value: map[string]any{"z": 1, "a": []byte("hi")}},
				},
				Divergences:  []record.Divergence{{Implementation: "gVisor", Observation: "code", Value: 8, Reason: "R", Link: "https://example.org", Stale: true}},
				Measurements: []record.Measurement{{"time", 1.5, "ms"}}},
		},
	}
}

func written(t *testing.T, r *record.Recording) string {
	t.Helper()
	var b bytes.Buffer
	NewWithT(t).Expect(r.Write(&b)).To(Succeed())
	return b.String()
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	g := NewWithT(t)
	text := written(t, example())
	r, err := record.Read("a.json", strings.NewReader(text))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(written(t, r)).To(Equal(text))
	g.Expect(r.Behaviours[0].ID).To(Equal("exec.argv.empty"))
	g.Expect(r.Trials[0].Launcher).To(Equal("go/os-exec"))
	g.Expect(r.Trials[0].Observations[0].Value).To(Equal(int64(7)))
	g.Expect(r.Trials[0].Observations[1].Value).To(Equal("18446744073709551615"))
	g.Expect(r.Trials[0].Observations[3].Value).To(Equal([]any{"a", `C:\b`, `\xff\\`}))
	g.Expect(r.Trials[0].Observations[6].Value).To(Equal(map[string]any{"a": "6869", "z": int64(1)}))
	g.Expect(r.Config.Seed).To(Equal(int64(math.MaxInt64)))
	g.Expect(r.Host[1].Value).To(Equal(`h\xff`))
	g.Expect(text).To(ContainSubstring(`"only": []`))
	g.Expect(text).To(ContainSubstring(`& is <whole>`))
	g.Expect(text).NotTo(ContainSubstring("\r"))
	for i, o := range example().Trials[1].Observations {
		g.Expect(record.Equal(o.Value, r.Trials[0].Observations[i].Value)).To(BeTrue(), o.Name)
	}
}

func TestWriteDoesNotChangeTheRecording(t *testing.T) {
	r := example()
	written(t, r)
	NewWithT(t).Expect(r).To(Equal(example()))
}

// format1 is a recording of format 1 up to its trials.
const format1 = `{"format": 1, "tool": {"name": "spawnspec", "version": "0.1.0"}, "complete": true, "host": [], "features": [],
	"config": {"only": [], "deadline": "10s", "multiplier": 1, "seed": 1}, "launchers": [],
	"behaviours": [{"id": "a.b", "area": "a", "level": "should", "sentence": "S.", "cites": [], "remedy": "R.", "proves": "a.c"}, {"id": "a.c", "area": "a", "level": "should", "sentence": "S.", "cites": []}]`

func TestFormat1IsBroughtIntoThisOne(t *testing.T) {
	for name, text := range map[string]string{"recording": format1 + `, "trials": []}`, "stream": strings.NewReplacer("\n", "", `"complete": true, `, "").Replace(format1) + "}\n"} {
		g := NewWithT(t)
		r, err := record.Read(name, strings.NewReader(text))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(r.Format).To(Equal(record.Format))
		g.Expect(r.Behaviours[0].Remedies).To(Equal([]record.Remedy{{"R.", "a.c"}}))
		g.Expect(r.Behaviours[1].Remedies).To(BeNil())
		g.Expect(written(t, r)).To(And(ContainSubstring(`"format": 2`), ContainSubstring(`"proved_by": "a.c"`)))

		_, err = record.Read(name, strings.NewReader(strings.Replace(text, `"remedy": "R."`, `"remedies": []`, 1)))
		g.Expect(err).To(MatchError(ContainSubstring(`unknown field "remedies"`)))
	}
}

func schema(t *testing.T, pointer string) *jsonschema.Schema {
	t.Helper()
	g := NewWithT(t)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(record.Schema))
	g.Expect(err).NotTo(HaveOccurred())
	c := jsonschema.NewCompiler()
	g.Expect(c.AddResource("recording.json", doc)).To(Succeed())
	s, err := c.Compile("recording.json" + pointer)
	g.Expect(err).NotTo(HaveOccurred())
	return s
}

func matches(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return s.Validate(v)
}

func TestWhatIsWrittenFollowsTheSchema(t *testing.T) {
	g := NewWithT(t)
	s := schema(t, "")
	text := written(t, example())
	g.Expect(matches(t, s, text)).To(Succeed())
	g.Expect(matches(t, s, written(t, &record.Recording{Tool: record.Tool{Name: "spawnspec"}}))).To(Succeed())
	g.Expect(matches(t, s, strings.Replace(text, `"status": "pass"`, `"status": "good"`, 1))).NotTo(Succeed())
	g.Expect(matches(t, s, strings.Replace(text, `"want"`, `"wont"`, 1))).NotTo(Succeed())

	var b bytes.Buffer
	stream(t, &b, example())
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	g.Expect(lines).To(HaveLen(4))
	g.Expect(matches(t, schema(t, "#/$defs/head"), lines[0])).To(Succeed())
	g.Expect(matches(t, schema(t, "#/$defs/trial"), lines[1])).To(Succeed())
	g.Expect(matches(t, schema(t, "#/$defs/trial"), lines[2])).To(Succeed())
	g.Expect(matches(t, schema(t, "#/$defs/end"), lines[3])).To(Succeed())
}

func TestWriteRefusesWhatReadWouldRefuse(t *testing.T) {
	for name, damage := range map[string]func(*record.Recording){
		`trial 0 (wait.code @ win32/create-process): unknown status "good"`:   func(r *record.Recording) { r.Trials[0].Status = "good" },
		`trial 1 (wait.code @ go/os-exec): recorded twice`:                    func(r *record.Recording) { r.Trials[0] = r.Trials[1] },
		`observation "code": not a finite number`:                             func(r *record.Recording) { r.Trials[1].Observations[0].Value = math.NaN() },
		`observation "big": observed twice`:                                   func(r *record.Recording) { r.Trials[1].Observations[0].Name = "big" },
		`behaviour wait.code: declared twice`:                                 func(r *record.Recording) { r.Behaviours[1].ID = "wait.code" },
		`behaviour wait.code: unknown level ""`:                               func(r *record.Recording) { r.Behaviours[0].Level = "" },
		`launcher "go os": only printable ASCII without spaces can be a name`: func(r *record.Recording) { r.Launchers[0].Name = "go os" },
		`feature pidfd: unknown answer "maybe"`:                               func(r *record.Recording) { r.Features[0].Answer = "maybe" },
		`behaviour exec.argv.empty: a remedy without a text`:                  func(r *record.Recording) { r.Behaviours[1].Remedies[0].Text = "" },
		`the tool has no name`:                                                func(r *record.Recording) { r.Tool.Name = "" },
	} {
		r := example()
		damage(r)
		NewWithT(t).Expect(r.Write(&bytes.Buffer{})).To(MatchError(ContainSubstring(name)))
	}
}

func TestReadRefusesWithOneClearLine(t *testing.T) {
	good := written(t, example())
	swap := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the example has no %s", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for _, c := range []struct{ what, text, want string }{
		{"empty", "", `a.json: the file is empty: record again`},
		{"blank", " \n\n", `a.json: the file is empty: record again`},
		{"truncated", good[:len(good)/2], `cut short: record again, or read the stream of that run`},
		{"damaged", swap(`"host": [`, `"host": [,`), `a.json:8:12: damaged JSON (invalid character ',' looking for beginning of value)`},
		{"twice", good + good, `damaged JSON (invalid character '{' after top-level value)`},
		{"no JSON", "MZ\x90", `a.json:1:1: damaged JSON`},
		{"foreign", `{"name": "x", "version": 3}`, `a.json:1:1: not a recording: give a file made by spawnspec run --record`},
		{"foreign list", `[1]`, `a.json:1:1: not a recording`},
		{"null", `null`, `a.json:1:1: not a recording`},
		{"foreign format", `{"format": "A4", "trials": []}`, `a.json:1:1: not a recording`},
		{"newer", "{\n\"format\": 3, \"trials\": 7, \"shiny\": 1}", `a.json:1:1: made by a newer spawnspec (format 3; this one reads up to 2): update spawnspec`},
		{"newer stream", "{\"format\": 3}\n{}\n", `a.json:1:1: made by a newer spawnspec (format 3; this one reads up to 2): update spawnspec`},
		{"status", swap(`"status": "pass"`, `"status": "good"`), `trial 0 (wait.code @ go/os-exec): unknown status "good": restore`},
		{"duplicate", swap(`"launcher": "win32/create-process"`, `"launcher": "go/os-exec"`), `trial 1 (wait.code @ go/os-exec): recorded twice`},
		{"field of a trial", swap(`"status"`, `"statos"`), `trial 0 (wait.code @ go/os-exec): unknown field "statos"`},
		{"field", swap(`"config"`, `"cinfog"`), `unknown field "cinfog"`},
		{"missing field", `{"format": 1, "trials": []}`, `a.json:1:1: "tool" is missing`},
		{"field twice", swap(`"complete"`, `"format": 1, "complete"`), `"format" is given twice`},
		{"behaviour", swap(`"id": "wait.code"`, `"id": "wait.cod"`), `trial 0 (wait.code @ go/os-exec): the behaviour "wait.code" is not declared`},
		{"proof of format 1", swap(`"seen": [`, `"proves": "wait.code", "seen": [`), `a.json:1:1: behaviour exec.argv.empty: unknown field "proves"`},
		{"remedy of format 1", swap(`"remedies": [`, `"remedy": "R.", "remedies": [`), `a.json:1:1: behaviour exec.argv.empty: unknown field "remedy"`},
		{"launcher", swap(`"launcher": "go/os-exec"`, `"launcher": "go/os"`), `the launcher "go/os" is not declared`},
		{"type", swap(`"held": true`, `"held": "yes"`), `trial 0 (wait.code @ go/os-exec): observations.held: string is not what belongs here`},
		{"trials", `{"format": 1, "trials": {}}`, `a.json:1:25: trials: not a list`},
		{"UTF-8", swap(`POSIX`, "POSI\xff"), `invalid UTF-8 (byte 0xff)`},
		{"number", swap(`0.5`, `1e999`), `trial 0 (wait.code @ go/os-exec): observation "half": 1e999: not a number that fits`},
		{"deep value", swap(`0.5`, strings.Repeat("[", 40)+strings.Repeat("]", 40)), `nested more than 32 deep`},
		{"deep file", strings.Repeat("[", 1<<20), `exceeded max depth`},
	} {
		t.Run(c.what, func(t *testing.T) {
			g := NewWithT(t)
			r, err := record.Read("a.json", strings.NewReader(c.text))
			g.Expect(err).To(MatchError(ContainSubstring(c.want)))
			g.Expect(err.Error()).To(HavePrefix("a.json:"))
			g.Expect(err.Error()).NotTo(ContainSubstring("\n"))
			g.Expect(r).To(BeNil())
		})
	}
}

// stream writes r as a stream, in the order of its trials.
func stream(t *testing.T, b *bytes.Buffer, r *record.Recording) {
	t.Helper()
	g := NewWithT(t)
	s, err := record.NewStream(b, *r)
	g.Expect(err).NotTo(HaveOccurred())
	for _, trial := range r.Trials {
		g.Expect(s.Trial(trial)).To(Succeed())
	}
	g.Expect(s.End()).To(Succeed())
}

func TestStreamReadsLikeTheRecording(t *testing.T) {
	g := NewWithT(t)
	var b bytes.Buffer
	stream(t, &b, example())
	r, err := record.Read("a.jsonl", &b)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(written(t, r)).To(Equal(written(t, example())))
}

func TestStreamCutAnywhereKeepsItsWholeLines(t *testing.T) {
	g := NewWithT(t)
	var b bytes.Buffer
	stream(t, &b, example())
	text := b.String()
	headEnds := strings.Index(text, "\n")
	for n := range len(text) {
		r, err := record.Read("a.jsonl", strings.NewReader(text[:n]))
		if n < headEnds {
			g.Expect(err).To(HaveOccurred(), "cut at %d", n)
			continue
		}
		g.Expect(err).NotTo(HaveOccurred(), "cut at %d", n)
		// A line is whole with its last brace; only its newline may be missing.
		whole := strings.Count(text[:n+1], "\n") - 1
		g.Expect(r.Trials).To(HaveLen(min(whole, 2)), "cut at %d", n)
		g.Expect(r.Complete).To(Equal(n == len(text)-1), "cut at %d", n)
	}
}

func TestStreamRefusals(t *testing.T) {
	var b bytes.Buffer
	stream(t, &b, example())
	lines := strings.SplitAfter(b.String(), "\n")
	for _, c := range []struct{ what, text, want string }{
		{"damaged line", lines[0] + lines[1][:20] + "\n" + lines[2], `a.jsonl:2:21: `},
		{"trial twice", lines[0] + lines[1] + lines[1], `a.jsonl:3:1: trial 1 (wait.code @ win32/create-process): recorded twice`},
		{"miscounted", lines[0] + lines[1] + lines[3], `a.jsonl:3:1: the stream has 1 trials, its end says 2`},
		{"after the end", strings.Join(lines, "") + lines[1], `a.jsonl:5:1: the stream goes on after its end`},
		{"field", lines[0] + strings.Replace(lines[1], `"status"`, `"statos"`, 1), `a.jsonl:2:53: trial 0 (wait.code @ win32/create-process): unknown field "statos"`},
		{"end", lines[0] + `{"end":true,"trails":0}` + "\n", `unknown field "trails"`},
	} {
		_, err := record.Read("a.jsonl", strings.NewReader(c.text))
		NewWithT(t).Expect(err).To(MatchError(ContainSubstring(c.want)), c.what)
	}
}

// counting counts Write calls.
type counting struct{ calls int }

func (c *counting) Write(p []byte) (int, error) { c.calls++; return len(p), nil }

func TestStreamWritesEachLineWithOneCall(t *testing.T) {
	g := NewWithT(t)
	var c counting
	s, err := record.NewStream(&c, *example())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(c.calls).To(Equal(1))
	g.Expect(s.Trial(example().Trials[0])).To(Succeed())
	g.Expect(c.calls).To(Equal(2))
	g.Expect(s.Trial(example().Trials[0])).To(MatchError(ContainSubstring("recorded twice")))
	g.Expect(c.calls).To(Equal(2))
	g.Expect(s.End()).To(Succeed())
	g.Expect(c.calls).To(Equal(3))
	g.Expect(s.Trial(example().Trials[1])).To(MatchError("the stream has ended"))
}

func TestWriteFileReplacesWhole(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "a.json")
	g.Expect(record.WriteFile(path, example())).To(Succeed())

	bad := example()
	bad.Trials[0].Status = "good"
	g.Expect(record.WriteFile(path, bad)).To(MatchError(ContainSubstring("a.json: trial 0")))
	r, err := record.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(written(t, r)).To(Equal(written(t, example())))

	if runtime.GOOS != "windows" { // a symbolic link needs a privilege there
		link := filepath.Join(dir, "link")
		g.Expect(os.Symlink("a.json", link)).To(Succeed())
		r.Tool.Version = "0.2.0"
		g.Expect(record.WriteFile(link, r)).To(Succeed())
		r, err = record.ReadFile(path)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(r.Tool.Version).To(Equal("0.2.0"))
		g.Expect(os.Remove(link)).To(Succeed())
	}

	g.Expect(record.WriteFile(filepath.Join(dir, "none", "a.json"), r)).NotTo(Succeed())
	g.Expect(os.Mkdir(filepath.Join(dir, "d"), 0o777)).To(Succeed())
	g.Expect(record.WriteFile(filepath.Join(dir, "d"), r)).NotTo(Succeed())
	entries, err := os.ReadDir(dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(entries).To(HaveLen(2), "no temporary file stays")
}

func FuzzRead(f *testing.F) {
	var document, lines bytes.Buffer
	if err := example().Write(&document); err != nil {
		f.Fatal(err)
	}
	s, err := record.NewStream(&lines, *example())
	if err != nil {
		f.Fatal(err)
	}
	for _, t := range example().Trials {
		s.Trial(t)
	}
	s.End()
	f.Add(document.Bytes())
	f.Add(document.Bytes()[:document.Len()-9])
	f.Add(lines.Bytes())
	f.Add(lines.Bytes()[:lines.Len()-9])
	f.Add([]byte(`{"format":3}`))
	f.Add([]byte(format1 + `, "trials": []}`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := record.Read("f", bytes.NewReader(data))
		if err != nil {
			if r != nil || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%v\n%v", r, err)
			}
			return
		}
		again, err := record.Read("again", strings.NewReader(written(t, r)))
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		NewWithT(t).Expect(again).To(Equal(r))
	})
}

func TestNormalise(t *testing.T) {
	type name string
	type child struct {
		Argv   []string `json:"argv"`
		Code   int
		Skip   int `json:"-"`
		hidden int
	}
	var none *child
	var failed error
	for _, c := range []struct{ in, want any }{
		{nil, nil}, {none, nil}, {failed, nil},
		{true, true}, {int8(-3), int64(-3)}, {uintptr(3), int64(3)}, {uint64(1 << 63), "9223372036854775808"},
		{2.0, int64(2)}, {float32(0.5), 0.5}, {1e300, 1e300}, {math.MaxFloat64, math.MaxFloat64}, {math.Copysign(0, -1), int64(0)},
		{-0x1p63, int64(math.MinInt64)}, {0x1p63, 0x1p63},
		{json.Number("9223372036854775807"), int64(math.MaxInt64)}, {json.Number("1e2"), int64(100)},
		{name("é\x00"), "é\x00"}, {"a\xffb", `a\xffb`}, {`a\b`, `a\b`}, {"\\\xe2\x82", `\\\xe2\x82`}, {"\ufffd", "\ufffd"},
		{errors.New("no"), "no"}, {[]byte{0, 255}, "00ff"},
		{[]string(nil), []any{}}, {[2]int{1, 2}, []any{int64(1), int64(2)}},
		{map[name]error{"e": errors.New("no")}, map[string]any{"e": "no"}},
		{&child{Code: 1, hidden: 2}, map[string]any{"argv": []any{}, "Code": int64(1)}},
	} {
		g := NewWithT(t)
		got, err := record.Normalise(c.in)
		g.Expect(err).NotTo(HaveOccurred())
		if c.want == nil {
			g.Expect(got).To(BeNil())
		} else {
			g.Expect(got).To(Equal(c.want))
		}
		g.Expect(record.Equal(got, c.in)).To(BeTrue(), "the canonical form is its own")
		text, err := json.Marshal(got)
		g.Expect(err).NotTo(HaveOccurred())
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		var back any
		g.Expect(d.Decode(&back)).To(Succeed())
		g.Expect(record.Equal(back, got)).To(BeTrue(), "%s", text)
	}

	type loop struct{ Next *loop }
	self := &loop{}
	self.Next = self
	for _, bad := range []any{make(chan int), func() {}, math.NaN(), math.Inf(1), map[int]int{}, 1i, self,
		map[string]int{"\xff": 1, `\xff`: 2}} {
		_, err := record.Normalise(bad)
		NewWithT(t).Expect(err).To(HaveOccurred(), "%T", bad)
		NewWithT(t).Expect(record.Equal(bad, bad)).To(BeFalse())
	}
}
