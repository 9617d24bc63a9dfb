package models

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

// Circulated is what went round in a time. What was reversed or paid back is taken off.
type Circulated struct {
	Granted   decimal.Decimal // by admins, from the house
	Allowance decimal.Decimal // every month, from the house
	Thanks    decimal.Decimal // from users to users: given and received
	Spent     decimal.Decimal // on orders, to the house
	Gone      decimal.Decimal // left to the house by users who are gone
}

// Given is all that came from the house.
func (c *Circulated) Given() decimal.Decimal { return c.Granted.Add(c.Allowance) }

// held is what it added to the balances of the users.
func (c *Circulated) held() decimal.Decimal { return c.Given().Sub(c.Spent).Sub(c.Gone) }

// CirculationMonth is a month of the circulation.
type CirculationMonth struct {
	Month time.Time // its first day, at midnight UTC
	Circulated
	Held decimal.Decimal // all balances of users at its end, or now
}

// Circulator is a user with what they gave or received as thanks.
type Circulator struct {
	User   Party // without a name where they are gone
	Amount decimal.Decimal
}

// Circulation is how credits go round.
type Circulation struct {
	At        time.Time
	Zone      string             // in which its months begin
	Months    []CirculationMonth // the last twelve, the oldest first
	Total     Circulated         // since the beginning
	Held      decimal.Decimal    // all balances of users now
	Month     time.Time          // of the two lists; zero: since the beginning
	Givers    []Circulator       // who gave most to others
	Receivers []Circulator       // who received most from others
}

const (
	circulationMonths = 12
	topCirculators    = 10
)

// Circulation reads the kept sums, of all that was committed before: its cost does not grow with the ledger. month is that of the lists of
// those who gave and received most; zero: since the beginning.
func (s *Store) Circulation(ctx context.Context, by *User, month time.Time) (*Circulation, error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	c := &Circulation{At: time.Now(), Month: month}
	err := s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select fold_circulation()"); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "select zone from circulation_zone").Scan(&c.Zone); err != nil {
			return err
		}
		if err := c.readMonths(ctx, tx); err != nil {
			return err
		}
		var err error
		if c.Givers, err = topBy(ctx, tx, "given", month); err == nil {
			c.Receivers, err = topBy(ctx, tx, "received", month)
		}
		return err
	})
	return c, err
}

func (c *Circulation) readMonths(ctx context.Context, tx pgx.Tx) error {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return err
	}
	this := monthOf(c.At.In(zone))
	c.Months = make([]CirculationMonth, circulationMonths)
	for i := range c.Months {
		c.Months[i].Month = this.AddDate(0, i-circulationMonths+1, 0)
	}
	rows, err := tx.Query(ctx, "select month, series, amount from circulation_months order by month")
	if err != nil {
		return err
	}
	var month time.Time
	var series string
	var amount decimal.Decimal
	if _, err := pgx.ForEachRow(rows, []any{&month, &series, &amount}, func() error {
		c.Total.add(series, amount)
		i := (month.Year()-c.Months[0].Month.Year())*12 + int(month.Month()) - int(c.Months[0].Month.Month())
		if i >= 0 && i < len(c.Months) {
			c.Months[i].add(series, amount)
		}
		return nil
	}); err != nil {
		return err
	}
	c.Held = c.Total.held()
	held := c.Held
	for i := len(c.Months) - 1; i >= 0; i-- {
		c.Months[i].Held = held
		held = held.Sub(c.Months[i].held())
	}
	return nil
}

func (c *Circulated) add(series string, amount decimal.Decimal) {
	sum := map[string]*decimal.Decimal{"granted": &c.Granted, "allowance": &c.Allowance, "thanks": &c.Thanks, "spent": &c.Spent, "gone": &c.Gone}[series]
	if sum != nil {
		*sum = sum.Add(amount)
	}
}

// topBy lists who has most of a column, given or received.
func topBy(ctx context.Context, tx pgx.Tx, column string, month time.Time) ([]Circulator, error) {
	var of any = "-infinity"
	if !month.IsZero() {
		of = month.Format(time.DateOnly)
	}
	rows, err := tx.Query(ctx, "select coalesce(u.id, 0), coalesce(u.username, ''), coalesce(u.name, ''), c."+column+` from circulation_accounts c
		join accounts a on a.id = c.account_id left join users u on u.id = a.user_id
		where c.month = $1::text::date and c.`+column+" > 0 order by c."+column+" desc, c.account_id limit $2", of, topCirculators)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Circulator, err error) {
		return c, row.Scan(&c.User.ID, &c.User.Username, &c.User.Name, &c.Amount)
	})
}

// keepZone counts the circulation anew where the site has another time zone than it was counted in.
func (s *Store) keepZone(ctx context.Context) error {
	_, err := s.pool.Exec(ctx, "select recount_circulation($1) from circulation_zone where zone <> $1", s.zone.String())
	return Explain(err)
}
