package answers

import "slices"

// Variants are the different cells of a row, as they come: of many equal ones there is
// one.
type Variants struct {
	cells  []Cell
	tried  []int // the numbers of those that were tried
	number map[string]int
}

// Add takes a cell and returns its number, which is the same for equal ones.
func (v *Variants) Add(c Cell) int {
	key := string(c.Kind) + "\x00" + c.Key
	n, known := v.number[key]
	if !known {
		if v.number == nil {
			v.number = map[string]int{}
		}
		n = len(v.cells)
		v.number[key] = n
		v.cells = append(v.cells, c)
		if c.Kind.Tried() {
			v.tried = append(v.tried, n)
		}
	}
	return n
}

// Cell is the one of a number.
func (v *Variants) Cell(n int) Cell { return v.cells[n] }

// Tried is how many different answers there are.
func (v *Variants) Tried() int { return len(v.tried) }

// Letter tells the answer of a number from the others, A before B; it is "" where there
// is nothing to tell it from.
func (v *Variants) Letter(n int) string {
	if !v.cells[n].Kind.Tried() || len(v.tried) < 2 {
		return ""
	}
	return letter(slices.Index(v.tried, n))
}
