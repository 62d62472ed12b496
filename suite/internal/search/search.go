// Package search finds behaviours by the words that people use: ids, sentences, what
// to do, the names and texts of errors, and everything that recordings hold as text. It
// also reads a log or a traceback and finds what it is about.
//
// The specification is some hundred short texts, so there is no index on disk: each
// search ranks all of them, in a few milliseconds.
package search

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// Document is a behaviour with what recordings say of it.
type Document struct {
	record.Behaviour
	Recorded []string // observed texts and reasons
}

// Hit is a behaviour that was found.
type Hit struct {
	Behaviour record.Behaviour
	Score     float64
	Text      string  // the recorded text that was found; "" if none was
	Note      *Note   // what the message means beyond the behaviour
	Part      float64 // of what was asked for, how much it is about: 1 is all of it
}

// Unknown are the words of a query that the specification has nowhere, and that stand
// for nothing which it has.
func (x *Index) Unknown(query string) (unknown []string) {
	m := expand(query, anyOrder, plain(query))
	for _, said := range strings.FieldsFunc(grouped().ReplaceAllString(query, "$1$2"), notInWords) {
		if w := word(strings.ToLower(said)); w != "" && x.in[w] == 0 && !m.understood[w] && !slices.Contains(unknown, said) {
			unknown = append(unknown, said)
		}
	}
	return unknown
}

// Index is all documents, ready to be searched.
type Index struct {
	docs []indexed
	// in is in how many documents a word is.
	in map[string]int
}

// indexed is a document with its words and how much each of them weighs in it.
type indexed struct {
	Document
	words  map[string]float64
	length float64
	texts  []text
}

// text is a recorded text in the form in which it is looked for. Its other forms are
// made when a query needs them, since most need none.
type text struct{ raw, plain string }

// weights are how much a word counts by where it is.
const (
	inID       = 4
	inSentence = 3
	inMatters  = 1.5
	inRemedy   = 1
	inSource   = 1
	inRecorded = 1.5
)

// New makes an index.
func New(documents []Document) *Index {
	x := &Index{in: map[string]int{}}
	for _, d := range documents {
		i := indexed{Document: d, words: map[string]float64{}}
		add := func(weight float64, text string) {
			for _, w := range words(text) {
				i.words[w] += weight
				i.length += weight
			}
		}
		add(inID, d.ID)
		for _, was := range d.Was {
			add(1, was)
		}
		add(inSentence, d.Sentence)
		add(inMatters, d.Matters)
		for _, r := range d.Remedies {
			add(inRemedy, r.Text)
		}
		for _, c := range d.Cites {
			add(inSource, c.Name)
		}
		for _, s := range d.Seen {
			add(inSource, s)
		}
		recorded := map[string]bool{} // many versions say the same
		for _, raw := range d.Recorded {
			for _, w := range split(raw) {
				recorded[w] = true
			}
			i.texts = append(i.texts, text{raw, plain(raw)})
		}
		stems := map[string]bool{}
		for w := range recorded {
			if w = word(w); w != "" && !stems[w] {
				stems[w] = true
				i.words[w] += inRecorded
			}
		}
		for w := range i.words {
			x.in[w]++
		}
		x.docs = append(x.docs, i)
	}
	return x
}

// Words finds behaviours by words, the best first. A phrase that a recording holds as
// it is counts more than its words.
//
// What programs print is known by the same words in another order as well, which is that
// in which they come to mind.
func (x *Index) Words(query string) []Hit { return x.find(query, anyOrder, plain(query)) }

// order is how the words of a query stand.
type order bool

const (
	asIs     order = false // as a program has printed them
	anyOrder order = true  // as they came to mind
)

// find is Words of a query that stands in a text; around is the plain form of that.
func (x *Index) find(query string, o order, around string) []Hit {
	query = spawnOf().ReplaceAllString(query[:min(len(query), longestMessage)], "$0 (spawn $1)")
	m := expand(query, o, around)
	asked, first, note := m.asked, m.first, m.note
	var hits []Hit
	bonuses, texts, recorded := make([]float64, len(x.docs)), make([]string, len(x.docs)), false
	if p := phraseOf(query); len(strings.Fields(p.asked)) > 1 && !onlyNumber().MatchString(p.asked) {
		for i, d := range x.docs {
			bonuses[i], texts[i] = d.holds(p)
			recorded = recorded || bonuses[i] == exact
		}
	}
	if note != nil && note.first == first && note.unlessRecorded && recorded {
		first = ""
	}
	for i, d := range x.docs {
		h := Hit{Behaviour: d.Behaviour}
		h.Score, h.Part = x.score(d, asked)
		if bonus, raw := bonuses[i], texts[i]; bonus > 0 {
			h.Score += bonus
			h.Part = 1
			h.Text = raw
			if raw != "" && d.Role == record.RoleStory {
				h.Score += wholeProgram
			}
		}
		if d.ID == first {
			h.Score += meant
			h.Part = 1
			if note != nil && note.first == d.ID {
				h.Note = &note.Note
			}
		}
		if h.Score > 0 {
			hits = append(hits, h)
		}
	}
	return ranked(hits)
}

