package models

import (
	"context"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// The room for the files of each user, in MB, which admins decide about.
const (
	DefaultRoom = 5 << 10
	MaxRoom     = 1 << 20
	roomSetting = "file_room"
)

// FileRoom is how many MB the files of each user may take.
func (s *Store) FileRoom(ctx context.Context) (int64, error) {
	room, err := fileRoom(ctx, s.pool)
	return room, Explain(err)
}

func fileRoom(ctx context.Context, tx statements) (int64, error) {
	var value string
	err := tx.QueryRow(ctx, "select value from settings where name = $1", roomSetting).Scan(&value)
	if errors.Is(err, pgx.ErrNoRows) {
		return DefaultRoom, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(value, 10, 64)
}

// SetFileRoom decides how many MB the files of each user may take. What is there already stays.
func (s *Store) SetFileRoom(ctx context.Context, by *User, megabytes int64) error {
	if !by.IsAdmin() {
		return ErrForbidden
	}
	if megabytes < 0 || megabytes > MaxRoom {
		return Invalid{"room": Say("A whole number of MB, from 0 to %d.", MaxRoom)}
	}
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1)", by.ID); err != nil {
			return err
		}
		before, err := fileRoom(ctx, tx)
		if err != nil || before == megabytes {
			return err
		}
		if _, err := tx.Exec(ctx, "insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value", roomSetting, strconv.FormatInt(megabytes, 10)); err != nil {
			return err
		}
		return record(ctx, tx, entry{kind: kindFileRoom, by: by, details: map[string]any{"before": map[string]any{"room": before}, "after": map[string]any{"room": megabytes}}})
	})
}

// roomFor is how many bytes of room are left for files of the user, what is coming in besides included.
func (s *Store) roomFor(ctx context.Context, user int64) (int64, error) {
	left, err := roomLeft(ctx, s.pool, user, true)
	return left, Explain(err)
}

func roomLeft(ctx context.Context, tx statements, user int64, coming bool) (int64, error) {
	room, err := fileRoom(ctx, tx)
	if err != nil {
		return 0, err
	}
	var count, size int64
	if err := tx.QueryRow(ctx, `select count(*), coalesce(sum(size), 0)::bigint + case when $2 then (
			select coalesce(sum(size), 0)::bigint from loose_objects where user_id = $1 and at > now() - interval '1 minute') else 0 end
		from files where user_id = $1`, user, coming).Scan(&count, &size); err != nil {
		return 0, err
	}
	if count >= maxUserFiles {
		return 0, Invalid{"file": Say("You have %d files, and more are not kept. Delete some.", maxUserFiles)}
	}
	return room<<20 - size, nil
}
