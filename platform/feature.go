package platform

import (
	"fmt"
	"sync"
	"time"
)

// Answer of a feature probe.
type Answer string

// Answers.
const (
	Yes   Answer = "yes"
	No    Answer = "no"
	Broke Answer = "broke" // the probe itself failed
)

// Feature is something that a host can or cannot do, found out by trying. The
// zero value is no feature; take them from Features or LookupFeature.
type Feature struct {
	// Name is what behaviours require, in lower case, for example "pidfd-waitid".
	Name string
	// Question is what the probe answers, in one sentence.
	Question string

	probe func() (Answer, string)
}

// Probe tries the feature, once for the whole process, and gives its answer
// with the reason: never empty unless the answer is a plain yes. A probe leaves
// the process as it found it.
func (f Feature) Probe() (answer Answer, detail string) { return f.probe() }

// Features is the closed list of all features, each known on every system.
func Features() []Feature { return features() }

// LookupFeature finds a feature by its name.
func LookupFeature(name string) (Feature, bool) {
	for _, f := range features() {
		if f.Name == name {
			return f, true
		}
	}
	return Feature{}, false
}

// features is made when first asked for: a child that asks for none pays nothing.
var features = sync.OnceValue(func() []Feature {
	list := []Feature{
		{"proc", "Is a /proc with this process in it mounted?", probeProc},
	}
	for i, f := range list {
		list[i].probe = sync.OnceValues(func() (Answer, string) { return bounded(f.probe) })
	}
	return list
})

// probeDeadline is far above what any probe needs, a few milliseconds.
const probeDeadline = 10 * time.Second

// bounded turns a probe that panics or hangs into one that broke.
func bounded(probe func() (Answer, string)) (Answer, string) {
	type result struct {
		answer Answer
		detail string
	}
	done := make(chan result, 1)
	go func() {
		r := result{Broke, "the probe ended its goroutine"}
		defer func() {
			if p := recover(); p != nil {
				r = result{Broke, fmt.Sprintf("panic: %v", p)}
			}
			done <- r
		}()
		r.answer, r.detail = probe()
	}()
	select {
	case r := <-done:
		return r.answer, r.detail
	case <-time.After(probeDeadline):
		return Broke, fmt.Sprintf("no answer within %v", probeDeadline)
	}
}

func probeProc() (Answer, string) { return No, "not built yet" }
