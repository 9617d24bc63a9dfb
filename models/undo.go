package models

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// UndoOf says what to take back of an act.
type UndoOf struct {
	Receipt int64
	IDs     []int64 // these rows alone; nil: all of them
	Others  bool    // all where nothing stands in the way; else one that does keeps all from being taken back
	Reason  string
}

var (
	errUndoOver  = &Conflict{Say: Say("The time to undo this is over.")}
	errTakenBack = &Conflict{Say: Say("It is taken back already.")}
)

// mostUndone is how many rows can be named for an undo.
const mostUndone = wholeRows

// Undo takes an act back, whole or some rows of it, as long as nothing newer stands in the way. That is an act itself, and can
// be taken back. One of many rows goes on as a job, and its receipt grows.
func (s *Store) Undo(ctx context.Context, by *User, in UndoOf) (*Act, error) {
	if len(in.IDs) > mostUndone {
		return nil, Invalid{"ids": Say("At most %d.", mostUndone)}
	}
	var wrong Invalid
	if in.Reason, wrong = actReason(in.Reason); wrong != nil {
		return nil, wrong
	}
	act, err := s.Act(ctx, by, in.Receipt)
	if err != nil {
		return nil, err
	}
	u := &undo{Store: s, by: by, of: act, in: in, needs: RoleAdmin}
	if err := u.do(ctx); err != nil {
		return nil, err
	}
	return s.Act(ctx, by, u.act.ID)
}

// do takes back what is to be taken back, or begins to.
func (u *undo) do(ctx context.Context) error {
	in := u.in
	switch {
	case u.of.State == "running":
		return &Conflict{Say: Say("The act is still running.")}
	case !u.of.CanUndo(time.Now()):
		return errUndoOver
	}
	many, err := u.count(ctx)
	if err != nil {
		return err
	}
	// A receipt gets its number only where something will be done, as far as can be seen.
	if many <= wholeRows || !in.Others {
		if way, err := u.standing(ctx); err != nil || way.Count > 0 && (!in.Others || way.Count == many) {
			return way.or(err)
		}
	}
	err = errTooSlow
	if many <= wholeRows {
		_, err = u.inBatch(ctx, wholePace, func(b *actBatch) error { return u.whole(ctx, b) })
	}
	if errors.Is(err, errTooSlow) && in.IDs == nil {
		if err = u.begin(ctx, many); err == nil {
			u.startJob("act", u.act.ID)
		}
	} else if errors.Is(err, errTooSlow) {
		_, err = u.inBatch(ctx, lonePace, func(b *actBatch) error { return u.whole(ctx, b) })
	}
	if err == nil {
		u.events.changed()
	}
	return err
}

// undo is one under way.
type undo struct {
	*Store
	by  *User
	of  *Act
	in  UndoOf
	act *Act

	needs string // the role that it takes
}

// count is how many rows there are to take back.
func (u *undo) count(ctx context.Context) (n int, err error) {
	var all, ended int
	err = u.pool.QueryRow(ctx, `select count(*), count(*) filter (where op = 'end'), count(*) filter (where op <> 'end' and undone_by is null)
		from act_rows where act_id = $1 and ($2::bigint[] is null or target_id = any($2))`, u.of.ID, u.in.IDs).Scan(&all, &ended, &n)
	switch {
	case err != nil:
		return 0, Explain(err)
	case all == 0:
		return 0, ErrNotFound
	case ended == all && u.of.TargetKind == orderTarget.kind:
		return 0, &Conflict{Say: Say("A cancelled order stays cancelled: it is paid back.")}
	case ended == all && u.of.Undoes != 0:
		return 0, &Conflict{Say: Say("A grant that was taken back stays taken back. Grant it again.")}
	case ended == all:
		return 0, &Conflict{Say: Say("Sessions that have ended stay ended.")}
	case n == 0:
		return 0, errTakenBack
	}
	return n, nil
}

