package models

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// The bounds of an act that is done in one transaction; larger ones are jobs.
const (
	wholeRows = 1000
	wholeTime = batchLimit / 2 // as the rehearsal took; the images take time as well
)

// Commit does what was rehearsed, to the same rows, and returns the receipt. Where the set or a row has changed meanwhile it
// does nothing and returns SetChanged. A rehearsal is used once: whoever commits it again gets the same receipt. An act on many
// rows goes on as a job, and its receipt grows.
func (s *Store) Commit(ctx context.Context, by *User, key uuid.UUID, reason string) (*Act, error) {
	r, err := s.Rehearsal(ctx, by, key)
	if err != nil {
		return nil, err
	}
	reason, wrong := actReason(reason)
	switch {
	case r.Receipt != 0:
		return s.Act(ctx, by, r.Receipt)
	case r.State == "running":
		return nil, &Conflict{Say: Say("The rehearsal is still running.")}
	case r.State == "failed":
		return nil, &Conflict{Say: Say("The rehearsal could not be finished. Begin a new one.")}
	case r.Changes == 0:
		return nil, &Conflict{Say: Say("Nothing would change.")}
	case wrong != nil:
		return nil, wrong
	}
	c := &commit{Store: s, by: by, r: r, kind: findActKind(r.TargetKind, r.Kind), reason: reason}
	err = errTooSlow
	if r.Changes <= wholeRows && r.took <= wholeTime {
		_, err = s.inBatch(ctx, wholePace, func(b *actBatch) error { return c.whole(ctx, b) })
	}
	if errors.Is(err, errTooSlow) {
		if err = s.inPgx(ctx, func(tx pgx.Tx) error { return c.begin(ctx, tx) }); err == nil {
			s.startJob("act", c.act.ID)
		}
	}
	var changed *SetChanged
	if errors.As(err, &changed) {
		return nil, c.anew(ctx, changed)
	}
	if err != nil {
		return nil, err
	}
	s.events.changed()
	return s.Act(ctx, by, c.act.ID)
}

// commit is one under way.
type commit struct {
	*Store
	by     *User
	r      *Rehearsal
	kind   *actKind
	reason string
	act    *Act
}

// claim locks the rehearsal, for it is used once, and compares it with what is there now. done: another was faster.
func (c *commit) claim(ctx context.Context, tx pgx.Tx) (done bool, err error) {
	var receipt int64
	if err := tx.QueryRow(ctx, "select coalesce(act_id, 0), ids from rehearsals where id = $1 for update", c.r.ID).Scan(&receipt, &c.r.ids); err != nil {
		return false, err
	}
	if receipt != 0 {
		c.act = &Act{ID: receipt}
		return true, nil
	}
	d, err := c.difference(ctx, tx, c.r)
	if err == nil && d.Count() > 0 {
		err = &SetChanged{Difference: *d}
	}
	return false, err
}

// open writes the receipt, and who is refused on it.
func (c *commit) open(ctx context.Context, tx pgx.Tx, act *Act) error {
	act.Kind, act.TargetKind, act.Reason, act.Filter = c.kind.name, c.kind.target.kind, c.reason, c.r.Filter
	act.Params, act.Goal, act.Refused, act.RehearsedAt = c.r.Params.asMap(), int64(c.r.Changes), int64(c.r.Refused), &c.r.At
	if err := newAct(ctx, tx, c.by, act); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into act_refusals (act_id, target_id, label, name, reason, args)
		select $1, target_id, label, name, reason, args from rehearsal_rows where rehearsal_id = $2 and reason <> ''`, act.ID, c.r.ID); err != nil {
		return err
	}
	c.act = act
	_, err := tx.Exec(ctx, "with r as (update rehearsals set act_id = $1 where id = $2) select tell('act', $1, 0)", act.ID, c.r.ID)
	return err
}

// whole does all of it in one transaction.
func (c *commit) whole(ctx context.Context, b *actBatch) error {
	if done, err := c.claim(ctx, b.tx); err != nil || done {
		return err
	}
	if err := c.open(ctx, b.tx, &Act{Total: int64(c.r.Changes)}); err != nil {
		return err
	}
	w := &work{kind: c.kind, params: c.r.Params, by: c.by.ID, actor: c.by.ID, bulk: len(c.r.ids) > 1, act: c.act.ID}
	ids, then, err := rehearsedRows(ctx, b.tx, c.r.ID, 0, wholeRows)
	if err != nil {
		return err
	}
	rows, err := w.do(ctx, b, ids)
	if err != nil {
		return err
	}
	d := Difference{}
	for i := range rows {
		if differing := c.kind.differs(then[rows[i].id], &rows[i]); differing != nil {
			d.Changed = append(d.Changed, *differing)
		}
	}
	if len(d.Changed) > 0 {
		d.More = max(0, len(d.Changed)-namedDifferences)
		d.Changed = d.Changed[:len(d.Changed)-d.More]
		return &SetChanged{Difference: d}
	}
	counts := Counts{}
	if err := w.note(ctx, b.tx, rows, counts); err != nil {
		return err
	}
	return closeAct(ctx, b.tx, w, counts)
}

// begin opens the receipt of an act that goes on in steps.
func (c *commit) begin(ctx context.Context, tx pgx.Tx) error {
	if done, err := c.claim(ctx, tx); err != nil || done {
		return err
	}
	if err := stillActs(ctx, tx, c.by); err != nil {
		return err
	}
	return c.open(ctx, tx, &Act{State: "running"})
}

// anew rehearses the same again, beside the difference.
func (c *commit) anew(ctx context.Context, changed *SetChanged) error {
	zone, err := time.LoadLocation(c.r.zone)
	if err != nil {
		return err
	}
	again := NewRehearsal{TargetKind: c.r.TargetKind, Kind: c.r.Kind, Params: c.r.Params, Filter: c.r.Filter, IDs: c.r.ids, Zone: zone}
	if changed.Rehearsal, err = c.rehearse(ctx, c.by, again, &changed.Difference); err != nil {
		return err
	}
	return changed
}

// rehearsedRows are the rows of a rehearsal that would change, after the one of an id.
func rehearsedRows(ctx context.Context, tx pgx.Tx, rehearsal, after int64, limit int) ([]int64, map[int64]rehearsed, error) {
	rows, err := tx.Query(ctx, `select target_id, label, name, before, after, went from rehearsal_rows
		where rehearsal_id = $1 and target_id > $2 and reason = '' order by target_id limit $3`, rehearsal, after, limit)
	if err != nil {
		return nil, nil, err
	}
	var ids []int64
	then := map[int64]rehearsed{}
	var id int64
	var r rehearsed
	_, err = pgx.ForEachRow(rows, []any{&id, &r.label, &r.name, &r.before, &r.after, &r.counts}, func() error {
		ids, then[id] = append(ids, id), r
		return nil
	})
	return ids, then, err
}
