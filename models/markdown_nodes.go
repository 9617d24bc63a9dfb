package models

import (
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

func hasElement(node *nethtml.Node, want atom.Atom) bool {
	if node.DataAtom == want {
		return true
	}
	for child := node.FirstChild; child != nil; child = child.NextSibling {
		if hasElement(child, want) {
			return true
		}
	}
	return false
}

func attr(node *nethtml.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func setAttr(node *nethtml.Node, name, value string) {
	delAttr(node, name)
	node.Attr = append(node.Attr, nethtml.Attribute{Key: name, Val: value})
}

func delAttr(node *nethtml.Node, name string) {
	kept := node.Attr[:0]
	for _, a := range node.Attr {
		if a.Key != name {
			kept = append(kept, a)
		}
	}
	node.Attr = kept
}
