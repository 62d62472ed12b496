// Package record is the recording of one run: its types, how it is written
// and how it is read back. It knows nothing of Ginkgo or of operating systems,
// so that a recording made anywhere can be read, compared and shown anywhere.
package record

// Format is the version of the recording this package writes. A reader accepts
// every format up to its own, brings what it reads into its own, and refuses a
// newer one by name. Format 1 had one remedy for a behaviour at most.
const Format = 2

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

// Works is the name of the observation, true or false, that is the subject's
// plain answer whether it did what it was asked to. Where nobody promises that,
// its loss is no failure of the trial; between two recordings it is a regression.
const Works = "works"

// Recording is one run of the suite on one host.
type Recording struct {
	Format     int         `json:"format"`
	Tool       Tool        `json:"tool"`
	Complete   bool        `json:"complete"` // false when the run was cut short
	Host       []Fact      `json:"host"`     // in the order a reader wants them
	Features   []Feature   `json:"features"`
	Config     Config      `json:"config"`
	Launchers  []Launcher  `json:"launchers"`
	Behaviours []Behaviour `json:"behaviours"` // every behaviour the binary knows, by id
	Trials     []Trial     `json:"trials"`     // sorted by key
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

// Feature is the answer of a probe: "yes", "no", or "broke" when the probe
// itself failed. Detail is the error or value it saw.
type Feature struct {
	Name   string `json:"name"`
	Answer string `json:"answer"`
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
	Runtime string `json:"runtime,omitempty"` // the runtime it is a way of; none for the suite's own
	Note    string `json:"note,omitempty"`    // why it could not be used here
}

// Behaviour is one declared sentence, carried in the recording so that it can
// be explained without the binary that made it.
type Behaviour struct {
	ID       string     `json:"id"`
	Area     string     `json:"area"`
	Level    string     `json:"level"` // must, should or observed
	Sentence string     `json:"sentence"`
	Cites    []Citation `json:"cites"`
	Matters  string     `json:"matters,omitempty"`
	Remedies []Remedy   `json:"remedies,omitempty"`
	Seen     []string   `json:"seen,omitempty"` // real reports, as owner/repo#number or a link
	Was      []string   `json:"was,omitempty"`  // earlier ids of this behaviour
}

// Remedy is one thing that can be done about a behaviour.
type Remedy struct {
	Text     string `json:"text"`
	ProvedBy string `json:"proved_by,omitempty"` // the id whose trial shows that it works
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
	// Want describes what the check expected; empty when the value was only observed.
	Want string `json:"want,omitempty"`
	// Held tells whether the check held; nil when the value was only observed.
	Held *bool `json:"held,omitempty"`
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

// Measurement is a value that is not stable from run to run.
type Measurement struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}
