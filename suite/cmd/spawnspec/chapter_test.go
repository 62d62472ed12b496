package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/rivo/uniseg"

	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// A chapter is what a reader reads: in lines of 80 columns, not of many screens, every
// must and should with what the recorded platforms do; and nothing is left out for who
// asks for all.
func TestEveryAreaIsAChapter(t *testing.T) {
	if testing.Short() {
		t.Skip("reads all recordings for each area")
	}
	const longest = 560 // lines, of the area with 160 behaviours
	for _, area := range spec.Areas() {
		text, err := invoke(t, "explain", area.Name)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := invoke(t, "explain", "--all", area.Name)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(text, "\n")
		if len(lines) > longest {
			t.Errorf("%s takes %d lines", area.Name, len(lines))
		}
		for _, line := range lines {
			if uniseg.StringWidth(line) > 80 {
				t.Errorf("%s: %q is wider than 80 columns", area.Name, line)
			}
		}
		for _, d := range spec.All() {
			if d.Area != area.Name {
				continue
			}
			// Those of one file that have a sentence in common are one entry.
			together := d.ID[:strings.LastIndexByte(d.ID, '.')] + ".*"
			if d.Level != spec.Observed && !strings.Contains(text, "  "+d.ID+"  "+string(d.Level)+"\n") &&
				!strings.Contains(text, "  "+together+"  "+string(d.Level)+"\n") {
				t.Errorf("%s is not in its chapter", d.ID)
			}
			if !strings.Contains(whole, d.ID+"  ") {
				t.Errorf("%s is not in the whole chapter", d.ID)
			}
		}
	}
	text, err := invoke(t, "explain", "wait")
	if err != nil {
		t.Fatal(err)
	}
	at := []int{0}
	for _, part := range []string{"How a child's exit is learned", "\nwait.status\n", "must\n", "Everywhere alike: holds.", "\nwait.zombie\n", "\nwait.go\n"} {
		at = append(at, strings.Index(text, part))
	}
	if !slices.IsSorted(at) {
		t.Errorf("its parts are at %v:\n%s", at, text)
	}
}
