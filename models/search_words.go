package models

import (
	"strings"
	"unicode"
)

// The most of a search that is looked for: what a person types is far from it.
const (
	maxSearch      = 1000 // characters
	maxSearchTerms = 20
	maxSearchTerm  = 100 // characters
)

// searchTerm is a word of a search, or a phrase.
type searchTerm struct {
	text   string
	not    bool // posts with it are not meant
	prefix bool // it is being typed: words that begin so are meant as well
}

// parseSearch reads what a person typed: words that all must be there, "phrases", -words that must not, and "or" between alternatives. A
// quote that is never closed reaches to the end. cut says that some of it was left out.
func parseSearch(typed string) (alternatives [][]searchTerm, cut bool) {
	rest := []rune(strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || unicode.IsControl(r) {
			return ' '
		}
		return r
	}, typed))
	if len(rest) > maxSearch {
		rest, cut = rest[:maxSearch], true
	}
	var terms []searchTerm
	n := 0
	for len(rest) > 0 {
		if unicode.IsSpace(rest[0]) {
			rest = rest[1:]
			continue
		}
		var term searchTerm
		if term.not = rest[0] == '-'; term.not {
			rest = rest[1:]
		}
		var said []rune
		if quoted := len(rest) > 0 && isQuote(rest[0]); quoted {
			said, rest = until(rest[1:], isQuote)
			if len(rest) > 0 {
				rest = rest[1:]
			}
		} else {
			said, rest = until(rest, func(r rune) bool { return unicode.IsSpace(r) || isQuote(r) })
			if word := string(said); !term.not && (word == "or" || word == "OR") {
				alternatives, terms = append(alternatives, terms), nil
				continue
			}
			term.prefix = !term.not && len(rest) == 0
		}
		if len(said) > maxSearchTerm {
			said, cut = said[:maxSearchTerm], true
		}
		if term.text = string(said); !strings.ContainsFunc(term.text, isWordRune) {
			continue
		}
		if n++; n > maxSearchTerms {
			return append(alternatives, terms), true
		}
		terms = append(terms, term)
	}
	return append(alternatives, terms), cut
}

func until(text []rune, stop func(rune) bool) (before, rest []rune) {
	for i, r := range text {
		if stop(r) {
			return text[:i], text[i:]
		}
	}
	return text, nil
}

func isQuote(r rune) bool { return strings.ContainsRune(`"“”„«»`, r) }

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }
