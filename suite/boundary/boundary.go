// Package boundary is the area of values that cross from a parent to a child:
// what becomes of them, and of both processes, when something is in the way.
// What is tried is the model in fixtures/boundary, on every launcher; where a
// behaviour is about how others do it, it says so.
package boundary

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/fixtures/boundary"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("boundary", "Values between parent and child", func() {
	handing()
	story()
	nodeChannel()
	remedies()
	startMethod()
	mainModule()
	sending()
	writing()
	reading()
	replying()
	working()
	multiprocessing()
	valuing()
})

var codecs = []boundary.Codec{boundary.Gob, boundary.JSON}

// small fits every pipe.
var small = agent.Payload{Name: "small", Counts: map[string]int{"one": 1}, Data: []byte("abc")}

// Gob numbers types in the order in which a process first meets them, and the
// number is part of every frame. Met here, the payload has the same number in
// every run, whatever the order of the trials.
var _, _ = boundary.Encode(boundary.Gob, small)

// large is larger than any pipe is by default.
var large = agent.Payload{Name: "large", Data: bytes.Repeat([]byte("0123456789abcdef"), 1<<16)}

// unserializable is a value that no codec takes: a channel, deep inside.
var unserializable = map[string]map[string]any{"outer": {"inner": make(chan int)}}

// frame is a payload in its frame.
func frame(t *Trial, c boundary.Codec, p agent.Payload) []byte {
	f, err := boundary.Encode(c, p)
	t.NoError(err)
	return f
}

// exchange is a child with a pipe each way.
type exchange struct {
	*Process
	trial *Trial
	in    *os.File // the write end of its standard input
	out   *os.File // the read end of its standard output
}

// connected starts a child with a pipe each way; its own ends are closed here.
func connected(t *Trial) exchange {
	r, in := t.Pipe()
	out, w := t.Pipe()
	c := t.Start(Agent(), Stdin(r), Stdout(w))
	t.NoError(errors.Join(r.Close(), w.Close()))
	return exchange{c, t, in, out}
}

// serving starts a child that serves what comes on its standard input.
func serving(t *Trial) exchange {
	e := connected(t)
	if err := Send(e.Process, agent.Serve, ""); err != nil {
		t.Fail("the child did not come up: %v", err)
	}
	return e
}

// write writes to the child in the background; end also ends the stream. An
// error is the child's to explain, which may refuse a stream before its end.
func (e exchange) write(end bool, pieces ...[]byte) {
	go func() {
		for _, p := range pieces {
			if _, err := e.in.Write(p); err != nil {
				break
			}
		}
		if end {
			_ = e.in.Close()
		}
	}()
}

// served is what a serving child did, in words.
func (e exchange) served() string {
	s, err := Reply(e.Process, agent.Serve)
	if err != nil {
		e.trial.Fail("the child did not serve: %v", err)
	}
	return words(s)
}

const taken = "the target ran"

// refused is the words for a stream that the child refuses.
func refused(f boundary.Fault) string { return "read: " + string(f) }

func words(s agent.ServeResult) string {
	switch {
	case s.Ran && s.Error != "":
		return taken + ", then " + s.Error
	case s.Ran:
		return taken
	}
	return s.Error
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

// distinct lists what occurs, each once, in order.
func distinct(all []string) []string {
	set := map[string]bool{}
	for _, s := range all {
		set[s] = true
	}
	return slices.Sorted(maps.Keys(set))
}

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

// step is whose error it is and where it came up.
func step(err error) string {
	var e *boundary.Error
	if errors.As(err, &e) {
		return fmt.Sprintf("%s: %s", e.Side, e.Step)
	}
	return "none"
}

// receive reads a child's reply, bounded by the trial.
func (e exchange) receive() (digest string, err error) {
	reply, err := e.trial.ReadAll(e.out)
	if err != nil {
		e.trial.Fail("no reply could be read: %v", err)
	}
	return boundary.Receive[string](bytes.NewReader(reply))
}
