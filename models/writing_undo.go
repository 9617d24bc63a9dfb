package models

import (
	"context"
	"errors"
)

// UndoWriting takes back the posts that an import of the user's own brought, as long as they are as it made them. That is an act, as any undo:
// an admin can take it back in turn. others takes back all where nothing stands in the way; else one that does keeps all from being taken
// back, and the error is an InTheWay. Asked for twice it is done once.
func (s *Store) UndoWriting(ctx context.Context, by *User, id int64, others bool) (receipt int64, err error) {
	w, err := s.Writing(ctx, by, id)
	if err != nil {
		return 0, err
	}
	if w.State != ImportCommitted {
		return 0, &Conflict{Say: Say("It is not committed: there is nothing to undo.")}
	}
	act, err := scanAct(s.pool.QueryRow(ctx, "select "+actColumns+" from acts where id = $1", w.ActID))
	if err != nil {
		return 0, err
	}
	u := &undo{Store: s, by: by, of: act, in: UndoOf{Receipt: act.ID, Others: others}, needs: by.Role}
	if err := u.do(ctx); errors.Is(err, errTakenBack) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	return u.act.ID, nil
}
