package compare

import (
	"strings"
	"unicode"
)

// lines cuts a text behind each end of a line. The last line has one too, whether or not it was typed.
func lines(text string) []string {
	if text == "" {
		return nil
	}
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	cut := strings.SplitAfter(text, "\n")
	return cut[:len(cut)-1]
}

// The kinds of characters that words are cut by. Scripts that are written without spaces are cut at each character.
const (
	letter = iota
	space
	alone
)

func kindOf(r rune) int {
	switch {
	case unicode.IsSpace(r):
		return space
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) && !unicode.IsMark(r):
		return alone
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), r == '\'', r == '’':
		return letter
	}
	return alone
}

// words cuts a text into words, the spaces between them, and single signs.
func words(text string) (cut []string) {
	start, last := 0, -1
	for i, r := range text {
		kind := kindOf(r)
		if i > 0 && (kind != last || kind == alone) && !unicode.IsMark(r) || r == '\n' && i > start {
			cut = append(cut, text[start:i])
			start = i
		}
		last = kind
	}
	if start < len(text) {
		cut = append(cut, text[start:])
	}
	return cut
}

// isWord reports whether a piece is more than space and signs.
func isWord(piece string) bool {
	return strings.ContainsFunc(piece, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// Piece is some words: of both texts, or of one alone.
type Piece struct {
	Text     string
	Old, New bool // only the old text has it; only the new one
}

// Block is lines that stand together. Where Hidden is not 0 it stands for that many lines that are the same in both.
type Block struct {
	Pieces []Piece
	Hidden int
}

// around is how many lines that are the same stay visible beside a change.
const around = 2

// Texts compares two texts line by line, and by words within the lines that changed. What is far from any change is hidden.
func Texts(old, new string) (blocks []Block) {
	a, b := lines(old), lines(new)
	same := func(from, to int, first, last bool) {
		head, tail := around, around
		if first {
			head = 0
		}
		if last {
			tail = 0
		}
		if hidden := to - from - head - tail; hidden > 1 {
			blocks = append(blocks, plain(a[from:from+head])...)
			blocks = append(blocks, Block{Hidden: hidden})
			from = to - tail
		}
		blocks = append(blocks, plain(a[from:to])...)
	}
	at := 0
	for _, c := range changes(a, b) {
		same(at, c.from, at == 0, false)
		blocks = append(blocks, Block{Pieces: pieces(strings.Join(a[c.from:c.to], ""), strings.Join(b[c.at:c.end], ""))})
		at = c.to
	}
	same(at, len(a), at == 0, true)
	return blocks
}

func plain(lines []string) []Block {
	if len(lines) == 0 {
		return nil
	}
	return []Block{{Pieces: []Piece{{Text: strings.Join(lines, "")}}}}
}

// Words compares two short texts, such as titles, by words.
func Words(old, new string) []Piece { return pieces(old, new) }

// pieces compares two texts by words.
func pieces(old, new string) (list []Piece) {
	a, b := words(old), words(new)
	put := func(text string, old, new bool) {
		if text != "" {
			list = append(list, Piece{text, old, new})
		}
	}
	at := 0
	for _, c := range phrases(a, changes(a, b)) {
		put(strings.Join(a[at:c.from], ""), false, false)
		put(strings.Join(a[c.from:c.to], ""), true, false)
		put(strings.Join(b[c.at:c.end], ""), false, true)
		at = c.to
	}
	put(strings.Join(a[at:], ""), false, false)
	return list
}

// phrases joins changes that only spaces part: "two new words" reads better than "two", a space, "new", a space, "words".
func phrases(a []string, list []change) (joined []change) {
	for _, c := range list {
		n := len(joined) - 1
		if n >= 0 && strings.TrimSpace(strings.Join(a[joined[n].to:c.from], "")) == "" && c.from-joined[n].to == c.at-joined[n].end {
			joined[n].to, joined[n].end = c.to, c.end
			continue
		}
		joined = append(joined, c)
	}
	return joined
}

// Common is the lines that both texts have, in the order of both: what they may have been made from, where nobody knows.
func Common(one, other string) string {
	a, b := lines(one), lines(other)
	var text strings.Builder
	at := 0
	for _, c := range changes(a, b) {
		text.WriteString(strings.Join(a[at:c.from], ""))
		at = c.to
	}
	text.WriteString(strings.Join(a[at:], ""))
	return text.String()
}
