package models

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	nethtml "golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"
)

const (
	maxMarked  = 150_000 // characters of a post's HTML that are looked through for an excerpt
	foundWords = 240     // bytes, about, of an excerpt
	leadIn     = 80      // bytes of it, about, before the first word that was looked for
)

// mark makes titles and excerpts in which the words that were looked for are marked. PostgreSQL decides which these are; it is asked once
// for the page, about the words that begin like one of them.
func (s *Store) mark(ctx context.Context, q *searchQuery, posts []FoundPost, html []string) error {
	stems, condition := q.stems()
	texts := make([]string, len(posts))
	alike := map[string]bool{}
	for i := range posts {
		texts[i] = plainText(html[i])
		for _, text := range []string{posts[i].Post.Title, texts[i]} {
			for at, end := nextWord(text, 0); at < end; at, end = nextWord(text, end) {
				if word := text[at:end]; !alike[word] && beginsLike(word, stems) {
					alike[word] = true
				}
			}
		}
	}
	words := make([]string, 0, len(alike))
	for word := range alike {
		words = append(words, word)
	}
	if len(words) > 0 {
		rows, err := s.pool.Query(ctx, "select w from unnest($1::text[]) w where to_tsvector('postroom', search_text(w)) @@ $2::text::tsquery", words, condition)
		if err != nil {
			return Explain(err)
		}
		if words, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return Explain(err)
		}
	}
	marked := make(map[string]bool, len(words))
	for _, word := range words {
		marked[word] = true
	}
	for i := range posts {
		posts[i].Title, _ = parts(posts[i].Post.Title, marked)
		text, before, after := window(texts[i], marked)
		var any bool
		if posts[i].Excerpt, any = parts(text, marked); !any {
			posts[i].Excerpt, _ = parts(posts[i].Post.Excerpt, marked)
			continue
		}
		if before {
			posts[i].Excerpt = append([]Part{{Text: "… "}}, posts[i].Excerpt...)
		}
		if after {
			posts[i].Excerpt = append(posts[i].Excerpt, Part{Text: " …"})
		}
	}
	return nil
}

// stems are the words that were looked for, and the condition on a word to be one of them.
func (q *searchQuery) stems() (stems []string, condition string) {
	var any []string
	for _, terms := range q.alternatives {
		for _, term := range terms {
			if term.not {
				continue
			}
			for _, lexeme := range term.lexemes {
				stems, any = append(stems, lexeme), append(any, quoteLexeme(lexeme))
			}
			if term.prefix {
				stems, any = append(append(stems, term.plain), term.completions...), append(any, term.begun("")...)
			}
		}
	}
	return stems, strings.Join(any, " | ")
}

// beginsLike reports whether a word may have one of the stems: they share their beginning, but for the last letters that a stem may
// change. It only saves asking about every word.
func beginsLike(word string, stems []string) bool {
	folded := fold(word)
	for _, stem := range stems {
		short := []rune(stem)
		short = short[:max(1, len(short)-2)]
		if strings.HasPrefix(folded, string(short)) {
			return true
		}
	}
	return false
}

// folder spells out what has no accent to take off, as search_text does.
var folder = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "þ", "th", "ø", "o", "ł", "l", "đ", "d", "ħ", "h", "ı", "i", "ð", "d")

// fold is a word in small letters without its marks.
func fold(word string) string {
	lower := strings.ToLower(word)
	if isASCII(lower) {
		return lower
	}
	apart := strings.ReplaceAll(norm.NFKD.String(lower), "и\u0306", "й")
	return folder.Replace(norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(accents, r) {
			return -1
		}
		return r
	}, apart)))
}

// accents are the marks that search_text takes off.
var accents = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x300, Hi: 0x36f, Stride: 1}, {Lo: 0x591, Hi: 0x5bd, Stride: 1}, {Lo: 0x5bf, Hi: 0x5c7, Stride: 1},
	{Lo: 0x64b, Hi: 0x65f, Stride: 1}, {Lo: 0x670, Hi: 0x670, Stride: 1}}}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// nextWord is where the next word of a text stands, from there on; both are its length if there is none. A character that is written
// without blanks is a word.
func nextWord(text string, from int) (at, end int) {
	at = len(text)
	for i, r := range text[from:] {
		inside := isWordRune(r)
		switch alone := inside && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana); {
		case at < len(text) && (!inside || alone):
			return at, from + i
		case alone:
			return from + i, from + i + utf8.RuneLen(r)
		case inside && at == len(text):
			at = from + i
		}
	}
	return at, len(text)
}

// parts cuts a text into what is marked and what is not.
func parts(text string, marked map[string]bool) (list []Part, any bool) {
	done := 0
	for at, end := nextWord(text, 0); at < end; at, end = nextWord(text, end) {
		if !marked[text[at:end]] {
			continue
		}
		if at > done {
			list = append(list, Part{Text: text[done:at]})
		}
		list, done, any = append(list, Part{text[at:end], true}), end, true
	}
	if done < len(text) {
		list = append(list, Part{Text: text[done:]})
	}
	return list, any
}

// window is the piece of a text with the most different words that are marked: the first such piece. before and after say that the text
// goes on there.
func window(text string, marked map[string]bool) (piece string, before, after bool) {
	type place struct {
		at   int
		word string
	}
	var places []place
	best, most := 0, 0
	for at, end := nextWord(text, 0); at < end && len(places) < 500; at, end = nextWord(text, end) {
		if marked[text[at:end]] {
			places = append(places, place{at, fold(text[at:end])})
		}
	}
	for i, first := range places {
		different := map[string]bool{}
		for _, p := range places[i:] {
			if p.at-first.at > foundWords-leadIn {
				break
			}
			different[p.word] = true
		}
		if len(different) > most {
			best, most = first.at, len(different)
		}
	}
	from := 0
	if best > leadIn {
		from = best - leadIn
		if blank := strings.IndexByte(text[from:best], ' '); blank >= 0 {
			from += blank + 1
		} else {
			from = best
		}
	}
	to := from + foundWords
	if to >= len(text) {
		return text[from:], from > 0, false
	}
	if blank := strings.LastIndexByte(text[best:to], ' '); blank > 0 {
		to = best + blank
	}
	for !utf8.RuneStart(text[to]) {
		to++
	}
	return text[from:to], from > 0, true
}

// plainText is what is read of sanitised HTML, on one line.
func plainText(html string) string {
	var b strings.Builder
	tokens := nethtml.NewTokenizer(strings.NewReader(html))
	for {
		switch tokens.Next() {
		case nethtml.ErrorToken:
			return line(b.String())
		case nethtml.TextToken:
			b.Write(tokens.Text())
		case nethtml.StartTagToken, nethtml.EndTagToken, nethtml.SelfClosingTagToken:
			switch name, _ := tokens.TagName(); string(name) {
			case "a", "em", "strong", "code", "del", "sup", "sub", "span", "b", "i", "s":
			default:
				b.WriteByte(' ')
			}
		}
	}
}
