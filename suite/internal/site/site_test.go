package site

import (
	"encoding/xml"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

const (
	script  = `<script>document.title = "injected"</script><img src=x onerror="document.title='injected'">`
	leftRTL = "\u202eedoc\u202c"
)

// hostile is an input in which everything that a recording may hold tries to be markup.
func hostile(trials int) Input {
	in := Input{Areas: []Area{{"pipe", "Pipes " + script}}}
	values := []any{script, leftRTL, "</script>", "]]>", "\x1b[31m", strings.Repeat("x", 1<<20), map[string]any{script: []any{script}}, nil}
	for n, name := range []string{"linux", "other"} {
		r := &record.Recording{Complete: true, Head: record.Head{
			Host:      []record.Fact{{Name: "implementation", Value: "Linux" + strings.Repeat(" "+script, n)}, {Name: script, Value: script}},
			Launchers: []record.Launcher{{Name: "go/os-exec", Version: script}}}}
		for i := range trials {
			id := fmt.Sprintf("pipe.eof.n%d", i)
			b := record.Behaviour{ID: id, Area: "pipe", Level: record.Observed, Sentence: "A sentence " + script, Matters: leftRTL,
				Remedies: []record.Remedy{{Text: script, ProvedBy: "pipe.eof.n0"}}, Cites: []record.Citation{{Name: script, Link: "javascript:alert(1)"}}}
			if n == 0 {
				if i == 0 {
					b.Was = []string{"pipe.old"}
				}
				in.Behaviours = append(in.Behaviours, Described{b, page.Scope{Launchers: []string{"go/os-exec"}}})
			}
			r.Behaviours = append(r.Behaviours, b)
			value := values[i%len(values)]
			if len(values) < i {
				value = fmt.Sprint(i, n) // one megabyte once
			}
			r.Trials = append(r.Trials, record.Trial{ID: id, Launcher: "go/os-exec", Status: record.Pass,
				Observations: []record.Observation{{Name: "value " + script, Value: value}}})
		}
		in.Recordings = append(in.Recordings, Recording{name, r})
	}
	return in
}

// Whatever a recording holds stays text: no page has an element or an attribute by it,
// and no control or direction character gets through.
func TestHostileRecordingsStayText(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, hostile(40)); err != nil {
		t.Fatal(err)
	}
	pages := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		for _, bad := range []string{"<img", `"injected"</script>`, `href="javascript:`, "\u202e", "\x1b"} {
			if strings.Contains(string(text), bad) && !strings.HasPrefix(name, "data"+string(filepath.Separator)) {
				t.Errorf("%s contains %q", name, bad)
			}
		}
		switch filepath.Ext(name) {
		case ".html":
			pages++
			if n := strings.Count(string(text), "<script"); n > 2 {
				t.Errorf("%s has %d scripts", name, n)
			}
			if len(text) > 300_000 {
				t.Errorf("%s has %d bytes", name, len(text))
			}
		case ".js":
			if name != "site.js" && strings.Contains(string(text), "<") {
				t.Errorf("%s has a < that is not escaped", name)
			}
		case ".svg", ".atom":
			d := xml.NewDecoder(strings.NewReader(string(text)))
			for {
				if _, err := d.Token(); err != nil {
					if err.Error() != "EOF" {
						t.Errorf("%s: %v", name, err)
					}
					break
				}
			}
		}
		return nil
	})
	if err != nil || pages < 45 {
		t.Errorf("%d pages, %v", pages, err)
	}
}

var link = regexp.MustCompile(`(?:href|src)="([^"#?]*)[^"]*"`)

// large is an input of as many behaviours and recordings as there may be some day.
func large(behaviours, recordings int) Input {
	var in Input
	for i := range behaviours {
		area := fmt.Sprintf("area%02d", i%20)
		if i < 20 {
			in.Areas = append(in.Areas, Area{area, "Area " + area})
		}
		in.Behaviours = append(in.Behaviours, Described{record.Behaviour{ID: fmt.Sprintf("%s.file.name%d", area, i), Area: area,
			Level: record.Must, Sentence: fmt.Sprintf("Number %d does what it says, and says what it does.", i)}, page.Scope{}})
	}
	for n := range recordings {
		version := fmt.Sprintf("3.%d.0", n)
		r := &record.Recording{Complete: true, Head: record.Head{Config: record.Config{Only: []string{"py"}},
			Host:      []record.Fact{{Name: "implementation", Value: "Linux"}},
			Launchers: []record.Launcher{{Name: "py/run", Runtime: "py", Version: version}}}}
		for i, b := range in.Behaviours {
			r.Behaviours = append(r.Behaviours, b.Behaviour)
			r.Trials = append(r.Trials, record.Trial{ID: b.ID, Launcher: "py/run", Status: record.Pass,
				Observations: []record.Observation{{Name: "value", Value: int64((i + n) % 40 / 39)}}})
		}
		in.Recordings = append(in.Recordings, Recording{fmt.Sprintf("py-3.%d", n), r})
	}
	return in
}

var keep = flag.String("keep", "", "write the hostile and the large site into this folder, for a browser to look at")

// No page but the data grows with the number of recordings.
func TestLargeSite(t *testing.T) {
	dir, behaviours, recordings := t.TempDir(), 200, 20
	if *keep != "" {
		dir, behaviours, recordings = *keep, 900, 80
		if err := Write(filepath.Join(dir, "hostile"), hostile(10000)); err != nil {
			t.Fatal(err)
		}
	}
	if err := Write(filepath.Join(dir, "large"), large(behaviours, recordings)); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(filepath.Join(dir, "large"), func(path string, d os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".html" {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() > 300_000 {
			t.Errorf("%s has %d bytes", path, info.Size())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Every link of every page leads to a file of the site or to another site, and earlier
// ids have pages.
func TestLinksLeadSomewhere(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, hostile(12)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "b", "pipe.old.html")); err != nil {
		t.Error(err)
	}
	links := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".html" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if m[1] == "" || strings.Contains(m[1], "://") {
				continue
			}
			links++
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		return nil
	})
	if err != nil || links < 100 {
		t.Errorf("%d links, %v", links, err)
	}
}

// A site replaces an earlier one, of which nothing stays, and nothing else.
func TestOnlyASiteIsReplaced(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, hostile(12)); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, large(20, 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "b", "pipe.old.html")); err == nil {
		t.Error("a page of the earlier site is left")
	}
	other := t.TempDir()
	mine := filepath.Join(other, "index.html")
	if err := os.WriteFile(mine, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{other, ""} {
		if err := Write(dir, hostile(1)); err == nil {
			t.Errorf("%q was written to", dir)
		}
	}
	if text, _ := os.ReadFile(mine); string(text) != "mine" {
		t.Errorf("what was there is now %q", text)
	}
}

// The same input gives the same files.
func TestSameInputSameSite(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	for _, dir := range []string{a, b} {
		if err := Write(dir, hostile(12)); err != nil {
			t.Fatal(err)
		}
	}
	err := filepath.WalkDir(a, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(a, path)
		one, _ := os.ReadFile(path)
		two, err := os.ReadFile(filepath.Join(b, name))
		if err != nil || string(one) != string(two) {
			t.Errorf("%s differs: %v", name, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
