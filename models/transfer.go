package models

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

// Party is one side of a transfer: a user, the house, or a user who is gone and has no name.
type Party struct {
	ID             int64 // 0: the house, or a user who is gone
	Username, Name string
	House          bool
}

// Transfer is a receipt: credits that were moved.
type Transfer struct {
	ID        uuid.UUID
	Kind      string
	From, To  Party
	Amount    decimal.Decimal
	Note      string
	Post      *Post // published; nil: none, or gone
	Reverses  uuid.UUID
	Reversed  decimal.Decimal // how much of it was taken back
	By        string          // the user name of who acted; empty: the site itself, or a user who is gone
	At        time.Time
	OrderID   int64 // what was paid, or paid back; 0: none, or gone
	Reversals []Transfer
}

// IsReversible reports whether some of it can be taken back on its page. Who is gone has left what they had to the house.
func (t *Transfer) IsReversible() bool {
	return (t.Kind == TransferThanks || t.Kind == TransferGrant || t.Kind == TransferAllowance) && t.To.ID != 0 && t.Left().IsPositive()
}

// Left is how much of it was not taken back.
func (t *Transfer) Left() decimal.Decimal { return t.Amount.Sub(t.Reversed) }

// IsReversal reports whether it takes another one back.
func (t *Transfer) IsReversal() bool { return t.Reverses != uuid.Nil }

const transferColumns = `t.id, t.kind, coalesce(fu.id, 0), coalesce(fu.username, ''), coalesce(fu.name, ''), fa.house, coalesce(tu.id, 0), coalesce(tu.username, ''),
	coalesce(tu.name, ''), ta.house, t.amount, t.note, coalesce(p.id, 0), coalesce(p.title, ''), coalesce(t.reverses, '00000000-0000-0000-0000-000000000000'),
	(select coalesce(sum(r.amount), 0) from transfers r where r.reverses = t.id), coalesce(b.username, ''), t.at`

const transferTables = ` join entries fe on fe.transfer_id = t.id and fe.amount < 0 join accounts fa on fa.id = fe.account_id left join users fu on fu.id = fa.user_id
	join entries te on te.transfer_id = t.id and te.amount > 0 join accounts ta on ta.id = te.account_id left join users tu on tu.id = ta.user_id
	left join posts p on p.id = t.post_id and p.status = 'published' left join users b on b.id = t.actor_id `

func scanTransfer(row pgx.CollectableRow) (t Transfer, err error) {
	p := &Post{}
	err = row.Scan(&t.ID, &t.Kind, &t.From.ID, &t.From.Username, &t.From.Name, &t.From.House, &t.To.ID, &t.To.Username, &t.To.Name, &t.To.House, &t.Amount, &t.Note,
		&p.ID, &p.Title, &t.Reverses, &t.Reversed, &t.By, &t.At)
	if p.ID != 0 {
		t.Post = p
	}
	return t, err
}

func findTransfer(ctx context.Context, db querier, id uuid.UUID) (*Transfer, error) {
	rows, err := db.Query(ctx, "select "+transferColumns+" from transfers t"+transferTables+"where t.id = $1", id)
	if err != nil {
		return nil, err
	}
	t, err := pgx.CollectExactlyOneRow(rows, scanTransfer)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errNoTransfer
	}
	return &t, err
}

// Transfer reads a transfer with what was taken back of it, for its two sides and for admins. For others it is not there.
func (s *Store) Transfer(ctx context.Context, by *User, id uuid.UUID) (t *Transfer, err error) {
	if by == nil {
		return nil, errNoTransfer
	}
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		if t, err = findTransfer(ctx, tx, id); err != nil {
			return err
		}
		if !by.IsAdmin() && by.ID != t.From.ID && by.ID != t.To.ID {
			return errNoTransfer
		}
		rows, err := tx.Query(ctx, "select "+transferColumns+" from transfers t"+transferTables+"where t.reverses = $1 order by t.at, t.id", id)
		if err != nil {
			return err
		}
		if t.Reversals, err = pgx.CollectRows(rows, scanTransfer); err != nil {
			return err
		}
		return tx.QueryRow(ctx, "select coalesce((select id from orders where transfer_id in ($1, $2)), 0)", id, t.Reverses).Scan(&t.OrderID)
	})
	return t, err
}

// GrantKey is the place of a grant in the list of grants.
type GrantKey struct {
	At time.Time
	ID uuid.UUID
}

// String writes the key for an address; ParseGrantKey reads it.
func (k GrantKey) String() string {
	return strconv.FormatInt(k.At.UnixMicro(), 10) + "_" + k.ID.String()
}

// ParseGrantKey reads what String wrote; the empty string is the beginning.
func ParseGrantKey(s string) (GrantKey, error) {
	if s == "" {
		return GrantKey{}, nil
	}
	micros, id, _ := strings.Cut(s, "_")
	key, err := ParsePostKey(micros + "-1")
	number, problem := uuid.Parse(id)
	if err != nil || problem != nil {
		return GrantKey{}, Invalid{"after": Say("This is not a place in the list.")}
	}
	return GrantKey{key.At, number}, nil
}

// Grants lists what admins gave, the newest first, after a place in the list. more is true where there are older ones.
func (s *Store) Grants(ctx context.Context, by *User, after GrantKey, limit int) (grants []Transfer, more bool, err error) {
	if !by.IsAdmin() {
		return nil, false, ErrForbidden
	}
	if after.ID == uuid.Nil {
		after.At = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	rows, err := s.pool.Query(ctx, "select "+transferColumns+` from (select * from transfers where kind = 'grant' and (at, id) < ($1, $2) order by at desc, id desc limit $3) t`+
		transferTables+"order by t.at desc, t.id desc", after.At, after.ID, limit+1)
	if err != nil {
		return nil, false, Explain(err)
	}
	grants, err = pgx.CollectRows(rows, scanTransfer)
	if len(grants) > limit {
		return grants[:limit], true, Explain(err)
	}
	return grants, false, Explain(err)
}
