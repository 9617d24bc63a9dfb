package models

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// PostList says which posts to list, newest first.
type PostList struct {
	UserID     int64   // of this author alone; 0: of everyone
	Tag        string  // with this tag alone; empty: with any
	Status     string  // the author's drafts or scheduled posts in place of the published ones
	Visibility string  // those alone; the author's unlisted ones stand in no other list
	After      PostKey // those after this one; zero: from the first
	Limit      int     // at most this many
	Full       bool    // with the Markdown and the HTML
	HTML       bool    // with the HTML alone
}

// PostKey is a place in a list of posts. Lists are paged by it, so that a page costs the same wherever it lies and stays
// right while posts come and go.
type PostKey struct {
	At time.Time
	ID int64
}

// Key is the post's place in a list.
func (p *Post) Key() PostKey {
	if p.IsScheduled() && p.PublishAt != nil {
		return PostKey{*p.PublishAt, p.ID}
	}
	if p.IsDraft() {
		return PostKey{p.UpdatedAt, p.ID}
	}
	return PostKey{p.Date(), p.ID}
}

// String writes the key for an address; ParsePostKey reads it.
func (k PostKey) String() string {
	if k.ID == 0 {
		return ""
	}
	return fmt.Sprintf("%d-%d", k.At.UnixMicro(), k.ID)
}

// ParsePostKey reads what String wrote; the empty string is the beginning.
func ParsePostKey(s string) (PostKey, error) {
	if s == "" {
		return PostKey{}, nil
	}
	cut := max(0, strings.LastIndexByte(s, '-'))
	micros, err1 := strconv.ParseInt(s[:cut], 10, 64)
	number, err2 := strconv.ParseInt(strings.TrimPrefix(s[cut:], "-"), 10, 64)
	// The bounds keep the moment within the years 1 to 9999.
	if err1 != nil || err2 != nil || number < 1 || micros < -62135596800e6 || micros >= 253402300800e6 {
		return PostKey{}, Invalid{"after": Say("This is not a place in the list.")}
	}
	return PostKey{time.UnixMicro(micros), number}, nil
}

// IsHidden reports whether the list is of posts that stand in no list of readers.
func (l PostList) IsHidden() bool {
	return l.Status != "" && l.Status != StatusPublished || l.Visibility == VisibilityUnlisted
}

