package models

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// IsShort reports whether the text is one or two letters: it stands for the words that begin with them. In the middle of words
// so few are found nearly everywhere, and by no index.
func (f PostFilter) IsShort() bool {
	return f.Text != "" && utf8.RuneCountInString(f.Text) < 3 && !strings.ContainsFunc(f.Text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// likeable makes a text a pattern of LIKE that stands for itself.
var likeable = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// The words of a text of which every database makes trigrams, and those of which one in the locale C makes none.
var (
	plainWord = regexp.MustCompile(`[0-9A-Za-z]{3}`)
	anyWord   = regexp.MustCompile(`[\pL\pN]{3}`)
)

// titled is the condition on a title in small letters, and the values that it binds after n others. Where a pattern gives no
// trigram, the planner would still take the index of them, and read all of it: what is added to the title keeps it from that.
// The comparisons with Ж are decided when the statement is planned.
func (f PostFilter) titled(title string, n int) (string, []any) {
	like := func(title string, n int) string {
		return title + " like lower($" + strconv.Itoa(n) + `::text collate "und-x-icu") collate "C"`
	}
	pattern := likeable.Replace(f.Text)
	condition, patterns := func(title string) string { return like(title, n+1) }, []any{"%" + pattern + "%"}
	plain, word := plainWord.MatchString(f.Text), anyWord.MatchString(f.Text)
	if f.IsShort() {
		condition, patterns = func(title string) string { return "(" + like(title, n+1) + " or " + like(title, n+2) + ")" }, []any{pattern + "%", "% " + pattern + "%"}
		plain, word = !strings.ContainsFunc(f.Text, func(r rune) bool { return r > unicode.MaxASCII }), true
	}
	switch none := "(" + title + " || '')"; {
	case plain:
		return condition(title), patterns
	case word:
		return "(lower('Ж') = 'ж' and " + condition(title) + " or lower('Ж') <> 'ж' and " + condition(none) + ")", patterns
	default:
		return condition(none), patterns
	}
}