// open writes the receipt of the undo. The line in the log is for who knows how much was done.
func (u *undo) open(ctx context.Context, tx pgx.Tx, act *Act) error {
	// The lock keeps the images from being erased meanwhile, and whoever takes the same act back waits here.
	there := false
	if err := tx.QueryRow(ctx, "select undo_until > now() and erased_at is null from acts where id = $1 for no key update", u.of.ID).Scan(&there); err != nil || !there {
		return errors.Join(err, errUndoOver)
	}
	var running, left bool
	if err := tx.QueryRow(ctx, `select exists (select from acts where undoes = $1 and state = 'running'),
		exists (select from act_rows where act_id = $1 and undone_by is null and op <> 'end' and ($2::bigint[] is null or target_id = any($2)))`,
		u.of.ID, u.in.IDs).Scan(&running, &left); err != nil {
		return err
	}
	if running {
		return &Conflict{Say: Say("It is being taken back.")}
	} else if !left {
		return errTakenBack
	}
	act.Kind, act.TargetKind, act.Undoes, act.Reason, act.Params = "undo", u.of.TargetKind, u.of.ID, u.in.Reason, map[string]any{"kind": u.of.Kind}
	if err := insertAct(ctx, tx, u.by, act); err != nil {
		return err
	}
	u.act = act
	_, err := tx.Exec(ctx, "select tell('act', $1, 0), tell('act', $2, 0)", act.ID, u.of.ID)
	return err
}

func (u *undo) work() *work {
	return &work{kind: undoKind(u.of.TargetKind), by: u.by.ID, actor: u.by.ID, act: u.act.ID, needs: u.needs}
}

// whole takes the rows back in one transaction.
func (u *undo) whole(ctx context.Context, b *actBatch) error {
	if err := u.open(ctx, b.tx, &Act{}); err != nil {
		return err
	}
	w := u.work()
	rows, err := w.takeBack(ctx, b, u.of.ID, u.in.IDs, 0, mostUndone)
	if err != nil {
		return err
	}
	way := &InTheWay{Receipt: u.of.ID, TargetKind: u.of.TargetKind}
	done := 0
	counts := Counts{}
	for _, row := range rows {
		if row.why.Text != "" {
			way.add(row)
		} else {
			done++
			counts.add(row.went)
		}
	}
	if way.Count > 0 && (!u.in.Others || done == 0) {
		return way
	}
	u.act.Total, u.act.Refused = int64(done), int64(way.Count)
	if err := recordAct(ctx, b.tx, u.by, u.act); err != nil {
		return err
	}
	return closeAct(ctx, b.tx, w, counts)
}

// begin opens the receipt of an undo that goes on in steps.
func (u *undo) begin(ctx context.Context, many int) error {
	return u.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1, '{}', $2)", u.by.ID, u.needs); err != nil {
			return err
		}
		if err := u.open(ctx, tx, &Act{State: "running", Goal: int64(many)}); err != nil {
			return err
		}
		return recordAct(ctx, tx, u.by, u.act)
	})
}

// standing looks for what stands in the way of any row.
func (u *undo) standing(ctx context.Context) (*InTheWay, error) {
	way := &InTheWay{Receipt: u.of.ID, TargetKind: u.of.TargetKind}
	for after := int64(0); ; {
		n := 0
		if _, err := u.inBatch(ctx, lonePace, func(b *actBatch) error {
			w := &work{kind: undoKind(u.of.TargetKind), by: u.by.ID}
			if err := w.prepare(b); err != nil {
				return err
			}
			rows, err := w.source(ctx, b, u.of.ID, u.in.IDs, after, mostBatch, "")
			if err != nil || len(rows) == 0 {
				return err
			}
			n, after = len(rows), rows[len(rows)-1].id
			if err := w.obstacles(ctx, b, rows); err != nil {
				return err
			}
			for _, row := range rows {
				if row.why.Text != "" {
					way.add(row.actRow)
				}
			}
			return nil
		}); err != nil || n == 0 {
			return way, err
		}
	}
}

// undoStep takes the next rows back, as step does them.
func (a *runningAct) undoStep(ctx context.Context, b *actBatch, size int) (place int64, n int, err error) {
	if err := a.resume(ctx, b.tx); err != nil {
		return 0, 0, err
	}
	rows, err := a.takeBack(ctx, b, a.undoes, nil, a.place, size)
	if err != nil {
		return 0, 0, err
	}
	if len(rows) == 0 {
		return 0, 0, closeAct(ctx, b.tx, &a.work, a.counts)
	}
	done := 0
	for _, row := range rows {
		if row.why.Text == "" {
			done++
			a.counts.add(row.went)
		}
	}
	place = rows[len(rows)-1].id
	return place, len(rows), a.advance(ctx, b.tx, place, done, len(rows)-done)
}