// Posts lists posts with their authors, as the reader finds them; nil is a visitor. Published posts and drafts are listed from the
// newest, scheduled ones from the next. more is true where there are further ones after the last. Lists of what only some may see
// are Forbidden to others.
func (s *Store) Posts(ctx context.Context, by *User, list PostList) (posts []Post, more bool, err error) {
	where, order, args := listedTo(by), "p.published_at desc, p.id desc", []any{list.Limit + 1}
	at, compare := "p.published_at", "<"
	if list.IsHidden() && !by.CanEdit(&Post{UserID: list.UserID}) {
		return nil, false, ErrForbidden
	}
	switch {
	case list.Status == StatusDraft:
		where, order, at = "p.status = 'draft'", "p.updated_at desc, p.id desc", "p.updated_at"
	case list.Status == StatusScheduled:
		where, order, at, compare = "p.status = 'scheduled'", "p.publish_at, p.id", "p.publish_at", ">"
	case list.Visibility == VisibilityUnlisted:
		where = unlistedPosts
	}
	if list.Visibility != "" {
		args = append(args, list.Visibility)
		where += fmt.Sprintf(" and p.visibility = $%d", len(args))
	}
	place := 0
	if list.After.ID != 0 {
		args = append(args, list.After.At, list.After.ID)
		place = len(args) - 1
		where += fmt.Sprintf(" and (%s, p.id) %s ($%d, $%d)", at, compare, place, place+1)
	}
	from := "posts p"
	if list.Tag != "" {
		args = append(args, list.Tag)
		if list.UserID == 0 && !list.IsHidden() {
			from = taggedPosts(list.shelves(by), len(args), place) + " join posts p on p.id = k.post_id"
		} else {
			where += fmt.Sprintf(" and $%d = any(p.tags)", len(args))
		}
	}
	if list.UserID != 0 {
		args = append(args, list.UserID)
		written := coWritten(list.shelves(by), len(args), place)
		if list.IsHidden() || list.Tag != "" {
			written = fmt.Sprintf(" union all (select p.id from post_authors a join posts p on p.id = a.post_id where a.user_id = $%d and %s order by %s limit $1)", len(args), where, order)
		}
		from = fmt.Sprintf("((select p.id as post_id from posts p where p.user_id = $%d and %s order by %s limit $1)%s) k join posts p on p.id = k.post_id", len(args), where, order, written)
	}
	columns := "'' as content, '' as content_html"
	if list.Full {
		columns = "p.content, p.content_html"
	} else if list.HTML {
		columns = "'' as content, p.content_html"
	}
	rows, err := s.pool.Query(ctx, `select p.id, p.user_id, p.title, p.excerpt, p.words, p.tags, p.status, p.visibility, p.publish_at, p.lang, p.comments_closed, p.created_at, p.updated_at, p.published_at,
			`+columns+`, u.username, u.name, `+commentCount+`
		from `+from+` join users u on u.id = p.user_id where `+where+` order by `+order+` limit $1`, args...)
	if err != nil {
		return nil, false, Explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		p := Post{User: &User{}}
		if err := rows.Scan(&p.ID, &p.UserID, &p.Title, &p.Excerpt, &p.Words, (*[]string)(&p.Tags), &p.Status, &p.Visibility, &p.PublishAt, &p.Lang, &p.CommentsClosed, &p.CreatedAt, &p.UpdatedAt, &p.PublishedAt,
			&p.Content, &p.ContentHTML, &p.User.Username, &p.User.Name, &p.Comments); err != nil {
			return nil, false, Explain(err)
		}
		p.User.ID = p.UserID
		posts = append(posts, p)
	}
	if err := rows.Err(); err != nil {
		return nil, false, Explain(err)
	}
	if more = len(posts) > list.Limit; more {
		posts = posts[:list.Limit]
	}
	read := make([]*Post, len(posts))
	for i := range posts {
		read[i] = &posts[i]
	}
	return posts, more, Explain(readAuthors(ctx, s.pool, read...))
}

// commentCount counts the shown comments of a post p, of which only those are counted that stand on the page.
const commentCount = "coalesce((select n from post_comments where post_id = p.id), 0)"

// shelves are those of the tables beside posts on which the reader finds posts of the list.
func (l PostList) shelves(by *User) []string {
	switch {
	case by == nil || l.Visibility == VisibilityPublic:
		return []string{"not members"}
	case l.Visibility == VisibilityMembers:
		return []string{"members"}
	}
	return []string{"not members", "members"}
}

// taggedPosts are the keys k of the newest posts of the tag that is bound as this number: $1 at most, after the place that is bound as
// the next two numbers, if any. So a page costs the same however many posts have the tag.
func taggedPosts(shelves []string, tag, place int) string {
	keys := make([]string, len(shelves))
	for i, shelf := range shelves {
		keys[i] = fmt.Sprintf("(select post_id, published_at from post_tags where tag = $%d and %s%s order by published_at desc, post_id desc limit $1)", tag, shelf, afterPlace("published_at", place))
	}
	return "(select * from (" + strings.Join(keys, " union all ") + ") x order by published_at desc, post_id desc limit $1) k"
}

// coWritten are the keys of the newest posts that the user wrote with their owners, to be added to those of the own ones.
func coWritten(shelves []string, user, place int) (keys string) {
	for _, shelf := range shelves {
		keys += fmt.Sprintf(" union all (select post_id from post_authors where user_id = $%d and listed_at is not null and %s%s order by listed_at desc, post_id desc limit $1)", user, shelf, afterPlace("listed_at", place))
	}
	return keys
}

func afterPlace(at string, place int) string {
	if place == 0 {
		return ""
	}
	return fmt.Sprintf(" and (%s, post_id) < ($%d, $%d)", at, place, place+1)
}
