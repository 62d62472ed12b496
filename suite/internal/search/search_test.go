package search

import (
	"slices"
	"strings"
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// What a log says went wrong is its messages: not the frames, and not what every line
// begins with.
func TestMessages(t *testing.T) {
	for _, c := range []struct {
		log  string
		want []string // the last first
	}{
		{"Traceback (most recent call last):\n  File \"a.py\", line 3, in f\n    g()\nTypeError: cannot do it\n", []string{"TypeError: cannot do it"}},
		{"RuntimeError: \n        An attempt has been made\n        to start.\n\n        This probably means\n",
			[]string{"RuntimeError: An attempt has been made to start. This probably means"}},
		{"2026-11-02T10:00:01Z ERROR exec /run.sh: exec format error", []string{"exec /run.sh: exec format error"}},
		{"\x1b[31mError: spawn npm ENOENT\x1b[0m\n    at f (x.js:1:2)", []string{"Error: spawn npm ENOENT"}},
		{"2026-11-02T10:00:01Z RuntimeError: \n2026-11-02T10:00:01Z         An attempt has been made\n", []string{"RuntimeError: An attempt has been made"}},
		{"npm start\nspawn npm ENOENT\n", []string{"spawn npm ENOENT"}},
		{"a.Error: one\na.Error: two\na.Error: one\n", []string{"a.Error: one", "a.Error: two"}},
		{"E       TypeError: as pytest prints it", []string{"TypeError: as pytest prints it"}},
		{"npm ERR! Error: spawn sh E2BIG", []string{"Error: spawn sh E2BIG"}},
		{"web-1  | RuntimeError: \nweb-1  |         An attempt has been made\nweb-2  | x: error", []string{"x: error", "RuntimeError: An attempt has been made"}},
		{"Nov 27 20:12:24 host app[1]: a.Error: one\n<34>1 2026-10-11T22:14:15.003Z host app 1 ID47 - b.Error: two", []string{"b.Error: two", "a.Error: one"}},
		{"2026-11-27T20:12:24+0000 host app[1]: a.Error: one\n2026-11-02T10:00:01Z stderr F b.Error: two", []string{"b.Error: two", "a.Error: one"}},
		{`{"msg":"it failed: badly","err":{"type":"X","stack":"c.Error: three\n    at f (x.js:1:2)"}}`, []string{"c.Error: three", "it failed: badly"}},
		{`{"log":"a.Error: one\n","stream":"stderr"}`, []string{"a.Error: one"}},
		{"collected 3 items\n\n3 passed\n", nil},
		{"", nil},
	} {
		if got := Messages(c.log); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.log, got, c.want)
		}
	}
}

var index = New([]Document{
	{record.Behaviour{ID: "exec.error.etxtbsy", Sentence: "A file that is open for writing cannot be executed.",
		Matters: "A program just written is still open."}, []string{"ETXTBSY"}},
	{record.Behaviour{ID: "pipe.eof.last-writer", Sentence: "A reader sees the end of the file when the last writer has closed it."}, nil},
	{record.Behaviour{ID: "boundary.kind.file", Sentence: "An open file can be handed over.", Role: record.RoleNone},
		[]string{"TypeError: cannot pickle 'TextIOWrapper' instances", "CPython 2.7.18: too old"}},
	{record.Behaviour{ID: "boundary.story.test", Sentence: "A test hands over its method.", Role: record.RoleStory},
		[]string{"TypeError: cannot pickle 'TextIOWrapper' instances"}},
})

func ids(hits []Hit) (all []string) {
	for _, h := range hits {
		all = append(all, h.Behaviour.ID)
	}
	return all
}

func TestWords(t *testing.T) {
	for query, first := range map[string]string{
		"text file busy":  "exec.error.etxtbsy", // the text of an error that has another name here
		"ETXTBSY":         "exec.error.etxtbsy",
		"closing writers": "pipe.eof.last-writer", // other forms of its words
		"etxtbsy?!":       "exec.error.etxtbsy",
		"cannot pickle 'TextIOWrapper' instances": "boundary.story.test", // a whole program before its parts
	} {
		if got := ids(index.Words(query)); len(got) == 0 || got[0] != first {
			t.Errorf("%q: %v, want %s first", query, got, first)
		}
	}
	for _, query := range []string{"", "the of", "\x00", "zzzz", strings.Repeat("a ", 10000)} {
		if got := ids(index.Words(query)); len(got) != 0 {
			t.Errorf("%.20q: %v", query, got)
		}
	}
}

// A log is answered by what it is about, or not at all.
func TestLog(t *testing.T) {
	hits, by, _ := index.Log("TypeError: other\nTypeError: cannot pickle '_io.TextIOWrapper' instances\n")
	if got := ids(hits); len(got) != 2 || got[0] != "boundary.story.test" || by != "TypeError: cannot pickle '_io.TextIOWrapper' instances" {
		t.Errorf("%v by %q", got, by)
	}
	if hits, _, _ := index.Log("TypeError: cannot pickle '_thread.RLock' instances\n"); len(hits) > 0 {
		t.Errorf("%v, which is about another type", ids(hits))
	}
	if hits, _, _ := index.Log("Error: the last file is open\n"); len(hits) > 0 {
		t.Errorf("%v, which only has words in common", ids(hits))
	}
	if _, _, also := index.Log("sh: Text file busy\nTypeError: cannot pickle 'TextIOWrapper' instances\n"); len(also) != 1 || also[0].Message != "sh: Text file busy" {
		t.Errorf("also said: %v", also)
	}
	// Nothing takes long or fails, whatever the text is.
	for _, log := range []string{strings.Repeat("Error: x\n", 100000), strings.Repeat("x", 1<<20), "Error: \xff\xfe\x00", strings.Repeat("'", 5000), strings.Repeat("some words ", 100000)} {
		index.Log(log)
	}
}
