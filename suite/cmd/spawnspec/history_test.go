package main

import (
	"strings"
	"testing"
)

// What its help promises it does: releases that no recording is of are told as that.
func TestHistorySaysWhatWasNotTried(t *testing.T) {
	if help := historyCommand().Long; !strings.Contains(help, `"not tried"`) {
		t.Fatal(help)
	}
	for _, c := range []struct{ launcher, says string }{
		{"cpython/default", "not tried: 2.7 to 3.6, 3.7, 3.11"}, // all with one answer
		{"cpython/spawn", "not tried: 2.7 to 3.6\n"},            // where it changes
		{"node/advanced", "not tried: 13, 14, 15, 17, 19, 21, 23, 25"},
	} {
		text, err := invoke(t, "history", "boundary.kind.lambda", "--launcher", c.launcher)
		if err != nil || !strings.Contains(strings.ReplaceAll(text, "\n    ", " "), c.says) {
			t.Errorf("%s: %v, %q is wanted:\n%s", c.launcher, err, c.says, text)
		}
	}
}
