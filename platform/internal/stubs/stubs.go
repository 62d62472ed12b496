// Package stubs writes the stand-ins of packages posix, linux and win32 for the
// systems that lack what they wrap: every exported constant, function, method and
// type that is declared for some systems only is declared for the others too.
// Functions give zero values and errors.ErrUnsupported; constants are distinct, so
// that a switch over them compiles and a value that leaks can be recognised.
package stubs

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Targets are the systems and architectures that are told apart.
var Targets = []string{"linux/amd64", "linux/386", "darwin/amd64", "freebsd/amd64", "netbsd/amd64", "openbsd/amd64", "windows/amd64"}

// constraints are what a file's build constraint may be, by the targets for
// which it then is.
var constraints = map[string]string{
	"windows/amd64":               "!unix",
	"openbsd/amd64 windows/amd64": "!linux && !darwin && !freebsd && !netbsd",
	"linux/amd64 linux/386 darwin/amd64 freebsd/amd64 netbsd/amd64 openbsd/amd64":   "!windows",
	"darwin/amd64 freebsd/amd64 netbsd/amd64 openbsd/amd64 windows/amd64":           "!linux",
	"darwin/amd64 netbsd/amd64 openbsd/amd64 windows/amd64":                         "!linux && !freebsd",
	"linux/386 darwin/amd64 freebsd/amd64 netbsd/amd64 openbsd/amd64 windows/amd64": "!linux || !(amd64 || arm64)",
}

// base is the first of the values that stand for constants.
const base = 0x70000000

// declared is an exported name of a package.
type declared struct {
	file    *ast.File
	targets map[string]bool
	name    string // a method's is Type.Method
	kind    token.Token
	node    *ast.FuncDecl
}

// Generate returns the stubs of the package in dir, by file name.
func Generate(dir string) (map[string][]byte, error) {
	entries, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	all := map[string]*declared{}
	var order []string
	zero := map[string]string{} // of the package's own types
	name := ""
	for _, entry := range entries {
		base := filepath.Base(entry)
		if strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "zz_") {
			continue
		}
		f, err := parser.ParseFile(fset, entry, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		name = f.Name.Name
		for _, target := range Targets {
			goos, goarch := path.Split(target)
			c := build.Default
			c.GOOS, c.GOARCH, c.CgoEnabled = strings.TrimSuffix(goos, "/"), goarch, false
			c.BuildTags, c.ToolTags = nil, nil
			matches, err := c.MatchFile(dir, base)
			if err != nil {
				return nil, err
			}
			if !matches {
				continue
			}
			for _, d := range exported(f, zero) {
				known := all[d.name]
				if known == nil {
					known = d
					known.targets = map[string]bool{}
					all[d.name] = known
					order = append(order, d.name)
				}
				known.targets[target] = true
			}
		}
	}
	missing := map[string][]*declared{} // by the targets that lack them
	for _, n := range order {
		var lack []string
		for _, target := range Targets {
			if !all[n].targets[target] {
				lack = append(lack, target)
			}
		}
		if key := strings.Join(lack, " "); key != "" {
			missing[key] = append(missing[key], all[n])
		}
	}
	files := map[string][]byte{}
	next := base
	for _, key := range slices.Sorted(keys(missing)) {
		constraint, ok := constraints[key]
		if !ok {
			return nil, fmt.Errorf("%s: %s is declared for systems that no constraint of package stubs stands for, it lacks on %s", dir, missing[key][0].name, key)
		}
		file := "zz_not" + strings.NewReplacer("!", "", " && ", "not").Replace(constraint) + ".go"
		if strings.Contains(constraint, "amd64") {
			file = "zz_noassembly.go"
		}
		text, err := render(name, constraint, missing[key], zero, &next)
		if err != nil {
			return nil, err
		}
		files[file] = text
	}
	return files, nil
}

func keys(m map[string][]*declared) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// exported lists what a file exports, and takes down the zero values of types.
func exported(f *ast.File, zero map[string]string) (list []*declared) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			n := d.Name.Name
			if !ast.IsExported(n) {
				continue
			}
			if d.Recv != nil {
				receiver := strings.TrimPrefix(text(d.Recv.List[0].Type), "*")
				if !ast.IsExported(receiver) {
					continue
				}
				n = receiver + "." + n
			}
			list = append(list, &declared{file: f, name: n, kind: token.FUNC, node: d})
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.ValueSpec:
					for _, n := range s.Names {
						if n.IsExported() && d.Tok == token.CONST {
							list = append(list, &declared{file: f, name: n.Name, kind: token.CONST})
						}
					}
				case *ast.TypeSpec:
					switch u := s.Type.(type) {
					case *ast.StructType:
						zero[s.Name.Name] = s.Name.Name + "{}"
					case *ast.Ident:
						zero[s.Name.Name] = zeroOf(u, zero)
					}
					if s.Name.IsExported() {
						list = append(list, &declared{file: f, name: s.Name.Name, kind: token.TYPE})
					}
				}
			}
		}
	}
	return list
}

