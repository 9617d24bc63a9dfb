package models

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	mdtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A text that a post may hold can be such that a reader of CommonMark works on it for hours or fills the memory with
// what it makes of it. Each bound lies far beyond what people write; what is beyond it is read as plain words where that
// can be done, and refused where not.
const (
	maxNesting    = 60        // quotes and lists within each other: deeper ones are words
	maxInlineWork = 100 << 20 // marks within lines, each as dear as its paragraph is long: the rest are words
	maxCells      = 200_000   // of one table, those included that its short rows leave out: a larger one is words
	maxReferences = 5_000     // lines of one block of link references: a longer block is words
	maxFootnotes  = 1_000     // of a text: further ones are words
	maxHTML       = 16 << 20  // bytes made of a text
	maxReopened   = 200_000   // elements such as <b> that go on after each block in which they were not closed
)

var (
	sayTooNested = Say("The text is nested too deep to be shown.")
	sayTooMuch   = Say("The page made of this text would be too large.")
)

// boundedParser is goldmark's reader of CommonMark, tables and footnotes with bounds around what would otherwise take time
// or memory that grows faster than the text.
func boundedParser() parser.Parser {
	var blocks []util.PrioritizedValue
	for _, p := range append(parser.DefaultBlockParsers(), util.Prioritized(boundedFootnotes{extension.NewFootnoteBlockParser()}, 999)) {
		switch p.Priority {
		case 300, 800: // the list's and the quote's, as goldmark documents them
			p.Value = shallow{p.Value.(parser.BlockParser)}
		}
		blocks = append(blocks, p)
	}
	return parser.NewParser(
		parser.WithBlockParsers(blocks...),
		parser.WithInlineParsers(append(parser.DefaultInlineParsers(),
			util.Prioritized(sparing{}, 1), util.Prioritized(extension.NewFootnoteParser(), 101))...),
		parser.WithParagraphTransformers(
			util.Prioritized(boundedReferences{}, 100),
			util.Prioritized(boundedTable{extension.NewTableParagraphTransformer()}, 200)),
	)
}

// shallow opens no block within too many others.
type shallow struct{ parser.BlockParser }

func (s shallow) Open(parent ast.Node, reader mdtext.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for up := parent; up != nil; up = up.Parent() {
		if depth++; depth > maxNesting {
			return nil, parser.NoChildren
		}
	}
	return s.BlockParser.Open(parent, reader, pc)
}

// sparing comes before all other readers of what stands within a line. When the work is done it reads the rest of each
// line as words, and they get nothing more to do.
type sparing struct{}

type inlineWork struct {
	block  ast.Node
	length int
	done   int
}

var inlineWorkKey = parser.NewContextKey()

func (sparing) Trigger() []byte { return []byte("[]!*_~`<&:@") }

func (sparing) Parse(parent ast.Node, block mdtext.Reader, pc parser.Context) ast.Node {
	work := pc.ComputeIfAbsent(inlineWorkKey, func() any { return &inlineWork{} }).(*inlineWork)
	if work.block != parent {
		work.block, work.length = parent, 0
		for _, line := range parent.Lines().Sliced(0, parent.Lines().Len()) {
			work.length += line.Len()
		}
	}
	if work.done += work.length; work.done < maxInlineWork {
		return nil
	}
	line, segment := block.PeekLine()
	rest := len(strings.TrimRight(string(line), "\r\n"))
	block.Advance(rest)
	return ast.NewTextSegment(segment.WithStop(segment.Start + rest))
}

// boundedReferences reads the definitions of links.
type boundedReferences struct{}

func (boundedReferences) Transform(node *ast.Paragraph, reader mdtext.Reader, pc parser.Context) {
	if node.Lines().Len() <= maxReferences {
		parser.LinkReferenceParagraphTransformer.Transform(node, reader, pc)
	}
}

// boundedTable reads tables. A row that is short is made as long as the first, so that a few characters can ask for many
// cells.
type boundedTable struct{ parser.ParagraphTransformer }

func (b boundedTable) Transform(node *ast.Paragraph, reader mdtext.Reader, pc parser.Context) {
	columns := 0
	lines := node.Lines()
	for i := range lines.Len() {
		line := lines.At(i)
		columns = max(columns, strings.Count(string(line.Value(reader.Source())), "|")+1)
	}
	if columns*lines.Len() <= maxCells {
		b.ParagraphTransformer.Transform(node, reader, pc)
	}
}

// boundedFootnotes reads the footnotes themselves: each reference is compared with every one.
type boundedFootnotes struct{ parser.BlockParser }

var footnotesKey = parser.NewContextKey()

func (b boundedFootnotes) Open(parent ast.Node, reader mdtext.Reader, pc parser.Context) (ast.Node, parser.State) {
	count := pc.ComputeIfAbsent(footnotesKey, func() any { return new(int) }).(*int)
	if *count == maxFootnotes {
		return nil, parser.NoChildren
	}
	node, state := b.BlockParser.Open(parent, reader, pc)
	if node != nil {
		*count++
	}
	return node, state
}

// boundReferences refuses a text whose links, each repeating one long address, would make too large a page.
func boundReferences(document ast.Node) error {
	bytes := 0
	err := ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := node.(type) {
		case *ast.Link:
			bytes += len(n.Destination) + len(n.Title)
		case *ast.Image:
			bytes += len(n.Destination) + len(n.Title)
		}
		if bytes > maxHTML/2 {
			return ast.WalkStop, Invalid{"content": sayTooMuch}
		}
		return ast.WalkContinue, nil
	})
	return err
}

// boundHTML refuses HTML that the parser of HTML would make much more of: an element such as <b> that is not closed within
// its block is opened again in each block after it.
func boundHTML(source string) error {
	if len(source) > maxHTML {
		return Invalid{"content": sayTooMuch}
	}
	open, reopened := 0, 0
	for tokens := nethtml.NewTokenizer(strings.NewReader(source)); ; {
		kind := tokens.Next()
		if kind == nethtml.ErrorToken {
			return nil
		}
		if kind != nethtml.StartTagToken && kind != nethtml.EndTagToken {
			continue
		}
		name, _ := tokens.TagName()
		switch atom.Lookup(name) {
		case atom.A, atom.B, atom.Code, atom.Em, atom.I, atom.S, atom.Small, atom.Strong:
			if kind == nethtml.StartTagToken {
				open++
			} else {
				open = max(open-1, 0)
			}
		default:
			if reopened += open; reopened > maxReopened {
				return Invalid{"content": sayTooNested}
			}
		}
	}
}

// swallowing are the elements whose content is not read as HTML: one that is opened and not closed takes the rest of the
// page with it. As on GitHub they are shown as they were typed (GitHub Flavored Markdown, 6.11).
var swallowing = regexp.MustCompile(`(?i)<(/?(?:title|textarea|style|xmp|iframe|noembed|noframes|script|plaintext|noscript|object|frame|frameset)\b)`)

// showSwallowing is for HTML that goldmark made: a "<" in it that is not text begins a tag.
func showSwallowing(html string) string { return swallowing.ReplaceAllString(html, "&lt;$1") }
