package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

const recordings = "../../../../fixtures/recordings"

func TestPageIsCurrent(t *testing.T) {
	r, err := record.ReadFile(filepath.Join(recordings, "wrappers.json"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(recordings, "WRAPPERS.md"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.ReplaceAll(string(got), "\r\n", "\n") != page(r) {
		t.Error("WRAPPERS.md is not what is made from wrappers.json: go generate ./suite/internal/published")
	}
}
