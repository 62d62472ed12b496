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
		Matters("Somebody would notice.")(d)
	}
	for name, c := range map[string]struct {
		declare func()
		says    string
	}{
		"nothing wrong": {func() { Behaviour("a.b", Should, "It is so.", body) }, ""},
		"twice": {func() {
			Behaviour("a.b", Should, "It is so.", body)
			Behaviour("a.b", Should,
				"It is so.", body)
		}, "declared twice"},
		"ill-formed":   {func() { Behaviour("A.b", Should, "It is so.", body) }, "dotted"},
		"no full stop": {func() { Behaviour("a.b", Should, "It is so", body) }, "full stop"},
		"no reason": {func() {
			Behaviour("a.b", Should, "It is so.",
				func(d *Declaration) { d.Body = "a body" })
		}, "why it matters"},
		"no body":               {func() { Behaviour("a.b", Should, "It is so.") }, "nothing tries it"},
		"must without cite":     {func() { Behaviour("a.b", Must, "It is so.", body) }, "authority"},
		"citation without link": {func() { Behaviour("a.b", Should, "It is so.", body, Cite(Document("X", "x"))) }, "https"},
		"pin without reason": {func() {
			Behaviour("a.b", Should, "It is so.", body,
				Diverges("Wine", "a", 1, "", "https://x"))
		}, "reason"},
		"unknown implementation": {func() {
			Behaviour("a.b", Should, "It is so.", body,
				Diverges("Vine", "a", 1, "b", "https://x"))
		}, "Vine"},
		"unknown launcher": {func() { Behaviour("a.b", Should, "It is so.", body, On("dos/spawn")) }, "dos/spawn"},
		"unknown feature":  {func() { Behaviour("a.b", Should, "It is so.", body, Needs("luck")) }, "luck"},
		"retired":          {func() { Retired("a.b", "gone"); Behaviour("a.b", Should, "It is so.", body) }, "retired"},
		"several remedies": {func() {
			Behaviour("a.b", Should, "It is so.", body, Remedy("Do."), ProvedBy("a.c"), Remedy("Or do not."),
				Remedy("Or both."), ProvedBy("a.c"))
			Behaviour("a.c", Should, "It is so.", body)
		}, ""},
		"remedy proved by nobody": {func() { Behaviour("a.b", Should, "It is so.", body, Remedy("Do."), ProvedBy("c.d")) },
			"c.d"},
		"remedy proves itself": {func() { Behaviour("a.b", Should, "It is so.", body, Remedy("Do."), ProvedBy("a.b")) },
			"its own"},
		"remedy without a text": {func() { Behaviour("a.b", Should, "It is so.", body, Remedy("")) }, "what to do"},
		"proof of no remedy": {func() { Behaviour("a.b", Should, "It is so.", body, ProvedBy("a.c"), Remedy("Do.")) },
			"no remedy"},
		"default": {func() { Behaviour("a.b", Observed, "It is so.", body, DefaultOf("start method")) }, ""},
		"default of nothing": {func() { Behaviour("a.b", Observed, "It is so.", body, Role(record.RoleDefault)) },
			"what it is the default of"},
		"remedy for a runtime": {func() { Behaviour("a.b", Should, "It is so.", body, Remedy("Do."), For("cpython")) },
			""},
		"remedy for no runtime": {func() { Behaviour("a.b", Should, "It is so.", body, Remedy("Do."), For("python")) },
			`no runtime is called "python"`},
		"for without a remedy": {func() { Behaviour("a.b", Should, "It is so.", body, For("cpython")) },
			"without a remedy"},
		"two proofs": {func() {
			Behaviour("a.b", Should, "It is so.", body, Remedy("Do."), ProvedBy("a.c"),
				ProvedBy("a.c"))
		}, "no remedy"},
	} {
		registry.list, registry.areas, registry.errors, registry.retired = nil, nil, nil, nil
		Area("test", "Test", c.declare)
		err := Check()
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	registry.list, registry.errors = nil, nil
	Behaviour("a.b", Should, "It is so.", body)
	if err := Check(); err == nil || !strings.Contains(err.Error(), "outside of an area") {
		t.Errorf("outside of an area: %v", err)
	}
}
