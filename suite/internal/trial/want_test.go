package trial

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// wants has a row for each matcher of Gomega that areas use, by its name.
var wants = map[string]struct {
	matcher types.GomegaMatcher
	words   string
	value   any
	text    string
}{
	"Equal":          {Equal(uint32(0x12345678)), "to equal", int64(305419896), "to equal 305419896"},
	"BeEquivalentTo": {BeEquivalentTo([]any{0.0}), "to be equivalent to", []any{int64(0)}, "to be equivalent to [0]"},
	"BeTrue":         {BeTrue(), "to be true", nil, "to be true"},
	"BeFalse":        {BeFalse(), "to be false", nil, "to be false"},
	"BeEmpty":        {BeEmpty(), "to be empty", nil, "to be empty"},
	"BeZero":         {BeZero(), "to be zero-valued", nil, "to be zero-valued"},
	"BeNumerically":  {BeNumerically(">=", 512), "to be >=", int64(512), "to be >= 512"},
	"BeElementOf":    {BeElementOf("a", "b"), "to be an element of", []any{"a", "b"}, `to be an element of ["a","b"]`},
	"ConsistOf":      {ConsistOf([]string{"a"}), "to consist of", []any{"a"}, `to consist of ["a"]`},
	"ContainElement": {ContainElement("a"), "to contain element", "a", `to contain element "a"`},
	"ContainElements": {ContainElements("a", "b"), "to contain elements", []any{"a", "b"},
		`to contain elements ["a","b"]`},
	"ContainSubstring": {ContainSubstring("no %s", "luck"), "to contain substring", "no luck",
		`to contain substring "no luck"`},
	"Not": {Not(Equal(record.Hang)), "not to equal", record.Hang, "not to equal hang"},
}

// What a check wanted is data, in words of this project: neither a recording nor
// a report quotes a message of Gomega.
func TestWantIsData(t *testing.T) {
	for name, row := range wants {
		got, err := want(row.matcher, false)
		if err != nil || got.Matcher != row.words || !record.Equal(got.Value, row.value) || got.String() != row.text {
			t.Errorf("%s: %#v (%s), %v; want %s", name, got, got, err, row.text)
		}
	}
	if got, err := want(Not(BeTrue()), true); err != nil || got.Matcher != "to be true" {
		t.Errorf("not not: %v, %v", got, err)
	}
}

// A matcher without words breaks the trial that uses it: text of another's
// making would be recorded otherwise.
func TestMatcherWithoutWords(t *testing.T) {
	for name, m := range map[string]types.GomegaMatcher{
		"a matcher that no area uses": BeAnExistingFile(),
		"a matcher in a list":         ConsistOf(ContainSubstring("a")),
		"a matcher as a value":        ContainElement(ContainSubstring("a")),
		"a negated one":               Not(BeAnExistingFile()),
		"a range":                     BeNumerically("~", 1, 2),
	} {
		if got, err := want(m, false); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	got := try(t, "must", func(t *Trial) { t.Observe("a", "b").To(MatchRegexp("b")) })
	if got.Status != record.Broken || !strings.Contains(strings.Join(got.Reasons, " "), "has no words") {
		t.Errorf("%s: %q", got.Status, got.Reasons)
	}
}

// Behaviours that are about another system are not tried here. So their matchers
// are read in the source of the areas: each that Gomega offers has its row above.
func TestAreasUseMatchersWithWords(t *testing.T) {
	gomega, err := build.Import("github.com/onsi/gomega", ".", build.FindOnly)
	if err != nil {
		t.Fatal(err)
	}
	offered := map[string]bool{}
	for _, decl := range parse(t, filepath.Join(gomega.Dir, "matchers.go")).Decls {
		if f, ok := decl.(*ast.FuncDecl); ok {
			offered[f.Name.Name] = true
		}
	}
	areas, used := filepath.Join("..", ".."), map[string][]string{}
	err = filepath.WalkDir(areas, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{"internal", "cmd", "testdata"}, entry.Name()):
			return filepath.SkipDir
		case filepath.Ext(path) == ".go" && !strings.HasSuffix(path, "_test.go"):
			ast.Inspect(parse(t, path), func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					if name, ok := call.Fun.(*ast.Ident); ok && offered[name.Name] {
						used[name.Name] = append(used[name.Name], path)
					}
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !offered["HaveKeyWithValue"] || len(used["Equal"]) < 100 {
		t.Fatalf("this looks at the wrong files: %d matchers, Equal is used in %d places", len(offered), len(used["Equal"]))
	}
	for name, where := range used {
		if _, ok := wants[name]; !ok {
			t.Errorf("%s has no words in want.go and no row here: %q", name, where)
		}
	}
	for name := range wants {
		if len(used[name]) == 0 {
			t.Errorf("no area uses %s: remove its words", name)
		}
	}
}

func parse(t *testing.T, path string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
