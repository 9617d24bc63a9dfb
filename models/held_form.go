package models

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// HeldForm is what somebody sent when their session had ended. It is kept for a day, for them alone, until it is sent again or discarded.
type HeldForm struct {
	ID     uuid.UUID
	Path   string // where it was sent to
	Fields url.Values
	At     time.Time
}

const (
	heldFor  = 24 * time.Hour
	mostHeld = 10 // of one user; the oldest give way
)

// Formerly returns whose session it was that the token opened, after it has ended; nil where nobody knows.
func (s *Store) Formerly(ctx context.Context, token string) (*User, error) {
	user := &User{}
	err := s.pool.QueryRow(ctx, `select u.id, u.username, u.name from users u where u.id = coalesce((select user_id from sessions where token_hash = $1),
		(select user_id from ended_sessions where token_hash = $1))`, tokenHash(token)).Scan(&user.ID, &user.Username, &user.Name)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return user, Explain(err)
}

// HoldForm keeps a form for the user.
func (s *Store) HoldForm(ctx context.Context, userID int64, path string, fields url.Values) (held *HeldForm, err error) {
	held = &HeldForm{Path: path, Fields: fields}
	kept := url.Values{}
	for name, values := range fields {
		for _, value := range values {
			kept.Add(storable(name), storable(value))
		}
	}
	encoded, err := json.Marshal(kept)
	if err != nil {
		return nil, err
	}
	err = s.inPgx(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, "insert into held_forms (user_id, path, fields) values ($1, $2, $3::jsonb) returning id, created_at", userID, path, string(encoded)).
			Scan(&held.ID, &held.At); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "delete from held_forms where user_id = $1 and id not in (select id from held_forms where user_id = $1 order by created_at desc limit $2)", userID, mostHeld)
		return err
	})
	return held, err
}

// storable makes what a browser sent fit for a table: PostgreSQL keeps neither a NUL nor broken UTF-8.
func storable(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "�")
}

// HeldForm reads a form that is kept for the user; uuid.Nil names the newest.
func (s *Store) HeldForm(ctx context.Context, by *User, id uuid.UUID) (*HeldForm, error) {
	held := &HeldForm{}
	var fields []byte
	err := s.pool.QueryRow(ctx, `select id, path, fields, created_at from held_forms
		where user_id = $1 and (id = $2 or $2 = '00000000-0000-0000-0000-000000000000') and created_at > now() - make_interval(secs => $3)
		order by created_at desc limit 1`, by.ID, id, heldFor.Seconds()).Scan(&held.ID, &held.Path, &fields, &held.At)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errNoForm
	}
	if err != nil {
		return nil, Explain(err)
	}
	return held, json.Unmarshal(fields, &held.Fields)
}

// DropForm forgets a form that is kept for the user: it was sent again, or is not wanted.
func (s *Store) DropForm(ctx context.Context, by *User, id uuid.UUID) error {
	_, err := s.pool.Exec(ctx, "delete from held_forms where user_id = $1 and id = $2", by.ID, id)
	return Explain(err)
}
