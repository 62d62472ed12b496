// Package record is the recording of one run: its types, how it is written
// and how it is read back. It knows nothing of Ginkgo or of operating systems,
// so that a recording made anywhere can be read, compared and shown anywhere.
package record

import "strings"

// Format is the version of the recording this package writes. A reader accepts
// every format up to its own, brings what it reads into its own, and refuses a
// newer one by name; see upgrades for what each format changed.
const Format = 3

// Level is what stands behind a sentence.
type Level string

// The levels of a behaviour.
const (
	Must     Level = "must"     // a standard or the vendor's documentation promises it
	Should   Level = "should"   // this suite's contract for a good way to start processes
	Observed Level = "observed" // unspecified: recorded and compared, never failed
)

// Levels lists every level, the strongest first.
var Levels = []Level{Must, Should, Observed}

// Role says what a behaviour is to others. Most behaviours have none.
type Role string

// The roles of a behaviour.
const (
	RoleNone Role = ""
	// RoleDefault: it observes what a runtime does when it is not told; Subject
	// says what the default is of. A default that moved explains other findings.
	RoleDefault Role = "default"
	// RoleStory: it is a whole program as a user writes it, and comes before
	// what was taken apart to explain it.
	RoleStory Role = "story"
	// RoleRemedy: it tries what the remedies of other behaviours advise.
	RoleRemedy Role = "remedy"
)

// Roles lists every role.
var Roles = []Role{RoleNone, RoleDefault, RoleStory, RoleRemedy}

// Answer is what the probe of a feature found.
type Answer string

// The answers of a probe.
const (
	Yes   Answer = "yes"
	No    Answer = "no"    // the detail is the error
	Broke Answer = "broke" // the probe itself failed: it is not known
)

// Answers lists every answer.
var Answers = []Answer{Yes, No, Broke}

// Status says how a trial ended. The order of Statuses is from best to worst.
type Status string

// The statuses of a trial.
const (
	Pass          Status = "pass"           // every check held
	Diverges      Status = "diverges"       // a known, pinned difference of this implementation was seen
	NotApplicable Status = "not-applicable" // the sentence is not about this host or launcher
	Unmet         Status = "unmet"          // a precondition is missing here; Reasons lists every one
	Stale         Status = "stale"          // a pinned divergence is gone: the pin has to be removed
	Fail          Status = "fail"           // a check did not hold, or the subject hung
	Broken        Status = "broken"         // the harness itself went wrong; nothing excuses it
)

// Statuses lists every status, best first.
var Statuses = []Status{Pass, Diverges, NotApplicable, Unmet, Stale, Fail, Broken}

// Red reports whether a status makes a run fail.
func (s Status) Red() bool { return s == Stale || s == Fail || s == Broken }

// Ran reports whether a trial with this status was really tried.
func (s Status) Ran() bool { return s != NotApplicable && s != Unmet }

// Hang is the observed value of anything that did not end within its deadline.
const Hang = "hang"

// NotReached is the observed value of what could not be seen any more, because
// what comes before it did not end. It says nothing of the subject.
const NotReached = "not reached"

// Works is the name of the observation, true or false, that is the subject's
// plain answer whether it did what it was asked to. Where that is unspecified,
// its loss is no failure of the trial; between two recordings it is a regression.
const Works = "works"

// Recording is one run of the suite on one host.
type Recording struct {
	Head
	Complete   bool        // false when the run was cut short
	Behaviours []Behaviour // by id
	Trials     []Trial     // by key
}

// Head is the first line of a recording: who ran where, and how.
type Head struct {
	Format    int        `json:"format"`
	Tool      Tool       `json:"tool"`
	Host      []Fact     `json:"host"` // in the order a reader wants them
	Features  []Feature  `json:"features"`
	Config    Config     `json:"config"`
	Launchers []Launcher `json:"launchers"`
}

// Tool is the program that made the recording.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Fact is one probed property of the host, for example kernel.release.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// Volatile facts (a host name, free limits) are shown but never compared.
	Volatile bool `json:"volatile,omitempty"`
}

// Feature is the answer of a probe. Detail is the error or value it saw.
type Feature struct {
	Name   string `json:"name"`
	Answer Answer `json:"answer"`
	Detail string `json:"detail,omitempty"`
}

// Config is the configuration that took effect, defaults included.
type Config struct {
	Only       []string `json:"only"`       // the selection; empty means everything
	Deadline   string   `json:"deadline"`   // deadline of one trial, a Go duration
	Multiplier float64  `json:"multiplier"` // what every deadline was multiplied with
	Seed       int64    `json:"seed"`       // of the random order
}

