package models

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// UsersNamed finds the users of a name or user name, whatever its case, for admins: at most limit of them.
func (s *Store) UsersNamed(ctx context.Context, by *User, name string, limit int) ([]User, error) {
	if !by.IsAdmin() {
		return nil, ErrForbidden
	}
	if name = line(name); name == "" || !text(name) {
		return nil, nil
	}
	rows, err := s.pool.Query(ctx, `select id, username, name, email, role, age, post_count, created_at from users
		where lower(username) = lower($1) or lower(name collate "und-x-icu") = lower($1::text collate "und-x-icu") order by id limit $2`, name, limit)
	if err != nil {
		return nil, Explain(err)
	}
	users, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (u User, err error) {
		return u, row.Scan(&u.ID, &u.Username, &u.Name, &u.Email, &u.Role, &u.Age, &u.PostCount, &u.CreatedAt)
	})
	return users, Explain(err)
}