// wholeProgram is what it counts that the text is one of a whole program as people write
// it: that comes before what was taken apart of it.
const wholeProgram = 20

// spawnOf is how Node.js names a program that could not be started: spawn npm ENOENT.
var spawnOf = like(`\bspawn \S+ (E[A-Z0-9]+)\b`)

// meant is what it counts that a query is said of a behaviour in most cases: less than
// that a recording holds it as it is.
const meant = 32

// ranked orders hits, and leaves out those that are far from the best.
func ranked(hits []Hit) []Hit {
	slices.SortStableFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Behaviour.ID, b.Behaviour.ID))
	})
	const far = 0.25
	for i, h := range hits {
		if h.Score < far*hits[0].Score {
			return hits[:i]
		}
	}
	return hits
}

// wanted is a word of a query with its weight.
type wanted map[string]float64

// meantBy is what a query means: its words and those that mean the same, the behaviour
// that it is about if it is a thing that is said of one, the note about it if there is
// one, and which of its words were understood.
type meantBy struct {
	asked      wanted
	first      string
	note       *noted
	understood map[string]bool
}

// expand finds what a query means.
func expand(query string, o order, around string) meantBy {
	m := meantBy{asked: wanted{}, understood: map[string]bool{}}
	for _, w := range words(query) {
		m.asked[w] = 1
	}
	add := func(said, means string) {
		for _, w := range words(said) {
			m.understood[w] = true
		}
		for _, w := range words(means) {
			m.asked[w] = max(m.asked[w], 1.5)
		}
	}
	forms := []string{plain(query)}
	if o == anyOrder {
		forms = rotations(forms[0])
	}
	for _, known := range meanings {
		for _, said := range known.said {
			said = plain(said)
			if !slices.ContainsFunc(forms, func(f string) bool { return strings.Contains(" "+f+" ", " "+said+" ") }) {
				continue
			}
			add(said, known.means)
			if known.first != "" {
				m.first = known.first
			}
		}
	}
	for i, n := range notes {
		at := slices.IndexFunc(forms, n.like().MatchString)
		if at < 0 {
			continue
		}
		add(n.like().FindString(forms[at]), n.means)
		if !n.unlessRecorded || m.first == "" {
			m.first, m.note = n.first, &notes[i]
		}
	}
	for _, c := range contexts {
		if c.message().MatchString(forms[0]) && c.around().MatchString(around) {
			m.first = c.first
		}
	}
	return m
}

// mostRotated is up to how many words a query is read in other orders: a longer one is a
// sentence or was pasted.
const mostRotated = 8

// rotations are a text, and the same from each of its words on with what comes before
// at the end.
func rotations(text string) []string {
	all := []string{text}
	w := strings.Fields(text)
	if len(w) > mostRotated {
		return all
	}
	for i := 1; i < len(w); i++ {
		all = append(all, strings.Join(slices.Concat(w[i:], w[:i]), " "))
	}
	return all
}

// score is how well a document fits the words (BM25), and which part of them it has.
func (x *Index) score(d indexed, asked wanted) (score, part float64) {
	const k, b, usual = 1.2, 0.3, 150
	n := float64(len(x.docs))
	found := 0.0
	total := 0.0
	for w, weight := range asked {
		total += weight
		f := d.words[w]
		if f == 0 {
			continue
		}
		found += weight
		in := float64(x.in[w])
		idf := math.Log(1 + (n-in+0.5)/(in+0.5))
		score += weight * idf * f * (k + 1) / (f + k*(1-b+b*d.length/usual))
	}
	if total == 0 {
		return 0, 0
	}
	return score * (0.3 + 0.7*found/total), found / total // who has all of the words comes first
}

// exact is what it counts that a recording holds a text as it was asked for.
const exact = 40

// phrase is a query as it is looked for in recorded texts.
type phrase struct {
	asked, said, bare, mark string
	long                    bool     // said is more than four words
	words                   []string // of bare
	refused                 string
}

func phraseOf(query string) phrase {
	p := phrase{asked: plain(query), said: plain(exception().ReplaceAllString(query, "")), bare: skeleton(query),
		refused: refusedType(query)}
	p.long = len(strings.Fields(p.said)) > 4
	p.words = strings.Fields(p.bare)
	p.mark = longestCommon(p.words, p.asked)
	return p
}

// holds is what it counts that a document holds a text as it was asked for, and the
// recorded text that is it.
func (d indexed) holds(p phrase) (bonus float64, raw string) {
	const withoutNames, inText = 15, 15
	for _, t := range d.texts {
		switch {
		case overlaps(t.plain, p.asked), p.long && strings.HasSuffix(t.plain, p.said) && plain(exception().ReplaceAllString(t.raw, "")) == p.said:
			return exact, t.raw
		case raw == "" && len(p.words) > 2 && strings.Contains(t.plain, p.mark) && overlaps(skeleton(t.raw), p.bare) && refusedType(t.raw) == p.refused:
			bonus, raw = withoutNames, t.raw
		}
	}
	if bonus == 0 && strings.Contains(plain(d.Sentence+" "+d.Matters), p.asked) {
		return inText, ""
	}
	return bonus, raw
}

