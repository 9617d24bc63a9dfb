package models

import (
	"bytes"
	"regexp"
	"strings"

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

	Mentions []int64 // the users whom the text names; Store.Render alone knows them
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

// dialect is what can be written in a text, and what of the HTML made of it is kept.
type dialect struct {
	goldmark.Markdown
	policy *bluemonday.Policy
}

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
	made, err := render(source, nil)
	made.HTML = linkMentions(made.HTML, nil)
	return made, err
}

// render is Render for a text whose page shows these files, with a link for whatever may be the name of a user.
func render(source string, files Files) (Rendered, error) {
	return dialect{markdown, sanitiser}.read(withoutFrontMatter(source), files)
}

func (d dialect) read(source string, files Files) (Rendered, error) {
	document := d.Parser().Parse(mdtext.NewReader([]byte(source)))
	if err := boundReferences(document); err != nil {
		return Rendered{}, err
	}
	var raw bytes.Buffer
	if err := d.Renderer().Render(&raw, []byte(source), document); err != nil {
		return Rendered{}, err
	}
	body, err := parse(raw.String(), d.policy)
	if err != nil {
		return Rendered{}, err
	}
	f := furnisher{shift: hasElement(body, atom.H1), ids: map[string]bool{}, named: map[string]int{}, files: files}
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
	return Rendered{HTML: d.policy.Sanitize(out.String()), Excerpt: excerpt(paragraphs(body)), Words: len(strings.Fields(words)), Headings: f.headings}, nil
}

// parse sanitises HTML by the policy and parses what is left.
func parse(raw string, policy *bluemonday.Policy) (*nethtml.Node, error) {
	if len(raw) > maxHTML {
		return nil, Invalid{"content": sayTooMuch}
	}
	clean := policy.Sanitize(showSwallowing(raw))
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
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(footnotes|footnote-ref|footnote-backref|scroll|image|anchor|mention)$`)).OnElements("div", "a", "section")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^[cdfikms]$`)).OnElements("span") // the parts of code.go
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
	p.AllowAttrs("srcset").Matching(regexp.MustCompile(`^/files/[^\s,]+ \d+w(, /files/[^\s,]+ \d+w)*$`)).OnElements("img")
	p.AllowAttrs("sizes").Matching(regexp.MustCompile(`^` + regexp.QuoteMeta(imageSizes) + `$`)).OnElements("img")
	p.AllowAttrs("width", "height").Matching(bluemonday.Integer).OnElements("img")
	p.AllowAttrs("loading").Matching(regexp.MustCompile(`^lazy$`)).OnElements("img")
	p.AllowAttrs("href").OnElements("a")
	p.AllowNoAttrs().OnElements("label") // not among those that bluemonday keeps without any
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireNoFollowOnFullyQualifiedLinks(true)
	p.AddSpaceWhenStrippingTag(true)
	return p
}()
