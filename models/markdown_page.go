package models

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// furnisher makes the parsed HTML fit the page around it.
type furnisher struct {
	shift    bool // headings go down one level, since the title of the page is the only first one
	ids      map[string]bool
	named    map[string]int // how many headings have the same words
	anchors  []*nethtml.Node
	headings []Heading
	files    Files // that the page shows

	codeParts int // how many are coloured
	mentions  int // how many are links
}

// The bounds of the list of contents.
const (
	maxHeadings  = 200
	maxHeadingID = 100 // characters
)

func (f *furnisher) furnish(node *nethtml.Node) {
	var children []*nethtml.Node // as they stand now: each may move
	for child := node.FirstChild; child != nil; child = child.NextSibling {
		children = append(children, child)
	}
	for _, child := range children {
		f.furnish(child)
	}
	if node.Type == nethtml.TextNode {
		f.mention(node)
	}
	if node.Type != nethtml.ElementNode {
		return
	}
	switch node.DataAtom {
	case atom.Img:
		f.image(node)
	case atom.A:
		f.link(node)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		f.heading(node)
	case atom.Table:
		wrapTable(node)
	case atom.Pre:
		setAttr(node, "tabindex", "0") // it scrolls, and must be reached with the keyboard
		if code := node.FirstChild; code != nil && code.DataAtom == atom.Code {
			f.colourCode(code)
		}
	case atom.Input:
		if attr(node, "type") != "checkbox" { // without a type it would be a field to type in
			node.Parent.RemoveChild(node)
			return
		}
		labelTask(node)
	case atom.Li, atom.Sup, atom.P, atom.Div:
		f.prefixID(node)
	}
}

// idPrefix keeps the names within a post apart from those of the page.
const idPrefix = "post-"

func (f *furnisher) prefixID(node *nethtml.Node) string {
	id := attr(node, "id")
	if id == "" {
		return ""
	}
	if !strings.HasPrefix(id, idPrefix) {
		id = idPrefix + id
	}
	if f.ids[id] {
		delAttr(node, "id")
		return ""
	}
	f.ids[id] = true
	setAttr(node, "id", id)
	return id
}

// heading lowers a heading by one level where the text has a first one, and notes it for the list of contents.
func (f *furnisher) heading(node *nethtml.Node) {
	level := int(node.Data[1] - '0')
	if f.shift {
		level = min(level+1, 6)
	}
	level = max(level, 2)
	node.Data = "h" + string(rune('0'+level))
	node.DataAtom = atom.Lookup([]byte(node.Data))
	words := strings.Join(strings.Fields(innerText(node)), " ")
	if words == "" {
		node.Data, node.DataAtom = "p", atom.P // a heading of images alone says nothing in a list of headings
	}
	if words != "" && attr(node, "id") == "" {
		setAttr(node, "id", f.nameHeading(words))
	}
	id := f.prefixID(node)
	if id == "" || words == "" {
		return
	}
	if level <= 3 && len(f.headings) < maxHeadings {
		f.headings = append(f.headings, Heading{ID: id, Text: words, Level: level})
	}
	leadToHeading(node, id, words)
}

// leadToHeading makes the words of a heading a link to itself. Where they hold a link already, one more comes behind them,
// and its name is the words. What opens and closes by a click, or leads elsewhere, stays as it is.
func leadToHeading(node *nethtml.Node, id, words string) {
	for up := node.Parent; up != nil; up = up.Parent {
		if up.DataAtom == atom.Summary || up.DataAtom == atom.A || up.DataAtom == atom.Label {
			return
		}
	}
	link := &nethtml.Node{Type: nethtml.ElementNode, Data: "a", DataAtom: atom.A,
		Attr: []nethtml.Attribute{{Key: "class", Val: "anchor"}, {Key: "href", Val: (&url.URL{Fragment: id}).String()}}}
	if hasElement(node, atom.A) || hasElement(node, atom.Label) {
		setAttr(link, "title", words)
	} else {
		for child := node.FirstChild; child != nil; child = node.FirstChild {
			node.RemoveChild(child)
			link.AppendChild(child)
		}
	}
	node.AppendChild(link)
}

// nameHeading makes the id of a heading from its words, as GitHub does, so that the links within a README lead there:
// lower case, hyphens for spaces, punctuation left out, and a number behind words that came before.
func (f *furnisher) nameHeading(words string) string {
	id := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsMark(r), unicode.IsNumber(r):
			return r
		}
		return -1
	}, strings.ToLower(words))
	if runes := []rune(id); len(runes) > maxHeadingID {
		id = string(runes[:maxHeadingID])
	}
	if id == "" {
		id = "section"
	}
	for n := f.named[id]; ; n++ {
		name := id
		if n > 0 {
			name += "-" + strconv.Itoa(n)
		}
		if !f.ids[idPrefix+name] {
			f.named[id] = n + 1
			return name
		}
	}
}

