// Package site writes the specification with its recorded answers as static pages: a
// page for each behaviour, platform and comparison, a table for each area, a feed, and
// the data of all of it. The pages need no server and no network, and without a script
// only the search, the filters and the comparison of a freely chosen pair are missing.
package site

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spawnspec/spawnspec/suite/internal/answers"
	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/render"
)

// Input is what the site is made of.
type Input struct {
	Areas      []Area
	Behaviours []Described // by id
	Recordings []Recording
}

// Area is a chapter of the specification.
type Area struct{ Name, Title string }

// Described is a behaviour with where it is tried.
type Described struct {
	record.Behaviour
	Scope page.Scope
}

// Recording is a recording with the name that it goes by, for example "cpython-3.14".
type Recording struct {
	Name string
	*record.Recording
}

//go:embed files
var files embed.FS

// templates are parsed when the first page is written.
var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").ParseFS(files, "files/*.html"))
})

// shell is what is around the content of every page.
type shell struct {
	Root    string // how to get from the page to the folder of the site
	Title   string
	Here    string // the entry of the navigation that the page is
	Content template.HTML
	Scripts []string
}

// writer writes the pages into a folder.
type writer struct {
	Input
	dir     string
	columns map[string][]answers.Column // by id of the behaviour
}

// Write writes the site into a folder, which is made if it is not there. An earlier site
// in it is replaced; a folder that holds anything else is refused, since this would
// replace that. The first page is written last: where it is there, all is.
func Write(dir string, in Input) error {
	if err := Fit(dir); err != nil {
		return err
	}
	if err := clear(dir); err != nil {
		return err
	}
	w := &writer{Input: in, dir: dir, columns: map[string][]answers.Column{}}
	w.sortRecordings()
	w.index()
	for _, step := range []func() error{w.assets, w.behaviours, w.tables, w.platforms, w.comparisons, w.data, w.feed, w.home} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// mark is the file that says that a folder is of a site.
const mark = "site.css"

// Fit reports why a site cannot be written into dir, and makes the folder if it can.
func Fit(dir string) error {
	if dir == "" {
		return errors.New("the folder's name is empty")
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is a file: give the folder to write to first, then the recordings", dir)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("%w; give a folder that can be written to, then the recordings", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, mark)); err != nil {
		return fmt.Errorf("%s holds something that is no site of spawnspec: give a folder that is empty or not there", dir)
	}
	return nil
}

// clear makes room for a site: it removes an earlier one.
func clear(dir string) error {
	for _, name := range []string{"index.html", "b", "badge", "c", "data", "p", "t", "platforms.html", "compare.html", "feed.atom"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// sortRecordings puts those of platforms before those of runtimes, and versions in order.
func (w *writer) sortRecordings() {
	key := func(r Recording) (runtime, platform, version string) {
		platform, version = answers.Platform(r.Head)
		if l := ofRuntime(r.Recording); l != nil {
			runtime, version = l.Runtime, l.Version
		}
		return runtime, platform, version
	}
	slices.SortStableFunc(w.Recordings, func(a, b Recording) int {
		runtimeA, platformA, versionA := key(a)
		runtimeB, platformB, versionB := key(b)
		return cmp.Or(cmp.Compare(runtimeA, runtimeB), cmp.Compare(order(platformA), order(platformB)),
			cmp.Compare(platformA, platformB), answers.CompareVersions(versionA, versionB))
	})
}

// order puts the reference, to which others are compared, first.
func order(platform string) int {
	if platform == "Linux" {
		return 0
	}
	return 1
}

// ofRuntime is a launcher of the runtime that a recording is of; nil if it is of a platform.
func ofRuntime(r *record.Recording) *record.Launcher {
	if len(r.Config.Only) == 0 && len(r.Launchers) > 0 && r.Launchers[0].Runtime == "" {
		return nil
	}
	for _, l := range r.Launchers {
		if l.Runtime != "" {
			return &l
		}
	}
	return nil
}

// index finds what each recording has of each behaviour, by any of its ids.
func (w *writer) index() {
	now := map[string]string{}
	for _, b := range w.Behaviours {
		now[b.ID] = b.ID
		for _, was := range b.Was {
			now[was] = b.ID
		}
	}
	for _, r := range w.Recordings {
		byID := map[string][]record.Trial{}
		for _, t := range r.Trials {
			if id, known := now[t.ID]; known {
				byID[id] = append(byID[id], t)
			}
		}
		for id, trials := range byID {
			w.columns[id] = append(w.columns[id], answers.Column{Name: r.Name, Head: r.Head, Trials: trials})
		}
	}
}

// file writes one file of the site.
func (w *writer) file(name string, content []byte) error {
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

// page writes a page around its content.
func (w *writer) page(name string, s shell, content func(io.Writer) error) error {
	var b bytes.Buffer
	if err := content(&b); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s.Root = strings.Repeat("../", strings.Count(name, "/"))
	s.Content = template.HTML(b.String()) //nolint:gosec // it comes from templates that escape
	var whole bytes.Buffer
	if err := templates().ExecuteTemplate(&whole, "shell.html", s); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return w.file(name, whole.Bytes())
}

// of renders a template.
func of(name string, data any) func(io.Writer) error {
	return func(out io.Writer) error { return templates().ExecuteTemplate(out, name, data) }
}

// assets are the files that all pages share.
func (w *writer) assets() error {
	style, err := files.ReadFile("files/site.css")
	if err != nil {
		return err
	}
	script, err := files.ReadFile("files/site.js")
	if err != nil {
		return err
	}
	return cmp.Or(w.file("site.css", append([]byte(render.HTMLStyle), style...)), w.file("site.js", script))
}

func (w *writer) home() error {
	type chapter struct {
		Area
		Behaviours []Described
	}
	var chapters []chapter
	for _, a := range w.Areas {
		c := chapter{Area: a}
		for _, b := range w.Behaviours {
			if b.Area == a.Name {
				c.Behaviours = append(c.Behaviours, b)
			}
		}
		chapters = append(chapters, c)
	}
	trials := 0
	for _, r := range w.Recordings {
		for _, t := range r.Trials {
			if t.Status.Ran() {
				trials++
			}
		}
	}
	return w.page("index.html", shell{Title: "spawnspec", Here: "home", Scripts: []string{"data/search.js"}}, of("home.html", map[string]any{
		"Chapters": chapters, "Behaviours": len(w.Behaviours), "Recordings": len(w.Recordings), "Trials": trials, "Moved": w.moved(8),
	}))
}

// behaviours writes a page for each, and one for each earlier id that leads there.
func (w *writer) behaviours() error {
	for _, b := range w.Behaviours {
		recorded := page.Recorded{Columns: w.columns[b.ID], Proofs: map[string][]answers.Column{}}
		for _, r := range b.Remedies {
			recorded.Proofs[r.ProvedBy] = w.columns[r.ProvedBy]
		}
		p := page.Behaviour(b.Behaviour, b.Scope, recorded, nil)
		err := w.page("b/"+b.ID+".html", shell{Title: b.ID}, func(out io.Writer) error {
			if err := of("behaviour.html", b)(out); err != nil {
				return err
			}
			return render.HTMLBlocks(out, p.Blocks[1:], 2) // the sentence is the title
		})
		if err != nil {
			return err
		}
		for _, was := range b.Was {
			if err := w.page("b/"+was+".html", shell{Title: was}, of("moved.html", map[string]string{"Was": was, "ID": b.ID})); err != nil {
				return err
			}
		}
	}
	return nil
}

// platforms writes a page for each recording: what it is of, and, of a platform, what
// is not as on the reference, which is the first one.
func (w *writer) platforms() error {
	for _, r := range w.Recordings {
		var facts page.Fields
		for _, f := range r.Host {
			if !f.Volatile {
				facts = append(facts, page.Field{Label: f.Name, Texts: []page.Text{{{Text: f.Value}}}})
			}
		}
		var differs []page.Block
		if before := w.reference(r); before != nil {
			var err error
			if differs, err = w.compared(*before, r); err != nil {
				return err
			}
			differs = brief(differs) // the comparison's own page has all
		}
		err := w.page("p/"+r.Name+".html", shell{Title: r.Name, Here: "platforms"}, func(out io.Writer) error {
			if err := of("platform.html", map[string]any{"Name": r.Name, "Title": title(r), "Reference": w.reference(r), "Counts": counts(r)})(out); err != nil {
				return err
			}
			if err := render.HTMLBlocks(out, differs, 2); err != nil {
				return err
			}
			return render.HTMLBlocks(out, []page.Block{page.Section{Title: page.Text{{Text: "The machine"}}, Blocks: []page.Block{facts}, Folded: true}}, 2)
		})
		if err != nil {
			return err
		}
		if err := w.file("badge/"+r.Name+".svg", badge(r)); err != nil {
			return err
		}
	}
	return w.page("platforms.html", shell{Title: "Recorded platforms", Here: "platforms"}, of("platforms.html", w.titled()))
}

// titled is every recording with what it is of.
func (w *writer) titled() (all []map[string]string) {
	for _, r := range w.Recordings {
		all = append(all, map[string]string{"Name": r.Name, "Title": title(r), "Counts": counts(r)})
	}
	return all
}

// title says what a recording is of: "CPython 3.14.8 on Linux 6.18".
func title(r Recording) string {
	platform, version := answers.Platform(r.Head)
	where := strings.TrimSpace(platform + " " + version)
	if l := ofRuntime(r.Recording); l != nil {
		where = fmt.Sprintf("%s %s on %s", cmp.Or(l.Implementation, l.Runtime), l.Version, where)
	}
	if !r.Complete {
		where += " (cut short)"
	}
	return where
}

// counts says how the trials of a recording ended.
func counts(r Recording) string {
	kinds := map[answers.Kind]int{}
	for _, t := range r.Trials {
		kinds[answers.Of(t).Kind]++
	}
	var texts []string
	for _, k := range answers.Kinds {
		if kinds[k] > 0 && k.Tried() {
			texts = append(texts, k.Of(kinds[k]))
		}
	}
	text := strings.Join(texts, ", ")
	if !r.Complete {
		text += "; the run was cut short, and what it did not reach is told as never tried"
	}
	return text
}

// reference is the recording that one is compared with on its own page: on the first
// platform the version before, on any other one the same on the first platform, or the
// version before. It is nil for the first of all.
func (w *writer) reference(r Recording) *Recording {
	if n := w.neighbours(r); len(n) > 0 {
		return n[0]
	}
	return nil
}

// neighbours are the recordings that one is compared with: the same release on the
// first platform, and the version before on the same platform.
func (w *writer) neighbours(r Recording) (all []*Recording) {
	l, platform := ofRuntime(r.Recording), platformOf(r)
	var before *Recording
	for i := range w.Recordings {
		other := &w.Recordings[i]
		o := ofRuntime(other.Recording)
		if other.Name == r.Name || (l == nil) != (o == nil) || l != nil && o.Runtime != l.Runtime {
			continue
		}
		switch on := platformOf(*other); {
		case on != platform && order(on) == 0 && (l == nil || answers.Release(o.Version) == answers.Release(l.Version)):
			all = append(all, other)
		case on == platform && l != nil && answers.CompareVersions(o.Version, l.Version) < 0:
			before = other // they are in order
		}
	}
	if before != nil {
		all = append(all, before)
	}
	return all
}

func platformOf(r Recording) string {
	name, _ := answers.Platform(r.Head)
	return name
}

// largestPage is how many bytes the comparison of a page may have.
const largestPage = 280_000

// compared is the comparison of two recordings.
func (w *writer) compared(before, after Recording) ([]page.Block, error) {
	var specified []record.Behaviour
	for _, b := range w.Behaviours {
		specified = append(specified, b.Behaviour)
	}
	found, err := compare.Compare(before.Recording, after.Recording, specified...)
	if err != nil {
		return nil, err
	}
	found.Before.Name, found.After.Name = before.Name, after.Name
	p := page.Comparison(found)
	return append([]page.Block{page.Para{Text: p.Title}}, p.Blocks...), nil
}

// brief is blocks without what is only there for a reader who asks for all.
func brief(blocks []page.Block) (all []page.Block) {
	for _, b := range blocks {
		switch b := b.(type) {
		case page.Details:
			all = append(all, brief(b.Brief)...)
		case page.Section:
			b.Blocks = brief(b.Blocks)
			all = append(all, b)
		default:
			all = append(all, b)
		}
	}
	return all
}

// comparisons writes a page for each recording and its reference, and the one on which
// any two are chosen.
func (w *writer) comparisons() error {
	type pair struct{ Name, Before, After string }
	var pairs []pair
	for _, r := range w.Recordings {
		for _, before := range w.neighbours(r) {
			blocks, err := w.compared(*before, r)
			if err != nil {
				return err
			}
			var whole bytes.Buffer
			if err := render.HTMLBlocks(&whole, blocks, 2); err != nil {
				return err
			}
			if whole.Len() > largestPage {
				blocks = append(brief(blocks), page.Para{Text: page.Text{{Text: "Each finding, which is too much for a page:"}}},
					page.Command(fmt.Sprintf("spawnspec compare --all published:%s published:%s", before.Name, r.Name)))
			}
			name := before.Name + ".." + r.Name
			pairs = append(pairs, pair{name, title(*before), title(r)})
			err = w.page("c/"+name+".html", shell{Title: before.Name + " → " + r.Name, Here: "comparisons"}, func(out io.Writer) error {
				if err := of("comparison.html", map[string]string{"Before": before.Name, "After": r.Name})(out); err != nil {
					return err
				}
				return render.HTMLBlocks(out, blocks, 2)
			})
			if err != nil {
				return err
			}
		}
	}
	return w.page("compare.html", shell{Title: "Comparisons", Here: "comparisons", Scripts: []string{"data/names.js"}},
		of("compare.html", map[string]any{"Pairs": pairs, "Recordings": w.titled()}))
}

// data writes what the scripts of the pages read, and the same as JSON for everybody else.
func (w *writer) data() error {
	type found struct {
		ID    string `json:"id"`
		Words string `json:"words"`
	}
	var search []found
	for _, b := range w.Behaviours {
		words := []string{b.ID, b.Sentence, b.Matters}
		words = append(words, b.Was...)
		for _, r := range b.Remedies {
			words = append(words, r.Text)
		}
		said := map[string]bool{}
		for _, c := range w.columns[b.ID] {
			for _, t := range c.Trials {
				for _, o := range t.Observations {
					if text, ok := o.Value.(string); ok && len(text) > 3 && !said[text] {
						said[text] = true
						words = append(words, text[:min(len(text), 200)])
					}
				}
			}
		}
		search = append(search, found{b.ID, strings.ToLower(strings.Join(words, " "))})
	}
	if err := w.both("search", "search", search); err != nil {
		return err
	}
	names := []string{}
	for _, r := range w.Recordings {
		names = append(names, r.Name)
		trials := map[string]map[string]any{}
		for _, t := range r.Trials {
			a := answers.Of(t)
			values := map[string]string{}
			for _, o := range a.Values {
				text := record.Text(o.Value)
				values[o.Name] = text[:min(len(text), 300)]
			}
			trials[t.Key()] = map[string]any{"answer": a.Kind, "values": values}
		}
		if err := w.both("recording-"+r.Name, r.Name, trials); err != nil {
			return err
		}
	}
	return w.both("names", "names", names)
}

// both writes a value as JSON, and as a script: a page that was opened as a file may
// load scripts, and nothing else.
func (w *writer) both(name, variable string, v any) error {
	text, err := json.Marshal(v) // escapes <, > and &
	if err != nil {
		return err
	}
	key, err := json.Marshal(variable)
	if err != nil {
		return err
	}
	return cmp.Or(w.file("data/"+name+".json", text),
		w.file("data/"+name+".js", slices.Concat([]byte("(window.spawnspec = window.spawnspec || {})["), key, []byte("] = "), text, []byte(";\n"))))
}
