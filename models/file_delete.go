package models

import (
	"context"
	"errors"

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
