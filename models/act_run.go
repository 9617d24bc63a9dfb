package models

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
)

// runningAct is an act that goes on in steps.
type runningAct struct {
	work
	undoes    int64 // the act that it takes back
	rehearsal int64
	place     int64 // the last row that is done
	counts    Counts
	told      time.Time
}

// runAct is the job: batch by batch the act is done, each with its rows of the receipt and its progress in one transaction, so
// that the receipt is true wherever the program ends. A program that takes it up goes on after the last batch.
func (s *Store) runAct(ctx context.Context, id int64) error {
	a := &runningAct{}
	var kind, target string
	var by *int64
	err := s.pool.QueryRow(ctx, `select a.id, a.kind, a.target_kind, a.by_id, a.params, coalesce(a.undoes, 0), coalesce(r.id, 0), a.place, a.counts, coalesce(cardinality(r.ids), 0) > 1
		from acts a left join rehearsals r on r.act_id = a.id where a.id = $1 and a.state = 'running'`, id).
		Scan(&a.act, &kind, &target, &by, &a.params, &a.undoes, &a.rehearsal, &a.place, &a.counts, &a.bulk)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // another program was faster
	}
	if err != nil {
		return Explain(err)
	}
	if by != nil {
		a.by = *by
	}
	if a.counts == nil {
		a.counts = Counts{}
	}
	step := func(ctx context.Context, b *actBatch, size int) (int64, int, error) { return a.step(ctx, b, size) }
	if a.undoes != 0 {
		a.kind = undoKind(target)
		step = func(ctx context.Context, b *actBatch, size int) (int64, int, error) { return a.undoStep(ctx, b, size) }
	} else if a.kind = findActKind(target, kind); a.kind == nil {
		return fmt.Errorf("no act %q", kind)
	}
	for size := firstBatch; ; {
		var place int64
		var n int
		counts := maps.Clone(a.counts)
		took, err := s.inBatch(ctx, paceOf(size), func(b *actBatch) (err error) {
			a.counts = maps.Clone(counts) // where it is tried again
			place, n, err = step(ctx, b, size)
			return err
		})
		if errors.Is(err, errTooSlow) && size > 1 {
			size = max(1, size/2)
			continue
		}
		if err != nil {
			return err
		}
		s.events.changed()
		if n == 0 {
			return nil
		}
		a.place = place
		if time.Since(a.told) > 500*time.Millisecond {
			a.told = time.Now()
		}
		size = nextBatch(n, took)
	}
}

// step does the next rows and returns the last of them and how many these were. Where there are none it ends the act.
func (a *runningAct) step(ctx context.Context, b *actBatch, size int) (place int64, n int, err error) {
	if err := a.resume(ctx, b.tx); err != nil {
		return 0, 0, err
	}
	ids, then, err := rehearsedRows(ctx, b.tx, a.rehearsal, a.place, size)
	if err != nil {
		return 0, 0, err
	}
	if len(ids) == 0 {
		return 0, 0, closeAct(ctx, b.tx, &a.work, a.counts)
	}
	var refused []actRow
	rows, err := a.only(ctx, b, ids, then, &refused)
	if err == nil {
		err = a.note(ctx, b.tx, rows, a.counts)
	}
	if err == nil {
		err = noteRefused(ctx, b.tx, a.act, refused)
	}
	place = ids[len(ids)-1]
	if err == nil {
		err = a.advance(ctx, b.tx, place, len(rows), len(refused))
	}
	return place, len(ids), err
}

// only does the rows that are as they were rehearsed. The others are not touched, and named as refused.
func (a *runningAct) only(ctx context.Context, b *actBatch, ids []int64, then map[int64]rehearsed, refused *[]actRow) (rows []actRow, err error) {
	differing := map[int64]bool{}
	err = b.guarded(ctx, func() error {
		if rows, err = a.do(ctx, b, ids); err != nil {
			return err
		}
		for i := range rows {
			row := &rows[i]
			if a.kind.differs(then[row.id], row) != nil {
				differing[row.id] = true
				if row.why.Text == "" {
					row.why = Say("It has changed since the rehearsal.")
				}
				row.label, row.name, row.alters = then[row.id].label, then[row.id].name, false
				*refused = append(*refused, *row)
			}
		}
		if len(differing) > 0 {
			return errRehearsed
		}
		return nil
	})
	if !errors.Is(err, errRehearsed) {
		return rows, err
	}
	var same []int64
	for _, id := range ids {
		if !differing[id] {
			same = append(same, id)
		}
	}
	return a.do(ctx, b, same)
}

// resume locks the act and reads how far it is: the job may have gone on elsewhere.
func (a *runningAct) resume(ctx context.Context, tx pgx.Tx) error {
	var place int64
	err := tx.QueryRow(ctx, "select place from acts where id = $1 and state = 'running' for no key update", a.act).Scan(&place)
	if err == nil && place != a.place {
		err = fmt.Errorf("%w: act %d goes on elsewhere", ErrConflict, a.act)
	}
	return err
}

// advance writes down how far the act is.
func (a *runningAct) advance(ctx context.Context, tx pgx.Tx, place int64, rows, refused int) error {
	tell := ""
	if time.Since(a.told) > 500*time.Millisecond {
		tell = ", tell('act', $1, 0)"
	}
	_, err := tx.Exec(ctx, `with a as (update acts set place = $2, total = total + $3, refused = refused + $4, counts = $5::jsonb where id = $1)
		select 1`+tell, a.act, place, rows, refused, a.counts.json())
	return err
}
