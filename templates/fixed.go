package templates

import (
	"html/template"
	"text/template/parse"
)

// fix says what a page always says when it is parsed, once, rather than at each request: {{t "Posts"}} becomes plain text in
// the page's language. A page has dozens of such sentences, and calling a function of a template is slow.
func fix(node parse.Node, say map[string]func(string) string) {
	switch node := node.(type) {
	case *parse.ListNode:
		if node == nil {
			return
		}
		for i, child := range node.Nodes {
			if text, ok := fixed(child, say); ok {
				node.Nodes[i] = &parse.TextNode{NodeType: parse.NodeText, Pos: child.Position(), Text: []byte(template.HTMLEscapeString(text))}
			} else {
				fix(child, say)
			}
		}
	case *parse.IfNode:
		fix(node.List, say)
		fix(node.ElseList, say)
	case *parse.RangeNode:
		fix(node.List, say)
		fix(node.ElseList, say)
	case *parse.WithNode:
		fix(node.List, say)
		fix(node.ElseList, say)
	}
}

// fixed is the text of an action that calls one of the functions with nothing but a literal.
func fixed(node parse.Node, say map[string]func(string) string) (string, bool) {
	action, ok := node.(*parse.ActionNode)
	if !ok || len(action.Pipe.Decl) > 0 || len(action.Pipe.Cmds) != 1 || len(action.Pipe.Cmds[0].Args) != 2 {
		return "", false
	}
	name, ok := action.Pipe.Cmds[0].Args[0].(*parse.IdentifierNode)
	if !ok || say[name.Ident] == nil {
		return "", false
	}
	literal, ok := action.Pipe.Cmds[0].Args[1].(*parse.StringNode)
	if !ok {
		return "", false
	}
	return say[name.Ident](literal.Text), true
}
