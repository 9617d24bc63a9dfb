package sentences

import (
	"path"
	"sort"
	"strings"
	"text/template/parse"
)

func inTemplate(name, source string, names Names) ([]Found, error) {
	trees := map[string]*parse.Tree{}
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(source, "", "", trees); err != nil {
		return nil, err
	}
	trees[name] = tree // Parse leaves out a file that only defines others
	t := templateFile{name: name, source: source, names: names}
	for _, defined := range trees {
		if defined.Root == nil {
			continue
		}
		t.page = page{}
		t.walk(defined.Root)
		if path.Ext(name) == ".html" {
			t.found = append(t.found, t.raw()...)
		}
	}
	sort.SliceStable(t.found, func(i, j int) bool { return t.found[i].pos < t.found[j].pos })
	return t.found, nil
}

// templateFile collects while it walks through one file's trees.
type templateFile struct {
	name, source string
	names        Names
	found        []Found
	page         page
}

func (t *templateFile) walk(node parse.Node) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, each := range n.Nodes {
				t.walk(each)
			}
		}
	case *parse.TextNode:
		t.page.text(string(n.Text), int(n.Pos))
	case *parse.ActionNode:
		t.page.hole(int(n.Pos))
		t.pipe(n.Pipe)
	case *parse.TemplateNode:
		t.page.hole(int(n.Pos))
		t.pipe(n.Pipe)
	case *parse.IfNode:
		t.branch(&n.BranchNode)
	case *parse.RangeNode:
		t.branch(&n.BranchNode)
	case *parse.WithNode:
		t.branch(&n.BranchNode)
	}
}

func (t *templateFile) branch(n *parse.BranchNode) {
	t.pipe(n.Pipe)
	t.walk(n.List)
	t.walk(n.ElseList)
}

// pipe looks at each command for a call of one of the names, also inside parentheses. The value of the command before
// is one more argument, the last.
func (t *templateFile) pipe(pipe *parse.PipeNode) {
	if pipe == nil {
		return
	}
	for i, command := range pipe.Cmds {
		args := command.Args[1:]
		if i > 0 {
			args = append(append([]parse.Node{}, args...), pipe.Cmds[i-1])
		}
		t.call(command.Args[0], args)
		for _, arg := range command.Args {
			t.inside(arg)
		}
	}
}

func (t *templateFile) inside(node parse.Node) {
	switch n := node.(type) {
	case *parse.PipeNode:
		t.pipe(n)
	case *parse.ChainNode:
		t.inside(n.Node)
	}
}

func (t *templateFile) call(function parse.Node, args []parse.Node) {
	places := t.names[functionName(function)]
	for _, place := range places {
		if place >= len(args) {
			continue
		}
		pos := int(function.Position())
		if key, ok := literal(args[place]); ok {
			t.found = append(t.found, Found{Key: key, Args: len(args) - places[len(places)-1] - 1, Where: t.where(pos), pos: pos})
		} else if words, ok := patched(args[place]); ok {
			t.found = append(t.found, Found{Key: words, Args: -1, Raw: true, Where: t.where(pos), pos: pos})
		}
	}
}

func (t *templateFile) where(pos int) string {
	return where(t.name, 1+strings.Count(t.source[:pos], "\n"))
}

// functionName is the t of {{t "…"}} and the T of {{.Language.T "…"}} or {{$.Language.T "…"}}.
func functionName(node parse.Node) string {
	switch n := node.(type) {
	case *parse.IdentifierNode:
		return n.Ident
	case *parse.FieldNode:
		return n.Ident[len(n.Ident)-1]
	case *parse.ChainNode:
		return n.Field[len(n.Field)-1]
	case *parse.VariableNode:
		if len(n.Ident) > 1 {
			return n.Ident[len(n.Ident)-1]
		}
	}
	return ""
}

func literal(node parse.Node) (string, bool) {
	switch n := node.(type) {
	case *parse.StringNode:
		return n.Text, true
	case *parse.CommandNode:
		if len(n.Args) == 1 {
			return literal(n.Args[0])
		}
	case *parse.PipeNode:
		if len(n.Cmds) == 1 && len(n.Decl) == 0 {
			return literal(n.Cmds[0])
		}
	}
	return "", false
}

// patched finds the fixed words of a key that printf puts together while the page is made.
func patched(node parse.Node) (string, bool) {
	switch n := node.(type) {
	case *parse.PipeNode:
		if len(n.Cmds) > 0 {
			return patched(n.Cmds[0])
		}
	case *parse.CommandNode:
		if len(n.Args) > 1 && printers[functionName(n.Args[0])] {
			return literal(n.Args[1])
		}
	}
	return "", false
}