// Launcher is a way to start a child, with the exact version of what it stands for.
type Launcher struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Runtime string `json:"runtime,omitempty"` // the runtime it belongs to; none for the suite's own
	// Default says that it names no method and leaves the choice to the runtime.
	Default bool `json:"default,omitempty"`
	// Implementation, Libc and Build say more than the version: which program
	// implements the language (CPython, PyPy), the C library it runs on with its
	// version, and how it was built. Each is empty when it is not known.
	Implementation string `json:"implementation,omitempty"`
	Libc           string `json:"libc,omitempty"`
	Build          string `json:"build,omitempty"`
	// Path is the interpreter that was asked for by path.
	Path string `json:"path,omitempty"`
	Note string `json:"note,omitempty"` // why it could not be used here
}

// Method returns the launcher of the same runtime that names a method, as
// cpython/fork does. It need not exist.
func (l Launcher) Method(name string) string { return l.Runtime + "/" + name }

// Behaviour is one declared sentence, carried in the recording so that it can
// be explained without the binary that made it.
type Behaviour struct {
	ID    string `json:"id"`
	Area  string `json:"area"`
	Level Level  `json:"level"`
	Role  Role   `json:"role,omitempty"`
	// Subject is what a default is of, "start method", or else what the behaviour is
	// about, as a noun phrase for a list: "an open text file".
	Subject  string     `json:"subject,omitempty"`
	Sentence string     `json:"sentence"`
	Cites    []Citation `json:"cites"`
	Matters  string     `json:"matters,omitempty"`
	Remedies []Remedy   `json:"remedies,omitempty"`
	Seen     []string   `json:"seen,omitempty"` // real reports, as owner/repo#number or a link
	Was      []string   `json:"was,omitempty"`  // earlier ids of this behaviour
	// Brief is the sentence in at most a line, for a page that lists many. Like the
	// way back it is of the specification at hand.
	Brief string `json:"-"`
	// WayBack says how a default that moved is set to what it was. It is advice of
	// the specification at hand, so no recording has it.
	WayBack WayBack `json:"-"`
}

// WayBack is a line of a program that sets a default to a value.
type WayBack struct {
	// Code is the line; [Before] in it stands for the value. "" when there is none.
	Code     string
	ProvedBy string // the id whose trial shows that it works
}

// Before stands for the value that a default had before it moved.
const Before = "{before}"

// With is the line with the value in its place.
func (w WayBack) With(value string) string { return strings.ReplaceAll(w.Code, Before, value) }

// Remedy is one thing that can be done about a behaviour.
type Remedy struct {
	Text     string `json:"text"`
	ProvedBy string `json:"proved_by,omitempty"` // the id whose trial shows that it works
	// For are the runtimes whose users it is for; empty means everyone.
	For []string `json:"for,omitempty"`
}

// Citation names an authority and where to read it.
type Citation struct {
	Name string `json:"name"` // e.g. "POSIX.1-2024 read"
	Link string `json:"link"`
}

// Trial is one behaviour tried on one launcher.
type Trial struct {
	ID           string        `json:"id"`
	Launcher     string        `json:"launcher"`
	Status       Status        `json:"status"`
	Reasons      []string      `json:"reasons,omitempty"` // why not applicable, unmet, failed or broken
	Observations []Observation `json:"observations,omitempty"`
	Divergences  []Divergence  `json:"divergences,omitempty"`  // the pins that are about this host
	Measurements []Measurement `json:"measurements,omitempty"` // unstable values: never compared
}

// Key identifies a trial in every report: "id @ launcher".
func (t Trial) Key() string { return t.ID + " @ " + t.Launcher }

// Observation is a named value that a trial saw. It is the same from run to run.
type Observation struct {
	Name  string `json:"name"`
	Value any    `json:"value"` // see Normalise for the kinds of value and their canonical form
	// Want is what the check expected; zero when the value was only observed.
	Want Want `json:"want,omitzero"`
	// Held says whether the check held; nil when the value was only observed.
	Held *bool `json:"held,omitempty"`
}

// Want is what a check expected of an observed value.
type Want struct {
	Matcher string `json:"matcher"`         // in the words of this project: "to equal", "not to contain substring"
	Value   any    `json:"value,omitempty"` // what the matcher was given; see Normalise
}

// String is the expectation in words.
func (w Want) String() string {
	if w.Value == nil {
		return w.Matcher
	}
	return w.Matcher + " " + Text(w.Value)
}

// Divergence is a known difference of one implementation, pinned to its value.
type Divergence struct {
	Implementation string `json:"implementation"` // Wine, gVisor, qemu-user, …
	Observation    string `json:"observation"`    // the name of the observation it is about
	Value          any    `json:"value"`          // what that implementation gives
	Reason         string `json:"reason"`
	Link           string `json:"link"`
	Stale          bool   `json:"stale,omitempty"` // the pinned value was not seen
}

// Behaviour returns what the recording declares of the behaviour id; a
// recording that does not know it gives a Behaviour that has only the id.
func (r *Recording) Behaviour(id string) Behaviour {
	for _, b := range r.Behaviours {
		if b.ID == id {
			return b
		}
	}
	return Behaviour{ID: id}
}

// Measurement is a value that is not stable from run to run.
type Measurement struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}
