package models

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// No row is locked for longer than a second: acts on many rows go in batches, a transaction each, whose size follows the time
// that they take.
const (
	batchAim   = 200 * time.Millisecond // what a batch should take
	batchLimit = 900 * time.Millisecond // what it may take; then it is rolled back and tried with half the rows
	loneLimit  = 10 * time.Minute       // the same for a row that is alone in its batch
	firstBatch = 100
	mostBatch  = 5000
)

// pace is how long a batch may take, and how long it waits for one row that another holds, with its own rows locked.
type pace struct{ limit, wait time.Duration }

var (
	wholePace = pace{batchLimit, batchLimit}
	stepPace  = pace{batchLimit, batchAim / 2}
	lonePace  = pace{loneLimit, loneLimit}
)

// errTooSlow: the batch would hold its locks for too long.
var errTooSlow = errors.New("the batch is too large")

// actBatch is a transaction with an end. Each statement gets what is left of the time, from the server itself, so that the
// connection stays whole.
type actBatch struct {
	tx   pgx.Tx
	ends time.Time
	wait time.Duration
	args pgx.NamedArgs
}

// inBatch runs do in a transaction that holds its locks no longer than its pace allows. What the server refuses for the sake of order
// alone is tried again.
func (s *Store) inBatch(ctx context.Context, p pace, do func(b *actBatch) error) (took time.Duration, err error) {
	err = again(ctx, func() error {
		return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			began := time.Now()
			err := do(&actBatch{tx: tx, ends: began.Add(p.limit), wait: p.wait, args: pgx.NamedArgs{}})
			took = time.Since(began)
			var pg *pgconn.PgError
			if ctx.Err() == nil && errors.As(err, &pg) && (pg.Code == "57014" || pg.Code == "55P03") {
				return errTooSlow
			}
			return err
		})
	})
	return took, err
}

// query runs a statement with the batch's arguments, and lets take read each row. rows of no columns are passed over.
func (b *actBatch) query(ctx context.Context, sql string, take func(pgx.Rows) error) error {
	left := time.Until(b.ends)
	if left < time.Millisecond {
		return errTooSlow
	}
	both := &pgx.Batch{}
	both.Queue("select set_config('statement_timeout', ($1::bigint)::text, true), set_config('lock_timeout', ($2::bigint)::text, true)",
		left.Milliseconds(), min(left, b.wait).Milliseconds())
	both.Queue(sql, b.args)
	results := b.tx.SendBatch(ctx, both)
	defer results.Close()
	if _, err := results.Exec(); err != nil {
		return err
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if take == nil || len(rows.FieldDescriptions()) == 0 {
			continue
		}
		if err := take(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return results.Close()
}

// nextBatch is how many rows the next batch should have, after one of so many took so long.
func nextBatch(size int, took time.Duration) int {
	fit := int(float64(size) * float64(batchAim) / float64(max(took, time.Millisecond)))
	return max(1, min(fit, 2*size, mostBatch))
}

// paceOf is the pace of a batch of so many rows. A row alone cannot be made less: all that it holds up is who writes to this
// very row.
func paceOf(rows int) pace {
	if rows == 1 {
		return lonePace
	}
	return stepPace
}
