package models

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The classes of matches. All words of an alternative stand in the title; in title or tags; there, or the text comes back to them; or
// somewhere. Below are those where the last word only begins so.
const (
	bestMatch   = 5 // in the title
	tagMatch    = 4
	strongMatch = 3
	match       = 2
	titlePrefix = 1
	anyPrefix   = 0
)

// searchQuery is a search in the language of PostgreSQL.
type searchQuery struct {
	alternatives [][]knownTerm
	filter       string // a condition on marks; empty: none
	from, to     time.Time
	members      bool
	after        searchKey
}

// knownTerm is a term as the index knows it.
type knownTerm struct {
	searchTerm
	query       string   // of its words, one after the other
	lexemes     []string // its words
	plain       string   // without accents and signs
	completions []string // words that it may become
}

// prepare finds out how the index knows the terms. The query is nil where nothing can match.
func (s *Store) prepare(ctx context.Context, f Search, alternatives [][]searchTerm) (*searchQuery, *Found, error) {
	found := &Found{}
	texts, last := []string{}, ""
	for _, terms := range alternatives {
		for _, term := range terms {
			texts = append(texts, term.text)
			if term.prefix {
				last = term.text
			}
		}
	}
	var author int64
	var known []struct {
		Query, Plain string
		Lexemes      []string
	}
	var completions []string
	err := s.pool.QueryRow(ctx, `select coalesce((select remaining from posts_unread), 0), coalesce((select id from users where lower(username) = lower($2)), 0),
		(select coalesce(json_agg(json_build_object('query', phraseto_tsquery('postroom', search_text(t))::text, 'plain', lower(trim(search_text(t)) collate "C"),
			'lexemes', tsvector_to_array(to_tsvector('postroom', search_text(t)))) order by n), '[]') from unnest($1::text[]) with ordinality x(t, n)),
		array(select distinct unnest(tsvector_to_array(to_tsvector('postroom', word))) from (
			select word from spellings, (select lower(trim(search_text($3)) collate "C") as begun) b
			where length(begun) > 1 and word >= begun and word < begun || U&'\+10FFFF' order by posts desc limit 8) w)`,
		texts, f.Author, last).Scan(&found.Unread, &author, &known, &completions)
	if err != nil {
		return nil, nil, Explain(err)
	}
	q := &searchQuery{}
	n, positive := 0, false
	for _, terms := range alternatives {
		var kept []knownTerm
		meant := false
		for _, term := range terms {
			k := known[n]
			n++
			if len(k.Lexemes) == 0 {
				continue
			}
			one := knownTerm{searchTerm: term, query: k.Query, lexemes: k.Lexemes, plain: k.Plain}
			if one.prefix = term.prefix && len(k.Lexemes) == 1 && utf8.RuneCountInString(k.Plain) > 1; one.prefix {
				one.completions = completions
			}
			kept = append(kept, one)
			meant = meant || !term.not
		}
		if meant { // all that -word says is what is not meant: that alone is no search
			q.alternatives, positive = append(q.alternatives, kept), true
		}
	}
	if found.NoWord = !positive; found.NoWord {
		return nil, found, nil
	}
	var marks []string
	if f.Tag != "" {
		marks = append(marks, quoteLexeme("#"+f.Tag))
	}
	if f.Author != "" {
		if author == 0 {
			return nil, found, nil
		}
		marks = append(marks, quoteLexeme("@"+strconv.FormatInt(author, 10)))
	}
	q.filter = strings.Join(marks, " & ")
	zone := f.zone
	if zone == nil {
		zone = time.UTC
	}
	q.from, _ = parseDay(f.From, zone)
	if to, ok := parseDay(f.To, zone); ok {
		q.to = to.AddDate(0, 0, 1)
	}
	return q, found, nil
}

// quoteLexeme writes a word for the type tsquery.
func quoteLexeme(word string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(word) + "'"
}

// class is the condition on the posts of a class, and of no better one; empty where there are none.
func (q *searchQuery) class(class int) string {
	var is, better string
	switch class {
	case bestMatch:
		is = q.marked(false, "=")
	case tagMatch:
		is, better = q.marked(false, "=", "+"), q.marked(false, "=")
	case strongMatch:
		is, better = q.marked(false, "=", "+", "~"), q.marked(false, "=", "+")
	case match:
		is, better = q.anywhere(false), q.marked(false, "=", "+", "~")
	case titlePrefix:
		is, better = q.marked(true, "="), q.anywhere(false)
	case anyPrefix:
		is, better = q.anywhere(true), q.anywhere(false)+" | "+q.marked(true, "=")
	}
	if class <= titlePrefix && !q.prefixed() {
		return ""
	}
	if better != "" {
		is = "(" + is + ") & !(" + better + ")"
	}
	return q.filtered(is)
}

func (q *searchQuery) filtered(condition string) string {
	if q.filter == "" {
		return condition
	}
	return "(" + condition + ") & " + q.filter
}

func (q *searchQuery) prefixed() bool {
	for _, terms := range q.alternatives {
		for _, term := range terms {
			if term.prefix {
				return true
			}
		}
	}
	return false
}

// anywhere is the condition that the words stand somewhere. begun says that the last one may go on.
func (q *searchQuery) anywhere(begun bool) string {
	return q.join(func(term knownTerm) string { return term.anywhere(begun) })
}

// marked is the condition that the words also stand where one of these marks says.
func (q *searchQuery) marked(begun bool, marks ...string) string {
	return q.join(func(term knownTerm) string {
		parts := []string{term.anywhere(begun)}
		if term.not {
			return parts[0]
		}
		if begun && term.prefix {
			return "(" + strings.Join(term.begun(marks[0]), " | ") + ")"
		}
		for _, lexeme := range term.lexemes {
			var either []string
			for _, mark := range marks {
				either = append(either, quoteLexeme(mark+lexeme))
			}
			parts = append(parts, "("+strings.Join(either, " | ")+")")
		}
		return strings.Join(parts, " & ")
	})
}

func (q *searchQuery) join(condition func(knownTerm) string) string {
	var all []string
	for _, terms := range q.alternatives {
		var parts []string
		for _, term := range terms {
			parts = append(parts, condition(term))
		}
		all = append(all, "("+strings.Join(parts, " & ")+")")
	}
	return strings.Join(all, " | ")
}

func (term knownTerm) anywhere(begun bool) string {
	switch {
	case term.not:
		return "!(" + term.query + ")"
	case begun && term.prefix:
		return "(" + strings.Join(term.begun(""), " | ") + ")"
	default:
		return "(" + term.query + ")"
	}
}

// begun are the words that the term is or may become, each with the mark.
func (term knownTerm) begun(mark string) []string {
	words := []string{quoteLexeme(mark + term.lexemes[0]), quoteLexeme(mark+term.plain) + ":*"}
	for _, word := range term.completions {
		words = append(words, quoteLexeme(mark+word))
	}
	return words
}
