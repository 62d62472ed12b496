package render

import (
	"encoding/json"
	"io"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// CTRF writes a run in the Common Test Report Format (ctrf.io). See [casesOf] for
// what is a test.
func CTRF(w io.Writer, r Run) error {
	type object map[string]any
	cases, others, err := casesOf(r)
	if err != nil {
		return err
	}
	// Its words for outcomes; a harness that went wrong is no verdict.
	statuses := map[outcome]string{passed: "passed", failed: "failed", errored: "other", skipped: "skipped"}
	counts := map[string]int{}
	tests := []object{}
	for _, c := range cases {
		status := statuses[c.outcome]
		counts[status]++
		test := object{"name": c.name, "status": status, "duration": c.took.Milliseconds(), "suite": []string{c.area}}
		if c.message != "" {
			test["message"] = c.message
		}
		if c.text != "" {
			test["trace"] = c.text
		}
		tests = append(tests, test)
	}
	facts := object{}
	for _, f := range r.Host {
		if !f.Volatile {
			facts[Printable(f.Name)] = Printable(f.Value)
		}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(object{"reportFormat": "CTRF", "specVersion": "1.0.0", "results": object{
		"tool": object{"name": r.Tool.Name, "version": r.Tool.Version},
		"summary": object{
			"tests": len(tests), "passed": counts["passed"], "failed": counts["failed"],
			"skipped": counts["skipped"], "pending": 0, "other": counts["other"],
			"start": r.Start.UnixMilli(), "stop": r.End.UnixMilli(),
			"extra": object{"trials about other systems or launchers": others},
		},
		"tests": tests,
		"environment": object{
			"osPlatform": Printable(fact(r.Recording, "os")), "osRelease": Printable(fact(r.Recording, "kernel.release")),
			"osVersion": Printable(fact(r.Recording, "os.name")), "extra": facts,
		},
	}})
}

// fact is the value of a fact about the host; "" when it is not known.
func fact(r *record.Recording, name string) string {
	for _, f := range r.Host {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}
