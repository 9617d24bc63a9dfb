package models

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Followed is an author whose new posts a user is told of.
type Followed struct {
	ID   int64 // of the row: the place in the list
	User User  // only ID, Username, Name, PostCount and LastPostAt are read
	At   time.Time
}

// FollowAuthor has the user told of the author's new posts from now on. Asked for twice it is done once.
func (s *Store) FollowAuthor(ctx context.Context, by *User, author int64) error {
	return s.turnFollow(ctx, by, author, kindFollow, "select may_write($1, array[$2::bigint])",
		"insert into follows (user_id, author_id) select $1, $2 where exists (select from users where id = $2) on conflict do nothing")
}

// UnfollowAuthor ends that. Who is suspended may, too.
func (s *Store) UnfollowAuthor(ctx context.Context, by *User, author int64) error {
	return s.turnFollow(ctx, by, author, kindUnfollow, "select from users where id = any(array[$1, $2::bigint]) order by id for no key update",
		"delete from follows where user_id = $1 and author_id = $2")
}

func (s *Store) turnFollow(ctx context.Context, by *User, author int64, kind, lock, change string) error {
	if by == nil {
		return ErrForbidden
	}
	if by.ID == author {
		return Invalid{"author": Say("This is you.")}
	}
	return s.inPgx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lock, by.ID, author); err != nil {
			return err
		}
		var name string
		if err := tx.QueryRow(ctx, "select username from users where id = $1", author).Scan(&name); err == pgx.ErrNoRows {
			return errNoUser
		} else if err != nil {
			return err
		}
		changed, err := tx.Exec(ctx, change, by.ID, author)
		if err != nil || changed.RowsAffected() == 0 {
			return err
		}
		return record(ctx, tx, entry{kind: kind, by: by, targetKind: "user", targetID: author, target: name})
	})
}

// Follows reports whether the user is told of the author's new posts.
func (s *Store) Follows(ctx context.Context, by *User, author int64) (bool, error) {
	if by == nil {
		return false, nil
	}
	var follows bool
	err := s.pool.QueryRow(ctx, "select exists (select from follows where user_id = $1 and author_id = $2)", by.ID, author).Scan(&follows)
	return follows, Explain(err)
}

// FollowedAuthors lists whom the user follows, the last followed first: below a row, 0 for all. more is true where there are further ones.
func (s *Store) FollowedAuthors(ctx context.Context, by *User, below int64, limit int) (list []Followed, more bool, err error) {
	if by == nil {
		return nil, false, ErrForbidden
	}
	rows, err := s.pool.Query(ctx, `select f.id, f.at, u.id, u.username, u.name, u.post_count, u.last_post_at from follows f join users u on u.id = f.author_id
		where f.user_id = $1 and ($2 = 0 or f.id < $2) order by f.id desc limit $3`, by.ID, below, limit+1)
	if err != nil {
		return nil, false, Explain(err)
	}
	list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (f Followed, err error) {
		return f, row.Scan(&f.ID, &f.At, &f.User.ID, &f.User.Username, &f.User.Name, &f.User.PostCount, &f.User.LastPostAt)
	})
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	return list, more, Explain(err)
}
