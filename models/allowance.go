package models

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

// AllowanceTerms are what admins decided about the monthly allowance.
type AllowanceTerms struct {
	ID     int64           // which decision it was; 0: none yet
	Amount decimal.Decimal // to each; zero: there is no allowance
	From   time.Time       // its day, at midnight UTC
	By     string          // the user name of who decided it
	At     time.Time
}

// Day is on which day of a month it is given; a month that has no such day gives it on its last one.
func (t *AllowanceTerms) Day() int { return t.From.Day() }

// AllowanceMonth is a month in which the allowance was given.
type AllowanceMonth struct {
	Month   time.Time // its first day, at midnight UTC
	Amount  decimal.Decimal
	Running bool  // it is being given
	Given   int64 // to how many
	Passed  int64 // how many did not get it, because their account holds no more
	Began   time.Time
}

// Total is what was given all in all.
func (m *AllowanceMonth) Total() decimal.Decimal { return m.Amount.Mul(decimal.NewFromInt(m.Given)) }

// Allowance is the monthly allowance as it stands.
type Allowance struct {
	Terms AllowanceTerms
	Last  *AllowanceMonth // when it was given last, or is being given; nil: never
	Next  time.Time       // when it will be given next; zero: not at all
	Users int64           // how many are active now
}

// Allowance tells how the monthly allowance stands.
func (s *Store) Allowance(ctx context.Context, by *User) (*Allowance, error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	a := &Allowance{}
	stats, err := s.SiteStats(ctx)
	if err != nil {
		return nil, err
	}
	a.Users = stats.Active
	if err := a.Terms.read(ctx, s.pool); err != nil {
		return nil, Explain(err)
	}
	last := &AllowanceMonth{}
	switch err := s.pool.QueryRow(ctx, "select month, amount, state = 'running', given, passed, began_at from allowance_months order by month desc limit 1").
		Scan(&last.Month, &last.Amount, &last.Running, &last.Given, &last.Passed, &last.Began); {
	case err == nil:
		a.Last = last
	case !errors.Is(err, pgx.ErrNoRows):
		return nil, Explain(err)
	}
	a.Next = a.Terms.next(s.clock().In(s.zone), a.Last)
	return a, nil
}

func (t *AllowanceTerms) read(ctx context.Context, db interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}) error {
	err := db.QueryRow(ctx, "select id, coalesce(amount, 0), from_day, by_name, at from allowance_terms order by id desc limit 1").Scan(&t.ID, &t.Amount, &t.From, &t.By, &t.At)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// next is when the allowance will be given next, after the last month in which it was: not before now's month, for months that
// have passed without it are left out.
func (t *AllowanceTerms) next(now time.Time, last *AllowanceMonth) time.Time {
	if !t.Amount.IsPositive() {
		return time.Time{}
	}
	month := monthOf(now)
	if first := monthOf(t.From); month.Before(first) {
		month = first
	}
	if last != nil && !month.After(last.Month) {
		month = last.Month.AddDate(0, 1, 0)
	}
	return t.due(month, now.Location())
}

// due is when the allowance of a month is given: the midnight with which its day begins in the zone.
func (t *AllowanceTerms) due(month time.Time, zone *time.Location) time.Time {
	day := min(t.Day(), month.AddDate(0, 1, -1).Day())
	return dayBegins(time.Date(month.Year(), month.Month(), day, 12, 0, 0, 0, zone), 0)
}

// monthOf is the first day of the month in which a moment is, in its own zone, as midnight UTC.
func monthOf(at time.Time) time.Time {
	return time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// NewAllowance is what an admin decides about the monthly allowance.
type NewAllowance struct {
	Amount decimal.Decimal // zero: none from now on
	From   time.Time       // a day; nothing but its date counts
	Seen   int64           // the ID of the terms that the admin saw
}

// SetAllowance decides about the monthly allowance. Where its day has come it begins at once. Taking it away stops also one that
// is being given.
func (s *Store) SetAllowance(ctx context.Context, by *User, in NewAllowance) error {
	if !by.IsAdmin() {
		return ErrForbidden
	}
	v := Invalid{}
	var invalid Invalid
	if !in.Amount.IsZero() && errors.As(validAmount(in.Amount), &invalid) {
		v["amount"] = invalid["amount"]
	}
	if in.Amount.IsPositive() && in.From.IsZero() {
		v["from"] = Say("Give a day.")
	}
	if err := v.Or(); err != nil {
		return err
	}
	from := time.Date(in.From.Year(), in.From.Month(), in.From.Day(), 0, 0, 0, 0, time.UTC)
	now := s.clock().In(s.zone)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	err := s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "lock table allowance_terms in share row exclusive mode"); err != nil {
			return err
		}
		if err := stillActs(ctx, tx, by); err != nil {
			return err
		}
		was := AllowanceTerms{}
		if err := was.read(ctx, tx); err != nil {
			return err
		}
		if in.Amount.IsZero() && in.From.IsZero() {
			if from = was.From; from.IsZero() {
				from = today
			}
		}
		same := was.Amount.Equal(in.Amount) && (was.From.Equal(from) || in.Amount.IsZero())
		switch {
		case same && (was.ID != 0 || in.Amount.IsZero()):
			return nil // a second click
		case was.ID != in.Seen:
			return &Conflict{Say: Say("Somebody has changed this meanwhile. It is shown as it is now.")}
		case in.Amount.IsPositive() && from.Before(today) && !from.Equal(was.From):
			return Invalid{"from": Say("Give a day that is not over.")}
		case from.Year() > 9999:
			return Invalid{"from": Say("Give a day.")}
		}
		amount := any(in.Amount.StringFixed(2))
		if in.Amount.IsZero() {
			amount = nil
		}
		if _, err := tx.Exec(ctx, `with t as (insert into allowance_terms (amount, from_day, by_id, by_name) values ($1::text::numeric, $2, $3, $4))
			select tell('allowance', 0, 0)`, amount, from, by.ID, by.Username); err != nil {
			return err
		}
		return record(ctx, tx, entry{kind: kindAllowanceSet, by: by, details: map[string]any{"before": was.logged(), "after": (&AllowanceTerms{Amount: in.Amount, From: from}).logged()}})
	})
	if err != nil {
		return err
	}
	return s.beginAllowance(ctx)
}

func (t *AllowanceTerms) logged() map[string]any {
	if !t.Amount.IsPositive() {
		return map[string]any{"amount": nil}
	}
	return map[string]any{"amount": t.Amount.StringFixed(2), "from": t.From.Format(time.DateOnly)}
}