// link keeps links that lead somewhere: to other sites, within the post, or to this site. A path relative to a place that
// the text came from leads nowhere here and becomes plain text.
func (f *furnisher) link(node *nethtml.Node) {
	if name := attr(node, "name"); name != "" && attr(node, "id") == "" {
		setAttr(node, "id", name)
	}
	delAttr(node, "name")
	if class := attr(node, "class"); class == "anchor" || class == "mention" { // these are the page's own
		delAttr(node, "class")
	}
	f.prefixID(node)
	href := strings.TrimSpace(attr(node, "href"))
	lower := strings.ToLower(href)
	switch {
	case strings.HasPrefix(href, "#") && len(href) > 1:
		f.anchors = append(f.anchors, node)
	case strings.HasPrefix(lower, "http://"), strings.HasPrefix(lower, "https://"), strings.HasPrefix(lower, "mailto:"), isLocal(href):
	default:
		delAttr(node, "href")
	}
	if attr(node, "href") != "" && strings.TrimSpace(innerText(node)) == "" {
		delAttr(node, "href") // a link without words cannot be read out or seen
	}
	unwrapPlain(node)
}

// unwrapPlain leaves of a link that neither leads anywhere nor is led to its words alone. The sanitiser would put spaces
// around them.
func unwrapPlain(node *nethtml.Node) {
	if node.Parent == nil || attr(node, "href") != "" || attr(node, "id") != "" {
		return
	}
	for child := node.FirstChild; child != nil; child = node.FirstChild {
		node.RemoveChild(child)
		node.Parent.InsertBefore(child, node)
	}
	node.Parent.RemoveChild(node)
}

// isLocal reports whether the address is a path of this site. Browsers read a backslash as a slash, and "//" begins
// the name of another site.
func isLocal(href string) bool {
	return strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "//") && !strings.ContainsAny(href, "\\\t\r\n")
}

// leadLinks makes the links within the post lead to the names that its places have here. What leads nowhere is no link.
func (f *furnisher) leadLinks() {
	for _, node := range f.anchors {
		name, err := url.PathUnescape(strings.TrimPrefix(strings.TrimSpace(attr(node, "href")), "#"))
		if err != nil {
			name = ""
		}
		id := idPrefix + strings.TrimPrefix(name, idPrefix)
		if !f.ids[id] {
			id = idPrefix + name
		}
		if !f.ids[id] {
			id = strings.ToLower(id)
		}
		if f.ids[id] {
			setAttr(node, "href", (&url.URL{Fragment: id}).String())
		} else {
			delAttr(node, "href")
			unwrapPlain(node)
		}
	}
}

// imageToLink puts a link in place of an image: the page loads nothing from other sites. Within a link, the image's words
// are enough.
func imageToLink(node *nethtml.Node) {
	src, alt := strings.TrimSpace(attr(node, "src")), strings.TrimSpace(attr(node, "alt"))
	lower := strings.ToLower(src)
	linked := strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")
	words := alt
	if words == "" && linked {
		words = src[strings.LastIndexByte(strings.TrimRight(src, "/"), '/')+1:]
	}
	for up := node.Parent; up != nil; up = up.Parent {
		if up.DataAtom == atom.A {
			linked = false
		}
	}
	node.Attr = nil
	if !linked {
		node.Type, node.Data, node.DataAtom = nethtml.TextNode, words, 0
		return
	}
	node.Data, node.DataAtom = "a", atom.A
	setAttr(node, "href", src)
	setAttr(node, "class", "image")
	node.AppendChild(&nethtml.Node{Type: nethtml.TextNode, Data: words})
}

// wrapTable puts a table that may be wider than the page into a box that scrolls.
func wrapTable(node *nethtml.Node) {
	if node.Parent == nil || attr(node.Parent, "class") == "scroll" {
		return
	}
	box := &nethtml.Node{Type: nethtml.ElementNode, Data: "div", DataAtom: atom.Div,
		Attr: []nethtml.Attribute{{Key: "class", Val: "scroll"}, {Key: "tabindex", Val: "0"}}}
	node.Parent.InsertBefore(box, node)
	node.Parent.RemoveChild(node)
	box.AppendChild(node)
}

// labelTask makes the words of a task the label of its box, which nobody can tick here.
func labelTask(box *nethtml.Node) {
	setAttr(box, "disabled", "")
	if box.Parent == nil || box.Parent.DataAtom == atom.Label {
		return
	}
	label := &nethtml.Node{Type: nethtml.ElementNode, Data: "label", DataAtom: atom.Label}
	parent := box.Parent
	parent.InsertBefore(label, box)
	for node := box; node != nil; {
		next := node.NextSibling
		switch node.DataAtom {
		case atom.Ul, atom.Ol, atom.P, atom.Pre, atom.Blockquote, atom.Div, atom.Table, atom.Dl:
			return
		}
		parent.RemoveChild(node)
		label.AppendChild(node)
		node = next
	}
}
