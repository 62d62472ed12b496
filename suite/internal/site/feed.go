package site

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/render"
)

// atom is a feed (RFC 4287).
type atom struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  atomAuthor  `xml:"author"`
	Entries []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomEntry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Summary string   `xml:"summary"`
}

type atomLink struct {
	Href string `xml:"href,attr"`
}

// epoch is the time of every entry: recordings hold no time, and one that changed with
// each building of the site would announce everything anew.
const epoch = "2026-01-01T00:00:00Z"

// feed writes what moved from version to version, an entry for each behaviour and
// change, so that a reader of feeds learns of what a new recording has brought.
func (w *writer) feed() error {
	f := atom{ID: "urn:spawnspec:moved", Title: "spawnspec: what moved", Updated: epoch, Author: atomAuthor{"The spawnspec authors"}}
	for _, m := range w.moved(0) {
		f.Entries = append(f.Entries, atomEntry{
			ID:      fmt.Sprintf("urn:spawnspec:moved:%s:%s:%s:%s", m.ID, m.Launcher, strings.ReplaceAll(m.Platform, " ", "-"), m.To),
			Title:   render.Printable(fmt.Sprintf("%s with %s %s on %s: %s → %s", m.ID, m.Launcher, m.To, m.Platform, m.Before, m.After)),
			Updated: epoch, Link: atomLink{"b/" + m.ID + ".html"},
			Summary: render.Printable(fmt.Sprintf("Between %s and %s.", m.From, m.To)),
		})
	}
	text, err := xml.MarshalIndent(f, "", " ")
	if err != nil {
		return err
	}
	return w.file("feed.atom", append([]byte(xml.Header), text...))
}

// badge is a picture that says how the trials of a recording ended.
func badge(r Recording) []byte {
	red := 0
	tried := 0
	for _, t := range r.Trials {
		if t.Status.Ran() {
			tried++
		}
		if t.Status.Red() {
			red++
		}
	}
	says, colour := fmt.Sprintf("%d tried, none red", tried), "#1a6b32"
	if red > 0 {
		says, colour = fmt.Sprintf("%d of %d red", red, tried), "#b3261e"
	}
	const left = 76
	width := left + 7*len(says) + 12
	var escaped bytes.Buffer
	_ = xml.EscapeText(&escaped, []byte(says)) // a buffer takes everything
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="20" role="img" aria-label="spawnspec: %s">`+
		`<rect width="%d" height="20" fill="#333"/><rect x="%d" width="%d" height="20" fill="%s"/>`+
		`<g fill="#fff" font-family="sans-serif" font-size="12"><text x="6" y="14">spawnspec</text><text x="%d" y="14">%[2]s</text></g></svg>`+"\n",
		width, escaped.String(), left, left, width-left, colour, left+6)
}
