package models

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// givingAllowance is the job that gives the allowance of a month; its id is the month, as 202611.
const (
	givingAllowance  = "allowance"
	allowanceRunning = "select to_char(month, 'YYYYMM')::bigint from allowance_months where state = 'running'"
)

// beginAllowance opens the month whose day has come, once whoever asks, and starts the job.
func (s *Store) beginAllowance(ctx context.Context) error {
	var month time.Time
	err := s.inPgx(ctx, func(tx pgx.Tx) error {
		month = time.Time{}
		// Who changes the terms waits, or is waited for.
		if _, err := tx.Exec(ctx, "lock table allowance_terms in row share mode"); err != nil {
			return err
		}
		terms := AllowanceTerms{}
		if err := terms.read(ctx, tx); err != nil || !terms.Amount.IsPositive() {
			return err
		}
		now := s.clock().In(s.zone)
		this := monthOf(now)
		if this.Before(monthOf(terms.From)) || now.Before(terms.due(this, s.zone)) {
			return nil
		}
		err := tx.QueryRow(ctx, `with m as (insert into allowance_months (month, amount) values ($1, $2::text::numeric) on conflict do nothing returning month)
			select month from m, tell('allowance', 0, 0)`, this, terms.Amount.StringFixed(2)).Scan(&month)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // it is given, or being given
		}
		return err
	})
	if err == nil && !month.IsZero() {
		s.startJob(givingAllowance, int64(month.Year()*100+int(month.Month())))
	}
	return err
}

// giveAllowance is the job: batch by batch, each in a transaction with its place. A program that takes it up goes on after the last
// batch that was committed.
func (s *Store) giveAllowance(ctx context.Context, id int64) error {
	month := time.Date(int(id/100), time.Month(id%100), 1, 0, 0, 0, 0, time.UTC)
	for size := firstBatch; ; {
		var n int
		took, err := s.inBatch(ctx, paceOf(size), func(b *actBatch) error {
			b.args["month"], b.args["most"] = month, size
			var ended bool
			if err := b.query(ctx, "select n, n = 0 and total is not null from give_allowance(@month::date, @most::integer)", func(rows pgx.Rows) error {
				return rows.Scan(&n, &ended)
			}); err != nil || !ended {
				return err
			}
			return logAllowance(ctx, b.tx, month)
		})
		if errors.Is(err, errTooSlow) && size > 1 {
			size = max(1, size/2)
			continue
		}
		if err != nil || n == 0 {
			return err
		}
		size = nextBatch(n, took)
	}
}

// logAllowance writes the line of the log: by nobody, the site itself.
func logAllowance(ctx context.Context, tx pgx.Tx, month time.Time) error {
	m := AllowanceMonth{}
	if err := tx.QueryRow(ctx, "select amount, given, passed from allowance_months where month = $1", month).Scan(&m.Amount, &m.Given, &m.Passed); err != nil {
		return err
	}
	return record(ctx, tx, entry{kind: kindAllowanceGive, details: map[string]any{"month": month.Format("2006-01"), "amount": m.Amount.StringFixed(2), "users": m.Given,
		"credits": m.Total().StringFixed(2), "passed": m.Passed}})
}
