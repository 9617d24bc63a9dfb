package language

import (
	"errors"
	"fmt"
	"html/template"
	"time"

	textlanguage "golang.org/x/text/language"
)

// Language says everything on a page in one language.
type Language struct {
	Tag       string // as in the HTML attribute lang: "ru"
	Name      string // in the language itself: "Русский"
	Direction string // as in the HTML attribute dir: "ltr" or "rtl"

	tag      textlanguage.Tag
	english  *Language // itself for English
	messages map[string]*message
	numbers  numbers
	dates    dates
}

// Sentence is a value that is said differently in each language, such as why a form was refused. Packages that know
// nothing of languages return it: a key (the English sentence) and its arguments, which may be Sentences again.
type Sentence interface {
	Sentence() (key string, args []any)
}

// T says the English sentence key in this language. Verbs are %s, %d (a whole number, grouped), %.1f and %v (a number
// ungrouped, for a year or an id); the plural form follows the first whole number among args. As arguments for %s, a
// Sentence is translated, a list joined with "and", a time printed with date and hour in its own zone. A sentence that
// has no translation is said in English; a missing argument leaves a gap.
func (l *Language) T(key string, args ...any) string {
	m := l.messages[key]
	in := l
	if m == nil {
		if m, in = l.message(key); m == nil || (len(args) == 0 && m.plain == "") {
			return key
		}
	}
	if m.plain != "" {
		return m.plain
	}
	var room [160]byte
	return string(l.print(room[:0], in.pick(m, args), args))
}

// Markup is T for a sentence with tags in it, such as "<strong>%d</strong> ticked". The key and its translations are
// trusted; the arguments are escaped, unless they are template.HTML.
func (l *Language) Markup(key string, args ...any) template.HTML {
	m, in := l.message(key)
	if m == nil {
		return template.HTML(template.HTMLEscapeString(key))
	}
	if m.plain != "" {
		return template.HTML(m.plain)
	}
	var out []byte
	for _, p := range in.pick(m, args) {
		if p.verb != 0 && p.arg < len(args) {
			if trusted, ok := args[p.arg].(template.HTML); ok {
				out = append(out, trusted...)
				continue
			}
		}
		piece := string(l.print(nil, []part{p}, args))
		if p.verb != 0 {
			piece = template.HTMLEscapeString(piece)
		}
		out = append(out, piece...)
	}
	return template.HTML(out)
}

// Say says a Sentence, an error that is or wraps one, or a string that is a key itself; nil is silence. Anything else is
// printed as T prints it for %s. It is not for what people wrote: a title that happens to be a key would be translated.
func (l *Language) Say(what any) string {
	switch x := what.(type) {
	case string:
		return l.T(x)
	case Sentence:
		key, args := x.Sentence()
		return l.T(key, args...)
	case error:
		if s := Sentence(nil); errors.As(x, &s) {
			key, args := s.Sentence()
			return l.T(key, args...)
		}
		return l.T(x.Error())
	}
	return string(l.appendValue(nil, what))
}

func (l *Language) print(out []byte, parts []part, args []any) []byte {
	for i := range parts {
		p := &parts[i]
		if p.verb == 0 {
			out = append(out, p.text...)
			continue
		}
		if p.arg >= len(args) {
			continue
		}
		arg := args[p.arg]
		switch p.verb {
		case 'd':
			if n, ok := integer(arg); ok {
				out = l.appendInteger(out, n)
				continue
			}
		case 'f':
			if x, ok := decimal(arg); ok {
				out = l.appendDecimal(out, x, p.digits)
				continue
			}
		}
		out = l.appendValue(out, arg)
	}
	return out
}

func (l *Language) appendValue(out []byte, arg any) []byte {
	switch x := arg.(type) {
	case nil:
		return out
	case string:
		return append(out, x...)
	case template.HTML:
		return append(out, x...)
	case Sentence, error:
		return append(out, l.Say(x)...)
	case time.Time:
		return append(out, l.DateTime(x, x.Location())...)
	case []string:
		return append(out, l.List(x)...)
	}
	return append(out, fmt.Sprint(arg)...)
}