// text is an expression as source text.
func text(e ast.Expr) string {
	var b bytes.Buffer
	_ = format.Node(&b, token.NewFileSet(), e)
	return b.String()
}

// zeroOf is the zero value of a type as source text.
func zeroOf(e ast.Expr, zero map[string]string) string {
	switch e := e.(type) {
	case *ast.Ident:
		switch {
		case zero[e.Name] != "":
			return zero[e.Name]
		case e.Name == "string":
			return `""`
		case e.Name == "bool":
			return "false"
		case e.Name == "error":
			return "errors.ErrUnsupported"
		}
		return "0"
	case *ast.SelectorExpr:
		if text(e) == "time.Duration" {
			return "0"
		}
		return text(e) + "{}"
	case *ast.ArrayType:
		if e.Len != nil {
			return text(e) + "{}"
		}
	}
	return "nil"
}

// render is one file of stubs.
func render(name, constraint string, list []*declared, zero map[string]string, next *int) ([]byte, error) {
	var b bytes.Buffer
	imports := map[string]bool{}
	for _, d := range list {
		switch d.kind {
		case token.CONST:
			fmt.Fprintf(&b, "const %s = %#x\n", d.name, *next)
			*next++
		case token.TYPE:
			fmt.Fprintf(&b, "type %s struct{}\n", d.name)
		case token.FUNC:
			b.WriteString("func ")
			if r := d.node.Recv; r != nil {
				fmt.Fprintf(&b, "(%s) ", text(r.List[0].Type))
			}
			fmt.Fprintf(&b, "%s(", d.node.Name.Name)
			types := func(l *ast.FieldList) (all []ast.Expr) {
				if l == nil {
					return nil
				}
				for _, field := range l.List {
					for range max(1, len(field.Names)) {
						all = append(all, field.Type)
					}
				}
				return all
			}
			use := func(e ast.Expr) string {
				ast.Inspect(e, func(n ast.Node) bool {
					if s, ok := n.(*ast.SelectorExpr); ok {
						imports[importOf(d.file, text(s.X))] = true
					}
					return true
				})
				return text(e)
			}
			for i, e := range types(d.node.Type.Params) {
				if i > 0 {
					b.WriteString(", ")
				}
				b.WriteString(use(e))
			}
			b.WriteString(") ")
			results := types(d.node.Type.Results)
			var values []string
			if len(results) > 0 {
				b.WriteString("(")
				for i, e := range results {
					if i > 0 {
						b.WriteString(", ")
					}
					b.WriteString(use(e))
					v := zeroOf(e, zero)
					if v == "errors.ErrUnsupported" {
						imports["errors"] = true
					}
					values = append(values, v)
				}
				b.WriteString(") ")
			}
			if len(values) > 0 {
				fmt.Fprintf(&b, "{ return %s }\n", strings.Join(values, ", "))
			} else {
				b.WriteString("{}\n")
			}
		}
	}
	var head bytes.Buffer
	fmt.Fprintf(&head, "// Code generated by go generate ./platform; DO NOT EDIT.\n\n//go:build %s\n\npackage %s\n\n", constraint, name)
	if len(imports) > 0 {
		head.WriteString("import (\n")
		paths := make([]string, 0, len(imports))
		for p := range imports {
			paths = append(paths, p)
		}
		slices.Sort(paths)
		for _, p := range paths {
			fmt.Fprintf(&head, "\t%q\n", p)
		}
		head.WriteString(")\n\n")
	}
	return format.Source(append(head.Bytes(), b.Bytes()...))
}

// importOf is the path under which a file imports a package of this name.
func importOf(f *ast.File, name string) string {
	for _, i := range f.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		if path.Base(p) == name {
			return p
		}
	}
	return name
}

// Write brings the stubs of the packages up to date.
func Write(dirs ...string) error {
	for _, dir := range dirs {
		files, err := Generate(dir)
		if err != nil {
			return err
		}
		old, _ := filepath.Glob(filepath.Join(dir, "zz_*.go"))
		for _, path := range old {
			if _, still := files[filepath.Base(path)]; !still {
				if err := os.Remove(path); err != nil {
					return err
				}
			}
		}
		for name, content := range files {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
