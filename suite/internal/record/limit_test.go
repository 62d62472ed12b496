package record

import (
	"strings"
	"testing"
)

func TestReadIsBounded(t *testing.T) {
	_, err := read("a.json", strings.NewReader(strings.Repeat(" ", 2<<20)), 1<<20, nil)
	if err == nil || !strings.HasPrefix(err.Error(), "a.json: larger than 1 MiB") {
		t.Error(err)
	}
}
