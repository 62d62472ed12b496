package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/answers"
	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Grid is behaviours in rows and recordings in columns. Recordings are added one at
// a time and not kept: of each there is one number for each behaviour.
type Grid struct {
	Columns []string
	rows    map[string]*gridRow
	now     map[string]string // the id that a behaviour has now, by any that it had
}

// gridRow is the answers to one behaviour.
type gridRow struct {
	answers.Variants
	cells []int // by column, 1 more than the variant's number; 0 is never tried
}

// NewGrid makes a grid of behaviours without a column.
func NewGrid(behaviours []record.Behaviour) *Grid {
	m := &Grid{rows: map[string]*gridRow{}, now: map[string]string{}}
	for _, b := range behaviours {
		m.rows[b.ID] = &gridRow{}
		for _, id := range append([]string{b.ID}, b.Was...) {
			m.now[id] = b.ID
		}
	}
	return m
}

// Add adds a recording. Behaviours that the grid is not of are left out.
func (m *Grid) Add(name string, r *record.Recording) {
	if !r.Complete {
		name += " (cut short)"
	}
	m.Columns = append(m.Columns, name)
	trials := map[string][]record.Trial{}
	for _, t := range r.Trials {
		if id := m.now[t.ID]; id != "" {
			trials[id] = append(trials[id], t)
		}
	}
	for id, row := range m.rows {
		n := 0
		if of := trials[id]; len(of) > 0 {
			n = 1 + row.Add(answers.Summary(of))
		}
		row.cells = append(row.cells, n)
	}
}

// never is a cell of what a recording has no trial of, which is not a no.
const never = "never tried"

// text is the cell of a column: a letter tells different answers apart where there are several.
func (r *gridRow) text(column int) string {
	n := r.cells[column]
	if n == 0 {
		return never
	}
	return strings.TrimSuffix(r.Cell(n-1).Text+" "+r.Letter(n-1), " ")
}

// ids are the behaviours that a recording has a trial of, in order.
func (m *Grid) ids() (all []string) {
	for id, row := range m.rows {
		if row.Tried() > 0 {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return all
}

// Table is the grid with a header, every cell as text.
func (m *Grid) Table() [][]string {
	table := [][]string{append([]string{"behaviour"}, m.Columns...)}
	for _, id := range m.ids() {
		line := []string{id}
		for i := range m.Columns {
			line = append(line, m.rows[id].text(i))
		}
		table = append(table, line)
	}
	return table
}

// Page shows the rows in which recordings differ, by area, and counts the others.
func (m *Grid) Page() Page {
	p := Page{Title: strong("%s in %s", count(len(m.ids()), "behaviour", "behaviours"), count(len(m.Columns), "recording", "recordings"))}
	p.Add(Para{in(Quiet, "The same letter in a row is the same answer.")})
	sections := map[string]*Table{}
	equal := map[string][]string{}
	var areas []string
	for _, id := range m.ids() {
		area, _, _ := strings.Cut(id, ".")
		if sections[area] == nil {
			sections[area] = &Table{Header: append([]string{area}, m.Columns...)}
			areas = append(areas, area)
		}
		row := m.rows[id]
		if row.Tried() < 2 {
			equal[area] = append(equal[area], id)
			continue
		}
		cells := []Text{say("%s", strings.TrimPrefix(id, area+"."))}
		for i := range m.Columns {
			tone := Quiet
			if n := row.cells[i]; n > 0 {
				tone = answerTone(row.Cell(n - 1).Kind)
			}
			cells = append(cells, in(tone, row.text(i)))
		}
		sections[area].Rows = append(sections[area].Rows, cells)
	}
	for _, area := range areas {
		var blocks []Block
		if len(sections[area].Rows) > 0 {
			blocks = append(blocks, *sections[area])
		}
		if n := len(equal[area]); n > 0 {
			blocks = append(blocks, Details{Summary: in(Quiet, fmt.Sprintf("%d equal in all that have tried them", n)),
				Blocks: []Block{Para{say("%s", strings.Join(equal[area], ", "))}}})
		}
		p.Add(Section{Title: strong("%s", cmp.Or(area, "other")), Blocks: blocks})
	}
	return p
}
