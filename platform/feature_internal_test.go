package platform

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestEveryProbeIsListed(t *testing.T) {
	for name := range probes() {
		if _, ok := LookupFeature(name); !ok {
			t.Errorf("%s has a probe and no question", name)
		}
	}
}

func TestProbeThatPanicsBroke(t *testing.T) {
	answer, detail := bounded(func() (Answer, string) { panic("no hands") })
	if answer != Broke || detail != "panic: no hands" {
		t.Errorf("%s %s", answer, detail)
	}
	var h host
	h.ask("x", func() (string, error) { panic("no hands") })
	h.ask("y", func() (string, error) { return "", syscall.ENOSYS })
	if h.facts[0].Value != "unknown: panic: no hands" || h.facts[1].Value != "unknown: "+ErrorName(syscall.ENOSYS) {
		t.Error(h.facts)
	}
}

func TestTriedTellsAbsenceFromAccident(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Answer
	}{{nil, Yes}, {errors.ErrUnsupported, No}, {syscall.EACCES, No}, {syscall.ENOTDIR, No}, {syscall.EIO, Broke}} {
		if answer, _ := tried("call", c.err, syscall.ENOTDIR); answer != c.want {
			t.Errorf("%v: %s", c.err, answer)
		}
	}
}

// A shell that writes to a missing null device makes a plain file of that name.
func TestNullDeviceIsNoFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "null")
	if answer, detail := isNull(file); answer != No || detail == "" {
		t.Errorf("missing: %s (%s)", answer, detail)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if answer, detail := isNull(file); answer != No || detail == "" {
		t.Errorf("a file: %s (%s)", answer, detail)
	}
}
