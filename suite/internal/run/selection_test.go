package run

import (
	"slices"
	"strings"
	"testing"

	. "github.com/spawnspec/spawnspec/suite/internal/spec"
)

// A pattern selects by id, area and launcher, and one that selects nothing is
// an error that helps.
func TestSelection(t *testing.T) {
	t.Cleanup(Isolate())
	Area("one", "One", func() {
		Behaviour("pipe.eof.first", Should, "It is so.", On(OSExec, ForkExec), Was("fifo.eof.first"))
		Behaviour("wait.any", Should, "It is so.", On(System))
	})
	for _, c := range []struct {
		Selection
		keys string
	}{
		{Selection{}, "pipe.eof.first@go/os-exec pipe.eof.first@unix/fork-exec wait.any@system"},
		{Selection{Only: []string{"wait.any"}}, "wait.any@system"},
		{Selection{Only: []string{"fifo.eof.first"}, Launchers: []string{"go/*"}}, "pipe.eof.first@go/os-exec"},
		{Selection{Only: []string{"pipe.*"}, Launchers: []string{"unix/*"}}, "pipe.eof.first@unix/fork-exec"},
		{Selection{Only: []string{"pipe.eof"}, Launchers: []string{"unix/*"}}, "pipe.eof.first@unix/fork-exec"}, // the file
		{Selection{Only: []string{"one"}, Launchers: []string{"system"}}, "wait.any@system"},
	} {
		pairs, err := c.Pairs()
		var keys []string
		for _, p := range pairs {
			keys = append(keys, p.ID+"@"+p.Launcher)
		}
		if got := strings.Join(keys, " "); err != nil || got != c.keys {
			t.Errorf("%+v selects %q, %v", c.Selection, got, err)
		}
	}
	if _, err := (Selection{Only: []string{"pipe.eof.frist"}}).Pairs(); err == nil || !strings.Contains(err.Error(), `"pipe.eof.first"`) {
		t.Errorf("a misspelt id: %v", err)
	}
	if _, err := (Selection{Only: []string{"pipe.eol"}}).Pairs(); err == nil || !strings.Contains(err.Error(), `"pipe.eof"`) {
		t.Errorf("a misspelt file: %v", err)
	}
	if _, err := (Selection{Only: []string{""}}).Pairs(); err == nil || !strings.Contains(err.Error(), "empty") || len(Like("")) > 0 {
		t.Errorf("an empty name: %v", err)
	}
	if _, err := (Selection{Launchers: []string{"go/exec"}}).Pairs(); err == nil || !strings.Contains(err.Error(), OSExec) {
		t.Errorf("a misspelt launcher: %v", err)
	}
	if !slices.Contains(LauncherNames(), System) {
		t.Error("the pseudo-launcher is not listed")
	}
}
