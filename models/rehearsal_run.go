package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// errRehearsed ends the transaction of a rehearsal: all that it did is rolled back.
var errRehearsed = errors.New("rehearsed")

// runRehearsal is the job: batch by batch the act is done, looked at and rolled back, and what happened is written down in a
// transaction of its own. A program that takes it up goes on after the last batch that is written down.
func (s *Store) runRehearsal(ctx context.Context, id int64) error {
	r := &Rehearsal{}
	if err := r.scan(s.pool.QueryRow(ctx, "select "+rehearsalColumns+", ids from rehearsals where id = $1 and state = 'running'", id), &r.ids); err != nil {
		if errors.Is(err, ErrNotFound) {
			return nil // another program was faster
		}
		return Explain(err)
	}
	err := s.rehearseAll(ctx, r)
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrUnavailable) {
		return err // whoever sweeps next takes it up
	}
	_, failed := s.pool.Exec(ctx, "with r as (update rehearsals set state = 'failed', finished_at = now() where id = $1) select tell('rehearsal', $1, 0)", id)
	return errors.Join(err, Explain(failed))
}

func (s *Store) rehearseAll(ctx context.Context, r *Rehearsal) error {
	w := &work{kind: findActKind(r.TargetKind, r.Kind), params: r.Params, by: r.by, bulk: len(r.ids) > 1}
	if w.kind == nil {
		return fmt.Errorf("no act %q", r.Kind)
	}
	if r.Counts == nil {
		r.Counts = Counts{}
	}
	var told time.Time
	for size := firstBatch; r.Done < len(r.ids); {
		ids := r.ids[r.Done:min(r.Done+size, len(r.ids))]
		var rows []actRow
		took, err := s.inBatch(ctx, paceOf(len(ids)), func(b *actBatch) (err error) {
			if rows, err = w.do(ctx, b, ids); err == nil {
				err = errRehearsed
			}
			return err
		})
		if errors.Is(err, errTooSlow) && len(ids) > 1 {
			size = len(ids) / 2
			continue
		}
		if !errors.Is(err, errRehearsed) {
			return err
		}
		tell := time.Since(told) > 500*time.Millisecond
		if err := s.noteRehearsed(ctx, r, rows, took, tell); err != nil {
			return err
		}
		if tell {
			told = time.Now()
		}
		size = nextBatch(len(ids), took)
	}
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		if r.TargetKind == userTarget.kind && w.kind.op == "delete" {
			if _, err := tx.Exec(ctx, "update rehearsals set counts = counts || "+
				fmt.Sprintf(strandedCredits, "rehearsal_rows", "rehearsal_id = $1 and reason = ''")+" where id = $1", r.ID); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "with r as (update rehearsals set state = 'done', finished_at = now() where id = $1) select tell('rehearsal', $1, 0)", r.ID)
		return err
	})
}

// noteRehearsed writes down what a batch found.
func (s *Store) noteRehearsed(ctx context.Context, r *Rehearsal, rows []actRow, took time.Duration, tell bool) error {
	before := r.Done
	var noted []actRow
	for _, row := range rows {
		switch {
		case row.alters:
			r.Changes++
			r.Counts.add(row.went)
		case row.why.Text != "":
			r.Refused++
		default:
			continue
		}
		noted = append(noted, row)
	}
	r.Done += len(rows)
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "update rehearsals set done = $2, changes = $3, refused = $4, counts = $5::jsonb, took_ms = took_ms + $6 where id = $1 and done = $7",
			r.ID, r.Done, r.Changes, r.Refused, r.Counts.json(), took.Milliseconds(), before)
		if err == nil && tag.RowsAffected() == 0 {
			err = ErrConflict // it is gone, or somebody else does it
		}
		if err != nil {
			return err
		}
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"rehearsal_rows"}, []string{"rehearsal_id", "target_id", "label", "name", "before", "after", "went", "reason", "args"},
			pgx.CopyFromSlice(len(noted), func(i int) ([]any, error) {
				row := &noted[i]
				return []any{r.ID, row.id, row.label, row.name, row.before, row.after, wentJSON(row.went), row.why.Text, sentenceJSON(row.why)}, nil
			}))
		if err == nil && tell {
			_, err = tx.Exec(ctx, "select tell('rehearsal', $1, 0)", r.ID)
		}
		return err
	})
}
