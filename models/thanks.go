package models

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

// NewThanks is what a reader gives: to a user by id or by name, or to the author of a post.
type NewThanks struct {
	To     int64
	ToName string // a user name; used where To is 0
	PostID int64  // 0: none
	Amount decimal.Decimal
	Note   string
	Key    string
}

// Thank moves credits from a reader to an author. A repeated request returns what the first one did, and nothing more is moved.
func (s *Store) Thank(ctx context.Context, by *User, in NewThanks) (moved *Moved, err error) {
	if by == nil {
		return nil, ErrForbidden
	}
	t := NewTransfer{Kind: TransferThanks, From: by.ID, To: in.To, Amount: in.Amount, Note: in.Note, PostID: in.PostID, Key: in.Key}
	moved, err = s.give(ctx, kindThanks, by, &t, in)
	if err == nil && t.PostID != 0 {
		s.events.changed()
	}
	return moved, s.orGone(ctx, err, t.To)
}

// orGone says of a post that is not the receiver's that nobody is there to receive, where that is why: the posts of who is deleted
// go with them.
func (s *Store) orGone(ctx context.Context, err error, to int64) error {
	var invalid Invalid
	if errors.As(err, &invalid) && invalid["post_id"].Text != "" {
		if there, problem := s.exists(ctx, "select exists (select from users where id = $1 and is_active)", to); problem == nil && !there {
			return ErrNoTarget
		}
	}
	return err
}

// give moves the credits and writes the line of the log in one statement, which is a transaction by itself: so the accounts are
// locked for as long as that takes, and not for the way to the database and back.
func (s *Store) give(ctx context.Context, kind string, by *User, t *NewTransfer, to NewThanks) (moved *Moved, err error) {
	err = again(ctx, func() error {
		t.To, err = receiver(ctx, s.pool, to)
		if errors.Is(err, ErrNoTarget) && t.Key != "" {
			t.To, err = earlierReceiver(ctx, s.pool, by, t.Key, to)
		}
		if err != nil {
			return err
		}
		if err := t.validate(); err != nil {
			return err
		}
		details := map[string]any{"amount": t.Amount.StringFixed(2)}
		if t.Note != "" {
			details["note"] = t.Note
		}
		if t.PostID != 0 {
			details["post"] = t.PostID
		}
		line := entry{kind: kind, by: by, details: details}.values(ctx)
		moved, err = scanMoved(s.pool.QueryRow(ctx, `select transfer, replayed, moved, moved_at, coalesce(to_name, '')
			from give_credits($1, $2, $3, $4::text::numeric, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			append(t.values(by), kind, line[2], line[7], line[8])...))
		return err
	})
	if err == nil && !moved.Replayed {
		s.notify()
	}
	return moved, err
}

// receiver finds who is thanked. What is wrong with the rest of the form is said together with that.
func receiver(ctx context.Context, db querier, in NewThanks) (id int64, err error) {
	switch {
	case in.To != 0:
		return in.To, nil
	case in.PostID != 0:
		err = db.QueryRow(ctx, "select user_id from posts where id = $1 and status = 'published'", in.PostID).Scan(&id)
	case usernameForm.MatchString(in.ToName):
		err = db.QueryRow(ctx, "select id from users where lower(username) = lower($1)", in.ToName).Scan(&id)
	default:
		err = pgx.ErrNoRows
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, ErrNoTarget
	}
	return id, err
}

// earlierReceiver finds whom the first request with this key gave credits for the same post, or under the same name: the post, the
// name or the user may be gone since. The account of a user who is gone has no name; the log knows it.
func earlierReceiver(ctx context.Context, db querier, by *User, key string, in NewThanks) (id int64, err error) {
	err = db.QueryRow(ctx, `select l.target_id from transfers t join audit l on l.actor_id = t.actor_id and l.details ->> 'transfer' = t.id::text
		where t.actor_id = $1 and t.key = $2 and l.target_kind = 'user' and case when $3 <> 0 then t.post_id = $3 else lower(l.target) = lower($4) end`,
		by.ID, key, in.PostID, in.ToName).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		err = ErrNoTarget
	}
	return id, err
}

// NewGrant is what an admin gives to a user by id or by name, from the house.
type NewGrant struct {
	To     int64
	ToName string
	Amount decimal.Decimal
	Note   string
	Key    string
}

// Grant moves credits from the house to a user. A repeated request returns what the first one did.
func (s *Store) Grant(ctx context.Context, by *User, in NewGrant) (moved *Moved, err error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	t := NewTransfer{Kind: TransferGrant, Amount: in.Amount, Note: in.Note, Key: in.Key}
	return s.give(ctx, kindGrant, by, &t, NewThanks{To: in.To, ToName: in.ToName})
}
