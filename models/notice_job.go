package models

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// tellingFollowers is the job that tells many followers of a new post.
const tellingFollowers = "followers"

const followersDue = `select 0::bigint where exists (select from new_posts n join posts p on p.id = n.post_id
	where n.told_at is null and p.status = 'published' and p.visibility <> 'unlisted')`

// toldAtOnce is how many followers are told in one transaction.
const toldAtOnce = 1000

// tellFollowers tells the followers of all new posts who do not know yet. Each step notes how far it came with what it told: whoever goes on,
// nobody is told twice.
func (s *Store) tellFollowers(ctx context.Context, _ int64) error {
	for below := int64(0); ; {
		var post int64
		err := s.pool.QueryRow(ctx, `select n.post_id from new_posts n join posts p on p.id = n.post_id
			where n.told_at is null and n.post_id > $1 and p.status = 'published' and p.visibility <> 'unlisted' order by n.post_id limit 1`, below).Scan(&post)
		if err == pgx.ErrNoRows {
			return nil
		}
		if err != nil {
			return Explain(err)
		}
		for all := false; !all; {
			if err := s.inPgx(ctx, func(tx pgx.Tx) error {
				return tx.QueryRow(ctx, "select tell_followers($1, $2)", post, toldAtOnce).Scan(&all)
			}); err != nil {
				return err
			}
		}
		below = post
	}
}

// eraseNotices removes what is older than NoticeLife, some at a time.
func (s *Store) eraseNotices(ctx context.Context) error {
	for n := int64(eraseAtOnce); n == eraseAtOnce; {
		tag, err := s.pool.Exec(ctx, "delete from notices where ctid = any(array(select ctid from notices where at < now() - make_interval(secs => $1) limit $2))",
			NoticeLife.Seconds(), eraseAtOnce)
		if err != nil {
			return Explain(err)
		}
		n = tag.RowsAffected()
	}
	_, err := s.pool.Exec(ctx, "delete from new_posts where at < now() - make_interval(secs => $1)", NoticeLife.Seconds())
	return Explain(err)
}

// noticed finds which of the users have a notice of one of the posts.
func noticed(ctx context.Context, db querier, posts, users []int64) (found []int64, err error) {
	rows, err := db.Query(ctx, "select distinct user_id from notices where post_id = any($1) and user_id = any($2)", posts, users)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}
