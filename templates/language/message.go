package language

import (
	"errors"
	"strings"

	"golang.org/x/text/feature/plural"
)

// message is a translation, ready to print.
type message struct {
	plain  string    // the whole text where no argument stands in it
	forms  [6][]part // by plural.Form; without plurals only Other
	plural bool
	by     int // the argument that decides the form; -1: the first whole number
}

// part is a piece of fixed text (verb 0), or a place for an argument.
type part struct {
	text   string
	verb   byte // s, v, d or f
	arg    int  // from 0
	digits int  // after the point, for f
}

// compile reads a text with the verbs %s %v %d %.1f and %%, also as %[2]s.
func compile(text string) (*message, error) {
	parts, err := split(text)
	if err != nil {
		return nil, err
	}
	m := &message{by: -1}
	switch {
	case len(parts) == 0:
	case len(parts) == 1 && parts[0].verb == 0:
		m.plain = parts[0].text
	default:
		m.forms[plural.Other] = parts
	}
	return m, nil
}

func split(text string) ([]part, error) {
	var parts []part
	var fixed strings.Builder
	next := 0
	for {
		before, rest, found := strings.Cut(text, "%")
		fixed.WriteString(before)
		if !found {
			break
		}
		if strings.HasPrefix(rest, "%") {
			fixed.WriteByte('%')
			text = rest[1:]
			continue
		}
		p, after, err := verb(rest, next)
		if err != nil {
			return nil, err
		}
		if fixed.Len() > 0 {
			parts = append(parts, part{text: fixed.String()})
			fixed.Reset()
		}
		parts = append(parts, p)
		next, text = p.arg+1, after
	}
	if fixed.Len() > 0 {
		parts = append(parts, part{text: fixed.String()})
	}
	return parts, nil
}

// verb reads what follows a %; next is the argument it means unless it says otherwise.
func verb(s string, next int) (part, string, error) {
	p := part{arg: next, digits: -1}
	if i := strings.IndexByte(s, ']'); strings.HasPrefix(s, "[") && i == 2 && s[1] >= '1' && s[1] <= '9' {
		p.arg, s = int(s[1]-'1'), s[3:]
	}
	if len(s) >= 2 && s[0] == '.' && s[1] >= '0' && s[1] <= '9' {
		p.digits, s = int(s[1]-'0'), s[2:]
	}
	if s == "" || !strings.Contains("svdf", s[:1]) || (s[0] == 'f') != (p.digits >= 0) {
		return part{}, "", errors.New("only %s %v %d %.1f and %% are known, numbered as %[2]s where needed")
	}
	p.verb = s[0]
	return p, s[1:], nil
}

// message finds how this language says key; nil where neither it nor English can.
func (l *Language) message(key string) (m *message, in *Language) {
	if m := l.messages[key]; m != nil {
		return m, l
	}
	if m := l.english.messages[key]; m != nil {
		return m, l.english
	}
	if m, err := compile(key); err == nil {
		return m, l.english
	}
	return nil, l.english
}

// pick chooses the parts for these arguments. Its plural rule is the one of the language the message is written in.
func (l *Language) pick(m *message, args []any) []part {
	if !m.plural {
		return m.forms[plural.Other]
	}
	form := plural.Other
	if m.by >= 0 && m.by < len(args) {
		if n, ok := integer(args[m.by]); ok {
			form = l.form(n)
		}
	} else {
		for _, arg := range args {
			if n, ok := integer(arg); ok {
				form = l.form(n)
				break
			}
		}
	}
	for _, f := range [...]plural.Form{form, plural.Other, plural.Many} {
		if m.forms[f] != nil {
			return m.forms[f]
		}
	}
	return nil
}

// form is the plural form of a whole number.
func (l *Language) form(n int64) plural.Form {
	if n < 0 {
		n = -n
	}
	if n < 0 { // the one number that has no positive twin
		n = 0
	}
	return plural.Cardinal.MatchPlural(l.tag, int(n), 0, 0, 0, 0)
}
