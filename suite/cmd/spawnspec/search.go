package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/spawnspec/spawnspec/suite/internal/answers"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/published"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/search"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

// maxInput is how much of standard input is read: more than any traceback.
const maxInput = 16 << 20

func searchCommand() *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "search WORDS... | search -",
		Short: "Find behaviours by anybody's words, or answer an error that is pasted in",
		Long: `search finds behaviours by words: those of ids and sentences, the names and texts of
errors, exit statuses, and whatever the published recordings hold.

search - reads a log or a traceback from standard input and answers it: what it is
about, on which platforms and versions this is what happens, what moved, what to do
and where that was seen to work.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("search takes words, or - for a log on standard input")
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(_ *cobra.Command, args []string) error {
			index, err := indexOf()
			if err != nil {
				return err
			}
			if slices.Equal(args, []string{"-"}) {
				return answerLog(index, os.Stdin)
			}
			query := strings.Join(args, " ")
			hits := index.Words(query)
			// What has less than half of what was asked for is about something else.
			hits = slices.DeleteFunc(hits, func(h search.Hit) bool { return h.Part < 0.5 })
			unknown := index.Unknown(query)
			versions := comparisonOf(query)
			if versions != "" {
				unknown = nil
			}
			if len(hits) == 0 && versions == "" {
				if len(unknown) > 0 {
					return fmt.Errorf("nothing is found for %.80q: no behaviour has the word %.80s; spawnspec list names every behaviour",
						query, strings.Join(unknown, ", "))
				}
				return fmt.Errorf("nothing is found for %.80q; spawnspec list names every behaviour", query)
			}
			const most = 10
			if !all && len(hits) > most {
				hits = hits[:most]
			}
			return show(page.Found(query, pageHits(hits), unknown, versions), all)
		},
	}
	c.Flags().BoolVar(&all, "all", false, "list everything that is found")
	return c
}

var versionNumber = regexp.MustCompile(`\d+(?:\.\d+)*`)

// comparisonOf is the command that answers a question about two versions of a runtime,
// "" where it is about none or they are not recorded.
func comparisonOf(query string) string {
	low := strings.ToLower(query)
	words := strings.FieldsFunc(low, func(r rune) bool { return r != '.' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	numbers := versionNumber.FindAllString(low, -1)
	names := published.Names()
	for _, runtime := range spec.RuntimeNames() {
		m := spec.Manifests[runtime]
		if !slices.ContainsFunc(words, func(w string) bool {
			w = strings.TrimRight(w, "0123456789.")
			return w == runtime || w == strings.ToLower(m.Title) || slices.Contains(m.Executables, w) || w+"3" == "python3" && runtime == "cpython"
		}) {
			continue
		}
		var sides []string
		for _, n := range numbers {
			if of := published.Prefix + runtime + "-" + n; slices.Contains(names, of) && !slices.Contains(sides, of) {
				sides = append(sides, of)
			}
		}
		if len(sides) == 2 {
			return "spawnspec compare " + strings.Join(sides, " ")
		}
	}
	return ""
}

// indexOf makes the index of all behaviours and of what is recorded of them.
func indexOf() (*search.Index, error) {
	texts, err := published.AllTexts()
	if err != nil {
		return nil, err
	}
	recorded := map[string][]string{}
	for _, t := range texts {
		recorded[t.ID] = t.Texts
	}
	var documents []search.Document
	for _, d := range spec.All() {
		doc := search.Document{Behaviour: d.Behaviour, Recorded: recorded[d.ID]}
		for _, was := range d.Was {
			doc.Recorded = append(doc.Recorded, recorded[was]...)
		}
		for _, pin := range d.Pins {
			doc.Recorded = append(doc.Recorded, pin.Reason)
		}
		documents = append(documents, doc)
	}
	return search.New(documents), nil
}

func pageHits(hits []search.Hit) (all []page.Hit) {
	for _, h := range hits {
		all = append(all, page.Hit{Behaviour: h.Behaviour, Text: h.Text, Note: (*page.Note)(h.Note)})
	}
	return all
}

// answerLog answers a log: what its most telling message is about, in full, and a line
// each for the rest.
func answerLog(index *search.Index, r io.Reader) error {
	log, err := io.ReadAll(io.LimitReader(r, maxInput))
	if err != nil {
		return fmt.Errorf("standard input: %w", err)
	}
	log = record.DecodeText(log)
	if len(strings.TrimSpace(string(log))) == 0 {
		return errors.New("standard input is empty: paste a log or a traceback, then end it (Ctrl-D)")
	}
	found, by, also := index.Log(string(log))
	if len(found) == 0 {
		return errors.New("nothing in this text is known here; try its own words: spawnspec search WORDS")
	}
	hits := pageHits(found)
	const most = 6
	h := page.Hint{Message: by, Hit: hits[0], Others: hits[1:min(len(hits), most)]}
	for _, a := range also[:min(len(also), most)] {
		h.Also = append(h.Also, page.Also{Message: a.Message, Hit: page.Hit{Behaviour: a.Hit.Behaviour, Text: a.Hit.Text}})
	}
	for _, d := range spec.All() {
		if d.ID != hits[0].Behaviour.ID {
			continue
		}
		if h.Recorded, err = recordedOf(d); err != nil {
			return err
		}
	}
	if h.Defaults, err = defaultsBehind(h); err != nil {
		return err
	}
	return show(page.Answer(h), false)
}

// defaultsBehind are the defaults that decide whether the message of a hint is met: of
// a runtime that does it well in one way and not in another, that of which way it takes.
func defaultsBehind(h page.Hint) (all []page.Default, err error) {
	launchers := func(rows []answers.Row) map[string][]string { // by runtime
		names := map[string][]string{}
		for _, r := range rows {
			for _, l := range r.Launchers {
				runtime, _, _ := strings.Cut(l, "/")
				names[runtime] = append(names[runtime], l)
			}
		}
		return names
	}
	bad, good := launchers(answers.With(h.Recorded.Columns, h.Hit.Text)), launchers(answers.Well(h.Recorded.Columns))
	decides := func(t record.Trial) bool {
		runtime, _, _ := strings.Cut(t.Launcher, "/")
		if bad[runtime] == nil || good[runtime] == nil {
			return false
		}
		return slices.ContainsFunc(t.Observations, func(o record.Observation) bool {
			way := record.Launcher{Runtime: runtime}.Method(fmt.Sprint(o.Value))
			return slices.Contains(bad[runtime], way) || slices.Contains(good[runtime], way)
		})
	}
	for _, d := range spec.All() {
		if d.Role != record.RoleDefault {
			continue
		}
		columns, err := columnsOf(d)
		if err != nil {
			return nil, err
		}
		for i := range columns {
			columns[i].Trials = slices.DeleteFunc(columns[i].Trials, func(t record.Trial) bool { return !decides(t) })
		}
		all = append(all, page.Default{Subject: d.Subject, Columns: columns})
	}
	return all, nil
}
