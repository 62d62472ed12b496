package platform

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"github.com/spawnspec/spawnspec/platform/win32"
)

// A launch that is sent to another process arrives as it was: bytes that are no
// UTF-8, and what is empty apart from what was not asked for.
func TestLaunchCrosses(t *testing.T) {
	for name, l := range map[string]Launch{
		"nothing": {},
		"empty":   {Args: []string{}, Env: []string{}, AddEnv: []string{}, Files: []FD{}},
		"all": {Path: "/p\xff", Args: []string{"a\xfe", ""}, Env: []string{"A=\x80"}, AddEnv: []string{"B=\xed\xa0\x80"}, Dir: "/d\xff",
			Files: []FD{0, Closed, Null}, NewGroup: true, NewSession: true, Orphan: true, PIDNamespace: true, CommandLine: "c\xff", Flags: 4,
			Handles: []win32.Handle{8}, Create: &win32.Start{Inherit: true}},
	} {
		raw, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		var got Launch
		if err := json.Unmarshal(raw, &got); err != nil || !reflect.DeepEqual(got, l) {
			t.Errorf("%s: %+v became %+v (%v)", name, l, got, err)
		}
	}
}

// What Give is given does not reach a copy that was made before.
func TestGive(t *testing.T) {
	var l Launch
	l.Give(1, os.Stderr)
	other := l
	other.Give(1, Closed)
	other.Give(4, os.Stdin)
	if want := []FD{Null, FD(int(os.Stderr.Fd()))}; !reflect.DeepEqual(l.Files, want) {
		t.Errorf("the first has %v, not %v", l.Files, want)
	}
	if want := []FD{Null, Closed, Null, Closed, FD(int(os.Stdin.Fd()))}; !reflect.DeepEqual(other.Files, want) {
		t.Errorf("the copy has %v, not %v", other.Files, want)
	}
	if f, err := l.file(1); f != os.Stderr || err != nil {
		t.Errorf("descriptor 1 is %v (%v), not the file that was given", f, err)
	}
}
