package answers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Cell is what a recording has of a behaviour, in a few words.
type Cell struct {
	Text string
	Kind Kind   // of the trials that were tried, that which is farthest from holding
	Key  string // the same for the same answers of the same launchers
}

// Summary tells the trials of a behaviour in a recording, of which there is at least one.
func Summary(trials []record.Trial) Cell {
	kinds := map[Kind]int{}
	var keys []string
	for _, t := range trials {
		a := Of(t)
		kinds[a.Kind]++
		if a.Kind.Tried() {
			keys = append(keys, t.Launcher+"\x00"+a.key())
		}
	}
	slices.Sort(keys)
	c := Cell{Kind: Elsewhere, Text: string(Elsewhere), Key: strings.Join(keys, "\x01")}
	if kinds[Unmet] > 0 {
		c.Kind, c.Text = Unmet, string(Unmet)
	}
	var words []string
	for _, k := range Kinds {
		if kinds[k] > 0 && k.Tried() {
			words = append(words, k.Of(kinds[k]))
			c.Kind, c.Text = k, string(k)
		}
	}
	if len(words) > 1 {
		c.Text = strings.Join(words, ", ")
	}
	return c
}

// plural is a kind of answer as it is said of several.
var plural = map[Kind]string{Holds: "hold", Works: "work", Seen: "seen", Differs: "differ as known", Fails: "do not work", Red: "do not hold",
	Elsewhere: "do not apply", Unmet: "could not be tried"}

// Of says how many answers are of a kind: "1 holds", "2 hold".
func (k Kind) Of(n int) string {
	if n == 1 {
		return "1 " + string(k)
	}
	return fmt.Sprintf("%d %s", n, plural[k])
}

// letter names the n-th of several different answers: A for 0, then 27 for 26.
func letter(n int) string {
	if n < 26 {
		return string(rune('A' + n))
	}
	return fmt.Sprint(n + 1)
}
