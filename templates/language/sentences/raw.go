package sentences

import (
	"sort"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// page is a template's HTML with a mark for each action, and where each piece of it stood in the file.
type page struct {
	html   strings.Builder
	starts []piece
}

type piece struct{ inPage, inFile int }

// action stands for what a template will print there: an object replacement character, which is not a letter.
const action = "\uFFFC"

func (p *page) text(text string, pos int) {
	p.starts = append(p.starts, piece{p.html.Len(), pos})
	p.html.WriteString(text)
}

func (p *page) hole(pos int) { p.text(action, pos) }

// inFile turns an offset in the page into one in the file.
func (p *page) inFile(offset int) int {
	i := sort.Search(len(p.starts), func(i int) bool { return p.starts[i].inPage > offset }) - 1
	if i < 0 {
		return 0
	}
	return p.starts[i].inFile + offset - p.starts[i].inPage
}

// shown are the attributes that people read or hear.
var shown = map[string]bool{
	"title": true, "alt": true, "placeholder": true, "label": true, "aria-label": true, "aria-description": true,
	"aria-placeholder": true, "aria-roledescription": true, "aria-valuetext": true,
}

var void = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true,
	"link": true, "meta": true, "source": true, "track": true, "wbr": true,
}

// raw finds letters that stand in the HTML itself. Scripts and styles are not read, nor what translate="no" marks as the
// same in every language.
func (t *templateFile) raw() []Found {
	var found []Found
	var open []element
	text := t.page.html.String()
	tokens := html.NewTokenizer(strings.NewReader(text))
	offset := 0
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			return found
		}
		at := offset
		offset += len(tokens.Raw())
		token := tokens.Token()
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			e := enter(open, token)
			if !e.silent {
				for _, words := range spokenAttributes(token) {
					found = append(found, t.rawAt(words, at))
				}
			}
			if kind == html.StartTagToken && !void[token.Data] {
				open = append(open, e)
			}
		case html.EndTagToken:
			open = leave(open, token.Data)
		case html.TextToken:
			silent := len(open) > 0 && open[len(open)-1].silent
			if words := strings.TrimSpace(token.Data); !silent && hasLetter(words) {
				lead := len(token.Data) - len(strings.TrimLeft(token.Data, " \t\r\n"))
				found = append(found, t.rawAt(words, at+lead))
			}
		}
	}
}

type element struct {
	name   string
	silent bool
}

func enter(open []element, token html.Token) element {
	e := element{name: token.Data, silent: len(open) > 0 && open[len(open)-1].silent}
	if e.name == "script" || e.name == "style" {
		e.silent = true
	}
	for _, a := range token.Attr {
		if a.Key == "translate" {
			e.silent = a.Val == "no"
		}
	}
	return e
}

// leave closes the nearest element of that name; an end tag without one (another template opened it) closes nothing.
func leave(open []element, name string) []element {
	for i := len(open) - 1; i >= 0; i-- {
		if open[i].name == name {
			return open[:i]
		}
	}
	return open
}

func spokenAttributes(token html.Token) []string {
	values := map[string]string{}
	for _, a := range token.Attr {
		values[a.Key] = a.Val
	}
	var words []string
	for _, a := range token.Attr {
		spoken := shown[a.Key]
		switch a.Key {
		case "value": // of a button drawn by an input
			spoken = token.Data == "input" && (values["type"] == "submit" || values["type"] == "button" || values["type"] == "reset")
		case "content":
			spoken = token.Data == "meta" && (values["name"] == "description" || strings.HasSuffix(values["property"], ":description") || strings.HasSuffix(values["property"], ":title"))
		}
		if spoken && hasLetter(a.Val) {
			words = append(words, a.Val)
		}
	}
	return words
}

func hasLetter(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) }

func (t *templateFile) rawAt(words string, offset int) Found {
	words = strings.ReplaceAll(strings.Join(strings.Fields(words), " "), action, "…")
	pos := t.page.inFile(offset)
	return Found{Key: words, Args: -1, Raw: true, Where: t.where(pos), pos: pos}
}
