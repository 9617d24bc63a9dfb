package models

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

var errOthersDeletion = &Conflict{Say: Say("You did not delete this post by yourself. An admin can bring it back.")}

// RestorePost brings back a post that its owner has deleted by themself, with all that went with it. It is an act, as any undo. Asked for twice
// it is done once. What somebody else has deleted admins bring back, by Undo.
func (s *Store) RestorePost(ctx context.Context, by *User, id int64) (*Post, error) {
	if by == nil {
		return nil, ErrForbidden
	}
	act, err := s.ownDeletion(ctx, by, id)
	u := &undo{Store: s, by: by, of: act, needs: by.Role}
	if err == nil {
		u.in = UndoOf{Receipt: act.ID, IDs: []int64{id}}
		err = u.do(ctx)
	}
	if err != nil && !errors.Is(err, errNoPost) && !errors.Is(err, errTakenBack) {
		return nil, err
	}
	post, missing := s.EditablePost(ctx, by, id)
	if missing == nil && post.UserID != by.ID {
		missing = ErrForbidden
	}
	if missing != nil {
		return nil, missing
	}
	if err == nil {
		post.Receipt = u.act.ID
	}
	return post, nil
}

// ownDeletion finds the act by which the user has deleted a post of their own that is still gone.
func (s *Store) ownDeletion(ctx context.Context, by *User, id int64) (*Act, error) {
	var receipt, who, owner int64
	err := s.pool.QueryRow(ctx, `select a.id, coalesce(a.by_id, 0), coalesce((select (i.before ->> 'user_id')::bigint from act_images i
			where i.act_id = a.id and i.target_id = r.target_id and i.table_name = 'posts'), 0)
		from act_rows r join acts a on a.id = r.act_id where r.target_id = $1 and a.target_kind = 'post' and r.op = 'delete' and r.undone_by is null
		order by a.id desc limit 1`, id).Scan(&receipt, &who, &owner)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, errNoPost
	case err != nil:
		return nil, Explain(err)
	case owner == 0 && who == by.ID:
		return nil, errUndoOver // its images are erased
	case owner != by.ID:
		return nil, errNoPost
	case who != by.ID:
		return nil, errOthersDeletion
	}
	return scanAct(s.pool.QueryRow(ctx, "select "+actColumns+" from acts where id = $1", receipt))
}
