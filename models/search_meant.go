package models

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// takingInSpellings is the job that learns how words are spelt, readingIn the one that reads in the posts that stood here before there was a
// search. Their ids are always 0.
const (
	takingInSpellings = "spellings"
	readingIn         = "posts in the search"
)

const (
	spellingsAtOnce = 25 // posts that who mistyped a word waits for
	spellingBatch   = 500
	readInAtOnce    = 200
)

// takeInSpellings learns the spellings of all posts that were noted.
func (s *Store) takeInSpellings(ctx context.Context, _ int64) error {
	for notes := spellingBatch; notes == spellingBatch; {
		if err := s.pool.QueryRow(ctx, "select take_in_spellings($1)", spellingBatch).Scan(&notes); err != nil {
			return Explain(err)
		}
	}
	return nil
}

// readIn reads in the posts that were there already.
func (s *Store) readIn(ctx context.Context, _ int64) error {
	for read := 1; read > 0; {
		if err := s.pool.QueryRow(ctx, "select read_in_posts($1)", readInAtOnce).Scan(&read); err != nil {
			return Explain(err)
		}
	}
	return nil
}

// meant is the search that was probably meant where one found nothing: words by which nothing is found are changed into the most similar
// ones, and it is only said if the reader finds something by it. So it tells nobody what posts say that they may not read.
func (s *Store) meant(ctx context.Context, by *User, f Search, alternatives [][]searchTerm) (string, error) {
	var notes int
	if err := s.pool.QueryRow(ctx, "select take_in_spellings($1)", spellingsAtOnce).Scan(&notes); err != nil {
		return "", Explain(err)
	}
	if notes == spellingsAtOnce {
		s.startJob(takingInSpellings, 0)
	}
	changed := false
	for _, terms := range alternatives {
		for i, term := range terms {
			if term.not || strings.ContainsFunc(term.text, func(r rune) bool { return !isWordRune(r) }) {
				continue
			}
			better, err := s.spelling(ctx, by, term.text)
			if err != nil {
				return "", err
			}
			if better != "" {
				terms[i].text, changed = better, true
			}
		}
	}
	if !changed {
		return "", nil
	}
	f.Text = typedSearch(alternatives) + " " // no word of it is still being typed
	any, err := s.finds(ctx, by, f)
	if err != nil || !any {
		return "", err
	}
	return strings.TrimSuffix(f.Text, " "), nil
}

// finds reports whether the reader finds anything.
func (s *Store) finds(ctx context.Context, by *User, f Search) (bool, error) {
	alternatives, _ := parseSearch(f.Text)
	q, _, err := s.prepare(ctx, f, alternatives)
	if err != nil || q == nil {
		return false, err
	}
	q.members = by != nil
	return s.anyMatch(ctx, q, q.filtered(q.anywhere(false)))
}

// isWord reports whether the reader finds anything by this word.
func (s *Store) isWord(ctx context.Context, by *User, word string) (bool, error) {
	var condition string
	if err := s.pool.QueryRow(ctx, "select phraseto_tsquery('postroom', search_text($1))::text", word).Scan(&condition); err != nil || condition == "" {
		return false, Explain(err)
	}
	return s.anyMatch(ctx, &searchQuery{members: by != nil}, condition)
}

// anyMatch reports whether any post matches. Left to the planner, a word that is nowhere would be looked for in every row.
func (s *Store) anyMatch(ctx context.Context, q *searchQuery, condition string) (found bool, err error) {
	many, err := s.manyMatch(ctx, []string{condition})
	if err != nil || many[0] {
		return err == nil, err
	}
	args := []any{condition}
	where := q.where(func(value any) string {
		args = append(args, value)
		return "$" + strconv.Itoa(len(args))
	})
	err = s.pool.QueryRow(ctx, "select count(*) > 0 from post_words where words @@ $1::text::tsquery"+where, args...).Scan(&found)
	return found, Explain(err)
}

// spelling is the word that is most like this one, by which the reader finds something; empty where the word itself is one, or none is
// like it. The candidates are those with the most groups of three letters in common; what counts then is how few letters differ.
func (s *Store) spelling(ctx context.Context, by *User, typed string) (string, error) {
	word := fold(typed)
	length := utf8.RuneCountInString(word)
	if length < 3 || length > 30 {
		return "", nil
	}
	if any, err := s.isWord(ctx, by, word); err != nil || any {
		return "", err
	}
	rows, err := s.pool.Query(ctx, `select s.word, s.posts from (
			select word, count(*) as n from spelling_parts where part = any($1) and length(word) between $2 and $3 group by word
			order by n desc, word limit 100) p
		join spellings s on s.word = p.word order by p.n desc, s.posts desc, s.word`, threes(word), length-2, length+2)
	if err != nil {
		return "", Explain(err)
	}
	type spelled struct {
		Word  string
		Posts int
	}
	candidates, err := pgx.CollectRows(rows, pgx.RowToStructByPos[spelled])
	if err != nil {
		return "", Explain(err)
	}
	most := 2
	if length < 5 {
		most = 1
	}
	candidates = slices.DeleteFunc(candidates, func(c spelled) bool { return distance(word, c.Word) > most })
	slices.SortStableFunc(candidates, func(a, b spelled) int {
		if d := distance(word, a.Word) - distance(word, b.Word); d != 0 {
			return d
		}
		return b.Posts - a.Posts
	})
	for _, c := range candidates[:min(5, len(candidates))] {
		if any, err := s.isWord(ctx, by, c.Word); err != nil || any {
			return c.Word, err
		}
	}
	return "", nil
}

// threes are the groups of three letters of a word, as the table spelling_parts has them.
func threes(word string) []string {
	runes := []rune("  " + word + " ")
	var list []string
	for i := range len(runes) - 2 {
		list = append(list, string(runes[i:i+3]))
	}
	return list
}

// distance is how many letters have to be added, left out, changed or swapped with their neighbour to make one word the other (Damerau and
// Levenshtein, in the form of the optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		next := make([]int, len(y)+1)
		next[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			next[j] = min(last[j]+1, next[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, last = last, next
	}
	return last[len(y)]
}

// typedSearch is a search as it could have been typed.
func typedSearch(alternatives [][]searchTerm) string {
	var all []string
	for _, terms := range alternatives {
		var words []string
		for _, term := range terms {
			said := term.text
			if strings.ContainsFunc(said, func(r rune) bool { return !isWordRune(r) }) || said == "or" || said == "OR" {
				said = `"` + said + `"`
			}
			if term.not {
				said = "-" + said
			}
			words = append(words, said)
		}
		all = append(all, strings.Join(words, " "))
	}
	return strings.Join(all, " or ")
}
