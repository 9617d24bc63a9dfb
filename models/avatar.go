package models

import (
	"context"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// AvatarPath is the address of a portrait by its file's id, in a width of pixels: 96, or 256.
func AvatarPath(id int64, width int) string {
	return "/files/" + strconv.FormatInt(id, 10) + "-portrait?w=" + strconv.Itoa(width)
}

// AvatarOf finds the portrait of a user; 0 where there is none.
func (s *Store) AvatarOf(ctx context.Context, user int64) (id int64, err error) {
	err = s.pool.QueryRow(ctx, "select id from files where user_id = $1 and avatar", user).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return id, Explain(err)
}

// RemoveAvatar removes the portrait of a user. Oneself may, and an admin.
func (s *Store) RemoveAvatar(ctx context.Context, by *User, user int64) error {
	if by == nil || by.ID != user && !by.IsAdmin() {
		return ErrForbidden
	}
	err := s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1, array[$2::bigint])", by.ID, user); err != nil {
			return err
		}
		var username string
		err := tx.QueryRow(ctx, "with gone as (delete from files where user_id = $1 and avatar returning user_id) select username from users join gone on gone.user_id = users.id", user).Scan(&username)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // there is none: done
		}
		if err != nil {
			return err
		}
		return record(ctx, tx, entry{kind: kindAvatarRemove, by: by, targetKind: "user", targetID: user, target: username})
	})
	if err == nil {
		s.events.changed()
	}
	return err
}
