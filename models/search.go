package models

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// Search says what somebody looks for among the posts. It lives in the address of the page.
type Search struct {
	Text     string // words, "phrases", -words, or
	Author   string // a user name
	Tag      string
	From, To string // days of publication, such as 2026-11-21, both included
	After    string // those after this place in the list
	Limit    int

	zone *time.Location // in which the days begin and end
}

// DefaultSearchLimit is how many posts a page has where its address does not say.
const DefaultSearchLimit = 20

// ParseSearch reads a search from the query of an address; days are those of the zone. A senseless filter is Invalid, and the search
// returned beside it still has all that was typed. There is no text that cannot be looked for.
func ParseSearch(query url.Values, zone *time.Location) (Search, error) {
	v := Invalid{}
	get := func(name string) string { return strings.TrimSpace(strings.ToValidUTF8(query.Get(name), " ")) }
	f := Search{Text: strings.ToValidUTF8(query.Get("q"), " "), Author: get("author"), Tag: get("tag"), From: get("from"), To: get("to"), After: query.Get("after"),
		Limit: DefaultSearchLimit, zone: zone}
	if f.Author != "" && !usernameForm.MatchString(f.Author) {
		v["author"] = sayUsernameForm
	}
	if tags := ParseTags(f.Tag); f.Tag != "" {
		if len(tags) == 1 && printable(tags[0]) && utf8.RuneCountInString(tags[0]) <= maxTag {
			f.Tag = tags[0]
		} else {
			v["tag"] = Say("Give one tag.")
		}
	}
	for name, day := range map[string]string{"from": f.From, "to": f.To} {
		if _, ok := parseDay(day, zone); day != "" && !ok {
			v[name] = Say("A day looks like 2026-11-21.")
		}
	}
	if n := wholeNumber(v, "limit", get("limit"), 1, 100); n != nil {
		f.Limit = *n
	}
	if _, err := parseSearchKey(f.After); err != nil {
		v["after"], f.After = Say("This is not a place in the list."), ""
	}
	return f, v.Or()
}

// Query is the search as the query of an address, without the place in the list.
func (f Search) Query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"q": f.Text, "author": f.Author, "tag": f.Tag, "from": f.From, "to": f.To} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.Limit != DefaultSearchLimit {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	return q
}

// IsFiltered reports whether anything but words decides.
func (f Search) IsFiltered() bool { return f.Author != "" || f.Tag != "" || f.From != "" || f.To != "" }

// Found is a page of what was found.
type Found struct {
	Posts  []FoundPost
	Next   string // the place after which the next page begins; empty: this is the last
	NoWord bool   // there was no word to look for
	Cut    bool   // what was typed is so long that only its beginning was looked for
	Unread int64  // posts that stood here before there was a search, and are still being read in
	Meant  string // what was probably meant, where nothing was found: it finds something
}

// FoundPost is a post that was found.
type FoundPost struct {
	Post    Post   // without its texts
	Title   []Part // the whole of it
	Excerpt []Part
	key     searchKey
}

// Part is a piece of a text; one that was looked for is marked.
type Part struct {
	Text   string
	Marked bool
}

// searchKey is a place in what was found: how good the match is, then when it was published.
type searchKey struct {
	class int
	PostKey
}

func (k searchKey) String() string { return strconv.Itoa(k.class) + "-" + k.PostKey.String() }

func parseSearchKey(s string) (searchKey, error) {
	if s == "" {
		return searchKey{class: bestMatch}, nil
	}
	class, key, _ := strings.Cut(s, "-")
	at, err := ParsePostKey(key)
	if err == nil && (len(class) != 1 || class[0] < '0' || class[0] > '0'+bestMatch || at.ID == 0) {
		err = Invalid{"after": Say("This is not a place in the list.")}
	}
	if err != nil {
		return searchKey{class: bestMatch}, err
	}
	return searchKey{int(class[0] - '0'), at}, nil
}

// Search finds posts that stand in lists for the reader, the best matches first, and of equal ones the newest; nil is a visitor. It costs
// the same whatever the page.
func (s *Store) Search(ctx context.Context, by *User, f Search) (*Found, error) {
	after, err := parseSearchKey(f.After)
	if err != nil {
		return nil, err
	}
	alternatives, cut := parseSearch(f.Text)
	q, found, err := s.prepare(ctx, f, alternatives)
	if err != nil || found.NoWord {
		return found, err
	}
	found.Cut = cut
	if q != nil {
		q.members, q.after = by != nil, after
		if err := s.find(ctx, q, f.Limit, found); err != nil {
			return nil, err
		}
	}
	if q != nil && len(found.Posts) == 0 && f.After == "" {
		found.Meant, err = s.meant(ctx, by, f, alternatives)
	}
	return found, err
}

