package platform

// Answer of a feature probe.
type Answer string

// Answers.
const (
	Yes   Answer = "yes"
	No    Answer = "no"
	Broke Answer = "broke" // the probe itself failed
)
