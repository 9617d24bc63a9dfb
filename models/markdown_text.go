package models

import (
	"strings"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// prose is the text of the paragraphs, as it would be read aloud; code and tables are not.
func prose(body *nethtml.Node) string {
	var b strings.Builder
	var walk func(*nethtml.Node)
	walk = func(node *nethtml.Node) {
		if node.Type == nethtml.TextNode {
			b.WriteString(node.Data)
		}
		for child := node.FirstChild; child != nil; child = child.NextSibling {
			walk(child)
		}
		switch node.DataAtom {
		case atom.P, atom.Li, atom.Blockquote, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Td, atom.Th, atom.Br, atom.Div, atom.Pre:
			b.WriteByte('\n')
		}
	}
	walk(body)
	return b.String()
}

// paragraphs is the text of the paragraphs alone, for the excerpt: no code, no tables, no footnotes and their numbers.
func paragraphs(body *nethtml.Node) string {
	var b strings.Builder
	var walk func(node *nethtml.Node, inside bool)
	walk = func(node *nethtml.Node, inside bool) {
		switch {
		case node.DataAtom == atom.Pre, node.DataAtom == atom.Table, attr(node, "class") == "footnotes",
			node.DataAtom == atom.Sup && node.FirstChild != nil && attr(node.FirstChild, "class") == "footnote-ref":
			return
		case node.DataAtom == atom.P, node.DataAtom == atom.Li:
			inside = true
		case node.Type == nethtml.TextNode && inside:
			b.WriteString(node.Data)
		case node.DataAtom == atom.Br:
			b.WriteByte(' ')
		}
		for child := node.FirstChild; child != nil; child = child.NextSibling {
			walk(child, inside)
		}
		if node.DataAtom == atom.P || node.DataAtom == atom.Li {
			b.WriteByte('\n')
		}
	}
	walk(body, false)
	return b.String()
}

// excerpt is the beginning of the text, cut at a word. Lines too short to be sentences, such as a row of badges or a
// heading, are passed over while there are better ones.
func excerpt(text string) string {
	var long, all []string
	for _, part := range strings.Split(text, "\n") {
		part = strings.Join(strings.Fields(part), " ")
		if part == "" {
			continue
		}
		all = append(all, part)
		if strings.Count(part, " ") >= 5 {
			long = append(long, part)
		}
	}
	if len(long) == 0 {
		long = all
	}
	runes := []rune(strings.Join(long, " "))
	if len(runes) <= excerptLength {
		return string(runes)
	}
	cut := string(runes[:excerptLength])
	if space := strings.LastIndexByte(cut, ' '); space > excerptLength/2 {
		cut = cut[:space]
	}
	return strings.TrimRight(cut, " .,;:–—-") + "…"
}

func innerText(node *nethtml.Node) string {
	if node.Type == nethtml.TextNode {
		return node.Data
	}
	var b strings.Builder
	for child := node.FirstChild; child != nil; child = child.NextSibling {
		b.WriteString(innerText(child))
	}
	return b.String()
}