// find lists the page.
func (s *Store) find(ctx context.Context, q *searchQuery, limit int, found *Found) error {
	sql, args, err := s.searchSQL(ctx, q, limit)
	if err != nil {
		return err
	}
	rows, err := s.pool.Query(ctx, sql, append([]any{pgx.QueryExecModeCacheDescribe}, args...)...)
	if err != nil {
		return Explain(err)
	}
	defer rows.Close()
	var texts []string
	for rows.Next() {
		one := FoundPost{Post: Post{User: &User{}}}
		p := &one.Post
		var html string
		if err := rows.Scan(&one.key.class, &p.ID, &p.UserID, &p.Title, &p.Excerpt, &p.Words, (*[]string)(&p.Tags), &p.Status, &p.Visibility, &p.Lang, &p.CreatedAt, &p.UpdatedAt, &p.PublishedAt,
			&p.User.Username, &p.User.Name, &p.Comments, &html); err != nil {
			return Explain(err)
		}
		p.User.ID, one.key.PostKey = p.UserID, PostKey{*p.PublishedAt, p.ID}
		found.Posts, texts = append(found.Posts, one), append(texts, html)
	}
	if err := rows.Err(); err != nil {
		return Explain(err)
	}
	rows.Close()
	if len(found.Posts) > limit {
		found.Posts = found.Posts[:limit]
		found.Next = found.Posts[limit-1].key.String()
	}
	return s.mark(ctx, q, found.Posts, texts)
}

// searchSQL is the statement that finds a page. Each class of matches is found and sorted by itself, and the next one only if the page is not
// full yet. Where few posts match, they are all found along the index of words first; where very many do, the newest are gone through.
func (s *Store) searchSQL(ctx context.Context, q *searchQuery, limit int) (string, []any, error) {
	args := []any{limit + 1}
	bind := func(value any) string {
		args = append(args, value)
		return "$" + strconv.Itoa(len(args))
	}
	where := q.where(bind)
	var classes []int
	var conditions []string
	for class := q.after.class; class >= 0; class-- {
		if condition := q.class(class); condition != "" {
			classes, conditions = append(classes, class), append(conditions, condition)
		}
	}
	if classes == nil { // the place is in a class that this search has not
		return "", nil, Invalid{"after": Say("This is not a place in the list.")}
	}
	many, err := s.manyMatch(ctx, conditions)
	if err != nil {
		return "", nil, err
	}
	var parts []string
	for i, class := range classes {
		place := where
		if q.after.ID != 0 && class == q.after.class {
			place += fmt.Sprintf(" and (published_at, post_id) < (%s, %s)", bind(q.after.At), bind(q.after.ID))
		}
		matches := " words @@ " + bind(conditions[i]) + "::text::tsquery"
		from := "select post_id, published_at from post_words where" + matches + place + " offset 0"
		if many[i] {
			from = fmt.Sprintf(`select post_id, published_at from (select * from post_words where true%s order by published_at desc, post_id desc limit %d) z where%s`, place, newestWalked, matches)
		}
		parts = append(parts, fmt.Sprintf(`(select %d as class, post_id, published_at from (%s) x order by published_at desc, post_id desc limit $1)`, class, from))
	}
	return `with found as materialized (select * from (` + strings.Join(parts, " union all ") + `) y limit $1)
		select f.class, p.id, p.user_id, p.title, p.excerpt, p.words, p.tags, p.status, p.visibility, p.lang, p.created_at, p.updated_at, f.published_at, u.username, u.name, ` + commentCount + `, left(p.content_html, ` +
		strconv.Itoa(maxMarked) + `)
		from found f join posts p on p.id = f.post_id join users u on u.id = p.user_id order by f.class desc, f.published_at desc, f.post_id desc`, args, nil
}

// where is the condition besides words and marks.
func (q *searchQuery) where(bind func(any) string) (where string) {
	if !q.members {
		where += " and not members"
	}
	if !q.from.IsZero() {
		where += " and published_at >= " + bind(q.from)
	}
	if !q.to.IsZero() {
		where += " and published_at < " + bind(q.to)
	}
	return where
}

const (
	fewMatches   = 60_000 // up to so many matches are all found before they are sorted
	newestWalked = 50_000 // of more, they are looked for among so many of the newest posts
)

// manyMatch asks the planner, who knows how common the words are, whether very many posts match each condition.
func (s *Store) manyMatch(ctx context.Context, conditions []string) ([]bool, error) {
	type node struct {
		Rows  float64 `json:"Plan Rows"`
		Plans []node
	}
	var plan []struct{ Plan node }
	parts, args := make([]string, len(conditions)), []any{pgx.QueryExecModeExec}
	for i, condition := range conditions {
		parts[i] = "select from post_words where words @@ $" + strconv.Itoa(i+1) + "::text::tsquery"
		args = append(args, condition)
	}
	err := s.pool.QueryRow(ctx, "explain (format json) "+strings.Join(parts, " union all "), args...).Scan(&plan)
	many := make([]bool, len(conditions))
	if err != nil {
		return many, Explain(err)
	}
	nodes := plan[0].Plan.Plans
	if len(conditions) == 1 {
		nodes = []node{plan[0].Plan}
	}
	for i := range min(len(many), len(nodes)) {
		many[i] = nodes[i].Rows > fewMatches
	}
	return many, nil
}
