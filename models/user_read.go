package models

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"
)

// ReadUser returns a user as by may see them, in one statement. The private fields (e-mail, age, credits, metadata, role
// and whether the account is active) are read only for the user and for admins; nil is a visitor.
func (s *Store) ReadUser(ctx context.Context, by *User, id int64) (*User, error) {
	u := &User{ID: id}
	if !by.CanSeePrivate(u) {
		err := s.pool.QueryRow(ctx, `select username, name, about, post_count, last_post_at, created_at from users where id = $1`, id).
			Scan(&u.Username, &u.Name, &u.About, &u.PostCount, &u.LastPostAt, &u.CreatedAt)
		return found(u, err)
	}
	var metadata []byte
	err := s.pool.QueryRow(ctx, `select username, name, about, post_count, last_post_at, created_at, email, age, credits, metadata, role, is_active
		from users where id = $1`, id).
		Scan(&u.Username, &u.Name, &u.About, &u.PostCount, &u.LastPostAt, &u.CreatedAt, &u.Email, &u.Age, &u.Credits, &metadata, &u.Role, &u.IsActive)
	if err == nil {
		err = json.Unmarshal(metadata, &u.Metadata)
	}
	return found(u, err)
}

func found(u *User, err error) (*User, error) {
	if err == pgx.ErrNoRows {
		return nil, errNoUser
	}
	if err != nil {
		return nil, Explain(err)
	}
	return u, nil
}
