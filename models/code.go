package models

import (
	"strings"
	"unicode"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The classes of the coloured parts of code. Each is one letter, since a long text has thousands of them.
const (
	codeKeyword  = "k"
	codeString   = "s"
	codeComment  = "c"
	codeConstant = "m" // numbers, too
	codeName     = "f" // of what is called, of tags, keys and properties
	codeAdded    = "i"
	codeRemoved  = "d"
)

// maxCodeParts is how many parts of a post's code are coloured; the rest of it stays plain.
const maxCodeParts = 20_000

// colourCode puts spans around the parts of code whose language is named and known. It reads each character once: libraries that
// know more languages take a second for a megabyte or, with the wrong text, far longer, and a save waits for it.
func (f *furnisher) colourCode(code *nethtml.Node) {
	language := codeLanguages[strings.ToLower(strings.TrimPrefix(attr(code, "class"), "language-"))]
	text := code.FirstChild
	if language == nil || text == nil || text.NextSibling != nil || text.Type != nethtml.TextNode {
		return
	}
	code.RemoveChild(text)
	plain := 0 // where what is not coloured begins
	s := codeScanner{codeLanguage: language, text: text.Data}
	for f.codeParts < maxCodeParts {
		from, to, class := s.next()
		if class == "" {
			break
		}
		f.codeParts++
		appendText(code, s.text[plain:from])
		span := &nethtml.Node{Type: nethtml.ElementNode, Data: "span", DataAtom: atom.Span, Attr: []nethtml.Attribute{{Key: "class", Val: class}}}
		appendText(span, s.text[from:to])
		code.AppendChild(span)
		plain = to
	}
	appendText(code, s.text[plain:])
}

func appendText(node *nethtml.Node, text string) {
	if text != "" {
		node.AppendChild(&nethtml.Node{Type: nethtml.TextNode, Data: text})
	}
}

// codeLanguage is what has to be known of a language to colour it.
type codeLanguage struct {
	keywords, constants map[string]bool
	fold                bool        // keywords in capitals, too
	line                []string    // what begins a comment to the end of the line
	block               [][2]string // what begins and ends other comments
	quotes              string      // what encloses strings of one line
	long                []string    // what encloses strings of several lines; looked for first
	keys                string      // what follows the name of a key: ":" or "="
	sigils              string      // what begins the name of a variable
	marks               string      // what else may stand in a name
	markup              bool        // tags, and words between them
	diff                bool        // lines that begin with + and -
}

// codeScanner finds the parts of a text that have a colour.
type codeScanner struct {
	*codeLanguage
	text  string
	at    int
	inTag bool
	tag   bool // the name of a tag is next
}

// next returns where the next coloured part begins and ends. At the end of the text the class is empty.
func (s *codeScanner) next() (from, to int, class string) {
	for s.at < len(s.text) {
		from = s.at
		if class = s.part(); class != "" && s.at > from {
			return from, s.at, class
		}
		if s.at == from {
			_, size := utf8.DecodeRuneInString(s.text[s.at:])
			s.at += size
		}
	}
	return len(s.text), len(s.text), ""
}

// part reads one part, coloured or not; where it reads nothing, the character is passed over.
func (s *codeScanner) part() string {
	rest := s.text[s.at:]
	if s.diff {
		return s.diffLine(rest)
	}
	for _, comment := range s.block {
		if strings.HasPrefix(rest, comment[0]) {
			s.until(len(comment[0]), comment[1])
			return codeComment
		}
	}
	for _, mark := range s.line {
		if strings.HasPrefix(rest, mark) && (mark != "#" || s.at == 0 || strings.IndexByte(" \t\n;()", s.text[s.at-1]) >= 0) {
			s.at += lineLength(rest)
			return codeComment
		}
	}
	if s.markup && !s.inTag {
		return s.words(rest)
	}
	for _, quote := range s.long {
		if strings.HasPrefix(rest, quote) {
			s.until(len(quote), quote)
			return codeString
		}
	}
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case s.markup && r == '>':
		s.inTag = false
		s.at += size
	case r < utf8.RuneSelf && strings.IndexByte(s.quotes, byte(r)) >= 0:
		return s.quoted(rest, byte(r))
	case r < utf8.RuneSelf && strings.IndexByte(s.sigils, byte(r)) >= 0 && size < len(rest):
		if n := s.nameLength(rest[size:]); n > 0 {
			s.at += size + n
			return codeConstant
		}
	case '0' <= r && r <= '9':
		s.at += numberLength(rest)
		return codeConstant
	case s.inName(r):
		return s.name(rest)
	}
	return ""
}

