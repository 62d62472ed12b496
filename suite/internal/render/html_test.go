package render_test

import (
	"bytes"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"golang.org/x/net/html"

	"github.com/spawnspec/spawnspec/suite/internal/page"
	"github.com/spawnspec/spawnspec/suite/internal/record"
	"github.com/spawnspec/spawnspec/suite/internal/render"
)

// nodes are all elements of a document.
func nodes(t *testing.T, source []byte) (found []*html.Node) {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(source))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			found = append(found, n)
		}
	}
	return found
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// Whatever was recorded, the page has no script, loads nothing, and leads only to
// web pages.
func TestHTMLRunsAndLoadsNothing(t *testing.T) {
	g := NewWithT(t)
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)><!-- {{.}} ` + "\u202e\x1b[31m` '"
	before, after := sides()
	after.Host[1].Value, after.Trials[0].Reasons = evil, []string{evil}
	after.Trials[0].Observations[0].Name, after.Trials[0].Observations[0].Value = evil, "TypeError: "+evil
	after.Behaviours[1].Sentence, after.Behaviours[1].Matters = evil, evil
	after.Behaviours[0].Cites = []record.Citation{{Name: evil, Link: "javascript:alert(1)"}, {Name: evil, Link: `https://x/"onclick=1`}}
	after.Launchers[0].Version = evil
	c := compared(t, before, after)
	c.Before.Name = evil
	for _, p := range []page.Page{page.Comparison(c), page.Run(after)} {
		var b bytes.Buffer
		g.Expect(render.HTML(&b, p)).To(Succeed())
		for _, n := range nodes(t, b.Bytes()) {
			g.Expect(n.Data).NotTo(BeElementOf("script", "img", "iframe", "object", "embed", "link", "form", "base"))
			for _, a := range n.Attr {
				g.Expect(a.Key).NotTo(HavePrefix("on"))
				g.Expect(a.Key).NotTo(BeElementOf("src", "srcset", "style", "action"))
				if a.Key == "href" {
					g.Expect(a.Val).To(HavePrefix("https://"))
				}
			}
		}
		g.Expect(b.String()).To(ContainSubstring(`\u202e\u001b[31m`))
		g.Expect(b.String()).NotTo(ContainSubstring("\u202e"))
	}
}

// A reader who cannot see finds the way by headings, whose levels have no gaps, and
// by the headers of tables.
func TestHTMLHasHeadingsAndTableHeaders(t *testing.T) {
	g := NewWithT(t)
	before, after := wide()
	var b bytes.Buffer
	g.Expect(render.HTML(&b, page.Comparison(compared(t, before, after)))).To(Succeed())
	last, tables, details := 0, 0, 0
	for _, n := range nodes(t, b.Bytes()) {
		switch {
		case len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6':
			level := int(n.Data[1] - '0')
			g.Expect(level).To(BeNumerically("<=", last+1), "a heading skips a level")
			last = level
		case n.Data == "table":
			tables++
		case n.Data == "th":
			g.Expect(attribute(n, "scope")).To(BeElementOf("row", "col"))
		case n.Data == "html":
			g.Expect(attribute(n, "lang")).To(Equal("en"))
		case n.Data == "details":
			details++
			first := n.FirstChild
			for first != nil && first.Type != html.ElementNode {
				first = first.NextSibling
			}
			g.Expect(first.Data).To(Equal("summary"))
		}
	}
	g.Expect(tables).To(BeNumerically(">", 0))
	g.Expect(details).To(BeNumerically(">", 0))
	g.Expect(b.String()).To(And(ContainSubstring("prefers-color-scheme: dark"), ContainSubstring("@media print")))
}

// A fragment goes into another page at whatever depth, with everything that a page
// can hold.
func TestHTMLBlocksAreAFragment(t *testing.T) {
	g := NewWithT(t)
	said := func(text string) page.Text { return page.Text{{Text: text}} }
	blocks := []page.Block{
		page.Section{Title: said("a"), Blocks: []page.Block{page.Section{Title: said("b"), Folded: true,
			Blocks: []page.Block{page.Para{Text: said("c")}}}}},
		page.Fields{{Label: "d", Texts: []page.Text{said("e"), said("f")}}},
		page.Values{{Name: said("g"), Value: said("h"), Want: said("i")}},
		page.Changes{Rows: []page.Change{{Name: said("j"), Before: said("k"), After: said("l")}}},
		page.Table{Header: []string{"m", "n"}, Rows: [][]page.Text{{said("o"), said("p")}}},
		page.List{{Text: said("q"), Blocks: []page.Block{page.Command("r --s")}}},
		page.Details{Summary: said("t"), Brief: []page.Block{page.Para{Text: said("u")}}, Blocks: []page.Block{page.Para{Text: said("v")}}},
		page.Details{Summary: said("no"), Blocks: []page.Block{page.Para{Text: said("no")}}, Bulk: true},
		page.Para{Text: page.Text{{Text: strings.Repeat("w", 3000), Short: "short"}}},
	}
	var b bytes.Buffer
	g.Expect(render.HTMLBlocks(&b, blocks, 5)).To(Succeed())
	got := strings.Join(strings.Fields(b.String()), " ")
	for _, want := range []string{"<h5>a</h5>", "<summary><h6>b</h6></summary>", "<p>c</p>", "<dt>d</dt> <dd>e</dd> <dd>f</dd>",
		"<dt>g</dt> <dd>h</dd> <dd>want i</dd>", `<th scope="col">before</th>`, `<th scope="row">j</th><td>k</td><td>l</td>`,
		`<th scope="col">m</th>`, "<li>q <pre><code>r --s</code></pre>", "<p>u</p> <details> <summary>t</summary> <p>v</p>",
		"<p>short</p>"} {
		g.Expect(got).To(ContainSubstring(want))
	}
	b.Reset()
	g.Expect(render.HTMLBlocks(&b, blocks[:1], 3)).To(Succeed())
	g.Expect(b.String()).To(And(ContainSubstring("<h3>a</h3>"), ContainSubstring("<h4>b</h4>")))
	g.Expect(got).NotTo(Or(ContainSubstring("<html"), ContainSubstring("no")))
}
