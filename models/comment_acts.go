package models

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
)

// HideComment hides a comment from readers. The post's authors and editors may; the comment's author sees by whom, and why. It is an act with
// a receipt; of a comment that is hidden already there is none. With match this, as the acts below, is done to one of these states of the
// comment, as State names them; else the error is ErrStale.
func (s *Store) HideComment(ctx context.Context, by *User, id int64, reason string, match ...string) (*Comment, error) {
	return s.actOnComment(ctx, by, id, "hide", ActParams{Reason: reason}, match, func(u *User, c *Comment) bool { return u.CanHide(c.Post) })
}

// ShowComment shows a hidden comment again. Who may hide one may, but what an editor has hidden, editors alone.
func (s *Store) ShowComment(ctx context.Context, by *User, id int64, match ...string) (*Comment, error) {
	return s.actOnComment(ctx, by, id, "show", ActParams{}, match, (*User).CanShow)
}

// ApproveComment shows a comment that was held. Editors may.
func (s *Store) ApproveComment(ctx context.Context, by *User, id int64, match ...string) (*Comment, error) {
	return s.actOnComment(ctx, by, id, "approve", ActParams{}, match, func(u *User, _ *Comment) bool { return u.IsEditor() })
}

// actOnComment does an act to one comment, for whom may says that they may.
func (s *Store) actOnComment(ctx context.Context, by *User, id int64, name string, params ActParams, match []string, may func(*User, *Comment) bool) (*Comment, error) {
	c, err := s.Comment(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if !may(by, c) {
		return nil, ErrForbidden
	}
	kind := findActKind(commentTarget.kind, name)
	if err := params.validate(kind); err != nil {
		return nil, err
	}
	act, _, err := s.actOnOne(ctx, by, kind, params, id, isIn(ctx, id, match))
	if err != nil && !errors.Is(err, errUnchanged) {
		return nil, err
	}
	c, missing := s.Comment(ctx, by, id)
	switch {
	case missing != nil:
		return nil, missing
	case act != nil:
		c.Receipt = act.ID
	case match != nil && !c.isOneOf(match): // what somebody has done already, they did to other words
		return nil, ErrStale
	}
	return c, nil
}

// isIn looks, under the lock of the comment, whether it is in one of the states; nil: any.
func isIn(ctx context.Context, id int64, states []string) func(*actBatch) error {
	return func(b *actBatch) error {
		if states == nil {
			return nil
		}
		now, err := findComment(ctx, b.tx, id)
		if err == nil && !slices.Contains(states, now.State()) {
			err = ErrStale
		}
		return err
	}
}

// DeleteComment removes a comment; what answers it stays. Its author and editors may. It is an act with a receipt: an admin can take it back,
// and who deletes their own can too, by RestoreComment.
func (s *Store) DeleteComment(ctx context.Context, by *User, id int64, match ...string) (*Comment, error) {
	c, err := s.Comment(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if !by.CanDeleteComment(c) {
		return nil, ErrForbidden
	}
	act, _, err := s.actOnOne(ctx, by, findActKind(commentTarget.kind, "delete"), ActParams{}, id, isIn(ctx, id, match))
	if err != nil {
		return nil, err
	}
	c.Receipt = act.ID
	return c, nil
}

// RestoreComment brings back a comment that its author has deleted by themself. Asked for twice it is done once.
func (s *Store) RestoreComment(ctx context.Context, by *User, id int64) (*Comment, error) {
	if by == nil {
		return nil, ErrForbidden
	}
	act, err := s.ownCommentDeletion(ctx, by, id)
	u := &undo{Store: s, by: by, of: act, needs: by.Role}
	if err == nil {
		u.in = UndoOf{Receipt: act.ID, IDs: []int64{id}}
		err = u.do(ctx)
	}
	if err != nil && !errors.Is(err, errNoComment) && !errors.Is(err, errTakenBack) {
		return nil, err
	}
	c, missing := s.Comment(ctx, by, id)
	if missing == nil && c.UserID != by.ID {
		missing = ErrForbidden
	}
	if missing != nil {
		return nil, missing
	}
	if err == nil {
		c.Receipt = u.act.ID
	}
	return c, nil
}

// ownCommentDeletion finds the act by which the user has deleted a comment of their own that is still gone.
func (s *Store) ownCommentDeletion(ctx context.Context, by *User, id int64) (*Act, error) {
	var receipt, who, author int64
	var post bool
	err := s.pool.QueryRow(ctx, `select a.id, coalesce(a.by_id, 0), coalesce((i.before ->> 'user_id')::bigint, 0), exists (select from posts p where p.id = (i.before ->> 'post_id')::bigint)
		from act_rows r join acts a on a.id = r.act_id left join act_images i on i.act_id = a.id and i.target_id = r.target_id and i.table_name = 'comments'
		where r.target_id = $1 and a.target_kind = 'comment' and r.op = 'delete' and r.undone_by is null
		order by a.id desc limit 1`, id).Scan(&receipt, &who, &author, &post)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, errNoComment
	case err != nil:
		return nil, Explain(err)
	case author == 0 && who == by.ID:
		return nil, errUndoOver // its images are erased
	case author != by.ID:
		return nil, errNoComment
	case who != by.ID:
		return nil, errCommentDeletion
	case !post:
		return nil, errNoCommentedPost
	}
	return scanAct(s.pool.QueryRow(ctx, "select "+actColumns+" from acts where id = $1", receipt))
}

var errNoCommentedPost = &Conflict{Say: Say("The post of this comment is gone.")}
