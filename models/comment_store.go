package models

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

var (
	sayNoParent        = Say("The comment that you answer is gone.")
	errClosed          = &Conflict{Say: Say("Comments on this post are closed.")}
	errTooLate         = &Conflict{Say: Say("A comment can be changed for %d minutes, and these are over.", int(CommentEditable/time.Minute))}
	errStaleComment    = &Conflict{Say: Say("You changed this comment meanwhile, in another window. Look at what it says now, and save again.")}
	errCommentDeletion = &Conflict{Say: Say("You did not delete this comment by yourself. An admin can bring it back.")}
)

// ErrCommentKey: a form of this key was sent before, with other words.
var ErrCommentKey error = Invalid{"key": Say("This was sent before, with other content. Nothing more was written.")}

// throttleComment bounds how many comments a user can write.
var throttleComment = Throttle{"comment", 60, time.Hour}

// CreateComment keeps a comment on a post, or an answer to one: of the comment given, PostID, ParentID, Content and Key are read. An answer to
// an answer stands in the same thread. The same key sent twice is one comment. One of a new user may be held until somebody approves it.
func (s *Store) CreateComment(ctx context.Context, by *User, c *Comment) error {
	if by == nil {
		return ErrForbidden
	}
	if err := s.furnishComment(ctx, c); err != nil {
		return err
	}
	takeBack, err := s.try(ctx, throttleComment, "user "+formatID(by.ID))
	if err != nil {
		return err
	}
	again := false
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1)", by.ID); err != nil {
			return err
		}
		if again, err = sameComment(ctx, tx, by, c); err != nil || again {
			return err
		}
		return insertComment(ctx, tx, by, c)
	})
	if err != nil || again {
		return backAfter(ctx, takeBack, err)
	}
	s.events.changed()
	return nil
}

// sameComment finds the comment that came with the same key before.
func sameComment(ctx context.Context, tx pgx.Tx, by *User, c *Comment) (bool, error) {
	if c.Key == uuid.Nil {
		return false, nil
	}
	var id int64
	var same bool
	err := tx.QueryRow(ctx, "select id, post_id = $3 and content = $4 from comments where user_id = $1 and key = $2", by.ID, c.Key, c.PostID, c.Content).Scan(&id, &same)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err == nil && !same {
		err = ErrCommentKey
	}
	if err != nil {
		return false, err
	}
	first, err := findComment(ctx, tx, id)
	if err == nil {
		*c = *first
	}
	return true, err
}

func insertComment(ctx context.Context, tx pgx.Tx, by *User, c *Comment) error {
	post, err := commentedPost(ctx, tx, by, c.PostID)
	if err != nil {
		return err
	}
	parent := c.ParentID
	if parent != 0 {
		// The lock keeps it from going meanwhile. What nobody sees has no answers.
		err := tx.QueryRow(ctx, "select thread_id from comments where id = $1 and post_id = $2 and shown for key share", parent, post.ID).Scan(&parent)
		if errors.Is(err, pgx.ErrNoRows) {
			return Invalid{"parent_id": sayNoParent}
		}
		if err != nil {
			return err
		}
	}
	held, err := isHeld(ctx, tx, by, post, 0)
	if err != nil {
		return err
	}
	var key *uuid.UUID
	if c.Key != uuid.Nil {
		key = &c.Key
	}
	if err := tx.QueryRow(ctx, "insert into comments (post_id, user_id, parent_id, content, content_html, held, key, mentions) values ($1, $2, nullif($3, 0::bigint), $4, $5, $6, $7, $8) returning id",
		post.ID, by.ID, parent, c.Content, c.ContentHTML, held, key, append([]int64{}, c.mentions...)).Scan(&c.ID); err != nil {
		return err
	}
	made, err := findComment(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	*c = *made
	return recordComment(ctx, tx, kindCommentCreate, by, c, map[string]any{"held": held})
}

// commentedPost reads the post for who may write a comment on it, and keeps it from going.
func commentedPost(ctx context.Context, tx pgx.Tx, by *User, id int64) (*Post, error) {
	post := &Post{ID: id}
	err := tx.QueryRow(ctx, "select user_id, title, status, visibility, comments_closed from posts where id = $1 for key share", id).
		Scan(&post.UserID, &post.Title, &post.Status, &post.Visibility, &post.CommentsClosed)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errNoPost
	}
	if err == nil {
		err = readAuthors(ctx, tx, post)
	}
	switch {
	case err != nil:
		return nil, err
	case !by.CanRead(post):
		return nil, errNoPost
	case !post.IsPublished():
		return nil, &Conflict{Say: Say("Comments are written when the post is published.")}
	case post.CommentsClosed:
		return nil, errClosed
	}
	return post, nil
}

// recordComment writes a line of the log. It keeps the title of the post, not the words of the comment.
func recordComment(ctx context.Context, tx statements, kind string, by *User, c *Comment, details map[string]any) error {
	details["post"] = c.PostID
	if c.ParentID != 0 {
		details["parent"] = c.ParentID
	}
	return record(ctx, tx, entry{kind: kind, by: by, targetKind: commentTarget.kind, targetID: c.ID, target: c.Post.Title, details: details})
}

// UpdateComment changes the words of the user's own comment, within the time for that. One of a new user may be held again. version is what
// the change was made from, as Version names it; empty: whatever it is by now. match are states of which it must be in one, as State names them.
func (s *Store) UpdateComment(ctx context.Context, by *User, id int64, content, version string, match ...string) (*Comment, error) {
	if by == nil {
		return nil, ErrForbidden
	}
	change := &Comment{Content: content}
	if err := s.furnishComment(ctx, change); err != nil {
		return nil, err
	}
	var c *Comment
	err := s.inPgx(ctx, func(tx pgx.Tx) (err error) {
		if _, err = tx.Exec(ctx, "select may_write($1)", by.ID); err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, "select from comments where id = $1 for no key update", id); err != nil {
			return err
		}
		if c, err = findComment(ctx, tx, id); err != nil {
			return err
		}
		switch {
		case !by.canReadComment(c):
			return errNoComment
		case c.UserID != by.ID:
			return ErrForbidden
		case !c.Editable:
			return errTooLate
		case version != "" && version != c.Version():
			return errStaleComment
		case match != nil && !slices.Contains(match, c.State()):
			return ErrStale
		case c.Content == change.Content:
			return nil
		}
		c.Content, c.ContentHTML = change.Content, change.ContentHTML
		if !c.Held { // what was approved was not this
			if c.Held, err = isHeld(ctx, tx, by, c.Post, id); err != nil {
				return err
			}
		}
		if err = tx.QueryRow(ctx, "update comments set content = $2, content_html = $3, mentions = $4, held = $5, edited_at = clock_timestamp(), updated_at = now() where id = $1 returning edited_at",
			id, c.Content, c.ContentHTML, append([]int64{}, change.mentions...), c.Held).Scan(&c.EditedAt); err != nil {
			return err
		}
		return recordComment(ctx, tx, kindCommentUpdate, by, c, map[string]any{"held": c.Held})
	})
	if err != nil {
		return nil, err
	}
	s.events.changed()
	return c, nil
}
