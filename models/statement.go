package models

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

// EntryKey is the place of an entry in a statement; it is written and read as the place of a post in a list is.
type EntryKey = PostKey

// StatementLine is an entry of an account: what came in or went out, and what was there afterwards.
type StatementLine struct {
	ID       int64
	Transfer uuid.UUID
	Kind     string
	With     Party // the other side
	Amount   decimal.Decimal
	Balance  decimal.Decimal
	Note     string
	Reverses uuid.UUID
	PostID   int64 // as it was then; 0: none
	Post     *Post // published; nil: none, or gone
	At       time.Time
}

// Key is the place of the line.
func (l *StatementLine) Key() EntryKey { return EntryKey{l.At, l.ID} }

// StatementOf says which entries of whose account to read: those from From on and before To, older than After.
type StatementOf struct {
	UserID   int64
	From, To time.Time // zero: without a bound
	After    EntryKey
	Limit    int
	Thanks   bool // only thanks that were received
}

// Statement is a piece of the history of an account, the newest entry first.
type Statement struct {
	Lines            []StatementLine
	Opening, Closing decimal.Decimal // the balances at From and at To
	More             bool            // there are further lines before the last one
	Earlier, Later   *time.Time      // the nearest entries outside the bounds; nil: none
}

var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// bounds fills in what is not bounded.
func (of *StatementOf) bounds() {
	if of.To.IsZero() {
		of.To = endOfTime
	}
	if of.After.ID == 0 || of.After.At.After(of.To) {
		of.After = EntryKey{of.To, 0}
	}
}

const account = "(select id from accounts where user_id = $1)"

// statementLines are entries with their transfers and the other sides, of those that inner chooses. Each of them is found along
// the index, wherever it is in however long an account.
func statementLines(inner string) string {
	return `select e.id, e.at, e.amount, coalesce(e.balance, 0), t.id, t.kind, t.note, coalesce(t.reverses, '00000000-0000-0000-0000-000000000000'), coalesce(t.post_id, 0), coalesce(p.id, 0), coalesce(p.title, ''),
		coalesce(u.id, 0), coalesce(u.username, ''), coalesce(u.name, ''), coalesce(o.house, false)
	from (` + inner + `) e join transfers t on t.id = e.transfer_id
	left join lateral (select a.user_id, a.house from entries x join accounts a on a.id = x.account_id where x.transfer_id = e.transfer_id and x.id <> e.id limit 1) o on true
	left join users u on u.id = o.user_id left join posts p on p.id = t.post_id and p.status = 'published'
	order by e.at desc, e.id desc`
}

func scanLine(row pgx.CollectableRow) (l StatementLine, err error) {
	p := &Post{}
	err = row.Scan(&l.ID, &l.At, &l.Amount, &l.Balance, &l.Transfer, &l.Kind, &l.Note, &l.Reverses, &l.PostID, &p.ID, &p.Title, &l.With.ID, &l.With.Username, &l.With.Name, &l.With.House)
	if p.ID != 0 {
		l.Post = p
	}
	return l, err
}

// maySee refuses whose account is not by's to see.
func (s *Store) maySee(ctx context.Context, by *User, userID int64) error {
	if by.CanSeePrivate(&User{ID: userID}) {
		if by.ID == userID {
			return nil
		}
		_, err := s.User(ctx, userID)
		return err
	}
	if _, err := s.User(ctx, userID); err != nil {
		return err
	}
	return ErrForbidden
}

// Statement reads a piece of an account's history, for the user and for admins, in one consistent picture.
func (s *Store) Statement(ctx context.Context, by *User, of StatementOf) (*Statement, error) {
	if err := s.maySee(ctx, by, of.UserID); err != nil {
		return nil, err
	}
	of.bounds()
	st := &Statement{}
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		if st.Lines, err = of.lines(ctx, tx); err != nil {
			return err
		}
		if len(st.Lines) > of.Limit {
			st.Lines, st.More = st.Lines[:of.Limit], true
		}
		if st.Opening, err = balanceAt(ctx, tx, of.UserID, of.From); err != nil {
			return err
		}
		if st.Closing, err = balanceAt(ctx, tx, of.UserID, of.To); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `select (select max(at) from entries where account_id = `+account+` and at < $2), (select min(at) from entries where account_id = `+account+` and at >= $3)`,
			of.UserID, of.From, of.To).Scan(&st.Earlier, &st.Later)
	})
	return st, Explain(err)
}

// lines reads one line more than the limit.
func (of *StatementOf) lines(ctx context.Context, db querier) ([]StatementLine, error) {
	inner := `select * from entries where account_id = ` + account + ` and at >= $2 and (at, id) < ($3, $4) order by at desc, id desc limit $5`
	if of.Thanks {
		inner = `select n.* from entries n join transfers k on k.id = n.transfer_id where n.account_id = ` + account + ` and n.amount > 0 and k.kind = 'thanks'
			and n.at >= $2 and (n.at, n.id) < ($3, $4) order by n.at desc, n.id desc limit $5`
	}
	rows, err := db.Query(ctx, statementLines(inner), of.UserID, of.From, of.After.At, of.After.ID, of.Limit+1)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanLine)
}

// balanceAt is the balance after the last entry before the moment.
func balanceAt(ctx context.Context, db querier, userID int64, at time.Time) (balance decimal.Decimal, err error) {
	err = db.QueryRow(ctx, "select balance from entries where account_id = "+account+" and at < $2 order by at desc, id desc limit 1", userID, at).Scan(&balance)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return balance, err
}

// Balance is what a user had at a moment, for the user and for admins.
func (s *Store) Balance(ctx context.Context, by *User, userID int64, at time.Time) (decimal.Decimal, error) {
	if err := s.maySee(ctx, by, userID); err != nil {
		return decimal.Zero, err
	}
	balance, err := balanceAt(ctx, s.pool, userID, at)
	return balance, Explain(err)
}