// onlyNumber is the number of an error without its text, which is in the messages about
// anything that fails with it.
var onlyNumber = like(`^(?:errno|winerror|error|code|os error) \d+$`)

// refused finds the type that an error of Python's pickle names.
var refused = like(`(?i)\b(?:cannot|can't) (?:pickle|serialize) '?(?:[\w.]+\.)?([\w-]+)'? (?:object|instances)`)

// refusedType is that type without its module: '_io.TextIOWrapper' is TextIOWrapper in
// the words of another version. It is what the message is about, not one of its names.
func refusedType(text string) string {
	if found := refused().FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

// longestCommon is the longest of words that is in a text; what does not hold it holds
// not all of them.
func longestCommon(words []string, text string) (longest string) {
	for _, w := range words {
		if len(w) > len(longest) && strings.Contains(text, w) {
			longest = w
		}
	}
	return longest
}

// few is how many words a recorded text has that is in many messages: the name of an
// exception with that of an error is in those about anything.
const few = 8

// exception is what comes before the message in what a runtime prints.
var exception = like(`^(?:[\w.]*(?:Error|Exception)\b(?: \[\w+\])?:? ?)+|^DOMException \[\w+\]: `)

// overlaps reports whether one of two texts is in the other, and not just by chance.
func overlaps(recorded, asked string) bool {
	if strings.Contains(" "+recorded+" ", " "+asked+" ") {
		return true
	}
	return len(strings.Fields(recorded)) > few && strings.Contains(" "+asked+" ", " "+recorded+" ")
}

// words are those of a text, in the form in which they are compared.
func words(text string) (all []string) {
	for _, w := range split(text) {
		if w = word(w); w != "" {
			all = append(all, w)
		}
	}
	return all
}

// split divides a text where words end.
func split(text string) []string {
	if strings.ContainsRune(text, ',') {
		text = grouped().ReplaceAllString(text, "$1$2")
	}
	return strings.FieldsFunc(strings.ToLower(text), notInWords)
}

func notInWords(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }

// grouped are the digits of a number in groups of three: 32,767 is 32767.
var grouped = like(`\b(\d{1,3}),(\d{3})\b`)

// word is a word in the form in which it is compared; "" if it says nothing.
func word(w string) string {
	w = strings.Trim(w, "_")
	if w == "" || slices.Contains(tooCommon, w) {
		return ""
	}
	return stem(w)
}

// stem takes the endings from a word that do not change what is meant.
func stem(w string) string {
	for _, ending := range []string{"ies", "ing", "ed", "es", "s", "e"} {
		if root, ok := strings.CutSuffix(w, ending); ok && len(root) >= 4 {
			if ending == "ies" {
				return root + "y"
			}
			if n := len(root); (ending == "ing" || ending == "ed") && root[n-1] == root[n-2] {
				return root[:n-1] // stopped, running
			}
			return root
		}
	}
	return w
}

// tooCommon are words that say nothing about what is looked for.
var tooCommon = []string{"a", "an", "the", "of", "to", "in", "is", "it", "and", "or", "on", "for", "with", "that", "by",
	"be", "as", "at", "this", "from", "are", "was", "not", "has", "have", "if", "i", "my", "what", "why", "when", "does",
	"do", "how", "no", "can", "cannot", "could", "which", "you", "your", "t"}

// plain is a text in small letters with one blank between words, and without the
// characters that are written in different ways.
func plain(text string) string {
	if text, ascii := plainASCII(text); ascii {
		return text
	}
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}

// plainASCII is plain of a text that is all ASCII, as nearly all are.
func plainASCII(text string) (plain string, ascii bool) {
	b := make([]byte, 0, len(text))
	between := false
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= 0x80:
			return "", false
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		default:
			between = len(b) > 0
			continue
		}
		if between {
			b = append(b, ' ')
			between = false
		}
		b = append(b, c)
	}
	return string(b), true
}

// named are the parts of a message that are not of the message: quoted names, paths,
// numbers.
var named = like("'[^']*'|\"[^\"]*\"|`[^`]*`|<[^<>]*>|(?:[a-zA-Z]:)?[\\\\/][^\\s:,;]+|\\b0x[0-9a-fA-F]+\\b|\\b\\d+\\b")

// skeleton is plain without names.
func skeleton(text string) string {
	// An apostrophe within a word quotes nothing.
	text = apostrophe().ReplaceAllString(text, "${1}${2}")
	return plain(named().ReplaceAllString(text, " "))
}

var apostrophe = like(`(\pL)'(\pL)`)
