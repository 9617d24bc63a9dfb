package models

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/util"
)

// RenderComment makes the HTML of a comment: paragraphs, quotes, lists, code, emphasis and links. Headings, tables, footnotes and HTML
// are words in it, and an image is a link.
func RenderComment(source string) (string, error) {
	document, err := commentMarkdown.read(source, nil)
	return linkMentions(document.HTML, nil), err
}

var commentMarkdown = dialect{
	Markdown: goldmark.New(goldmark.WithParser(commentParser()), goldmark.WithExtensions(extension.Strikethrough, extension.Linkify)),
	policy:   commentSanitiser,
}

// commentParser reads the part of CommonMark that comments have, with the bounds that posts have.
func commentParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(shallow{parser.NewListParser()}, 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(shallow{parser.NewBlockquoteParser()}, 800),
			util.Prioritized(parser.NewParagraphParser(), 1000)),
		parser.WithInlineParsers(
			util.Prioritized(sparing{}, 1),
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewLinkParser(), 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewEmphasisParser(), 500)),
		parser.WithParagraphTransformers(util.Prioritized(boundedReferences{}, 100)))
}

// commentSanitiser keeps what commentParser makes. No search engine follows a link of a comment.
var commentSanitiser = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "del", "ul", "ol", "li")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^language-[A-Za-z0-9_+#-]{1,40}$`)).OnElements("code")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^[cdfikms]$`)).OnElements("span") // the parts of code.go
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(image|mention)$`)).OnElements("a")
	p.AllowAttrs("tabindex").Matching(regexp.MustCompile(`^0$`)).OnElements("pre")
	p.AllowAttrs("title", "href").OnElements("a")
	p.AllowAttrs("src", "alt").OnElements("img") // until it is a link
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireNoFollowOnLinks(true)
	p.AddSpaceWhenStrippingTag(true)
	return p
}()
