package main

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/spawnspec/spawnspec/suite/internal/compare"
	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/render"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

func compareCommand() *cobra.Command {
	var failOn compare.FailOn
	var reports []string
	var limit int
	var all bool
	c := &cobra.Command{
		Use:   "compare BEFORE AFTER",
		Short: "Show what differs between two recordings, why it matters and what to do",
		Long: `compare shows what differs between two recordings, by behaviour and launcher. Each is
a file, or the published recording published:NAME.

First come the default that moved and how to set it back, the errors that a program
may have met with what was seen to help, and what changes without any error. With
--all each finding follows: what was seen before and after, why it matters, who says
how it should be, and the command that tries it again.

Of two folders, those recordings are compared that have the same name in both; of a
recording and a folder, that recording with each of the folder. What several pairs
have in common is told once.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return fmt.Errorf("compare takes two recordings or two folders, BEFORE and AFTER; %d were given", len(args))
			}
			return nil
		},
		ValidArgsFunction: func(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			return completeRecordings(c, args, word)
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if !slices.Contains(compare.FailOns, failOn) {
				return fmt.Errorf("--fail-on %s: there are regressed, changed and never", failOn)
			}
			files, err := parseReports(reports, limit, render.Of(render.Comparisons))
			if err != nil {
				return err
			}
			if isFolder(args[0]) || isFolder(args[1]) {
				return compareFolders(args[0], args[1], failOn, files, limit, all)
			}
			before, err := readRecording(args[0])
			if err != nil {
				return err
			}
			after, err := readRecording(args[1])
			if err != nil {
				return err
			}
			found, err := compareAs(args[0], before, args[1], after)
			if err != nil {
				return err
			}
			for _, f := range files {
				err := writeTo(f.path, func(w io.Writer) error {
					return f.Comparison(w, render.Comparison{Comparison: found, FailOn: failOn}, limit)
				})
				if err != nil {
					return err
				}
			}
			if err := show(page.Comparison(found), all); err != nil {
				return err
			}
			if found.Failing(failOn) {
				return errRed
			}
			return nil
		},
	}
	fl := c.Flags()
	fl.StringVar(
		(*string)(&failOn),
		"fail-on",
		string(compare.OnChanged),
		"`WHEN` to give exit code 1: regressed, changed or never",
	)
	reportFlags(c, &reports, &limit, render.Of(render.Comparisons))
	fl.BoolVar(&all, "all", false, "list everything that is otherwise only counted")
	_ = c.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions([]string{
		string(compare.OnRegressed) + "\ta trial regressed or hangs",
		string(compare.OnChanged) + "\tanything that both have differs",
		string(compare.Never) + "\tonly what could not be compared",
	}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// compareAs compares two recordings and gives the sides their names.
func compareAs(before string, old *record.Recording, after string, new *record.Recording) (*compare.Comparison, error) {
	found, err := compare.Compare(old, new, specified()...)
	if err != nil {
		return nil, fmt.Errorf("%s and %s: %w", before, after, err)
	}
	found.Before.Name, found.After.Name = before, after
	return found, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// recordingsIn are the recordings in a folder and below it, by their paths in it
// without the extension.
func recordingsIn(folder string) (map[string]string, error) {
	found := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		name, err := filepath.Rel(folder, strings.TrimSuffix(path, ".json"))
		found[filepath.ToSlash(name)] = path
		return err
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s: no recording is in it: give a folder of files made by spawnspec run --record NAME.json", folder)
	}
	return found, err
}

// compareFolders compares the recordings of two folders by name, or one recording
// with each of a folder. It ends with the worst of what it sees.
func compareFolders(before, after string, failOn compare.FailOn, files []reportFile, limit int, all bool) error {
	if _, err := os.Stat(after); err != nil {
		return wayOut(after, err)
	}
	if !isFolder(after) {
		return fmt.Errorf("%s is a folder, %s is none: give two recordings, two folders, or a recording and a folder",
			before, after)
	}
	news, err := recordingsIn(after)
	if err != nil {
		return err
	}
	m := &compare.Matrix{Before: before, After: after}
	olds := map[string]string{}
	var baseline *record.Recording
	if isFolder(before) {
		if olds, err = recordingsIn(before); err != nil {
			return err
		}
	} else if baseline, err = readRecording(before); err != nil {
		return err
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(news)) {
		if _, ok := olds[name]; ok || baseline != nil {
			names = append(names, name)
		} else {
			m.OnlyAfter = append(m.OnlyAfter, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(olds)) {
		if _, ok := news[name]; !ok {
			m.OnlyBefore = append(m.OnlyBefore, name)
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("%s and %s have no recording of the same name", before, after)
	}
	var reader record.Reader
	inOrder(names, func(name string) compared {
		old, from := baseline, before
		var err error
		if old == nil {
			from = olds[name]
			if old, err = reader.ReadFile(from); err != nil {
				return compared{nil, err}
			}
		}
		new, err := reader.ReadFile(news[name])
		if err != nil {
			return compared{nil, err}
		}
		c, err := compareAs(from, old, news[name], new)
		return compared{c, err}
	}, func(name string, c compared) { m.Add(name, c.found, c.err) })
	m.Sorted()
	for _, f := range files {
		err := writeTo(f.path, func(w io.Writer) error { return f.Matrix(w, render.Matrix{Matrix: m, FailOn: failOn}, limit) })
		if err != nil {
			return err
		}
	}
	if err := show(page.Matrix(m), all); err != nil {
		return err
	}
	if failed := m.Errors(); len(failed) > 0 {
		return fmt.Errorf("%d of %d pairs cannot be compared: %w", len(failed), len(m.Pairs), failed[0].Err)
	}
	if m.Failing(failOn) {
		return errRed
	}
	return nil
}

// compared is what came of comparing a pair.
type compared struct {
	found *compare.Comparison
	err   error
}

// inOrder does work for each name, several at a time, and takes what comes of it in
// the order of the names. What was not taken yet is bounded. Recordings are read, looked
// at and let go, so garbage may be four times what is kept: a quarter less time for 200 MB.
func inOrder[T any](names []string, work func(string) T, take func(string, T)) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	waiting := make(chan chan T, runtime.GOMAXPROCS(0))
	go func() {
		for _, name := range names {
			done := make(chan T, 1)
			waiting <- done
			go func() { done <- work(name) }()
		}
		close(waiting)
	}()
	i := 0
	for done := range waiting {
		take(names[i], <-done)
		i++
	}
}

// specified are the behaviours of this binary, whose advice is newer than that of
// a recording.
var specified = sync.OnceValue(func() (all []record.Behaviour) {
	for _, d := range spec.All() {
		all = append(all, d.Behaviour)
	}
	return all
})
