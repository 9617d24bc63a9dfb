package models

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// CanEditFile reports whether the user may change and delete the file, which is in the post; nil where it is in none.
func (u *User) CanEditFile(f *File, post *Post) bool {
	if post == nil {
		return u != nil && u.ID == f.UserID
	}
	return u.CanEdit(post)
}

// EditableFile returns a file for who may delete it, and the post that it is in.
func (s *Store) EditableFile(ctx context.Context, by *User, id int64) (*File, *Post, error) {
	f, post, err := s.File(ctx, by, id)
	if errors.Is(err, ErrMembersOnly) {
		err = errNoFile
	}
	if err == nil && !by.CanEditFile(f, post) {
		err = ErrForbidden
	}
	if err == nil && f.Avatar {
		err = errNoFile // it is removed in the settings
	}
	return f, post, err
}

// DeleteFile removes a file; what a text says of it stays. It is an act with a receipt, whoever does it, and can be taken back: by an
// admin, and by who did it.
func (s *Store) DeleteFile(ctx context.Context, by *User, id int64) (gone Gone, err error) {
	if _, _, err := s.EditableFile(ctx, by, id); err != nil {
		return gone, err
	}
	if _, err := s.pool.Exec(ctx, "select may_write($1)", by.ID); err != nil {
		return gone, Explain(err)
	}
	act, _, err := s.actOnOne(ctx, by, findActKind(fileTarget.kind, "delete"), ActParams{}, id)
	if err != nil {
		return gone, err
	}
	return Gone{Receipt: act.ID}, nil
}

// DeletedFile is a file that who deleted it can bring back.
type DeletedFile struct {
	ID        int64
	Name      string
	At, Until time.Time // when it was deleted, and until when it can come back
	Receipt   int64
}

// DeletedFiles lists the files that the user has deleted and can still bring back, the last deleted first: below a receipt, 0 for all. more is
// true where there are further ones.
func (s *Store) DeletedFiles(ctx context.Context, by *User, below int64, limit int) (list []DeletedFile, more bool, err error) {
	if by == nil {
		return nil, false, ErrForbidden
	}
	rows, err := s.pool.Query(ctx, `select r.target_id, r.label, a.at, a.undo_until, a.id from acts a join act_rows r on r.act_id = a.id
		where a.by_id = $1 and a.kind = 'delete' and a.target_kind = 'file' and a.erased_at is null and a.undo_until > now() and ($2 = 0 or a.id < $2)
			and r.op = 'delete' and r.undone_by is null order by a.id desc limit $3`, by.ID, below, limit+1)
	if err != nil {
		return nil, false, Explain(err)
	}
	list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (f DeletedFile, err error) {
		return f, row.Scan(&f.ID, &f.Name, &f.At, &f.Until, &f.Receipt)
	})
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	return list, more, Explain(err)
}

// RestoreFile brings back a file that the user has deleted. It is an act, as any undo. Asked for twice it is done once.
func (s *Store) RestoreFile(ctx context.Context, by *User, id int64) (f *File, receipt int64, err error) {
	if by == nil {
		return nil, 0, ErrForbidden
	}
	act, err := scanAct(s.pool.QueryRow(ctx, "select "+actColumns+` from acts where by_id = $1 and target_kind = 'file' and kind = 'delete'
		and id = (select max(act_id) from act_rows where target_id = $2 and act_id in (select id from acts where target_kind = 'file') and op = 'delete' and undone_by is null)`, by.ID, id))
	u := &undo{Store: s, by: by, of: act, needs: by.Role}
	if err == nil {
		u.in = UndoOf{Receipt: act.ID, IDs: []int64{id}}
		err = u.do(ctx)
	}
	if err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, pgx.ErrNoRows) && !errors.Is(err, errTakenBack) {
		return nil, 0, err
	}
	if err == nil {
		receipt = u.act.ID
	}
	f, _, err = s.EditableFile(ctx, by, id)
	return f, receipt, err
}
