package sentences

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

func inGo(site fs.FS, name, source string, names Names) ([]Found, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	g := goFile{site: site, folder: path.Dir(name)}
	var found []Found
	ast.Inspect(file, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		places := names[called(call.Fun)]
		for _, place := range places {
			if place >= len(call.Args) {
				continue
			}
			args := len(call.Args) - places[len(places)-1] - 1
			if call.Ellipsis.IsValid() {
				args = -1
			}
			at := where(name, set.Position(call.Args[place].Pos()).Line)
			if key, ok := g.text(call.Args[place]); ok {
				found = append(found, Found{Key: key, Args: args, Where: at})
			} else if words, ok := g.patched(call.Args[place]); ok {
				found = append(found, Found{Key: words, Args: -1, Raw: true, Where: at})
			}
		}
		return true
	})
	return found, nil
}

func called(fun ast.Expr) string {
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// goFile knows where to look up the constants that a file names.
type goFile struct {
	site      fs.FS
	folder    string
	constants map[string]ast.Expr // read when first asked for
}

// text is the value of a constant string: a literal, a sum of literals, or a constant of the same package.
func (g *goFile) text(expr ast.Expr) (string, bool) {
	switch e := expr.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			return constant.StringVal(constant.MakeFromLiteral(e.Value, e.Kind, 0)), true
		}
	case *ast.ParenExpr:
		return g.text(e.X)
	case *ast.BinaryExpr:
		left, ok := g.text(e.X)
		right, also := g.text(e.Y)
		return left + right, ok && also && e.Op == token.ADD
	case *ast.Ident:
		if value := g.constant(e.Name); value != nil {
			return g.text(value)
		}
	}
	return "", false
}

// patched finds the fixed words of a key that is put together while the program runs.
func (g *goFile) patched(expr ast.Expr) (string, bool) {
	var parts []ast.Expr
	switch e := expr.(type) {
	case *ast.ParenExpr:
		return g.patched(e.X)
	case *ast.BinaryExpr:
		parts = []ast.Expr{e.X, e.Y}
	case *ast.CallExpr:
		if printers[called(e.Fun)] {
			parts = e.Args
		}
	}
	for _, part := range parts {
		if words, ok := g.text(part); ok {
			return words, true
		}
		if words, ok := g.patched(part); ok {
			return words, true
		}
	}
	return "", false
}

func (g *goFile) constant(name string) ast.Expr {
	if g.constants == nil {
		g.constants = map[string]ast.Expr{}
		others, _ := fs.Glob(g.site, g.folder+"/*.go")
		for _, other := range others {
			data, err := fs.ReadFile(g.site, other)
			if err != nil || strings.HasSuffix(other, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), other, data, parser.SkipObjectResolution)
			if err == nil {
				ast.Inspect(file, g.keepConstants)
			}
		}
	}
	return g.constants[name]
}

func (g *goFile) keepConstants(node ast.Node) bool {
	group, ok := node.(*ast.GenDecl)
	if !ok || group.Tok != token.CONST {
		return true
	}
	for _, spec := range group.Specs {
		value := spec.(*ast.ValueSpec)
		for i, name := range value.Names {
			if i < len(value.Values) {
				g.constants[name.Name] = value.Values[i]
			}
		}
	}
	return true
}
