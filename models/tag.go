package models

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Tag is a word under which posts stand.
type Tag struct {
	Name  string
	Posts int64 // those that stand in lists for who asks
}

// TagPath is the address of the page of a tag.
func TagPath(name string) string { return "/tags/" + url.PathEscape(name) }

// Path is the address of the tag's page.
func (t Tag) Path() string { return TagPath(t.Name) }

// Key is the tag's place in a list of tags.
func (t Tag) Key() string { return strconv.FormatInt(t.Posts, 10) + "-" + t.Name }

// TagList says which tags to list, the most used first.
type TagList struct {
	Prefix string // those that begin so; empty: all
	After  string // those after the one with this key; empty: from the first
	Limit  int
}

// after reads the key.
func (l TagList) after() (posts int64, name string, err error) {
	if l.After == "" {
		return 0, "", nil
	}
	count, name, _ := strings.Cut(l.After, "-")
	posts, err = strconv.ParseInt(count, 10, 64)
	if err != nil || posts < 1 || name == "" || !text(name) {
		err = Invalid{"after": Say("This is not a place in the list.")}
	}
	return posts, name, err
}

// tagged is the figure of tag_counts that the reader sees; nil is a visitor.
func tagged(by *User) string {
	if by == nil {
		return "open"
	}
	return "(open + members)"
}

// Tags lists tags with their numbers of posts. more is true where there are further ones.
func (s *Store) Tags(ctx context.Context, by *User, list TagList) (tags []Tag, more bool, err error) {
	posts, name, err := list.after()
	if err != nil {
		return nil, false, err
	}
	if err := s.foldTags(ctx); err != nil {
		return nil, false, err
	}
	n := tagged(by)
	args := pgx.NamedArgs{"posts": posts, "name": name, "limit": list.Limit + 1}
	where := n + " > 0"
	if prefix := strings.Join(tidyTags([]string{list.Prefix}), ""); prefix != "" {
		where += " and tag >= @prefix and tag < @beyond"
		args["prefix"], args["beyond"] = prefix, prefix+"\U0010ffff"
	} else if strings.TrimSpace(list.Prefix) != "" {
		return nil, false, nil
	}
	part := func(condition, order string) string {
		return fmt.Sprintf("(select tag, %s as n from tag_counts where %s%s order by %s limit @limit)", n, where, condition, order)
	}
	sql := part("", n+" desc, tag")
	if list.After != "" { // two steps along the index: very many tags may have one post
		sql = part(" and "+n+" = @posts and tag > @name", "tag") + " union all " + part(" and "+n+" < @posts", n+" desc, tag")
	}
	rows, err := s.pool.Query(ctx, "select tag, n from ("+sql+") x order by n desc, tag limit @limit", args)
	if err != nil {
		return nil, false, Explain(err)
	}
	tags, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (t Tag, err error) { return t, row.Scan(&t.Name, &t.Posts) })
	if err != nil {
		return nil, false, Explain(err)
	}
	if len(tags) > list.Limit {
		return tags[:list.Limit], true, nil
	}
	return tags, false, nil
}

// TagPage is what is known of a tag.
type TagPage struct {
	Tag
	Open int64  // posts that anyone reads
	All  int64  // posts of any kind, drafts too
	Into string // the tag that it is now: an editor renamed it, or merged it; empty: it is itself
}

// Tag reads a tag by its name, for whom nil is a visitor. One that no post has is a tag all the same.
func (s *Store) Tag(ctx context.Context, by *User, name string) (*TagPage, error) {
	if err := s.foldTags(ctx); err != nil {
		return nil, err
	}
	page := &TagPage{Tag: Tag{Name: name}}
	err := s.pool.QueryRow(ctx, "select coalesce(c.n, 0), coalesce(c.open, 0), coalesce(c.total, 0), case tag_now($1) when $1 then '' else tag_now($1) end from (select) x left join (select "+
		tagged(by)+" as n, open, open + members + hidden as total from tag_counts where tag = $1) c on true", name).Scan(&page.Posts, &page.Open, &page.All, &page.Into)
	return page, Explain(err)
}

// TagOf makes a tag of what stands in an address; empty where it can be none.
func TagOf(typed string) string {
	if tags := tidyTags([]string{typed}); len(tags) == 1 && validTag(tags[0]) {
		return tags[0]
	}
	return ""
}

// foldTags brings what writers noted into the counts; of very much, a job brings in the rest. While somebody else is at it for long,
// the counts are as they were.
func (s *Store) foldTags(ctx context.Context) error {
	for range 20 {
		var deltas int
		if err := s.pool.QueryRow(ctx, "select fold_tags($1, '300 ms')", foldBatch).Scan(&deltas); err != nil {
			return Explain(err)
		}
		if deltas < foldBatch {
			return nil
		}
	}
	s.startJob(foldingTags, 0)
	return nil
}

// foldingTags is the job that brings in the rest.
const foldingTags = "tags"

func (s *Store) foldAllTags(ctx context.Context, _ int64) error {
	for deltas := 1; deltas != 0; {
		if err := s.pool.QueryRow(ctx, "select fold_tags($1, '1 min')", foldBatch).Scan(&deltas); err != nil {
			return Explain(err)
		}
	}
	return nil
}
