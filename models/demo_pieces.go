package models

import (
	"encoding/json"
	"fmt"
	"strings"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// demoPieces are texts that were rendered once, and that posts are put together from. They are chosen so that a post made
// of them is what Render makes of the whole.
type demoPieces struct {
	list     []demoPiece
	headings []byte // used again for each post
	said     []byte
	excerpts map[[3]int32]string // by the blocks that they were taken from
}

type demoPiece struct {
	markdown string
	html     string
	notes    string // footnotes, which stand at the end of the post
	words    int
	headings string // JSON, without brackets
	said     string // its paragraphs, which excerpts are taken from
	excerpt  string // where this piece alone fills one
}

// footnotesBegin is where goldmark's footnotes begin.
const footnotesBegin = `<div class="footnotes"`

func renderDemo(blocks []string) (*demoPieces, error) {
	pieces := &demoPieces{list: make([]demoPiece, len(blocks)), excerpts: map[[3]int32]string{}}
	for i, block := range blocks {
		made, err := Render(block)
		if err != nil {
			return nil, fmt.Errorf("demo text %d: %w", i, err)
		}
		piece := demoPiece{markdown: block, html: made.HTML, words: made.Words}
		if piece.said, err = paragraphsOf(made.HTML); err != nil {
			return nil, fmt.Errorf("demo text %d: %w", i, err)
		}
		if at := strings.Index(made.HTML, footnotesBegin); at >= 0 {
			piece.html, piece.notes = made.HTML[:at], made.HTML[at:]
		}
		if strings.HasSuffix(made.Excerpt, "…") {
			piece.excerpt = made.Excerpt
		}
		if len(made.Headings) > 0 {
			encoded, err := json.Marshal(made.Headings)
			if err != nil {
				return nil, err
			}
			piece.headings = strings.Trim(string(encoded), "[]")
		}
		pieces.list[i] = piece
	}
	return pieces, nil
}

// paragraphsOf is the text of sanitised HTML that excerpts are taken from.
func paragraphsOf(html string) (string, error) {
	body := &nethtml.Node{Type: nethtml.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := nethtml.ParseFragment(strings.NewReader(html), body)
	for _, node := range nodes {
		body.AppendChild(node)
	}
	return paragraphs(body), err
}

// append adds content, content_html, excerpt, words and headings of a post that is made of these blocks.
func (p *demoPieces) append(b copyBuffer, blocks []int) copyBuffer {
	const between = "\n\n"
	size, words := len(between)*(len(blocks)-1), 0
	for _, n := range blocks {
		size += len(p.list[n].markdown)
		words += p.list[n].words
	}
	b = b.size(size)
	for i, n := range blocks {
		if i > 0 {
			b = append(b, between...)
		}
		b = append(b, p.list[n].markdown...)
	}
	size = 0
	for _, n := range blocks {
		size += len(p.list[n].html) + len(p.list[n].notes)
	}
	b = b.size(size)
	for _, n := range blocks {
		b = append(b, p.list[n].html...)
	}
	for _, n := range blocks {
		b = append(b, p.list[n].notes...)
	}
	b = b.text(p.excerpt(blocks)).int8(int64(words))
	p.headings = append(p.headings[:0], '[')
	for _, n := range blocks {
		if said := p.list[n].headings; said != "" {
			if len(p.headings) > 1 {
				p.headings = append(p.headings, ',')
			}
			p.headings = append(p.headings, said...)
		}
	}
	p.headings = append(p.headings, ']')
	return b.jsonb(p.headings)
}

// excerpt reads only as many blocks as it needs, and remembers what two or three gave: most posts begin like others.
func (p *demoPieces) excerpt(blocks []int) string {
	if said := p.list[blocks[0]].excerpt; said != "" {
		return said
	}
	p.said = append(p.said[:0], p.list[blocks[0]].said...)
	if len(blocks) == 1 {
		return excerpt(string(p.said))
	}
	said := ""
	key := [3]int32{int32(blocks[0]), -1, -1}
	for i, n := range blocks[1:] {
		if i < 2 {
			key[i+1] = int32(n)
			if known := p.excerpts[key]; known != "" {
				return known
			}
		}
		p.said = append(p.said, p.list[n].said...)
		if said = excerpt(string(p.said)); strings.HasSuffix(said, "…") {
			if i < 2 {
				p.excerpts[key] = said
			}
			break
		}
	}
	return said
}
