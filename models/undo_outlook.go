package models

import (
	"context"
	"time"
)

// UndoOutlook is how much of an act can still be taken back.
type UndoOutlook struct {
	Undone int // rows that are taken back
	Left   int // rows that are not, and could be as far as their kind goes
	Way    *InTheWay
	Known  bool // Way was looked for: of very many rows it is not
}

// Free is how many rows can be taken back, as far as is known.
func (o *UndoOutlook) Free() int {
	if o.Way == nil {
		return o.Left
	}
	return o.Left - o.Way.Count
}

// Outlook looks how much of an act can be taken back, and of up to a thousand rows what stands in the way.
func (s *Store) Outlook(ctx context.Context, by *User, act *Act) (*UndoOutlook, error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	o := &UndoOutlook{}
	if act.Total > wholeRows && act.State == "done" && !act.IsFinal() { // an undo counts its rows: they need not be counted again
		err := s.pool.QueryRow(ctx, "select coalesce(sum(total), 0) from acts where undoes = $1", act.ID).Scan(&o.Undone)
		o.Left = int(act.Total) - o.Undone
		if err != nil || o.Left > wholeRows || !act.CanUndo(time.Now()) {
			return o, Explain(err)
		}
	}
	err := s.pool.QueryRow(ctx, `select count(*) filter (where undone_by is not null), count(*) filter (where undone_by is null and op <> 'end') from act_rows where act_id = $1`,
		act.ID).Scan(&o.Undone, &o.Left)
	if err != nil || o.Left == 0 || o.Left > wholeRows || act.State == "running" || !act.CanUndo(time.Now()) {
		return o, Explain(err)
	}
	u := &undo{Store: s, by: by, of: act}
	o.Way, err = u.standing(ctx)
	o.Known = err == nil
	return o, err
}
