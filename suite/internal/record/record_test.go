package record_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"unicode/utf16"

	. "github.com/onsi/gomega"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

func ptr[T any](v T) *T { return &v }

// example uses every field. It is not in canonical form: lists are nil, out of
// order, and values are of Go's own types.
func example() *record.Recording {
	return &record.Recording{
		Complete: true,
		Head: record.Head{
			Tool:     record.Tool{"spawnspec", "0.1.0"},
			Host:     []record.Fact{{Name: "os", Value: "linux"}, {Name: "hostname", Value: "h\xff", Volatile: true}},
			Features: []record.Feature{{Name: "pidfd", Answer: record.No, Detail: "function not implemented"}},
			Config:   record.Config{Deadline: "10s", Multiplier: 1.5, Seed: math.MaxInt64},
			Launchers: []record.Launcher{
				{Name: "go/os-exec", Version: "go1.26"},
				{
					Name:           "cpython/default",
					Version:        "3.9.16",
					Runtime:        "cpython",
					Default:        true,
					Implementation: "PyPy 7.3.11",
					Libc:           "glibc 2.36",
					Build:          "GCC 12.2.0",
					Path:           "/opt/pypy",
				},
				{Name: "win32/create-process", Note: "needs Windows"},
			},
		},
		Behaviours: []record.Behaviour{
			{
				ID:       "wait.code",
				Area:     "wait",
				Level:    record.Must,
				Role:     record.RoleDefault,
				Subject:  "exit code",
				Sentence: "The exit code comes back & is <whole>.",
			},
			{
				ID:       "exec.argv.empty",
				Area:     "exec",
				Level:    record.Observed,
				Sentence: "S.",
				Cites:    []record.Citation{{"POSIX exec", "https://example.org/exec"}},
				Matters:  "M.",
				Remedies: []record.Remedy{{Text: "R.", ProvedBy: "wait.code", For: []string{"cpython"}}, {Text: "Or."}},
				Seen:     []string{"golang/go#1"},
				Was:      []string{"exec.argv.none"},
			},
		},
		Trials: []record.Trial{
			{
				ID:       "wait.code",
				Launcher: "win32/create-process",
				Status:   record.NotApplicable,
				Reasons:  []string{"needs Windows", "bad \xfe"},
			},
			{ID: "wait.code", Launcher: "go/os-exec", Status: record.Pass, Reasons: []string{},
				Observations: []record.Observation{
					{Name: "code", Value: 7, Want: record.Want{"to equal", 7}, Held: ptr(true)},
					{Name: "big", Value: uint64(math.MaxUint64)},
					{Name: "half", Value: 0.5},
					{Name: "argv", Value: []string{"a", `C:\b`, "\xff\\"}},
					{Name: "error", Value: errors.New("no such file")},
					{Name: "nothing", Value: nil},
					{Name: "record", Value: map[string]any{"z": 1, "a": []byte("hi")}},
				},
				Divergences: []record.Divergence{
					{Implementation: "gVisor", Observation: "code", Value: 8, Reason: "R", Link: "https://example.org", Stale: true},
				},
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
	g.Expect(r.Trials[0].Observations[0].Want).To(Equal(record.Want{"to equal", int64(7)}))
	g.Expect(text).To(ContainSubstring(`"only":[]`))
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
const format1 = `{"format": 1, "tool": {"name": "spawnspec", "version": "0.1.0"}, "complete": true,
	"host": [], "features": [],
	"config": {"only": [], "deadline": "10s", "multiplier": 1, "seed": 1}, "launchers": [],
	"behaviours": [
		{"id": "a.b", "area": "a", "level": "should", "sentence": "S.", "cites": [], "remedy": "R.", "proves": "a.c"},
		{"id": "a.c", "area": "a", "level": "should", "sentence": "S.", "cites": []}]`

// format2 is one of format 2.
const format2 = `{"format": 2, "tool": {"name": "spawnspec", "version": "0.2.0"}, "complete": true,
	"host": [], "features": [],
	"config": {"only": [], "deadline": "10s", "multiplier": 1, "seed": 1},
	"launchers": [{"name": "cpython/default", "version": "3.14.0", "runtime": "cpython"},
		{"name": "go/os-exec", "version": "1"}],
	"behaviours": [{"id": "bnd.remedy.path", "area": "a", "level": "should", "sentence": "S.", "cites": []},
		{"id": "bnd.story.testcase", "area": "a", "level": "should", "sentence": "S.", "cites": [],
			"remedies": [{"text": "In Python: hand over the path."}, {"text": "R."}]},
		{"id": "default.start-method", "area": "a", "level": "observed", "sentence": "S.", "cites": []},
		{"id": "exec.argv", "area": "a", "level": "must", "sentence": "S.", "cites": []}],
	"trials": [{"id": "exec.argv", "launcher": "go/os-exec", "status": "pass",
		"observations": [{"name": "n", "value": 1, "want": "to equal 1", "held": true}]}]}`

// asLines makes the JSON Lines of a run that was killed of an object of format 1 or 2.
func asLines(text string) string {
	text = strings.Replace(strings.Join(strings.Fields(text), " "), `"complete": true, `, "", 1)
	head, trials, _ := strings.Cut(text, `, "trials": [`)
	if trials = strings.TrimSuffix(trials, "]}"); trials != "" {
		trials += "\n"
	}
	return head + "}\n" + trials
}

func TestEarlierFormatsAreBroughtIntoThisOne(t *testing.T) {
	first := format1 + `, "trials": []}`
	for name, text := range map[string]string{"object": first, "lines": asLines(first)} {
		g := NewWithT(t)
		r, err := record.Read(name, strings.NewReader(text))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(r.Format).To(Equal(record.Format))
		g.Expect(r.Complete).To(Equal(name == "object"))
		g.Expect(r.Behaviours[0].Remedies).To(Equal([]record.Remedy{{Text: "R.", ProvedBy: "a.c"}}))
		g.Expect(r.Behaviours[1].Remedies).To(BeNil())
		g.Expect(written(t, r)).To(And(HavePrefix(`{"format":3,`), ContainSubstring(`"proved_by":"a.c"`)))

		_, err = record.Read(name, strings.NewReader(strings.Replace(text, `"remedy": "R."`, `"remedies": []`, 1)))
		g.Expect(err).To(MatchError(ContainSubstring(`unknown field "remedies"`)))
	}
	for name, text := range map[string]string{"object": format2, "lines": asLines(format2),
		"lines with an end": asLines(format2) + `{"end":true,"trials":1}` + "\n"} {
		g := NewWithT(t)
		r, err := record.Read(name, strings.NewReader(text))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(r.Complete).To(Equal(name != "lines"))
		g.Expect(r.Launchers[0].Default).To(BeTrue())
		g.Expect(r.Launchers[1].Default).To(BeFalse())
		var roles []record.Role
		for _, b := range r.Behaviours {
			roles = append(roles, b.Role)
		}
		g.Expect(roles).To(Equal([]record.Role{record.RoleRemedy, record.RoleStory, record.RoleDefault, record.RoleNone}))
		g.Expect(r.Behaviours[2].Subject).To(Equal("start method"))
		g.Expect(r.Behaviours[1].Remedies).
			To(Equal([]record.Remedy{{Text: "Hand over the path.", For: []string{"cpython"}}, {Text: "R."}}))
		g.Expect(r.Trials[0].Observations[0].Want).To(Equal(record.Want{Matcher: "to equal 1"}))
	}
	for from, to := range map[string]string{
		`"area": "a", "level": "must"`: `"role": "story", "area": "a", "level": "must"`,
		`"text": "R."`:                 `"text": "R.", "for": ["x"]`,
		`"name": "go/os-exec"`:         `"name": "go/os-exec", "libc": "musl"`,
		`"want": "to equal 1"`:         `"want": {"matcher": "to equal"}`,
	} {
		g := NewWithT(t)
		_, err := record.Read("a", strings.NewReader(strings.Replace(format2, from, to, 1)))
		g.Expect(err).To(MatchError(MatchRegexp(`^a:\d+:\d+: .*(unknown field|wrong type)`)), to)
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
	for _, text := range []string{written(t, example()),
		written(t, &record.Recording{Head: record.Head{Tool: record.Tool{Name: "spawnspec"}}})} {
		for line := range strings.Lines(text) {
			g.Expect(matches(t, s, line)).To(Succeed())
		}
	}
	lines := strings.SplitAfter(written(t, example()), "\n")
	for from, to := range map[string]string{`"status":"pass"`: `"status":"good"`, `"want"`: `"wont"`,
		`"trial"`: `"trail"`, `"matcher":"to equal",`: ``} {
		g.Expect(lines[3]).To(ContainSubstring(from))
		g.Expect(matches(t, s, strings.Replace(lines[3], from, to, 1))).NotTo(Succeed(), to)
	}
	g.Expect(matches(t, s, strings.Replace(lines[0], `"format":3`, `"format":2`, 1))).NotTo(Succeed())
	g.Expect(matches(t, s, strings.Replace(lines[1], `"observed"`, `"perhaps"`, 1))).NotTo(Succeed())
}

func TestWriteRefusesWhatReadWouldRefuse(t *testing.T) {
	for name, damage := range map[string]func(*record.Recording){
		`trial 0 (wait.code @ win32/create-process): unknown status "good"`: func(r *record.Recording) {
			r.Trials[0].Status = "good"
		},
		`trial 1 (wait.code @ go/os-exec): recorded twice`: func(r *record.Recording) {
			r.Trials[0] = r.Trials[1]
		},
		`observation "code": not a finite number`: func(r *record.Recording) {
			r.Trials[1].Observations[0].Value = math.NaN()
		},
		`observation "big": observed twice`: func(r *record.Recording) {
			r.Trials[1].Observations[0].Name = "big"
		},
		`behaviour wait.code: declared twice`: func(r *record.Recording) {
			r.Behaviours[1].ID = "wait.code"
		},
		`behaviour wait.code: unknown level ""`: func(r *record.Recording) {
			r.Behaviours[0].Level = ""
		},
		`launcher "go os": only printable ASCII without spaces can be a name`: func(r *record.Recording) {
			r.Launchers[0].Name = "go os"
		},
		`behaviour wait.code: unknown role "hero"`: func(r *record.Recording) {
			r.Behaviours[0].Role = "hero"
		},
		`feature pidfd: unknown answer "maybe"`: func(r *record.Recording) {
			r.Features[0].Answer = "maybe"
		},
		`behaviour exec.argv.empty: a remedy without a text`: func(r *record.Recording) {
			r.Behaviours[1].Remedies[0].Text = ""
		},
		`the tool has no name`: func(r *record.Recording) {
			r.Tool.Name = ""
		},
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
	lines := strings.SplitAfter(good, "\n")
	for _, c := range []struct{ what, text, want string }{
		{"empty", "", `a.json: the file is empty: record again`},
		{"blank", " \n\n", `a.json: the file is empty: record again`},
		{"a mark alone", "\xff\xfe", `a.json: nothing but a byte order mark: restore the file or record again`},
		{"half a character", "\xff\xfe\x00", `a.json: UTF-16 that ends within a character (1 byte after its byte order mark): restore the file or record again`},
		{"NULs alone", strings.Repeat("\x00", 300), `a.json: 300 NUL bytes and nothing else, as a file has after a power cut: record again`},
		{"without its first line", strings.Join(lines[1:], ""), `a.json:1:1: the first line, which says what made the recording, is missing: restore the file or record again`},
		{"NULs after the end", good + strings.Repeat("\x00", 300), `: 300 NUL bytes after the end of the recording, as a file has after a power cut: cut them off, or record again`},
		{"half a line after the end", good + `{"tri`, `: the recording goes on after its end: restore the file or record again`},
		{"cut in its first line", lines[0][:40],
			`a.json:1:41: cut short in its first line, before the first trial: record again`},
		{"cut object", format1[:200], `cut short: record again`},
		{"damaged", swap(`"host":[`, `"host":[,`),
			`a.json:1:67: damaged JSON (invalid character ',' looking for beginning of value)`},
		{"damaged line", lines[0] + lines[1][:20] + "\n" + lines[2], `a.json:2:21: `},
		{"twice", good + good, `a.json:7:1: the recording goes on after its end`},
		{"no JSON", "MZ\x90", `a.json:1:1: damaged JSON`},
		{"foreign", `{"name": "x", "version": 3}`, `a.json:1:1: not a recording: give a file made by spawnspec run --record`},
		{"foreign list", `[1]`, `a.json:1:1: not a recording`},
		{"null", `null`, `a.json:1:1: not a recording`},
		{"foreign format", `{"format": "A4", "trials": []}`, `a.json:1:1: not a recording`},
		{"newer object", "{\n\"format\": 4, \"trials\": 7, \"shiny\": 1}",
			`a.json:1:1: made by a newer spawnspec (format 4; this one reads up to 3): update spawnspec`},
		{"newer lines", "{\"format\": 4}\n{}\n",
			`a.json:1:1: made by a newer spawnspec (format 4; this one reads up to 3): update spawnspec`},
		{"not in lines", strings.Replace(format2, `"format": 2`, `"format": 3`, 1),
			`a.json:1:1: not in JSON Lines, which format 3 is written in`},
		{"status", swap(`"status":"pass"`, `"status":"good"`),
			`a.json:4:10: trial 0 (wait.code @ go/os-exec): unknown status "good": restore`},
		{"duplicate", swap(`"launcher":"win32/create-process"`, `"launcher":"go/os-exec"`),
			`trial 1 (wait.code @ go/os-exec): recorded twice`},
		{"trial twice", strings.Join(lines[:4], "") + lines[3],
			`a.json:5:10: trial 1 (wait.code @ go/os-exec): recorded twice`},
		{"field of a trial", swap(`"status"`, `"statos"`),
			`a.json:4:52: trial 0 (wait.code @ go/os-exec): unknown field "statos"`},
		{"field in other case", swap(`"status"`, `"Status"`),
			`a.json:4:52: trial 0 (wait.code @ go/os-exec): unknown field "Status"`},
		{"field of the head", swap(`"config"`, `"cinfog"`), `a.json:1:1: "config" is missing`},
		{"one more field of the head", swap(`"config"`, `"cinfog":1,"config"`), `head: unknown field "cinfog"`},
		{"missing field", `{"format": 1, "trials": []}`, `a.json:1:1: "complete" is missing`},
		{"field twice", swap(`"host"`, `"format":1,"host"`), `a.json:1:59: "format" is given twice`},
		{"nested field twice", swap(`"status":"pass"`, `"status":"fail","status":"pass"`),
			`a.json:4:68: "status" is given twice`},
		{"key of a value twice", swap(`{"a":"6869"`, `{"a":1,"a":"6869"`), `"a" is given twice`},
		{"field twice in an object", strings.Replace(format2, `"value": 1,`, `"value": 1, "value": 2,`, 1),
			`"value" is given twice`},
		{"field in other case in an object", strings.Replace(format2, `"value": 1,`, `"Value": 1,`, 1),
			`unknown field "Value"`},
		{"behaviour", swap(`"id":"wait.code"`, `"id":"wait.cod"`),
			`trial 0 (wait.code @ go/os-exec): the behaviour "wait.code" is not declared`},
		{"proof of format 1", swap(`"seen":[`, `"proves":"wait.code","seen":[`), `behaviour: unknown field "proves"`},
		{"launcher", swap(`"launcher":"go/os-exec"`, `"launcher":"go/os"`), `the launcher "go/os" is not declared`},
		{"type", swap(`"held":true`, `"held":"yes"`),
			`trial 0 (wait.code @ go/os-exec): observations.held: wrong type (string)`},
		{"null", swap(`"status":"pass"`, `"status":null`), `trial 0 (wait.code @ go/os-exec): status: wrong type (null)`},
		{"fraction", swap(`"seed":9223372036854775807`, `"seed":1.5`), `head: config.seed: wrong type (number 1.5)`},
		{"trials", `{"format": 1, "complete": true, "tool": {"name": "a", "version": ""}, "host": [], "features": [], ` +
			`"config": {"only": [], "deadline": "", "multiplier": 1, "seed": 1}, ` +
			`"launchers": [], "behaviours": [], "trials": {}}`,
			`a.json:1:212: trials: not a list`},
		{"line with two members", lines[0] + `{"trial":{},"end":{}}` + "\n", `a.json:2:1: a line with more than one member`},
		{"line with no member", lines[0] + `{}` + "\n", `a.json:2:1: not a line of a recording`},
		{"line that is a list", lines[0] + `[]` + "\n", `a.json:2:1: not a line of a recording`},
		{"line of another kind", lines[0] + `{"trail":{}}` + "\n", `a.json:2:2: unknown field "trail"`},
		{"miscounted", strings.Join(lines[:4], "") + lines[5], `a.json:5:1: the recording has 1 trials, its end says 2`},
		{"end", lines[0] + `{"end":{"trails":0}}` + "\n", `a.json:2:9: end: unknown field "trails"`},
		{"UTF-8", swap(`POSIX`, "POSI\xff"), `invalid UTF-8 (byte 0xff)`},
		{"number", swap(`0.5`, `1e999`),
			`trial 0 (wait.code @ go/os-exec): observation "half": 1e999: not a number that fits`},
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

// What the redirection of PowerShell writes is read as what was written.
func TestByteOrderMarksAndUTF16AreUnderstood(t *testing.T) {
	good := written(t, example())
	crlf := strings.ReplaceAll(good, "\n", "\r\n")
	utf16With := func(order binary.AppendByteOrder) string {
		text := order.AppendUint16(nil, 0xfeff)
		for _, unit := range utf16.Encode([]rune(crlf)) {
			text = order.AppendUint16(text, unit)
		}
		return string(text)
	}
	for name, text := range map[string]string{"UTF-8": "\ufeff" + crlf,
		"UTF-16, little end first": utf16With(binary.LittleEndian), "UTF-16, big end first": utf16With(binary.BigEndian)} {
		g := NewWithT(t)
		r, err := record.Read("a.json", strings.NewReader(text))
		g.Expect(err).NotTo(HaveOccurred(), name)
		g.Expect(written(t, r)).To(Equal(good), name)
	}
}

func TestARecordingCutAnywhereKeepsItsWholeLines(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a recording many times")
	}
	g := NewWithT(t)
	text := written(t, example())
	headEnds := strings.Index(text, "\n")
	for n := range len(text) {
		r, err := record.Read("a.json", strings.NewReader(text[:n]))
		if n < headEnds {
			g.Expect(err).To(HaveOccurred(), "cut at %d", n)
			continue
		}
		g.Expect(err).NotTo(HaveOccurred(), "cut at %d", n)
		// A line is whole with its last brace; only its newline may be missing.
		whole := strings.Count(text[:n+1], "\n") - 1
		g.Expect(r.Behaviours).To(HaveLen(min(whole, 2)), "cut at %d", n)
		g.Expect(r.Trials).To(HaveLen(max(0, min(whole-2, 2))), "cut at %d", n)
		g.Expect(r.Complete).To(Equal(n == len(text)-1), "cut at %d", n)
	}
}

// counting counts Write calls.
type counting struct{ calls int }

func (c *counting) Write(p []byte) (int, error) { c.calls++; return len(p), nil }

func TestEachTrialIsOneWrite(t *testing.T) {
	g := NewWithT(t)
	var c counting
	w, err := record.NewWriter(&c, example())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(c.calls).To(Equal(1))
	g.Expect(w.Trial(example().Trials[0])).To(Succeed())
	g.Expect(c.calls).To(Equal(2))
	g.Expect(w.Trial(example().Trials[0])).To(MatchError(ContainSubstring("recorded twice")))
	g.Expect(c.calls).To(Equal(2))
	g.Expect(w.End()).To(Succeed())
	g.Expect(c.calls).To(Equal(3))
	g.Expect(w.Trial(example().Trials[1])).To(MatchError("the recording has ended"))
}

func FuzzRead(f *testing.F) {
	var lines bytes.Buffer
	if err := example().Write(&lines); err != nil {
		f.Fatal(err)
	}
	f.Add(lines.Bytes())
	f.Add(lines.Bytes()[:lines.Len()-9])
	f.Add([]byte(`{"format":3}`))
	f.Add([]byte(format1 + `, "trials": []}`))
	f.Add([]byte(format2))
	f.Add([]byte(asLines(format2)))
	f.Add([]byte("\xff\xfe{\x00"))
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
		{2.0, int64(2)}, {float32(0.5), 0.5}, {1e300, 1e300}, {math.MaxFloat64, math.MaxFloat64},
		{math.Copysign(0, -1), int64(0)},
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