// name reads a word and says what it is.
func (s *codeScanner) name(rest string) string {
	n := s.nameLength(rest)
	word := rest[:n]
	s.at += n
	if s.tag {
		s.tag = false
		return codeName
	}
	if s.fold {
		word = strings.ToLower(word)
	}
	after := strings.TrimLeft(rest[n:], " \t")
	switch {
	case s.keys != "" && after != "" && strings.IndexByte(s.keys, after[0]) >= 0 && !strings.HasPrefix(after, "=="):
		return codeName
	case s.keywords[word]:
		return codeKeyword
	case s.constants[word]:
		return codeConstant
	case strings.HasPrefix(rest[n:], "("):
		return codeName
	}
	return ""
}

// words passes over what stands between tags, up to the next one.
func (s *codeScanner) words(rest string) string {
	switch n := strings.IndexByte(rest, '<'); {
	case n < 0:
		s.at = len(s.text)
	case n > 0:
		s.at += n
	default:
		s.at += len(rest) - len(strings.TrimLeft(rest, "</!?"))
		s.inTag, s.tag = true, true
	}
	return ""
}

func (s *codeScanner) diffLine(rest string) string {
	s.at += min(lineLength(rest)+1, len(rest))
	switch {
	case strings.HasPrefix(rest, "+"):
		return codeAdded
	case strings.HasPrefix(rest, "-"):
		return codeRemoved
	case strings.HasPrefix(rest, "@@"), strings.HasPrefix(rest, "diff "), strings.HasPrefix(rest, "index "):
		return codeComment
	}
	return ""
}

// quoted reads a string; one that does not end on its line is no string. In JSON and the like, one before a colon is a key.
func (s *codeScanner) quoted(rest string, quote byte) string {
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '\n':
			s.at += i
			return ""
		case quote:
			s.at += i + 1
			if s.keys == ":" && strings.HasPrefix(strings.TrimLeft(rest[i+1:], " "), ":") {
				return codeName
			}
			return codeString
		}
	}
	s.at = len(s.text)
	return ""
}

// until reads as far as the end mark, which may follow the first characters at once, or to the end of the text.
func (s *codeScanner) until(begun int, end string) {
	rest := s.text[s.at+begun:]
	for from := 0; ; {
		n := strings.Index(rest[from:], end)
		if n < 0 {
			s.at = len(s.text)
			return
		}
		n += from
		escapes := len(rest[:n]) - len(strings.TrimRight(rest[:n], `\`))
		if escapes%2 == 0 || len(s.long) == 0 {
			s.at += begun + n + len(end)
			return
		}
		from = n + 1
	}
}

func (s *codeScanner) inName(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || r < utf8.RuneSelf && strings.IndexByte(s.marks, byte(r)) >= 0
}

func (s *codeScanner) nameLength(rest string) int {
	for i, r := range rest {
		if !s.inName(r) {
			return i
		}
	}
	return len(rest)
}

// numberLength is how far a number goes, with its base, point, exponent and unit: 0xff, 1_000.5, 1e9, 10px, 50%.
func numberLength(rest string) int {
	for i, r := range rest {
		if r != '.' && r != '_' && r != '%' && !('0' <= r && r <= '9') && !('a' <= r && r <= 'z') && !('A' <= r && r <= 'Z') {
			return i
		}
	}
	return len(rest)
}

func lineLength(rest string) int {
	if n := strings.IndexByte(rest, '\n'); n >= 0 {
		return n
	}
	return len(rest)
}
