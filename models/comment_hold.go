package models

import (
	"context"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// MostHeldFirst is how many first comments of a user can be held at most.
const MostHeldFirst = 100

// heldFirst is the setting that says how many first comments of each user wait until somebody approves them.
const heldFirst = "held_comments"

// HeldFirst is how many first comments of each user wait for approval; 0: none do.
func (s *Store) HeldFirst(ctx context.Context) (int, error) {
	n, err := readHeldFirst(ctx, s.pool)
	return n, Explain(err)
}

func readHeldFirst(ctx context.Context, tx statements) (int, error) {
	var value string
	err := tx.QueryRow(ctx, "select value from settings where name = $1", heldFirst).Scan(&value)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(value)
}

// SetHeldFirst decides how many first comments of each user wait for approval. Those that wait already go on waiting.
func (s *Store) SetHeldFirst(ctx context.Context, by *User, n int) error {
	if !by.IsAdmin() {
		return ErrForbidden
	}
	if n < 0 || n > MostHeldFirst {
		return Invalid{"held": Say("A number from 0 to %d.", MostHeldFirst)}
	}
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select may_write($1, '{}', 'admin')", by.ID); err != nil {
			return err
		}
		before, err := readHeldFirst(ctx, tx)
		if err != nil || before == n {
			return err
		}
		if _, err := tx.Exec(ctx, "insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value", heldFirst, strconv.Itoa(n)); err != nil {
			return err
		}
		return record(ctx, tx, entry{kind: kindCommentHolding, by: by, details: map[string]any{"before": map[string]any{"held": before}, "after": map[string]any{"held": n}}})
	})
}

// isHeld reports whether a comment of the user waits, new or changed: too few others of theirs are shown yet. Those under posts of their own
// do not count: nobody has approved them.
func isHeld(ctx context.Context, tx statements, by *User, post *Post, id int64) (bool, error) {
	if by.CanHide(post) {
		return false, nil
	}
	first, err := readHeldFirst(ctx, tx)
	if err != nil || first == 0 {
		return false, err
	}
	var shown int
	err = tx.QueryRow(ctx, `select count(*) from (select from comments c where c.user_id = $1 and c.shown and c.id <> $3 and not exists (select from posts p where p.id = c.post_id
		and `+writtenBy("$1")+`) limit $2) x`, by.ID, first, id).Scan(&shown)
	return shown < first, err
}
