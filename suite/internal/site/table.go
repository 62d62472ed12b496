package site

import (
	"slices"

	"github.com/spawnspec/spawnspec/suite/internal/answers"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// cell is what a recording has of a behaviour, in a word or two.
type cell struct {
	Text    string
	Class   string
	Variant string // the same letter for equal answers of a row; "" if all are equal
}

// row is a behaviour in a table.
type row struct {
	Described
	Cells []cell
	Equal bool // every recording that has tried it gives the same answer
}

// tables writes a table for each area.
func (w *writer) tables() error {
	for _, a := range w.Areas {
		var rows []row
		var columns []string
		for _, r := range w.Recordings {
			if slices.ContainsFunc(w.Behaviours, func(b Described) bool { return b.Area == a.Name && w.tried(b.ID, r.Name) }) {
				columns = append(columns, r.Name)
			}
		}
		for _, b := range w.Behaviours {
			if b.Area == a.Name {
				rows = append(rows, w.row(b, columns))
			}
		}
		cells := map[string][][]string{}
		for _, r := range rows {
			for _, c := range r.Cells {
				cells[r.ID] = append(cells[r.ID], []string{c.Text, c.Class, c.Variant})
			}
		}
		if err := w.both("table-"+a.Name, "table", map[string]any{"columns": columns, "cells": cells}); err != nil {
			return err
		}
		first := max(0, len(columns)-mostColumns)
		for i := range rows {
			rows[i].Cells = rows[i].Cells[first:]
		}
		err := w.page("t/"+a.Name+".html", shell{Title: a.Name, Here: "home", Scripts: []string{"data/table-" + a.Name + ".js"}},
			of("table.html", map[string]any{"Area": a, "Columns": columns, "First": first, "Shown": columns[first:], "Rows": rows}))
		if err != nil {
			return err
		}
	}
	return nil
}

// mostColumns is how many columns a table has unless its reader chooses others.
const mostColumns = 8

func (w *writer) tried(id, recording string) bool {
	return slices.ContainsFunc(w.columns[id], func(c answers.Column) bool {
		return c.Name == recording && slices.ContainsFunc(c.Trials, func(t record.Trial) bool { return t.Status.Ran() })
	})
}

// row tells what each recording has of a behaviour. That there is no trial is said as that.
func (w *writer) row(b Described, columns []string) row {
	r := row{Described: b}
	var variants answers.Variants
	numbers := make([]int, len(columns))
	for at, name := range columns {
		i := slices.IndexFunc(w.columns[b.ID], func(c answers.Column) bool { return c.Name == name })
		if i < 0 {
			numbers[at] = -1
			r.Cells = append(r.Cells, cell{Text: "never tried", Class: "never"})
			continue
		}
		told := answers.Summary(w.columns[b.ID][i].Trials)
		numbers[at] = variants.Add(told)
		r.Cells = append(r.Cells, cell{Text: told.Text, Class: classes[told.Kind]})
	}
	for at, n := range numbers {
		if n >= 0 {
			r.Cells[at].Variant = variants.Letter(n)
		}
	}
	r.Equal = variants.Tried() < 2
	return r
}

// classes are those of the style sheet by the kind of an answer.
var classes = map[answers.Kind]string{answers.Holds: "good", answers.Works: "good", answers.Seen: "news",
	answers.Differs: "notice", answers.Fails: "notice", answers.Red: "bad", answers.Elsewhere: "quiet", answers.Unmet: "quiet"}

// change is an answer that moved from one recorded version to the next.
type change struct {
	ID, Launcher, Platform string
	From, To               string // versions
	Before, After          answers.Kind
}

// moved lists the newest changes of kind, as many as are wanted; 0 is all.
func (w *writer) moved(most int) (all []change) {
	for _, b := range w.Behaviours {
		for _, s := range answers.History(w.columns[b.ID]) {
			for i := 1; i < len(s.Spans); i++ {
				before, after := s.Spans[i-1], s.Spans[i]
				if before.Answer.Kind == after.Answer.Kind || !before.Answer.Kind.Tried() || !after.Answer.Kind.Tried() {
					continue
				}
				all = append(all, change{b.ID, s.Launcher, s.Platform, before.Versions[len(before.Versions)-1], after.Versions[0],
					before.Answer.Kind, after.Answer.Kind})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b change) int { return answers.CompareVersions(b.To, a.To) })
	if most > 0 {
		all = all[:min(len(all), most)]
	}
	return all
}
