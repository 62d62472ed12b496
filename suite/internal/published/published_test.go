package published

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

const recordings = "../../../fixtures/recordings"

// What the binary carries is what is committed: after a recording was made anew,
// go generate ./suite/internal/published has to follow.
func TestPackedIsCommitted(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(recordings, "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no recordings: ", err)
	}
	var packed []string
	for _, r := range all {
		packed = append(packed, filepath.Join(recordings, r.Name+".json"))
		committed, err := os.ReadFile(filepath.Join(recordings, r.Name+".json"))
		if err != nil {
			t.Error(err)
		} else if text, err := r.Text(); err != nil || !bytes.Equal(text, committed) {
			t.Errorf("%s has changed: go generate ./suite/internal/published", r.Name)
		}
	}
	slices.Sort(packed) // as the folder is listed
	if !slices.Equal(packed, paths) {
		t.Errorf("packed are %v, committed %v: go generate ./suite/internal/published", packed, paths)
	}
}

// The trials that are looked up by their line are those of the whole recording.
func TestTrialsAreThoseOfTheWhole(t *testing.T) {
	r, err := Named("published:cpython-3.14")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	head, err := r.Head()
	if err != nil || !reflect.DeepEqual(head, whole.Head) {
		t.Errorf("the head is %v, %v; of the whole recording %v", head, err, whole.Head)
	}
	for _, b := range whole.Behaviours {
		want := filter(whole.Trials, func(t record.Trial) bool { return t.ID == b.ID })
		got, err := r.Trials(b.ID)
		if err != nil || !reflect.DeepEqual(got[b.ID], want) {
			t.Fatalf("%s: %v, %v; want %v", b.ID, got, err, want)
		}
	}
	// Of many ids at once it is the same.
	var ids []string
	for _, b := range whole.Behaviours {
		ids = append(ids, b.ID)
	}
	got, err := r.Trials(ids...)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for id, trials := range got {
		n += len(trials)
		if want := filter(whole.Trials, func(t record.Trial) bool { return t.ID == id }); !reflect.DeepEqual(trials, want) {
			t.Fatalf("%s: %v; want %v", id, trials, want)
		}
	}
	if n != len(whole.Trials) {
		t.Errorf("%d of %d trials", n, len(whole.Trials))
	}
}

// What can be searched for are the texts that were recorded, and no others.
func TestTextsAreThoseOfTheTrials(t *testing.T) {
	all, err := AllTexts()
	if err != nil {
		t.Fatal(err)
	}
	for _, texts := range all {
		if texts.ID == "boundary.story.testcase" {
			for _, want := range []string{"TypeError: cannot serialize '_io.TextIOWrapper' object", "EOFError: Ran out of input",
				"CPython 3.13.1: Windows cannot fork"} {
				if !slices.Contains(texts.Texts, want) {
					t.Errorf("%q is not among the texts of %s", want, texts.ID)
				}
			}
			return
		}
	}
	t.Errorf("no texts of the story among those of %d behaviours", len(all))
}

func filter(all []record.Trial, keep func(record.Trial) bool) []record.Trial {
	return slices.DeleteFunc(slices.Clone(all), func(t record.Trial) bool { return !keep(t) })
}

// What cannot be told from the archive again is refused, not changed.
func TestRecordingsOutOfOrderAreNotPacked(t *testing.T) {
	err := Pack(io.Discard, []string{"odd"}, func(string) ([]byte, error) {
		trial := func(id string) string {
			return `{"trial":{"id":"` + id + `","launcher":"system","status":"pass","observations":[],"divergences":[],"reasons":[]}}` + "\n"
		}
		return []byte(`{"format":3}` + "\n" + trial("a.b.c") + trial("b.c.d") + trial("a.b.d")), nil
	})
	if err == nil || !strings.Contains(err.Error(), "odd: its lines are not in the order of a recording") {
		t.Error(err)
	}
}

func TestNamedSaysWhatThereIs(t *testing.T) {
	_, err := Named("published:plan9")
	if err == nil || !strings.Contains(err.Error(), `"plan9"`) || !strings.Contains(err.Error(), "gvisor, ") {
		t.Error(err)
	}
}

// A damaged archive is an error, not a panic and not an empty answer.
func TestDamagedArchive(t *testing.T) {
	for _, damage := range []func([]byte) []byte{
		func(b []byte) []byte { return b[:len(b)/2] },
		func(b []byte) []byte { return nil },
		func(b []byte) []byte { b[len(b)/2] ^= 0xff; return b },
	} {
		a, err := unpack(damage(slices.Clone(packed)))
		if err == nil {
			for _, r := range a.recordings {
				_, failed := r.Text()
				err = errors.Join(err, failed)
			}
		}
		if err == nil {
			t.Errorf("%d recordings and no error", len(a.recordings))
		}
	}
}

func BenchmarkUnpack(b *testing.B) {
	for b.Loop() {
		if _, err := unpack(packed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTrials(b *testing.B) {
	all, err := All()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, r := range all {
			if _, err := r.Trials("boundary.story.testcase"); err != nil {
				b.Fatal(err)
			}
		}
	}
}
