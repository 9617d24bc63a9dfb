package models

import (
	"bytes"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	mdtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Rendered is what is made from a post's Markdown at each save.
type Rendered struct {
	HTML     string // sanitised, ready for the page
	Excerpt  string // the first words, as plain text
	Words    int
	Headings []Heading
}

// excerptLength is how much of the text a list shows at most, in characters.
const excerptLength = 280

// markdown reads CommonMark with GitHub's tables, task lists, strikethrough and bare links, and footnotes. Raw HTML passes
// here, since the sanitiser comes after it.
var markdown = goldmark.New(
	goldmark.WithParser(boundedParser()),
	goldmark.WithExtensions(tablesAndFootnotes{}, extension.TaskList, extension.Strikethrough, extension.Linkify),
	goldmark.WithRendererOptions(html.WithUnsafe()),
)

// tablesAndFootnotes are goldmark's own extensions, but for their readers, which boundedParser has.
type tablesAndFootnotes struct{}

// Extend is called by goldmark.
func (tablesAndFootnotes) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(parser.WithASTTransformers(
		util.Prioritized(extension.NewTableASTTransformer(), 0), util.Prioritized(extension.NewFootnoteASTTransformer(), 999)))
	m.Renderer().AddOptions(renderer.WithNodeRenderers(
		util.Prioritized(extension.NewTableHTMLRenderer(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)), 500),
		util.Prioritized(extension.NewFootnoteHTMLRenderer(), 500)))
}

// Render makes the HTML of a Markdown text, safe to be shown to anyone, and what else is shown of it. A text that cannot
// be shown, because it is nested too deep or would make too large a page, is Invalid.
func Render(source string) (Rendered, error) {
	source = withoutFrontMatter(source)
	document := markdown.Parser().Parse(mdtext.NewReader([]byte(source)))
	if err := boundReferences(document); err != nil {
		return Rendered{}, err
	}
	var raw bytes.Buffer
	if err := markdown.Renderer().Render(&raw, []byte(source), document); err != nil {
		return Rendered{}, err
	}
	body, err := parse(raw.String())
	if err != nil {
		return Rendered{}, err
	}
	f := furnisher{shift: hasElement(body, atom.H1), ids: map[string]bool{}, named: map[string]int{}}
	f.furnish(body)
	f.leadLinks()
	var out bytes.Buffer
	for node := body.FirstChild; node != nil; node = node.NextSibling {
		if err := nethtml.Render(&out, node); err != nil {
			return Rendered{}, err
		}
	}
	if out.Len() > maxHTML {
		return Rendered{}, Invalid{"content": sayTooMuch}
	}
	words := prose(body)
	// Sanitised once more: what the second parse read differently from the first must not get past.
	return Rendered{HTML: sanitiser.Sanitize(out.String()), Excerpt: excerpt(paragraphs(body)), Words: len(strings.Fields(words)), Headings: f.headings}, nil
}

// parse sanitises HTML and parses what is left.
func parse(raw string) (*nethtml.Node, error) {
	if len(raw) > maxHTML {
		return nil, Invalid{"content": sayTooMuch}
	}
	clean := sanitiser.Sanitize(showSwallowing(raw))
	if err := boundHTML(clean); err != nil {
		return nil, err
	}
	body := &nethtml.Node{Type: nethtml.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := nethtml.ParseFragment(strings.NewReader(clean), body)
	if err != nil {
		return nil, Invalid{"content": sayTooNested} // the parser's only complaint: more than 512 elements within each other
	}
	for _, node := range nodes {
		body.AppendChild(node)
	}
	return body, nil
}

// anchorName is what a place within a post can be called.
var anchorName = regexp.MustCompile(`^[\p{L}\p{M}\p{N}_:.-]{1,120}$`)

// frontMatter is the block of settings that other systems put before a text: three hyphens, lines of names and values, three
// hyphens.
var frontMatter = regexp.MustCompile(`\A---[ \t]*\n(?:(?:[A-Za-z][\w-]*:.*|[ \t]+.*|- .*|#.*)?\n){1,100}?---[ \t]*(?:\n|\z)`)

// withoutFrontMatter leaves the front matter unread: it is not meant for readers.
func withoutFrontMatter(source string) string {
	return source[len(frontMatter.FindString(source)):]
}

// sanitiser keeps the elements of prose and drops everything that could act, load or dress up as the page.
var sanitiser = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "em", "strong", "b", "i",
		"s", "del", "ins", "sub", "sup", "kbd", "samp", "var", "mark", "small", "abbr", "cite", "q", "dfn", "ul", "dl", "dt", "dd",
		"table", "thead", "tbody", "tfoot", "tr", "caption", "details", "summary", "label", "figure", "figcaption", "div", "ruby", "rt", "rp", "bdi", "section")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowElements("ol")
	p.AllowAttrs("id").Matching(anchorName).OnElements("h1", "h2", "h3", "h4", "h5", "h6", "li", "sup", "a", "p", "div")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^language-[A-Za-z0-9_+#-]{1,40}$`)).OnElements("code")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(footnotes|footnote-ref|footnote-backref|scroll|image)$`)).OnElements("div", "a", "section")
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^(doc-noteref|doc-backlink|doc-endnotes)$`)).OnElements("a", "div", "section")
	p.AllowAttrs("tabindex").Matching(regexp.MustCompile(`^0$`)).OnElements("div", "pre")
	p.AllowAttrs("open").Matching(regexp.MustCompile(`^$`)).OnElements("details")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|right|center)$`)).OnElements("th", "td")
	p.AllowAttrs("colspan", "rowspan").Matching(bluemonday.Integer).OnElements("th", "td")
	p.AllowAttrs("scope").Matching(regexp.MustCompile(`^(row|col)$`)).OnElements("th")
	p.AllowElements("th", "td")
	p.AllowAttrs("lang").Matching(regexp.MustCompile(`^[A-Za-z0-9-]{2,35}$`)).Globally()
	p.AllowAttrs("dir").Matching(regexp.MustCompile(`^(ltr|rtl|auto)$`)).Globally()
	p.AllowAttrs("title").OnElements("a", "abbr", "dfn")
	p.AllowAttrs("name").Matching(anchorName).OnElements("a")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^checkbox$`)).OnElements("input")
	p.AllowAttrs("checked", "disabled").Matching(regexp.MustCompile(`^$`)).OnElements("input")
	p.AllowAttrs("src", "alt").OnElements("img")
	p.AllowAttrs("href").OnElements("a")
	p.AllowNoAttrs().OnElements("label") // not among those that bluemonday keeps without any
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireNoFollowOnFullyQualifiedLinks(true)
	p.AddSpaceWhenStrippingTag(true)
	return p
}()

// furnisher makes the parsed HTML fit the page around it.
type furnisher struct {
	shift    bool // headings go down one level, since the title of the page is the only first one
	ids      map[string]bool
	named    map[string]int // how many headings have the same words
	anchors  []*nethtml.Node
	headings []Heading
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
	if node.Type != nethtml.ElementNode {
		return
	}
	switch node.DataAtom {
	case atom.Img:
		imageToLink(node)
	case atom.A:
		f.link(node)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		f.heading(node)
	case atom.Table:
		wrapTable(node)
	case atom.Pre:
		setAttr(node, "tabindex", "0") // it scrolls, and must be reached with the keyboard
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
	if id := f.prefixID(node); id != "" && words != "" && level <= 3 && len(f.headings) < maxHeadings {
		f.headings = append(f.headings, Heading{ID: id, Text: words, Level: level})
	}
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
