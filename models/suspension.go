package models

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Suspended is the refusal of a write: who is suspended may read, and not write, until a moment. It is also ErrForbidden.
type Suspended struct {
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
}

// Error says so, in English.
func (e *Suspended) Error() string { return e.Say().String() }

// Say is the refusal in words, with the moment in its own zone.
func (e *Suspended) Say() Sentence {
	return Say("You are suspended until %s: you can read, and not write. The reason: %s", e.Until, e.Reason)
}

// Is makes errors.Is(e, ErrForbidden) true.
func (e *Suspended) Is(target error) bool { return target == ErrForbidden }

// The SQLSTATEs that the function may_write raises. It is asked in the transaction of everything that people write.
const (
	suspendedState = "PR002"
	mayNotState    = "PR003"
)

// suspendedBy reads what may_write says of a suspension.
func suspendedBy(pg *pgconn.PgError) error {
	said := &Suspended{}
	if err := json.Unmarshal([]byte(pg.Detail), said); err != nil {
		return ErrForbidden
	}
	said.Until = said.Until.UTC()
	return said
}

// Suspension is a time for which a user may read and not write.
type Suspension struct {
	Reason    string
	By        string // the name of the admin; empty: gone since
	CreatedAt time.Time
	Until     time.Time
	EndedAt   *time.Time // before its time; nil: it was not, so far
	EndedBy   string
}

// mostSuspensions is how many of a user's suspensions are read.
const mostSuspensions = 20

// Suspensions are the user's, the last first.
func (s *Store) Suspensions(ctx context.Context, by *User, userID int64) ([]Suspension, error) {
	if !by.CanSeePrivate(&User{ID: userID}) {
		return nil, ErrForbidden
	}
	rows, err := s.pool.Query(ctx, `select x.reason, coalesce(b.name, ''), x.created_at, x.until, x.ended_at, coalesce(e.name, '')
		from suspensions x left join users b on b.id = x.by_id left join users e on e.id = x.ended_by_id
		where x.user_id = $1 order by x.id desc limit $2`, userID, mostSuspensions)
	if err != nil {
		return nil, Explain(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Suspension])
	return list, Explain(err)
}
