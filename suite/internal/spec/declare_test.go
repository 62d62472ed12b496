package spec

import (
	"strings"
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// The rules of a declaration are held.
func TestCheck(t *testing.T) {
	t.Cleanup(Isolate())
	body := func(d *Declaration) {
		d.Body = "a body"
		Matters("A reader would notice.")(d)
	}
	for name, c := range map[string]struct {
		declare func()
		says    string
	}{
		"nothing wrong": {func() { Behaviour("spec.declare.b", Should, "It is so.", body) }, ""},
		"twice": {func() {
			Behaviour("spec.declare.b", Should, "It is so.", body)
			Behaviour("spec.declare.b", Should,
				"It is so.", body)
		}, "declared twice"},
		"ill-formed":   {func() { Behaviour("spec.Declare.b", Should, "It is so.", body) }, "lower-case words"},
		"no full stop": {func() { Behaviour("spec.declare.b", Should, "It is so", body) }, "full stop"},
		"no reason": {func() {
			Behaviour("spec.declare.b", Should, "It is so.",
				func(d *Declaration) { d.Body = "a body" })
		}, "why it matters"},
		"no body":               {func() { Behaviour("spec.declare.b", Should, "It is so.") }, "nothing tries it"},
		"must without cite":     {func() { Behaviour("spec.declare.b", Must, "It is so.", body) }, "authority"},
		"citation without link": {func() { Behaviour("spec.declare.b", Should, "It is so.", body, Cite(Document("X", "x"))) }, "https"},
		"pin without reason": {func() {
			Behaviour("spec.declare.b", Should, "It is so.", body,
				Diverges("Wine", "a", 1, "", "https://x"))
		}, "reason"},
		"unknown implementation": {func() {
			Behaviour("spec.declare.b", Should, "It is so.", body,
				Diverges("Vine", "a", 1, "b", "https://x"))
		}, "Vine"},
		"unknown launcher": {func() { Behaviour("spec.declare.b", Should, "It is so.", body, On("dos/spawn")) }, "dos/spawn"},
		"two words":        {func() { Behaviour("spec.declare", Should, "It is so.", body) }, "its area, its file and its name"},
		"another area":     {func() { Behaviour("trial.declare.b", Should, "It is so.", body) }, "begins with spec"},
		"another file":     {func() { Behaviour("spec.cite.b", Should, "It is so.", body) }, "not in spec/cite.go"},
		"was itself":       {func() { Behaviour("spec.declare.b", Should, "It is so.", body, Was("spec.declare.b")) }, "own id"},
		"was another": {func() {
			Behaviour("spec.declare.b", Should, "It is so.", body, Was("spec.declare.c"))
			Behaviour("spec.declare.c", Should, "It is so.", body)
		}, "which is declared"},
		"was two": {func() {
			Behaviour("spec.declare.b", Should, "It is so.", body, Was("old"))
			Behaviour("spec.declare.c", Should, "It is so.", body, Was("old"))
		}, "as spec.declare.b does"},
		"unknown feature": {func() { Behaviour("spec.declare.b", Should, "It is so.", body, Needs("luck")) }, "luck"},
		"retired":         {func() { Retired("spec.declare.b", "gone"); Behaviour("spec.declare.b", Should, "It is so.", body) }, "retired"},
		"several remedies": {func() {
			Behaviour("spec.declare.b", Should, "It is so.", body, Remedy("Do."), ProvedBy("spec.declare.c"), Remedy("Or do not."),
				Remedy("Or both."), ProvedBy("spec.declare.c"))
			Behaviour("spec.declare.c", Should, "It is so.", body)
		}, ""},
		"remedy proved by none": {func() { Behaviour("spec.declare.b", Should, "It is so.", body, Remedy("Do."), ProvedBy("c.d")) },
			"c.d"},
		"remedy proves itself": {func() {
			Behaviour("spec.declare.b", Should, "It is so.", body, Remedy("Do."), ProvedBy("spec.declare.b"))
		},
			"the behaviour itself"},
		"remedy without a text": {func() { Behaviour("spec.declare.b", Should, "It is so.", body, Remedy("")) }, "what to do"},
		"proof of no remedy": {func() {
			Behaviour("spec.declare.b", Should, "It is so.", body, ProvedBy("spec.declare.c"), Remedy("Do."))
		},
			"no remedy"},
		"default": {func() { Behaviour("spec.declare.b", Observed, "It is so.", body, DefaultOf("start method")) }, ""},
		"default of nothing": {func() { Behaviour("spec.declare.b", Observed, "It is so.", body, Role(record.RoleDefault)) },
			"what it is the default of"},
		"default with a way back": {func() {
			Behaviour("spec.declare.b", Observed, "It is so.", body, DefaultOf("start method"),
				WayBack("set("+record.Before+")", "spec.declare.c"))
			Behaviour("spec.declare.c", Should, "It is so.", body, Role(record.RoleRemedy))
		}, ""},
		"way back of no default": {func() {
			Behaviour("spec.declare.b", Should, "It is so.", body, WayBack("set("+record.Before+")", "spec.declare.b"))
		}, "this is none"},
		"way back to nothing": {func() {
			Behaviour("spec.declare.b", Observed, "It is so.", body, DefaultOf("start method"), WayBack("set()", "spec.declare.b"))
		}, "no place for the value"},
		"way back that nothing proves": {func() {
			Behaviour("spec.declare.b", Observed, "It is so.", body, DefaultOf("start method"),
				WayBack("set("+record.Before+")", "spec.declare.c"))
		}, `proved by "spec.declare.c", which is not declared`},
		"subject":      {func() { Behaviour("spec.declare.b", Should, "It is so.", body, Subject("a file")) }, ""},
		"brief":        {func() { Behaviour("spec.declare.b", Should, "It is so.", body, Brief("It is.")) }, ""},
		"brief phrase": {func() { Behaviour("spec.declare.b", Should, "It is so.", body, Brief("It is")) }, "Brief is one sentence"},
		"brief too long": {func() {
			Behaviour("spec.declare.b", Should, "It is so.", body, Brief(strings.Repeat("It is ", 14)+"so."))
		}, "Brief is one sentence"},
		"remedy for a runtime": {func() { Behaviour("spec.declare.b", Should, "It is so.", body, Remedy("Do."), For("cpython")) },
			""},
		"remedy for no runtime": {func() { Behaviour("spec.declare.b", Should, "It is so.", body, Remedy("Do."), For("python")) },
			`no runtime is called "python"`},
		"for without a remedy": {func() { Behaviour("spec.declare.b", Should, "It is so.", body, For("cpython")) },
			"without a remedy"},
		"two proofs": {func() {
			Behaviour("spec.declare.b", Should, "It is so.", body, Remedy("Do."), ProvedBy("spec.declare.c"),
				ProvedBy("spec.declare.c"))
		}, "no remedy"},
	} {
		registry.list, registry.areas, registry.errors, registry.retired = nil, nil, nil, nil
		Area("spec", "Test", c.declare)
		err := Check()
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	registry.list, registry.errors = nil, nil
	Behaviour("spec.declare.b", Should, "It is so.", body)
	if err := Check(); err == nil || !strings.Contains(err.Error(), "outside of an area") {
		t.Errorf("outside of an area: %v", err)
	}
}
