package models

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// DeletedPost is a post that its owner has deleted, and can bring back.
type DeletedPost struct {
	ID        int64
	Title     string
	Status    string
	At, Until time.Time // when it was deleted, and until when it can come back
	Receipt   int64
}

// DeletedPosts lists what the user has deleted of their own and can still bring back, the last deleted first: below a receipt, 0 for all. more
// is true where there are further ones.
func (s *Store) DeletedPosts(ctx context.Context, by *User, below int64, limit int) (list []DeletedPost, more bool, err error) {
	if by == nil {
		return nil, false, ErrForbidden
	}
	rows, err := s.pool.Query(ctx, `select r.target_id, r.label, coalesce(r.before ->> 'status', ''), a.at, a.undo_until, a.id
		from acts a join act_rows r on r.act_id = a.id join act_images i on i.act_id = a.id and i.target_id = r.target_id and i.table_name = 'posts'
		where a.by_id = $1 and a.kind = 'delete' and a.target_kind = 'post' and a.erased_at is null and a.undo_until > now() and ($2 = 0 or a.id < $2)
			and r.op = 'delete' and r.undone_by is null and (i.before ->> 'user_id')::bigint = $1
		order by a.id desc, r.target_id desc limit $3`, by.ID, below, limit+1)
	if err != nil {
		return nil, false, Explain(err)
	}
	list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (p DeletedPost, err error) {
		return p, row.Scan(&p.ID, &p.Title, &p.Status, &p.At, &p.Until, &p.Receipt)
	})
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	return list, more, Explain(err)
}

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
