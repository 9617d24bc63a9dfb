package models

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// SitemapPart is the most addresses that a part of the map of the site has (sitemaps.org).
const SitemapPart = 50_000

// sitemapBatch is how many of them are read at a time: no connection is held while who asks takes them.
const sitemapBatch = 1000

// sitemapKind is a kind of page that search engines find: one for each row that visitors read. A part holds those whose ids lie in a
// range of SitemapPart, so that it stays the same while others come and go.
type sitemapKind struct {
	name string
	rows string // what follows "from", with its condition, over p
	says string // id, what the address is made of, and when the page was changed
	path func(id int64, word string) string
}

var sitemapKinds = []sitemapKind{
	{"posts", "posts p where " + publicPosts, "p.id, p.title, greatest(p.updated_at, p.published_at)", func(id int64, title string) string { return (&Post{ID: id, Title: title}).Path() }},
	{"users", "users p where p.post_count > 0", "p.id, p.username, p.last_post_at", func(_ int64, username string) string { return (&User{Username: username}).Path() }},
	{"series", "series p where exists (select from series_posts k join posts on posts.id = k.post_id where k.series_id = p.id and posts.status = 'published' and posts.visibility = 'public')",
		"p.id, p.title, p.updated_at", func(id int64, title string) string { return (&Series{ID: id, Title: title}).Path() }},
	{"events", "calendar_events p where true", "p.id, p.title, p.updated_at", func(id int64, title string) string { return (&CalendarEvent{ID: id, Title: title}).Path() }},
}

// sitemapTags is the part with the tags that are used most.
const sitemapTags = "tags"

// SitemapParts lists the names of the parts of the map that have addresses.
func (s *Store) SitemapParts(ctx context.Context) (parts []string, err error) {
	for _, kind := range sitemapKinds {
		next := func(after string) string {
			return fmt.Sprintf("(select (p.id - 1) / %d from %s and p.id > %s order by p.id limit 1)", SitemapPart, kind.rows, after)
		}
		// From part to part along the index of the ids.
		rows, err := s.pool.Query(ctx, fmt.Sprintf("with recursive parts(n) as (%s union all select %s from parts where n is not null) select n + 1 from parts where n is not null",
			next("0"), next(fmt.Sprintf("(n + 1) * %d", SitemapPart))))
		if err != nil {
			return nil, Explain(err)
		}
		numbers, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return nil, Explain(err)
		}
		for _, n := range numbers {
			parts = append(parts, kind.name+"-"+strconv.FormatInt(n, 10))
		}
	}
	tags, _, err := s.Tags(ctx, nil, TagList{Limit: 1})
	if len(tags) > 0 {
		parts = append(parts, sitemapTags)
	}
	return parts, err
}

// Sitemap gives a part of the map to add: paths, and when the page was changed last; the zero time where that is not known.
func (s *Store) Sitemap(ctx context.Context, part string, add func(path string, changed time.Time) error) error {
	if part == sitemapTags {
		return s.mapTags(ctx, add)
	}
	name, number, _ := strings.Cut(part, "-")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 || n > 1<<40 || strconv.FormatInt(n, 10) != number {
		return ErrNotFound
	}
	for _, kind := range sitemapKinds {
		if kind.name == name {
			return s.mapRows(ctx, kind, n, add)
		}
	}
	return ErrNotFound
}

func (s *Store) mapRows(ctx context.Context, kind sitemapKind, n int64, add func(string, time.Time) error) error {
	type found struct {
		id      int64
		word    string
		changed *time.Time
	}
	for after, last := (n-1)*SitemapPart, n*SitemapPart; ; {
		rows, err := s.pool.Query(ctx, fmt.Sprintf("select %s from %s and p.id > $1 and p.id <= $2 order by p.id limit %d", kind.says, kind.rows, sitemapBatch), after, last)
		if err != nil {
			return Explain(err)
		}
		batch, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (f found, err error) { return f, row.Scan(&f.id, &f.word, &f.changed) })
		if err != nil {
			return Explain(err)
		}
		for _, f := range batch {
			after = f.id
			changed := time.Time{}
			if f.changed != nil {
				changed = *f.changed
			}
			if err := add(kind.path(f.id, f.word), changed); err != nil {
				return err
			}
		}
		if len(batch) < sitemapBatch {
			return nil
		}
	}
}

func (s *Store) mapTags(ctx context.Context, add func(string, time.Time) error) error {
	list := TagList{Limit: sitemapBatch}
	for range SitemapPart / sitemapBatch {
		tags, more, err := s.Tags(ctx, nil, list)
		if err != nil {
			return err
		}
		for _, tag := range tags {
			list.After = tag.Key()
			if err := add(tag.Path(), time.Time{}); err != nil {
				return err
			}
		}
		if !more {
			return nil
		}
	}
	return nil
}
