package models

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// Contact notes that an admin wrote to a user, by whatever way.
type Contact struct {
	ID        int64
	By        string // the name of the admin; empty: gone since
	Line      string
	CreatedAt time.Time
}

const maxContactLine = 300

// CreateContact notes that the admin wrote to the user.
func (s *Store) CreateContact(ctx context.Context, by *User, userID int64, said string) error {
	if !by.IsAdmin() {
		return ErrForbidden
	}
	said = line(said)
	switch {
	case blank(said):
		return Invalid{"line": Say("Write a line about it.")}
	case utf8.RuneCountInString(said) > maxContactLine:
		return Invalid{"line": Say("The line is too long: %d characters, and %d are the most.", utf8.RuneCountInString(said), maxContactLine)}
	case !printable(said):
		return Invalid{"line": Say("The line has characters that cannot be shown.")}
	}
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1, array[$2::bigint], 'admin')", by.ID, userID); err != nil {
			return err
		}
		var username string
		// The lock keeps the user from going between the look and the line in the log.
		if err := tx.QueryRow(ctx, "select username from users where id = $1 for key share", userID).Scan(&username); err != nil {
			if err == pgx.ErrNoRows {
				return errNoUser
			}
			return err
		}
		if _, err := tx.Exec(ctx, "insert into contacts (user_id, by_id, line) values ($1, $2, $3)", userID, by.ID, said); err != nil {
			return err
		}
		return record(ctx, tx, entry{kind: kindContactCreate, by: by, targetKind: "user", targetID: userID, target: username, details: map[string]any{"line": said}})
	})
}

// Contacts lists when admins wrote to the user, the last first.
func (s *Store) Contacts(ctx context.Context, by *User, userID int64) ([]Contact, error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	rows, err := s.pool.Query(ctx, `select c.id, coalesce(u.name, ''), c.line, c.created_at from contacts c left join users u on u.id = c.by_id
		where c.user_id = $1 order by c.id desc limit 100`, userID)
	if err != nil {
		return nil, Explain(err)
	}
	contacts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Contact])
	return contacts, Explain(err)
}
