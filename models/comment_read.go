package models

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// ErrNoComment: there is none, or not for who asks. It is also ErrNotFound.
var ErrNoComment error = errNoComment

// commentColumns are what a comment is read by: of comments as c, their writers as u, their portraits as f,
// and the open hide with who hid it as h.
const commentColumns = `c.id, c.post_id, c.user_id, coalesce(c.parent_id, 0), c.content, c.content_html, c.held, c.hidden, c.created_at, c.edited_at,
	c.created_at + interval '15 minutes', c.created_at + interval '15 minutes' > clock_timestamp(), u.username, u.name, coalesce(f.id, 0), coalesce(h.name, ''), coalesce(h.reason, ''), h.at, coalesce(h.role <> 'user', false)`

// commentTables are where these stand; shownComments are enough where nothing hidden is found.
const (
	commentTables = commentWriters + ` left join lateral (select h.reason, h.at, b.name, b.role from comment_hides h left join users b on b.id = h.by_id
		where c.hidden and h.comment_id = c.id and h.ended_at is null limit 1) h on true`
	shownComments  = commentWriters + " left join (values (null::text, null::timestamptz, null::text, null::text)) h (reason, at, name, role) on true"
	commentWriters = "comments c join users u on u.id = c.user_id left join files f on f.user_id = c.user_id and f.avatar"
)

// fields are where commentColumns are read to.
func (c *Comment) fields() []any {
	c.User, c.Hide = &User{}, &CommentHide{}
	return []any{&c.ID, &c.PostID, &c.UserID, &c.ParentID, &c.Content, &c.ContentHTML, &c.Held, &c.Hidden, &c.CreatedAt, &c.EditedAt,
		&c.EditableUntil, &c.Editable, &c.User.Username, &c.User.Name, &c.Portrait, &c.Hide.By, &c.Hide.Reason, &c.Hide.at, &c.Hide.byEditor}
}

// tidy is the comment that was read. Its fields may be read to again.
func (c *Comment) tidy() *Comment {
	made, user := *c, *c.User
	user.ID = c.UserID
	made.User, made.Hide = &user, nil
	if c.Hide.at != nil {
		hide := *c.Hide
		hide.At = *hide.at
		made.Hide = &hide
	}
	return &made
}

// findComment reads a comment with its post, whoever asks.
func findComment(ctx context.Context, tx statements, id int64) (*Comment, error) {
	c := &Comment{Post: &Post{User: &User{}}}
	p := c.Post
	err := tx.QueryRow(ctx, "select "+commentColumns+`, p.user_id, p.title, p.status, p.visibility, p.comments_closed, o.username, o.name
		from `+commentTables+` join posts p on p.id = c.post_id join users o on o.id = p.user_id where c.id = $1`, id).
		Scan(append(c.fields(), &p.UserID, &p.Title, &p.Status, &p.Visibility, &p.CommentsClosed, &p.User.Username, &p.User.Name)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errNoComment
	}
	if err != nil {
		return nil, err
	}
	p.ID, p.User.ID = c.PostID, p.UserID
	return c.tidy(), readAuthors(ctx, tx, p)
}

// canReadComment reports whether the user reads the comment: where its post is read, what is shown; what is not, its author, and
// who decides about it.
func (u *User) canReadComment(c *Comment) bool {
	return u.CanRead(c.Post) && (c.IsShown() || u != nil && u.ID == c.UserID || u.CanHide(c.Post) && (!c.Held || u.IsEditor()))
}

// Comment reads a comment with its post, for whom nil is a visitor.
func (s *Store) Comment(ctx context.Context, by *User, id int64) (*Comment, error) {
	c, err := findComment(ctx, s.pool, id)
	switch {
	case err != nil:
		return nil, Explain(err)
	case by.canReadComment(c):
		return c, nil
	case by == nil && c.Post.IsPublished() && c.IsShown():
		return nil, ErrMembersOnly
	}
	return nil, errNoComment
}
