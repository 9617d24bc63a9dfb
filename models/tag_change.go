package models

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
)

// TagChange is a tag that an editor renamed, or merged with another. Its page is its receipt.
type TagChange struct {
	ID        int64
	Tag, Into string
	Merges    bool // there were posts with the other tag already
	ByName    string
	At        time.Time
	UndoUntil time.Time
	State     string // "running", "done", "undoing" or "undone"
	Goal      int64  // how many posts had the tag when it began
	Posts     int64  // how many were changed
	Twice     int64  // of these, how many had both tags
	UndoneAt  *time.Time
	UndoneBy  string
	Back      int64 // how many have the old tag again
}

// Path is the address of the page of the change.
func (c *TagChange) Path() string {
	return fmt.Sprintf("/tags/%s/changes/%d", url.PathEscape(c.Tag), c.ID)
}

// IsUnderWay reports whether posts are still being changed.
func (c *TagChange) IsUnderWay() bool { return c.State == "running" || c.State == "undoing" }

// CanUndo reports whether the change can be taken back, as far as its time goes.
func (c *TagChange) CanUndo(now time.Time) bool { return c.State == "done" && now.Before(c.UndoUntil) }

// Kept is how many posts kept the new tag alone, or neither: after the undo.
func (c *TagChange) Kept() int64 { return c.Posts - c.Back }

const tagChangeColumns = `id, tag, into_tag, merges, by_name, at, undo_until, state, goal, posts, twice, undone_at, coalesce(undone_by, ''), back`

func scanTagChange(row pgx.Row) (*TagChange, error) {
	c := &TagChange{}
	err := row.Scan(&c.ID, &c.Tag, &c.Into, &c.Merges, &c.ByName, &c.At, &c.UndoUntil, &c.State, &c.Goal, &c.Posts, &c.Twice, &c.UndoneAt, &c.UndoneBy, &c.Back)
	if err == pgx.ErrNoRows {
		return nil, errNoTagChange
	}
	return c, err
}

var (
	errNoTag       error = missing("Tag")
	errNoTagChange error = missing("Change")
)

// TagChange reads a change, for editors.
func (s *Store) TagChange(ctx context.Context, by *User, id int64) (*TagChange, error) {
	if !by.IsEditor() {
		return nil, ErrForbidden
	}
	change, err := scanTagChange(s.pool.QueryRow(ctx, "select "+tagChangeColumns+" from tag_changes where id = $1", id))
	return change, Explain(err)
}

// TagChanges lists the newest changes from or into a tag, for editors.
func (s *Store) TagChanges(ctx context.Context, by *User, tag string, limit int) ([]*TagChange, error) {
	if !by.IsEditor() {
		return nil, ErrForbidden
	}
	rows, err := s.pool.Query(ctx, "select "+tagChangeColumns+` from tag_changes where id in (
		(select id from tag_changes where tag = $1 order by id desc limit $2) union all (select id from tag_changes where into_tag = $1 order by id desc limit $2))
		order by id desc limit $2`, tag, limit)
	if err != nil {
		return nil, Explain(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*TagChange, error) { return scanTagChange(row) })
	return list, Explain(err)
}

// AwaitTagChange reads a change when it has ended, or when the patience has.
func (s *Store) AwaitTagChange(ctx context.Context, by *User, id int64, patience time.Duration) (*TagChange, error) {
	for end := time.Now().Add(patience); ; {
		change, err := s.TagChange(ctx, by, id)
		if err != nil || !change.IsUnderWay() || time.Now().After(end) {
			return change, err
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return nil, Explain(ctx.Err())
		}
	}
}

// TagRehearsal says what a change would do.
type TagRehearsal struct {
	Tag, Into string
	Posts     int64 // that have the tag, drafts too
	There     int64 // that have the other tag already
	Twice     int64 // that have both
}

// Merges reports whether there are posts with the other tag.
func (r *TagRehearsal) Merges() bool { return r.There > 0 }

// RehearseTag says what it would mean to give a tag another name; nothing is changed. A name that was itself renamed means the new one.
func (s *Store) RehearseTag(ctx context.Context, by *User, tag, name string) (*TagRehearsal, error) {
	if !by.IsEditor() {
		return nil, ErrForbidden
	}
	if err := s.foldTags(ctx); err != nil {
		return nil, err
	}
	if _, err := s.takeInPosts(ctx); err != nil {
		return nil, err
	}
	return rehearseTag(ctx, s.pool, tag, name)
}

func rehearseTag(ctx context.Context, tx queries, tag, name string) (*TagRehearsal, error) {
	r := &TagRehearsal{Tag: tag}
	const having = "coalesce((select open + members + hidden from tag_counts where tag = $1), 0)"
	if err := tx.QueryRow(ctx, "select "+having, tag).Scan(&r.Posts); err != nil {
		return nil, Explain(err)
	}
	if r.Posts == 0 {
		return nil, errNoTag
	}
	typed := tidyTags([]string{name})
	switch {
	case len(typed) == 0:
		return nil, Invalid{"name": Say("Give the tag a name.")}
	case len(typed) > 1:
		return nil, Invalid{"name": Say("A comma ends a tag: give one name.")}
	case !validTag(typed[0]) || !text(name):
		return nil, Invalid{"name": sayTagTooLong}
	case typed[0] == tag:
		return nil, Invalid{"name": sayTagItself}
	}
	if err := tx.QueryRow(ctx, "select case tag_now($1) when $2 then $1 else tag_now($1) end", typed[0], tag).Scan(&r.Into); err != nil {
		return nil, Explain(err)
	}
	if err := tx.QueryRow(ctx, "select "+having, r.Into).Scan(&r.There); err != nil {
		return nil, Explain(err)
	}
	err := tx.QueryRow(ctx, "select count(*) from post_lines l join posts p on p.id = l.post_id where l.tags @> array[$1, $2] and p.tags @> array[$1, $2]", tag, r.Into).Scan(&r.Twice)
	return r, Explain(err)
}
